package updater.service.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;

/**
 * The links through which a script is started and stopped in each runlevel: {@code rc2.d/S20agent}.
 *
 * <p>As text they are words like {@code 2:S20}, sorted; a link that leads elsewhere than usual has its target behind an
 * {@code =}. The text begins with {@code enabled}, {@code disabled} (it is only stopped anywhere) or
 * {@code unregistered}, and says everything that is needed to make the same links again.
 */
record RunlevelLinks(String script, HostFiles files, Path root) {
    private static final List<String> LEVELS = List.of("0", "1", "2", "3", "4", "5", "6", "S");

    /** Debian and its kin, Red Hat and its kin, SUSE. */
    private static final List<String> PLACES = List.of("etc/rc%s.d", "etc/rc.d/rc%s.d", "etc/init.d/rc%s.d");

    private static final Pattern WORD = Pattern.compile("([0-6S]):([SK][0-9]{2})(?:=(.*))?");

    /** Returns the directory of a runlevel, empty when this host has none. */
    static Optional<Path> directory(Path root, String level) {
        return PLACES.stream()
                .map(place -> root.resolve(place.formatted(level)))
                .filter(Files::isDirectory)
                .findFirst();
    }

    String describe() throws UpdateFailure.Service {
        List<String> words = new ArrayList<>();
        boolean started = false;
        for (String level : LEVELS) {
            for (var link : read(level).entrySet()) {
                String name = String.valueOf(link.getKey().getFileName()).substring(0, 3);
                started |= name.startsWith("S");
                words.add(level + ":" + name + (link.getValue().equals(usual()) ? "" : "=" + link.getValue()));
            }
        }
        return words.isEmpty() ? "unregistered" : (started ? "enabled " : "disabled ") + String.join(" ", words);
    }

    boolean starts() throws UpdateFailure.Service {
        return describe().startsWith("enabled");
    }

    private String usual() {
        return "../init.d/" + script;
    }

    private SortedMap<Path, String> read() throws UpdateFailure.Service {
        SortedMap<Path, String> links = new TreeMap<>();
        for (String level : LEVELS) {
            links.putAll(read(level));
        }
        return links;
    }

    private SortedMap<Path, String> read(String level) throws UpdateFailure.Service {
        SortedMap<Path, String> links = new TreeMap<>();
        Optional<Path> directory = directory(root, level);
        if (directory.isEmpty()) {
            return links;
        }
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(directory.get(), "[SK][0-9][0-9]" + glob(script))) {
            for (Path entry : entries) {
                if (Files.isSymbolicLink(entry)) {
                    links.put(entry, Files.readSymbolicLink(entry).toString());
                }
            }
        } catch (NoSuchFileException | NotDirectoryException none) {
            // A runlevel that this host does not know.
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not look for the links of " + script + " in " + directory.get() + ": " + Reason.at(e),
                    "",
                    e);
        }
        return links;
    }

    private static String glob(String name) {
        return name.replaceAll("[\\\\*?\\[\\]{}]", "\\\\$0");
    }

    /**
     * Makes exactly the links that {@link #describe} described. Idempotent; each change is atomic and forced.
     *
     * @throws UpdateFailure.Service when a link cannot be made or removed
     */
    void restore(String description) throws UpdateFailure.Service {
        SortedMap<Path, String> wanted = parse(description);
        try {
            for (Path present : read().keySet()) {
                if (!wanted.containsKey(present)) {
                    files.delete(present);
                }
            }
            SortedMap<Path, String> there = read();
            for (var link : wanted.entrySet()) {
                if (!link.getValue().equals(there.get(link.getKey()))) {
                    files.link(link.getKey(), link.getValue());
                }
            }
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not restore the runlevel links of " + script + ": " + Reason.at(e),
                    "Make them by hand: " + description,
                    e);
        }
    }

    private SortedMap<Path, String> parse(String description) throws UpdateFailure.Service {
        SortedMap<Path, String> links = new TreeMap<>();
        List<String> words = List.of(description.split(" ", -1));
        for (String word : words.subList(1, words.size())) {
            Matcher matcher = WORD.matcher(word);
            Optional<Path> directory = matcher.matches() ? directory(root, matcher.group(1)) : Optional.empty();
            if (directory.isEmpty()) {
                throw new UpdateFailure.Service(
                        "'" + word + "' describes no runlevel link of " + script + " on this host", "");
            }
            String target = Optional.ofNullable(matcher.group(3)).orElseGet(this::usual);
            links.put(directory.get().resolve(matcher.group(2) + script), target);
        }
        return links;
    }

    /** Returns the links there are, for the guard to remove them. */
    List<Path> present() throws UpdateFailure.Service {
        return List.copyOf(read().keySet());
    }
}
