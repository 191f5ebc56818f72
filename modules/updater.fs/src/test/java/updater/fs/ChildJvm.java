package updater.fs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import updater.api.FileEntry;

/**
 * A main class of the tests that runs in another process, under a command that changes what that process may do or see.
 */
final class ChildJvm {
    private ChildJvm() {}

    record Result(int exit, String output) {}

    /** Runs {@code prefix java mainClass arguments} with this module's classes and nothing else on its class path. */
    static Result run(List<String> prefix, Class<?> mainClass, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Dsun.jnu.encoding=UTF-8", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp"));
        command.add(location(Disk.class) + ":" + location(FileEntry.class) + ":" + location(mainClass));
        command.add(mainClass.getName());
        command.addAll(List.of(arguments));
        return run(command);
    }

    static Result run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    /** Runs a script of the POSIX shell that has to succeed. */
    static String shell(String script, Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-euc", script, "sh"));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        Result result = run(command);
        if (result.exit() != 0) {
            throw new IOException("exit " + result.exit() + " of " + script + ": " + result.output());
        }
        return result.output();
    }

    static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    static boolean has(String command) throws IOException, InterruptedException {
        return run(List.of("/bin/sh", "-c", "command -v " + command)).exit() == 0;
    }

    private static String location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().getPath();
    }
}
