package updater.jlink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Measures a built runtime. One file in the language of Java 17, so that {@code tools/measure} runs it from source.
 *
 * <p>Time is wall time from the fork of the launcher to its exit, and depends on what else the machine does. Processor time,
 * of all threads and of all programs that the launcher starts, hardly does; how it relates to that of the virtual machine alone,
 * {@code java -version}, is the same on machines of every speed: that is what {@code --check} judges. Memory is the kernel's
 * high-water mark of resident memory, read every other millisecond until the process ends, so a peak in its last two is
 * missed.
 */
final class MeasureRuntime {
    private static final int RUNS = 21;

    /** About 1 as it is, and 2.4 where the cache is not used; a second start of a virtual machine would be 2 as well. */
    private static final double MOST = 1.5;

    private static final double MEBIBYTE = 1 << 20;

    private MeasureRuntime() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> words = Arrays.asList(arguments);
        int end = words.contains("--") ? words.indexOf("--") : words.size();
        int bundleAt = words.subList(0, end).lastIndexOf("--bundle") + 1;
        if (bundleAt == 0 || bundleAt >= end) {
            System.err.println("usage: tools/measure [--check] [--bundle DIRECTORY] [-- COMMAND]");
            System.exit(2);
        }
        Path bundle = Path.of(words.get(bundleAt)).toAbsolutePath().normalize();
        Path runtime = bundle.resolve("updater-runtime");
        Path cache = runtime.resolve("lib").resolve("updater.aot");
        if (words.subList(0, end).contains("--check")) {
            Path installed = installed(bundle);
            double ratio = processorTimes(installed, runtime);
            remove(installed);
            if (ratio > MOST) {
                System.err.println("updater --version takes too long for what a virtual machine takes here");
                System.exit(1);
            }
            return;
        }
        print("image without cache", mebibytes(size(runtime) - size(cache)), "");
        print("ahead-of-time cache", mebibytes(size(cache)), "");
        print("launcher and runtime as tar.gz", mebibytes(packed(bundle)), "goal <= 24 MiB");
        Path state = installed(bundle);
        String launcher = state.resolve("updater").toString();
        long[] times = new long[RUNS];
        for (int i = 0; i < RUNS; i++) {
            long start = System.nanoTime();
            Process process = quiet(List.of(launcher, "--version")).start();
            requireZero(process, "--version");
            times[i] = System.nanoTime() - start;
        }
        Arrays.sort(times);
        print("updater --version, median of " + RUNS, milliseconds((double) times[RUNS / 2]), "goal <= 60 ms");
        print("updater --version, fastest", milliseconds((double) times[0]), "");
        processorTimes(state, runtime);
        remove(state);
        if (end < words.size()) {
            printMemory(words.subList(end + 1, words.size()));
        }
    }

    private static void printMemory(List<String> command) throws IOException, InterruptedException {
        long peak = 0;
        Process process = quiet(command).start();
        while (!process.waitFor(2, TimeUnit.MILLISECONDS)) {
            peak = Math.max(peak, highWaterKibibytes(process.pid()));
        }
        print("peak memory of " + String.join(" ", command), mebibytes(peak * 1024), "goal <= 64 MiB");
        print("its exit code", String.valueOf(process.exitValue()), "");
    }

    /** Prints processor times, of one run of each after the other, and returns how the medians relate. */
    private static double processorTimes(Path state, Path runtime) throws IOException, InterruptedException {
        String launcher = state.resolve("updater").toString();
        String java = runtime.resolve("bin").resolve("java").toString();
        double[] ours = new double[RUNS];
        double[] alone = new double[RUNS];
        for (int i = 0; i < RUNS; i++) {
            ours[i] = processorTime(List.of(launcher, "--version"));
            alone[i] = processorTime(List.of(java, "-version"));
        }
        Arrays.sort(ours);
        Arrays.sort(alone);
        double ratio = ours[RUNS / 2] / alone[RUNS / 2];
        print("updater --version, processor time, median", milliseconds(ours[RUNS / 2] * 1e9), "goal <= 60 ms");
        print("java -version, processor time, median", milliseconds(alone[RUNS / 2] * 1e9), "");
        print("how the two relate", String.format(Locale.ROOT, "%.2f", ratio), "goal <= " + MOST);
        return ratio;
    }

    /** Returns the seconds that a command and all it starts keep processors busy; bash knows, to the millisecond. */
    private static double processorTime(List<String> command) throws IOException, InterruptedException {
        List<String> timed = new ArrayList<>(
                List.of("bash", "-c", "TIMEFORMAT='%U %S'; time \"$@\" >/dev/null 2>&1 || exit", "timed"));
        timed.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(timed).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        requireZero(process, String.join(" ", command));
        String[] seconds = said.split(" ", -1);
        return Double.parseDouble(seconds[0]) + Double.parseDouble(seconds[1]);
    }

    private static void remove(Path state) throws IOException {
        Files.delete(state.resolve("runtime"));
        Files.delete(state.resolve("updater"));
        Files.delete(state);
        Files.delete(Objects.requireNonNull(state.getParent()));
    }

    /** Returns a state directory with a launcher that runs this very runtime: it runs none from where it was unpacked. */
    private static Path installed(Path bundle) throws IOException {
        // The name of an unprivileged user's; root's is where the launcher says.
        Path state = Files.createDirectory(
                Files.createTempDirectory("updater-measured").toRealPath().resolve(".updater"));
        Files.createSymbolicLink(state.resolve("runtime"), bundle.resolve("updater-runtime"));
        Path launcher = state.resolve("updater");
        String text = Files.readString(bundle.resolve("updater"));
        Files.writeString(launcher, text.replaceFirst("(?m)^state_directory='.*'$", "state_directory='" + state + "'"));
        ImageFiles.setExecutable(launcher, true);
        return state;
    }

    private static void print(String what, String value, String goal) {
        System.out.printf(Locale.ROOT, "%-42s %10s  %s%n", what, value, goal);
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / MEBIBYTE);
    }

    private static String milliseconds(double nanoseconds) {
        return String.format(Locale.ROOT, "%.1f ms", nanoseconds / 1e6);
    }

    private static ProcessBuilder quiet(List<String> command) {
        return new ProcessBuilder(new ArrayList<>(command))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
    }

    private static void requireZero(Process process, String what) throws InterruptedException {
        int status = process.waitFor();
        if (status != 0) {
            throw new IllegalStateException(what + " ended with exit code " + status);
        }
    }

    /** Returns bytes; those of a missing file are none. */
    private static long size(Path root) throws IOException {
        long bytes = 0;
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator) {
                bytes += Files.size(path);
            }
        } catch (NoSuchFileException absent) {
            return 0;
        }
        return bytes;
    }

    private static long packed(Path bundle) throws IOException, InterruptedException {
        Path archive = Files.createTempFile("runtime", ".tar.gz");
        try {
            ProcessBuilder tar = new ProcessBuilder("tar", "-C", bundle.toString(), "-cf", "-", ".");
            ProcessBuilder gzip = new ProcessBuilder("gzip", "-9").redirectOutput(archive.toFile());
            for (Process process : ProcessBuilder.startPipeline(List.of(tar, gzip))) {
                requireZero(process, "packing");
            }
            return Files.size(archive);
        } finally {
            Files.delete(archive);
        }
    }

    private static long highWaterKibibytes(long pid) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc", String.valueOf(pid), "status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException | UncheckedIOException ended) {
            return 0;
        }
    }
}
