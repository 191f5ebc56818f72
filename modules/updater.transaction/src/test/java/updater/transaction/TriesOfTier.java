package updater.transaction;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AroundTryHook;
import net.jqwik.api.lifecycle.Lifespan;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.Store;
import net.jqwik.api.lifecycle.TryExecutionResult;
import net.jqwik.api.lifecycle.TryExecutor;
import net.jqwik.api.lifecycle.TryLifecycleContext;

/**
 * The part of a property's tries that a run can afford: a fifth in every build, a twentieth with {@code -Dquick}, all with
 * {@code -Dtries=full}. Each run has a seed of its own, so what one leaves out is tried in others.
 */
final class TriesOfTier implements AroundTryHook {
    private static final int PART = part();

    private static int part() {
        if (System.getProperty("tries", "").equals("full")) {
            return 1;
        }
        return System.getProperty("quick") == null ? 5 : 20;
    }

    @Override
    public PropagationMode propagateTo() {
        return PropagationMode.ALL_DESCENDANTS;
    }

    @Override
    public TryExecutionResult aroundTry(TryLifecycleContext context, TryExecutor aTry, List<Object> parameters) {
        int all = context.targetMethod().getAnnotation(Property.class).tries();
        AtomicInteger done = Store.getOrCreate(TriesOfTier.class, Lifespan.PROPERTY, AtomicInteger::new)
                .get();
        TryExecutionResult result = aTry.execute(parameters);
        boolean enough = done.incrementAndGet() >= Math.max(1, all / PART);
        return enough && result.isSatisfied() ? TryExecutionResult.satisfied(true) : result;
    }
}
