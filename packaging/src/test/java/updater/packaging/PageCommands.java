package updater.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The commands of a page for vendors, run as they stand there. Blocks marked {@code sh} are run beside a copy of the examples
 * and a {@code tools/bundle} that packs with the runtime of the build; those marked {@code sh host} as root in a box, in a
 * directory with all that was made before.
 */
final class PageCommands {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    static final String ON_THE_HOST = "/root/adopt";
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(sh|sh host|json)\n(.*?)^```$");

    private final Box box;
    private final Path vendor;
    private final StringBuilder variables = new StringBuilder();
    private boolean brought;

    private PageCommands(Box box, Path vendor) {
        this.box = box;
        this.vendor = vendor;
    }

    /**
     * A block of a page.
     *
     * @param kind where it is run, or that it is a file
     */
    record Block(String kind, String text) {}

    /** @param vendor an empty directory */
    static PageCommands open(Box box, Bundles bundles, Path vendor) throws IOException {
        return open(box, bundles, vendor, false);
    }

    /** @param filled whether there is all in it that an earlier one made */
    static PageCommands open(Box box, Bundles bundles, Path vendor, boolean filled) throws IOException {
        if (!filled) {
            fill(bundles, vendor);
        }
        // Images of containers have one that lets packages start nothing. The box has a systemd that runs.
        box.exec("rm", "-f", "/usr/sbin/policy-rc.d").ok();
        return new PageCommands(box, vendor);
    }

    private static void fill(Bundles bundles, Path vendor) throws IOException {
        Command.run(LIMIT, "cp", "-R", file("examples").toString(), vendor.toString())
                .ok();
        Path tools = Files.createDirectory(vendor.resolve("tools"));
        Command.run(
                        LIMIT,
                        "cp",
                        "-R",
                        file("tools/package").toString(),
                        file("tools/package.d").toString(),
                        tools.toString())
                .ok();
        Path tool = tools.resolve("bundle");
        Files.writeString(
                tool, """
                #!/bin/sh
                export JAVA_HOME='%s'
                exec '%s' --runtime '%s' --level 1 "$@"
                """.formatted(System.getProperty("java.home"), file("tools/bundle"), bundles.runtimeTree()));
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Returns a file of the project. */
    static Path file(String path) {
        return PROJECT.resolve(path);
    }

    static List<Block> blocks(String page) throws IOException {
        List<Block> blocks = new ArrayList<>();
        Matcher block = BLOCK.matcher(Files.readString(file(page)));
        while (block.find()) {
            blocks.add(new Block(block.group(1), block.group(2)));
        }
        return blocks;
    }

    /** Runs the commands of a page; fails at the first that does not do what the page says. */
    void run(List<Block> blocks) {
        for (Block block : blocks) {
            switch (block.kind()) {
                case "sh" -> atTheVendors(block.text());
                case "sh host" -> onTheHost(block.text());
                default -> {
                    // A file that is shown.
                }
            }
        }
        box.exec("rm", "-rf", ON_THE_HOST).ok();
    }

    void atTheVendors(String text) {
        Command.run(LIMIT, "sh", "-c", "cd '" + vendor + "'\n" + script(text)).ok();
        brought = false;
    }

    /** Returns what the commands print. */
    String onTheHost(String text) {
        bring();
        String said = box.exec(LIMIT, "sh", "-c", "cd " + ON_THE_HOST + "\n" + variables + script(text))
                .ok();
        // A reader's shell keeps it from one block to the next.
        text.lines()
                .filter(line -> line.startsWith("PATH="))
                .forEach(line -> variables.append(line).append('\n'));
        return said;
    }

    /** Another one has brought all to the host that the vendor has. */
    void hasBrought() {
        brought = true;
    }

    private void bring() {
        if (!brought) {
            box.place(vendor, ON_THE_HOST);
            box.exec("chown", "-R", "0:0", ON_THE_HOST).ok();
            brought = true;
        }
    }

    /** A command that is to fail does not end a script that is run with -e, so what does not fail has to. */
    static String script(String block) {
        return "set -eu\n" + block.replaceAll("(?m)^! (.*)$", "if $1; then exit 99; fi");
    }
}
