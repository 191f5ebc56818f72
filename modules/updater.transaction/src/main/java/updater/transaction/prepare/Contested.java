package updater.transaction.prepare;

import java.util.List;
import java.util.stream.Stream;
import updater.api.FileEntry;

/** Files that both the operator and the vendor have changed, and links in the place of files, by what becomes of them. */
final class Contested {
    final Named beside = new Named("changed here and in this version, so it stays, and the new one is beside it");
    final Named setAside = new Named("changed here and in this version, so yours is kept beside the new one");
    final Named lost =
            new Named("changed here and in this version, and replaced: its name beside it is not free to keep yours");
    final Named notPlaced =
            new Named("changed here and in this version, so it stays; the name beside it is not free for the new one");

    private final Named links = new Named("it takes the place of a link, and what that led to is left alone");

    /** Notes that a symbolic link is replaced. */
    void link(String path, FileEntry link) {
        links.add(path + " -> " + link.linkTarget().orElseThrow());
    }

    /** Returns what is to be said of them. */
    List<String> lines() {
        return Stream.of(beside, setAside, lost, notPlaced, links)
                .flatMap(named -> named.lines().stream())
                .toList();
    }
}
