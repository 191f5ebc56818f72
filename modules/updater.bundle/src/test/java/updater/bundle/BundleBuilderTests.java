package updater.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.TimeZone;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.UpdateFailure;
import updater.archive.BundleEntry;
import updater.archive.BundleLimits;

@DisabledOnOs(OS.WINDOWS)
class BundleBuilderTests {
    private static final Instant MODIFIED = Instant.parse("2025-03-30T01:30:00Z");

    @TempDir
    private Path directory;

    private static byte[] build(Path source, Path archive) throws UpdateFailure, IOException {
        BundleBuilder builder = new BundleBuilder(MODIFIED);
        builder.add("", source);
        builder.write(archive);
        return Files.readAllBytes(archive);
    }

    /** Same content as the sample, made in another order, at another time, under another umask. */
    private static Path otherSample(Path directory) throws IOException {
        Files.createDirectories(directory.resolve("empty/inner"));
        Trees.write(directory.resolve("config.yaml"), "a: b\n", "rw-------");
        Trees.write(directory.resolve("install/agent.service"), "[Unit]\n", "rw-rw-rw-");
        Trees.write(directory.resolve("updater-runtime/product.json"), "{}", "r--------");
        Trees.write(directory.resolve("updater-runtime/bin/java"), "elf", "rwx------");
        Trees.write(directory.resolve("updater"), "#!/bin/sh\n", "r-x------");
        Files.setPosixFilePermissions(directory.resolve("install"), PosixFilePermissions.fromString("rwx------"));
        Files.setLastModifiedTime(directory.resolve("updater"), FileTime.fromMillis(0));
        return directory;
    }

    @ParameterizedTest
    @ValueSource(strings = {".tar.gz", ".zip"})
    void write_sameContentOtherwiseMade_sameBytes(String suffix) throws Exception {
        byte[] first = build(Trees.sample(directory.resolve("a")), directory.resolve("a" + suffix));
        byte[] second = build(otherSample(directory.resolve("b")), directory.resolve("other-name" + suffix));

        assertThat(Arrays.equals(second, first)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {".tar.gz", ".zip"})
    void write_otherTimeZone_sameBytes(String suffix) throws Exception {
        Path source = Trees.sample(directory.resolve("a"));
        TimeZone before = TimeZone.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
            byte[] first = build(source, directory.resolve("a" + suffix));
            // MODIFIED read as a local time is in a gap there.
            TimeZone.setDefault(TimeZone.getTimeZone("Europe/London"));
            byte[] second = build(source, directory.resolve("b" + suffix));

            assertThat(Arrays.equals(second, first)).isTrue();
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".tar.gz", ".zip"})
    void write_otherContentOrTime_otherBytes(String suffix) throws Exception {
        Path source = Trees.sample(directory.resolve("a"));
        byte[] first = build(source, directory.resolve("a" + suffix));
        BundleBuilder later = new BundleBuilder(MODIFIED.plusSeconds(1));
        later.add("", source);
        later.write(directory.resolve("later" + suffix));
        Trees.write(source.resolve("config.yaml"), "a: c\n", "rw-r--r--");

        assertThat(build(source, directory.resolve("b" + suffix))).isNotEqualTo(first);
        assertThat(directory.resolve("later" + suffix)).binaryContent().isNotEqualTo(first);
    }

    @Test
    void add_severalSources_areLaidOver() throws Exception {
        Path agent = directory.resolve("agent");
        Trees.write(agent.resolve("install/a"), "a", "rw-r--r--");
        Path launcher = Trees.write(directory.resolve("launcher.sh"), "l", "rwxr--r--");
        Path units = directory.resolve("units");
        Trees.write(units.resolve("b"), "b", "rw-r--r--");
        BundleBuilder builder = new BundleBuilder(MODIFIED);

        builder.add("", agent);
        builder.add("install", units);
        builder.add("updater", launcher);
        builder.add("lib/deep/updater", launcher);

        assertThat(builder.entries())
                .containsExactly(
                        new BundleEntry("install", true, 0755, 0),
                        new BundleEntry("install/a", false, 0644, 1),
                        new BundleEntry("install/b", false, 0644, 1),
                        new BundleEntry("lib", true, 0755, 0),
                        new BundleEntry("lib/deep", true, 0755, 0),
                        new BundleEntry("lib/deep/updater", false, 0755, 1),
                        new BundleEntry("updater", false, 0755, 1));
    }

    @Test
    void add_samePathTwice_isRefused() throws Exception {
        Path file = Trees.write(directory.resolve("f"), "f", "rw-r--r--");
        BundleBuilder builder = new BundleBuilder(MODIFIED);
        builder.add("x", file);

        assertThatThrownBy(() -> builder.add("x", file))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("goes to 'x' in the bundle, where");
        assertThatThrownBy(() -> builder.add("x/y", file)).isInstanceOf(UpdateFailure.Refused.class);
    }

