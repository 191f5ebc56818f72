package updater.transaction.prepare;

import java.util.List;
import java.util.stream.Stream;

/** Files that both the operator and the vendor have changed, by what becomes of them. */
final class Contested {
    final Named beside = new Named("changed here and in this version, so it stays, and the new one is beside it");
    final Named setAside = new Named("changed here and in this version, so yours is kept beside the new one");
    final Named lost =
            new Named("changed here and in this version, and replaced: its name beside it is not free to keep yours");
    final Named notPlaced =
            new Named("changed here and in this version, so it stays; the name beside it is not free for the new one");

    /** Returns what is to be said of them. */
    List<String> lines() {
        return Stream.of(beside, setAside, lost, notPlaced)
                .flatMap(named -> named.lines().stream())
                .toList();
    }
}
