package updater.fs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that becomes another program with files open, and perhaps while its threads open and close others. */
final class ProcessImageMain {
    private static final int OPEN = 200;

    private ProcessImageMain() {}

    public static void main(String[] arguments) throws IOException {
        InputStream kept = Files.newInputStream(Path.of("/dev/null"));
        for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
            Thread thread = new Thread(ProcessImageMain::openAndClose);
            thread.setDaemon(true);
            thread.start();
        }
        ProcessImage.replace(
                Path.of("/bin/sh"),
                List.of("sh", "-c", "echo became; ls /proc/self/fd"),
                List.of("PATH=/bin:/usr/bin"));
        kept.close();
    }

    private static void openAndClose() {
        while (true) {
            List<InputStream> open = new ArrayList<>();
            try {
                for (int i = 0; i < OPEN; i++) {
                    open.add(Files.newInputStream(Path.of("/dev/null")));
                }
                for (InputStream each : open) {
                    each.close();
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
