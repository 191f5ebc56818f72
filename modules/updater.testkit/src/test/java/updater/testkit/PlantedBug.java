package updater.testkit;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A bug that is planted into one source file, for seeing that tests find it.
 *
 * @param source the file
 * @param original what is replaced in it; has to be there
 */
public record PlantedBug(Path source, String original, String replacement) {
    /**
     * Returns the classes of a package, and of all below it, with the bug in them.
     *
     * @param classes an empty directory
     * @throws AssertionError when there is no place for it, or it does not compile
     */
    public URLClassLoader load(String packageName, Path classes) throws IOException {
        String text = Files.readString(source);
        if (!text.contains(original)) {
            throw new AssertionError("no place for the bug in " + source + ": " + original);
        }
        Path mutated = Files.writeString(classes.resolve(source.getFileName()), text.replace(original, replacement));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> options = List.of(
                "-proc:none", "-nowarn", "-d", classes.toString(), "-cp", System.getProperty("java.class.path", ""));
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            if (!compiler.getTask(null, files, null, options, null, files.getJavaFileObjects(mutated))
                    .call()) {
                throw new AssertionError("the bug does not compile: " + source + ": " + replacement);
            }
        }
        return classes(packageName, classes);
    }

    /** Returns the classes of a package anew: from a directory those that are there, and all others as they are. */
    public static URLClassLoader classes(String packageName, Path classes) throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        urls.add(classes.toUri().toURL());
        for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return new Anew(packageName + ".", urls.toArray(URL[]::new), PlantedBug.class.getClassLoader());
    }

    /** Loads the classes of one package itself instead of asking its parent for them. */
    private static final class Anew extends URLClassLoader {
        private final String prefix;

        Anew(String prefix, URL[] urls, ClassLoader parent) {
            super(urls, parent);
            this.prefix = prefix;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.startsWith(prefix)) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }
    }
}