    @Test
    void add_symbolicLink_isRefused() throws Exception {
        Path source = Trees.sample(directory.resolve("a"));
        Files.createSymbolicLink(source.resolve("install/link"), Path.of("agent.service"));

        assertThatThrownBy(() -> new BundleBuilder(MODIFIED).add("", source))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("install/link is a symbolic link");
    }

    @Test
    void add_sourceIsItselfALink_isFollowed() throws Exception {
        Trees.sample(directory.resolve("a"));
        Path link = Files.createSymbolicLink(directory.resolve("latest"), Path.of("a"));
        BundleBuilder builder = new BundleBuilder(MODIFIED);

        builder.add("", link);

        assertThat(builder.entries()).extracting(BundleEntry::path).contains("updater");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void add_fifo_isRefused() throws Exception {
        Path source = Files.createDirectory(directory.resolve("a"));
        Process mkfifo = new ProcessBuilder("mkfifo", source.resolve("fifo").toString()).start();
        assumeThat(mkfifo.waitFor(10, TimeUnit.SECONDS)).isTrue();

        assertThatThrownBy(() -> new BundleBuilder(MODIFIED).add("", source))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("fifo is neither a regular file nor a directory");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void add_setUserIdBit_isRefused() throws Exception {
        Path source = Trees.sample(directory.resolve("a"));
        Files.setAttribute(source.resolve("updater"), "unix:mode", 04755);

        assertThatThrownBy(() -> new BundleBuilder(MODIFIED).add("", source))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("set-user-ID");
    }

    @Test
    void add_fileOfTheSizeAgentsCut_isRefused() throws Exception {
        Path source = Trees.sample(directory.resolve("a"));
        try (RandomAccessFile file =
                new RandomAccessFile(source.resolve("large").toFile(), "rw")) {
            file.setLength(BundleLimits.FILE_BYTES);
        }

        assertThatThrownBy(() -> new BundleBuilder(MODIFIED).add("", source))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("large has 1000000000 bytes; expected less than 1000000000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a", "../a", "a/../b", "a//b", "a/", "./a", "a\\b", "a\0b"})
    void add_pathThatIsNotPlain_isRefused(String at) throws Exception {
        Path file = Trees.write(directory.resolve("f"), "f", "rw-r--r--");

        assertThatThrownBy(() -> new BundleBuilder(MODIFIED).add(at, file)).isInstanceOf(UpdateFailure.Refused.class);
    }

    @Test
    void write_fileGrewSinceItWasAdded_failsAndKeepsTheOldBundle() throws Exception {
        Path source = Trees.sample(directory.resolve("a"));
        Path archive = directory.resolve("a.tar.gz");
        byte[] old = build(source, archive);
        BundleBuilder builder = new BundleBuilder(MODIFIED);
        builder.add("", source);
        Trees.write(source.resolve("config.yaml"), "longer than before\n", "rw-r--r--");

        assertThatThrownBy(() -> builder.write(archive))
                .isInstanceOf(UpdateFailure.Disk.class)
                .hasMessageContaining("config.yaml")
                .hasMessageContaining("more than 5 bytes");
        assertThat(archive).hasBinaryContent(old);
        assertThat(directory.resolve("a.tar.gz.part")).doesNotExist();
    }

    @Test
    void write_unknownSuffix_isAUsageFailure() throws Exception {
        BundleBuilder builder = new BundleBuilder(MODIFIED);
        builder.add("", Trees.sample(directory.resolve("a")));

        assertThatThrownBy(() -> builder.write(directory.resolve("a.rar"))).isInstanceOf(UpdateFailure.Usage.class);
    }

    @Test
    void add_namesThatAreOneElsewhere_isRefused(@TempDir Path scratch) throws IOException, UpdateFailure {
        Path file = Files.writeString(scratch.resolve("file"), "x");
        BundleBuilder builder = new BundleBuilder(Instant.EPOCH);
        builder.add("lib/a", file);
        assertThatThrownBy(() -> builder.add("LIB/b", file))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("the bundle's 'LIB' and 'lib' are one file");
        assertThatThrownBy(() -> builder.add("nul", file)).hasMessageContaining("is a device on Windows");
    }

    @Test
    void add_moreThanIsTakenOutOfOneBundle_isRefused() throws IOException {
        Path sample = Trees.sample(directory.resolve("a"));

        assertThatThrownBy(() -> new BundleBuilder(MODIFIED, new BundleLimits(1000, 1000, 3)).add("", sample))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("at most 3 files and directories");
        assertThatThrownBy(() -> new BundleBuilder(MODIFIED, new BundleLimits(1000, 10, 100)).add("", sample))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("at most 10 bytes");
    }
}
