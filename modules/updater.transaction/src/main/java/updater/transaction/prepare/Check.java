package updater.transaction.prepare;

import java.io.IOException;
import java.util.Set;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;

/**
 * One check of the preflight. It refuses what cannot work, and changes nothing.
 *
 * @param name what it is called
 * @param subject what it looks at, for people
 * @param codes what it refuses with, apart from failures of disk and service manager
 * @param when when it is asked
 * @param question asks; it throws the refusal, whose message says what is wrong and whose advice what to do
 */
record Check(String name, String subject, Set<RefusalCode> codes, When when, Question question) {
    Check {
        codes = Set.copyOf(codes);
    }

    /** When a check is asked, and what it needs. */
    enum When {
        /** First of all: it needs no staged tree. */
        HOST,
        /** Once a staged tree is there, and before anything is planned. */
        TREE,
        /** As {@link #TREE}, and of the host alone where nothing is staged. */
        ALWAYS,
        /** Only where nothing is planned: the plan of an update finds the same, and refuses with the same code. */
        PLAN
    }

    /** The asking of one question. */
    @FunctionalInterface
    interface Question {
        void ask(PreflightRun run) throws UpdateFailure, IOException, InterruptedException;
    }
}
