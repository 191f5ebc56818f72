package updater.jlink;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import updater.json.Json;
import updater.json.JsonText;

/**
 * The bill of materials of an image, in CycloneDX 1.6 (<a href="https://cyclonedx.org/docs/1.6/json/">the format</a>): every
 * module that was linked, those of the JDK included. It lies in the image and holds neither a time nor a serial number, so
 * that the same modules give the same bytes.
 *
 * @param image the linked image
 * @param modulePath where the modules that are not the JDK's come from, as given to jlink
 */
record BillOfMaterials(ImageFiles image, String modulePath) {
    static final String FILE = "bom.json";

    private static final String PROPERTIES = "META-INF/maven/[^/]+/[^/]+/pom\\.properties";

    /** What a jar of Maven says of itself. */
    private record Coordinates(String group, String artifact, String version) {}

    /** Writes it into the image. */
    void write() throws IOException {
        Map<String, String> release = image.release();
        ModuleFinder jars = ModuleFinder.of(Stream.of(modulePath.split(File.pathSeparator, -1))
                .map(Path::of)
                .toArray(Path[]::new));
        List<Json> components = new ArrayList<>();
        for (String module : image.modules()) {
            Optional<Path> jar = jars.find(module)
                    .flatMap(ModuleReference::location)
                    .map(Path::of)
                    .filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(".jar"));
            components.add(jar.isPresent() ? ofJar(module, jar.get()) : ofJdk(module, release));
        }
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("bomFormat", new Json.Text("CycloneDX"));
        members.put("specVersion", new Json.Text("1.6"));
        members.put("version", Json.number(1));
        members.put("components", new Json.Elements(components));
        Files.write(image.root().resolve(FILE), JsonText.pretty(new Json.Members(members)));
    }

    /** A module of the JDK has no package of its own anywhere: it is named by the Java version it is part of. */
    private static Json ofJdk(String module, Map<String, String> release) {
        Map<String, Json> members = component(module, release.getOrDefault("JAVA_VERSION", "unknown"));
        String implementor = release.getOrDefault("IMPLEMENTOR", "");
        if (!implementor.isEmpty()) {
            members.put("publisher", new Json.Text(implementor));
        }
        members.put("licenses", expression("GPL-2.0-only WITH Classpath-exception-2.0"));
        return new Json.Members(members);
    }

    private static Json ofJar(String module, Path jar) throws IOException {
        Optional<Coordinates> coordinates = coordinates(jar);
        Map<String, Json> members =
                component(module, coordinates.map(Coordinates::version).orElse("unknown"));
        members.put(
                "hashes",
                new Json.Elements(List.of(new Json.Members(
                        sorted("alg", new Json.Text("SHA-256"), "content", new Json.Text(ImageFiles.sha256(jar)))))));
        members.put("licenses", licence(coordinates.map(Coordinates::group).orElse("")));
        coordinates.ifPresent(maven -> members.put(
                "purl", new Json.Text("pkg:maven/" + maven.group() + "/" + maven.artifact() + "@" + maven.version())));
        return new Json.Members(members);
    }

    private static Map<String, Json> component(String name, String version) {
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("type", new Json.Text("library"));
        members.put("bom-ref", new Json.Text(name));
        members.put("name", new Json.Text(name));
        members.put("version", new Json.Text(version));
        return members;
    }

    /** All that is linked is under this project's licence but JNA, which has two. */
    private static Json licence(String group) {
        return expression(group.equals("net.java.dev.jna") ? "Apache-2.0 OR LGPL-2.1-or-later" : "Apache-2.0");
    }

    private static Json expression(String expression) {
        return new Json.Elements(List.of(new Json.Members(Map.of("expression", new Json.Text(expression)))));
    }

    private static Map<String, Json> sorted(String first, Json one, String second, Json two) {
        Map<String, Json> members = new LinkedHashMap<>();
        members.put(first, one);
        members.put(second, two);
        return members;
    }

    /** Returns what Maven wrote into the jar; a jar that holds several has been put together from others, and has none. */
    private static Optional<Coordinates> coordinates(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            List<? extends ZipEntry> found = file.stream()
                    .filter(entry -> entry.getName().matches(PROPERTIES))
                    .toList();
            if (found.size() != 1) {
                return Optional.empty();
            }
            Properties properties = new Properties();
            try (InputStream in = file.getInputStream(found.getFirst())) {
                properties.load(new StringReader(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1)));
            }
            return Optional.of(new Coordinates(
                    properties.getProperty("groupId", ""),
                    properties.getProperty("artifactId", ""),
                    properties.getProperty("version", "")));
        }
    }
}
