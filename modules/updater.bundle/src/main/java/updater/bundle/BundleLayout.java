package updater.bundle;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import updater.api.HomeLayout;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.archive.BundleEntry;

/**
 * The check that a bundle holds what an update needs beside the agent's own files: the launcher and a runtime, and
 * perhaps a product descriptor in it.
 */
public final class BundleLayout {
    /** The product descriptor, relative to the bundle's root. */
    public static final String PRODUCT = HomeLayout.STAGED_RUNTIME + "/product.json";

    private BundleLayout() {}

    /**
     * Checks the layout.
     *
     * @throws UpdateFailure.Refused with everything that is wrong
     */
    public static void require(Collection<BundleEntry> entries) throws UpdateFailure.Refused {
        Map<String, BundleEntry> byPath =
                entries.stream().collect(Collectors.toMap(BundleEntry::path, Function.identity()));
        List<String> problems = new ArrayList<>();
        List<BundleEntry> launchers = entries.stream()
                .filter(entry -> HomeLayout.isLauncher(entry.path()) && !entry.directory())
                .toList();
        if (launchers.isEmpty()) {
            problems.add("there is no launcher, a file '" + HomeLayout.LAUNCHER + "', or '"
                    + HomeLayout.WINDOWS_LAUNCHER + "' for Windows");
        }
        for (BundleEntry launcher : launchers) {
            if ((launcher.mode() & 0111) == 0) {
                problems.add("the launcher '" + launcher.path() + "' is not executable");
            }
        }
        if (entries.stream()
                .noneMatch(entry -> !entry.directory() && entry.path().startsWith(HomeLayout.STAGED_RUNTIME + "/"))) {
            problems.add("there is no runtime, a directory '" + HomeLayout.STAGED_RUNTIME + "/' with files");
        }
        BundleEntry product = byPath.get(PRODUCT);
        if (product != null && product.directory()) {
            problems.add("'" + PRODUCT + "' is a directory; expected the product descriptor");
        }
        if (!problems.isEmpty()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID, "this is no update bundle: " + String.join("; ", problems), "");
        }
    }
}
