package updater.fs;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import updater.api.SystemTicker;

/** The program that this process runs, and its replacement by another: the process, its id and its standard streams stay. */
public final class ProcessImage {
    private ProcessImage() {}

    /**
     * Becomes another program. All files that this process has open are closed, but for its standard streams; with them the
     * lock of an updater ends. Returns only by an exception.
     *
     * @param program absolute
     * @param arguments the program's name first
     * @param environment the whole of it, {@code NAME=value} each
     * @throws IOException when this host cannot, or the program cannot be started; this process goes on then
     */
    public static void replace(Path program, List<String> arguments, List<String> environment) throws IOException {
        Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        LinuxCalls calls = LinuxCalls.Flags.of(System.getProperty("os.arch", ""))
                .filter(flags -> System.getProperty("os.name", "").equals("Linux"))
                .flatMap(flags -> LinuxCalls.load(flags, names, new SystemTicker()))
                .orElseThrow(() -> new IOException("this system has no way to become another program"));
        Failures.naming(program, () -> calls.execute(program.toString(), arguments, environment));
    }
}
