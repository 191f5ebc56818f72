package updater.transaction;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;
import updater.transaction.world.World;

/** The stories about whom an update trusts, but for those that sweep. */
final class TrustProbe {
    private TrustProbe() {}

    static void run() throws Exception {
        for (Supplier<Story> stories :
                List.<Supplier<Story>>of(OtherUsersTests::new, SignedUpdateTests::new, RememberedReleaseTests::new)) {
            for (Method story : stories.get().getClass().getDeclaredMethods()) {
                if (story.isAnnotationPresent(Test.class) && !story.getName().contains("_each")) {
                    play(stories.get(), story);
                }
            }
        }
    }

    private static void play(Story cases, Method story) throws Exception {
        cases.directory = Files.createTempDirectory("updater-trust");
        try {
            for (Class<?> type = cases.getClass(); type != Story.class; type = type.getSuperclass()) {
                for (Method method : type.getDeclaredMethods()) {
                    if (method.isAnnotationPresent(BeforeEach.class)) {
                        call(cases, method);
                    }
                }
            }
            call(cases, story);
        } finally {
            World.remove(cases.directory);
        }
    }

    private static void call(Story cases, Method method) throws Exception {
        method.setAccessible(true);
        try {
            method.invoke(cases);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof TestAbortedException) {
                return;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }
}
