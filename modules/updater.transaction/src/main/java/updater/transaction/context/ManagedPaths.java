package updater.transaction.context;

import java.util.ArrayList;
import java.util.List;
import updater.api.HomeLayout;
import updater.api.Product;

/**
 * The paths below home that an update backs up and restores.
 *
 * <p>Components are compared whole: {@code tmp/} covers {@code tmp} and {@code tmp/x}, never {@code tmpdata}.
 */
public final class ManagedPaths {
    private final List<String> mutable = new ArrayList<>();

    public ManagedPaths(Product product, HomeLayout layout) {
        for (String path : product.files().mutable()) {
            mutable.add(path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
        }
        mutable.add("tmp");
        if (product.health().reports()) {
            mutable.add(product.health().status().file());
        }
        mutable.add(HomeLayout.WORK);
        mutable.add(layout.launcherName());
        if (layout.state().startsWith(layout.home())) {
            // A rollback that took its own journal for the agent's would remove it.
            mutable.add(layout.home().relativize(layout.state()).toString().replace('\\', '/'));
        }
    }

    /** Returns whether {@code path}, relative to home and possibly ending in a slash, is never backed up nor rolled back. */
    public boolean excludes(String path) {
        String plain = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        for (String root : mutable) {
            if (plain.equals(root) || (plain.startsWith(root) && plain.charAt(root.length()) == '/')) {
                return true;
            }
        }
        return false;
    }
}
