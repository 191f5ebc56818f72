package updater.jlink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** One run of a launcher, and what came of it. */
record Launch(long pid, int exit, String out, String err) {

    static Launch of(Path directory, List<String> command) throws IOException, InterruptedException {
        return of(directory, Map.of("PATH", "/nowhere"), command);
    }

    /** Runs a command with exactly this environment. */
    static Launch of(Path directory, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile("launch", ".out");
        Path err = Files.createTempFile("launch", ".err");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().clear();
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " does not end");
            }
            return new Launch(process.pid(), process.exitValue(), text(out), text(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Returns the output lines NAME=value of the stand-in runtime. */
    Map<String, String> facts() {
        Map<String, String> facts = new TreeMap<>();
        for (String line : out.lines().toList()) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                facts.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return facts;
    }

    /** Returns the arguments the stand-in runtime was started with; one that ends in a line break keeps it. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        String rest = out;
        while (true) {
            int start = rest.indexOf("<<");
            int end = rest.indexOf(">>");
            if (start < 0 || end < start) {
                return arguments;
            }
            arguments.add(rest.substring(start + 2, end));
            rest = rest.substring(end + 2);
        }
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
