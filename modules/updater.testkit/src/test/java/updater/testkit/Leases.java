package updater.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that holds write leases on files, and lets go of none when the kernel asks for it. */
public final class Leases implements AutoCloseable {
    private static final String SOURCE = """
            #define _GNU_SOURCE
            #include <fcntl.h>
            #include <signal.h>
            #include <stdio.h>
            #include <unistd.h>

            int main(int count, char **files)
            {
                signal(SIGIO, SIG_IGN);
                for (int i = 1; i < count; i++) {
                    int file = open(files[i], O_RDONLY | O_NONBLOCK);
                    if (file < 0 || fcntl(file, F_SETLEASE, F_WRLCK) != 0) {
                        perror(files[i]);
                        return 1;
                    }
                }
                puts("held");
                fflush(stdout);
                char byte;
                while (read(0, &byte, 1) > 0) {
                }
                return 0;
            }
            """;

    private final Process process;

    private Leases(Process process) {
        this.process = process;
    }

    /**
     * Returns when all are held. Skips the test where there is no C compiler.
     *
     * @param directory takes the program
     */
    public static Leases hold(Path directory, List<Path> files) throws IOException, InterruptedException {
        Path program = directory.resolve("leases");
        if (!Files.exists(program)) {
            Path source = Files.writeString(directory.resolve("leases.c"), SOURCE);
            try {
                Process compiler = new ProcessBuilder("cc", "-o", program.toString(), source.toString())
                        .inheritIO()
                        .start();
                if (compiler.waitFor() != 0) {
                    throw new IOException("cc failed");
                }
            } catch (IOException e) {
                assumeTrue(!String.valueOf(e.getMessage()).contains("No such file"), "needs a C compiler");
                throw e;
            }
        }
        List<String> command = new ArrayList<>(List.of(program.toString()));
        files.forEach(file -> command.add(file.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        BufferedReader output = process.inputReader();
        String line = output.readLine();
        if (!"held".equals(line)) {
            process.destroyForcibly();
            throw new IOException("no lease: " + line);
        }
        return new Leases(process);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
