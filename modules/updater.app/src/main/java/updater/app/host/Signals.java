package updater.app.host;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;
import updater.transaction.context.Termination;

/**
 * The signals that end a process, as a run that must not end anywhere takes them. A hangup is no reason to stop: the operator
 * whose login was dropped wants to find the agent running. Programs that are started later take signals as ever.
 */
public final class Signals {
    private static final String HANGUP = "HUP";
    private static final List<String> TAKEN = List.of(HANGUP, "TERM", "INT");

    private final Consumer<Consumer<String>> listening;
    private final Termination termination = new Termination();

    private Signals(Consumer<Consumer<String>> listening) {
        this.listening = listening;
    }

    /** Returns those of this process. */
    static Signals ofThisProcess() {
        return new Signals(Signals::handle);
    }

    /** Returns those of a process that gets none. */
    public static Signals none() {
        return new Signals(taker -> {});
    }

    /** From now on signals no longer end the process, but ask the run to end, and are acknowledged on the console. */
    public void listen(Console console) {
        listening.accept(signal -> {
            if (!signal.equals(HANGUP)) {
                termination.request("SIG" + signal);
                console.failure("SIG" + signal + ": ending as soon as that leaves no mess", "");
            }
        });
    }

    /** Returns what asks the run to end. */
    public Termination termination() {
        return termination;
    }

    /**
     * The platform has no other way than this class, which is exported and stays; the compiler warns of every mention of its
     * name, so that it is looked up. A signal that a system does not have, or that is taken already, is left as it is.
     */
    private static void handle(Consumer<String> taker) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            for (String name : TAKEN) {
                Object handling = Proxy.newProxyInstance(
                        Signals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                            if (method.getName().equals("handle")) {
                                taker.accept(name);
                            }
                            return null;
                        });
                try {
                    signal.getMethod("handle", signal, handler)
                            .invoke(null, signal.getConstructor(String.class).newInstance(name), handling);
                } catch (InvocationTargetException e) {
                    // There is no such signal here.
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the runtime has no signals", e);
        }
    }
}
