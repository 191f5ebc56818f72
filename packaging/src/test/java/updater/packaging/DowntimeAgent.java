package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;

/**
 * The quickest agent that keeps the contract and writes down, to the microsecond and before it does anything else, when it was told to
 * stop, when its first instruction ran, when it had read the status file and when it reported: {@code log/times} has a line
 * {@code SECONDS WORD VERSION} for each.
 *
 * @param replaced files of the bundle that are there before, with other content
 * @param each bytes of each of those
 * @param kept bytes of a file of home that no update replaces
 * @param changing whether 10 MB of home are written over and over while the agent runs
 * @param unitChanges whether every version has a unit of its own
 * @param reports what the new version does
 */
record DowntimeAgent(int replaced, long each, long kept, boolean changing, boolean unitChanges, Reports reports) {

    static final String HOME = "/var/lib/" + SampleAgent.BINDPLANE;
    static final long MEGABYTE = 1_000_000;

    private static final int BLOCK = 1 << 20;
    private static final int IN_ONE_DIRECTORY = 500;

    /** What a new version does. */
    enum Reports {
        /** Reports success 0.2 s after its start. */
        SUCCESS,
        /** Reports a failure 0.2 s after its start. */
        FAILURE,
        /** Ends at once. */
        EXITS,
        /** Says nothing. */
        NOTHING
    }

    static DowntimeAgent replacing(int files, long each) {
        return new DowntimeAgent(files, each, 0, false, false, Reports.SUCCESS);
    }

    DowntimeAgent keeping(long bytes, boolean whichChange) {
        return new DowntimeAgent(replaced, each, bytes, whichChange, unitChanges, reports);
    }

    DowntimeAgent withUnits() {
        return new DowntimeAgent(replaced, each, kept, changing, true, reports);
    }

    DowntimeAgent that(Reports does) {
        return new DowntimeAgent(replaced, each, kept, changing, unitChanges, does);
    }

    long bytes() {
        return replaced * each;
    }

    /** Writes an installed home, of a version that would report success. */
    void writeHome(Path home, String version) {
        try {
            write(home, version, Reports.SUCCESS);
            Files.createDirectories(home.resolve("log"));
            Files.createDirectories(home.resolve("storage"));
            if (kept > 0) {
                fill(home.resolve("storage/kept"), kept, 0);
            }
            Files.writeString(home.resolve("package_statuses.json"), status(0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes what a bundle holds of the agent. */
    void writeStaged(Path staged, String version) {
        try {
            write(staged, version, reports);
            Path unit = Files.createDirectories(staged.resolve("install")).resolve(SampleAgent.BINDPLANE_UNIT);
            Files.writeString(unit, unit(version));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(Path tree, String version, Reports does) throws IOException {
        Files.createDirectories(tree);
        Files.writeString(tree.resolve("agent"), script(version, does));
        Files.setPosixFilePermissions(tree.resolve("agent"), PosixFilePermissions.fromString("rwxr-xr-x"));
        for (int i = 0; i < replaced; i++) {
            Path directory = tree.resolve("lib/" + i / IN_ONE_DIRECTORY);
            if (i % IN_ONE_DIRECTORY == 0) {
                Files.createDirectories(directory);
            }
            fill(directory.resolve("part-" + i), each, version.hashCode() * 31L + i);
        }
    }

    private static void fill(Path file, long bytes, long seed) throws IOException {
        byte[] block = new byte[(int) Math.min(BLOCK, bytes)];
        new Random(seed).nextBytes(block);
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = bytes; left > 0; left -= block.length) {
                ByteBuffer part = ByteBuffer.wrap(block, 0, (int) Math.min(block.length, left));
                while (part.hasRemaining()) {
                    out.write(part);
                }
            }
        }
    }

    String unit(String version) {
        return """
                [Unit]
                Description=Bench agent
                [Service]
                ExecStart=%s/agent
                WorkingDirectory=%s
                KillMode=process
                Restart=on-failure
                RestartSec=5s
                TimeoutSec=20
                %s
                [Install]
                WantedBy=multi-user.target
                """.formatted(HOME, HOME, unitChanges ? "Environment=VERSION=" + version : "");
    }

    static String status(int status) {
        return """
                {"all_packages_hash":"eA==","all_error_message":"","package_states":{"%1$s":{"name":"%1$s","agent_version":"a",\
                "agent_hash":"b2xk","server_version":"b","server_hash":"bmV3","status":%2$d,"error_message":""}}}
                """.formatted(SampleAgent.BINDPLANE, status);
    }

    private String script(String version, Reports does) {
        String atOnce = does == Reports.EXITS ? "exit 7" : "";
        String body = switch (does) {
            case SUCCESS -> report(0);
            case FAILURE -> report(3);
            case EXITS, NOTHING -> ":";
        };
        String writing = changing
                ? "while :; do head -c 10000000 /dev/zero >storage/changing.new && mv storage/changing.new storage/changing;"
                        + " sleep 0.05; done & writer=$!"
                : "writer=";
        return """
                #!/bin/bash
                echo "$EPOCHREALTIME started %1$s" >>%2$s/log/times
                %5$s
                cd %2$s
                stop() {
                    echo "$EPOCHREALTIME stopped %1$s" >>log/times
                    kill $sleeper $writer
                    exit 0
                }
                trap stop TERM
                %3$s
                read -r status <package_statuses.json
                echo "$EPOCHREALTIME ready %1$s" >>log/times
                case $status in
                *'"status":2'*)
                    sleep 0.2 &
                    sleeper=$!
                    wait $sleeper
                    %4$s
                    ;;
                esac
                sleep infinity &
                sleeper=$!
                wait $sleeper
                """.formatted(version, HOME, writing, body, atOnce);
    }

    private static String report(int number) {
        return "echo '" + status(number).strip() + "' >status.new\nmv status.new package_statuses.json\n"
                + "echo \"$EPOCHREALTIME reported -\" >>log/times";
    }
}
