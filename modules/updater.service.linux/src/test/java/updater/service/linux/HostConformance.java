package updater.service.linux;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;
import updater.api.conformance.ServiceBench;
import updater.api.conformance.ServiceConformance;

/**
 * A program for the inside of a box: it runs the conformance suite on that whole host, with its own init, and prints a line a
 * test. Argument: {@code sysv} or {@code openrc}. Exits with the number of tests that failed.
 */
public final class HostConformance {
    private HostConformance() {}

    /** The suite, with a bench that is made before each test rather than by an engine. */
    private static final class OnThisHost extends ServiceConformance {
        private final ServiceBench made;

        OnThisHost(String init) throws Exception {
            made = init.equals("sysv")
                    ? new SysVBench(Path.of("/"), SysVBench.Script.CAREFUL)
                    : new OpenRcBench(Path.of("/"));
            use(made);
        }

        @Override
        protected ServiceBench open(Path directory) {
            return made;
        }
    }

    public static void main(String[] arguments) throws Exception {
        List<Method> tests = Arrays.stream(ServiceConformance.class.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .sorted(Comparator.comparing(Method::getName))
                .toList();
        int failed = 0;
        for (Method test : tests) {
            test.setAccessible(true);
            OnThisHost suite = new OnThisHost(arguments[0]);
            String verdict = "ok";
            try {
                test.invoke(suite);
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof TestAbortedException) {
                    verdict = "skipped";
                } else {
                    verdict = "FAILED";
                    failed++;
                    e.getCause().printStackTrace(System.out);
                }
            } finally {
                suite.made.close();
            }
            System.out.println(verdict + " " + test.getName());
        }
        System.exit(failed);
    }
}
