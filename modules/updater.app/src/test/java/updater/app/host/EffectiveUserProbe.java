package updater.app.host;

import java.nio.file.Path;

/** Prints who this process is, for {@link EffectiveUserTests} to run as another user. */
public final class EffectiveUserProbe {
    private EffectiveUserProbe() {}

    /** Takes the directory of the kernel's processes and one for temporary files. */
    public static void main(String[] arguments) {
        System.out.println(new EffectiveUser(Path.of(arguments[0]), Path.of(arguments[1])).id());
    }
}
