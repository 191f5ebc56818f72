package updater.api;

import java.util.List;
import java.util.Set;

/**
 * The rules for files that an update treats in a way of their own; all others are the vendor's.
 *
 * @param preserved which files are never overwritten nor removed, as {@link PathPatterns}: a plain name at any depth
 * @param outside files that live outside home but are updated with it
 * @param mutable paths relative to home that are never rolled back; a directory ends in {@code /}
 * @param configuration which files the operator edits, as {@link PathPatterns}: one that both he and the vendor changed
 *     stays, and the vendor's is placed beside it
 */
public record FileRules(
        Set<String> preserved, List<OutsideFile> outside, List<String> mutable, List<String> configuration) {
    public FileRules {
        preserved = Set.copyOf(preserved);
        outside = List.copyOf(outside);
        mutable = List.copyOf(mutable);
        configuration = List.copyOf(configuration);
    }

    /**
     * A file that lives outside home. When it exists there it is replaced there, and not installed into home; when it
     * does not, the staged file is installed into home as any other.
     *
     * @param staged path relative to the staged tree
     * @param target path relative to home, e.g. {@code ../name.jar}
     */
    public record OutsideFile(String staged, String target) {}
}
