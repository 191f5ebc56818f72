package updater.bundle;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import updater.api.UpdateFailure;

/** Run one command line. */
final class BundleTool {
    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    /** The first time a zip can hold, and a bundle's when no other is given. */
    private static final long DEFAULT_MODIFIED =
            Instant.parse("1980-01-01T00:00:00Z").getEpochSecond();

    private static final String HELP = """
            usage: build [--mtime SECONDS] [--any-layout] BUNDLE SOURCE...
                   list [--any-layout] BUNDLE
                   unpack [--any-layout] BUNDLE DIRECTORY

            build   writes BUNDLE (.tar.gz, .tgz or .zip) from each SOURCE: DIRECTORY puts its content at the root,
                    PATH=FILE-OR-DIRECTORY puts it at PATH. Files that their owner may execute get mode 0755, others
                    0644; links, special files, set-id bits and files of 1,000,000,000 bytes and more are refused.
            list    reads BUNDLE to its end, checks it, and prints mode, size and path of each member.
            unpack  unpacks BUNDLE into DIRECTORY, which must be empty or not there yet.

            --mtime SECONDS  modification time of all members, seconds since 1970 (default: 1980-01-01)
            --any-layout     the bundle need not hold an updater ('updater' and 'updater-runtime/')

            exit: 0 done, 1 refused or failed, 2 usage
            """;

    private final PrintStream out;
    private final PrintStream err;

    BundleTool(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    int run(List<String> arguments) {
        if (arguments.contains("--help") || arguments.contains("-h")) {
            out.print(HELP);
            return DONE;
        }
        try {
            CommandLine line = CommandLine.parse(arguments);
            switch (line.command()) {
                case "build" -> build(line);
                case "list" -> list(line);
                case "unpack" -> unpack(line);
                default -> throw usage("unknown command '" + line.command() + "'");
            }
            return DONE;
        } catch (UpdateFailure.Usage e) {
            err.println(e.fullMessage());
            return USAGE;
        } catch (UpdateFailure e) {
            err.println(e.fullMessage());
            return FAILED;
        } catch (InvalidPathException e) {
            err.println("not a path: " + e.getMessage());
            return USAGE;
        }
    }

    private void build(CommandLine line) throws UpdateFailure {
        if (line.operands().size() < 2) {
            throw usage("build needs a BUNDLE and a SOURCE");
        }
        BundleBuilder builder = new BundleBuilder(Instant.ofEpochSecond(line.modified()));
        for (String source : line.operands().subList(1, line.operands().size())) {
            int equals = source.indexOf('=');
            // A directory that has a '=' in its own name is still a directory.
            if (equals < 0 || Files.isDirectory(Path.of(source))) {
                builder.add("", Path.of(source));
            } else {
                builder.add(source.substring(0, equals), Path.of(source.substring(equals + 1)));
            }
        }
        List<BundleEntry> entries = builder.entries();
        requireLayout(line, entries);
        Path bundle = Path.of(line.operands().getFirst());
        builder.write(bundle);
        summarise(bundle, entries);
    }

    private void list(CommandLine line) throws UpdateFailure {
        if (line.operands().size() != 1) {
            throw usage("list needs one BUNDLE");
        }
        Path bundle = Path.of(line.operands().getFirst());
        List<BundleEntry> entries = new BundleUnpacker().list(bundle);
        entries.forEach(entry -> out.printf(
                "%s%03o %10d %s%n",
                entry.directory() ? "d" : "-", entry.mode(), entry.size(), EntryName.printable(entry.archiveName())));
        requireLayout(line, entries);
    }

    private void unpack(CommandLine line) throws UpdateFailure {
        if (line.operands().size() != 2) {
            throw usage("unpack needs a BUNDLE and a DIRECTORY");
        }
        Path bundle = Path.of(line.operands().getFirst());
        if (!line.anyLayout()) {
            BundleLayout.require(new BundleUnpacker().list(bundle));
        }
        summarise(
                bundle,
                new BundleUnpacker().unpack(bundle, Path.of(line.operands().get(1))));
    }

    private static void requireLayout(CommandLine line, List<BundleEntry> entries) throws UpdateFailure.Refused {
        if (!line.anyLayout()) {
            BundleLayout.require(entries);
        }
    }

    private void summarise(Path bundle, List<BundleEntry> entries) {
        long files = entries.stream().filter(entry -> !entry.directory()).count();
        long bytes = entries.stream().mapToLong(BundleEntry::size).sum();
        out.println(
                bundle + ": " + files + " files, " + (entries.size() - files) + " directories, " + bytes + " bytes");
    }

    private static UpdateFailure.Usage usage(String problem) {
        return new UpdateFailure.Usage(problem, "See --help");
    }

    private record CommandLine(String command, boolean anyLayout, long modified, List<String> operands) {
        static CommandLine parse(List<String> arguments) throws UpdateFailure.Usage {
            boolean anyLayout = false;
            long modified = DEFAULT_MODIFIED;
            List<String> operands = new ArrayList<>();
            Deque<String> rest = new ArrayDeque<>(arguments);
            while (!rest.isEmpty()) {
                String argument = rest.pop();
                if (argument.equals("--any-layout")) {
                    anyLayout = true;
                } else if (argument.equals("--mtime")) {
                    modified = seconds(rest.isEmpty() ? "" : rest.pop());
                } else if (argument.startsWith("--")) {
                    throw usage("unknown option '" + argument + "'");
                } else {
                    operands.add(argument);
                }
            }
            if (operands.isEmpty()) {
                throw usage("no command");
            }
            return new CommandLine(operands.removeFirst(), anyLayout, modified, operands);
        }

        /** Up to what 32 bits hold, the extended timestamp of a zip. */
        private static long seconds(String value) throws UpdateFailure.Usage {
            if (!value.matches("[0-9]{1,10}") || Long.parseLong(value) > Integer.MAX_VALUE) {
                throw usage("--mtime needs seconds since 1970, up to " + Integer.MAX_VALUE);
            }
            return Long.parseLong(value);
        }
    }
}
