package updater.jlink;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds out which hosts an image runs on, for the launcher to compare. */
final class Platform {
    private static final Pattern LOADER = Pattern.compile("/[\\w./-]*/ld-[\\w.-]+");
    private static final Pattern SYMBOL_VERSION = Pattern.compile("GLIBC_2\\.(\\d+)");
    private static final List<String> TRIED = List.of("x86_64", "aarch64");

    private Platform() {}

    /**
     * Returns one line: operating system and processor as {@code uname} names them, the dynamic loader, and the oldest
     * glibc that has every symbol version the image asks for. Four dashes where the programs are no ELF files, and no
     * host has to be told from another.
     */
    static String of(ImageFiles image) throws IOException {
        if (!image.isElf()) {
            return "- - - -\n";
        }
        Path java = image.root().resolve("bin/java");
        String program = ImageFiles.latin(java);
        String machine = Elf.machine(java).orElse("");
        if (!TRIED.contains(machine)) {
            throw new BuildFailure(java + " is for " + machine + ", and the updater was tried on none but " + TRIED);
        }
        Matcher loader = LOADER.matcher(program);
        if (!loader.find()) {
            throw new BuildFailure(java + " names no dynamic loader");
        }
        return "Linux " + machine + " " + loader.group() + " 2." + minor(image) + "\n";
    }

    private static int minor(ImageFiles image) throws IOException {
        int newest = 0;
        for (Path file : image.natives()) {
            Matcher version = SYMBOL_VERSION.matcher(ImageFiles.latin(file));
            while (version.find()) {
                newest = Math.max(newest, Integer.parseInt(version.group(1)));
            }
        }
        return newest;
    }
}
