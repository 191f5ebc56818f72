package updater.packaging;

import java.util.List;
import java.util.stream.Stream;

/**
 * Something that somebody who owns the agent's home, or starts the updater, can put in its way.
 *
 * <p>Each is a shell script, run as root in home before the update; {@code $victim} is a tree outside that must stay as it is,
 * {@code $staged} is {@code tmp/latest}.
 */
sealed interface Attack permits HomeAttack, RecordAttack, BundleAttack, LaunchAttack, ScriptAttack {
    /**
     * Where all of it lies.
     *
     * @param outside for what an attack needs that is neither home's nor root's
     */
    record Places(String home, String state, String victim, String outside) {
        static final Places SWEPT =
                new Places(SweepHost.HOME, SweepHost.STATE, "/mnt/disk/victim", "/mnt/disk/outside");

        private String assigned() {
            return "home=%s state=%s victim=%s outside=%s staged=tmp/latest%n".formatted(home, state, victim, outside);
        }

        /** Returns the script that makes the victim: a file only root may read, one with the set-ID bits, a directory. */
        String victims() {
            return "set -e\n" + assigned() + """
                    rm -rf $victim $outside
                    mkdir -p $victim/plugins $outside
                    cd $victim
                    echo SECRET-OF-ROOT >file && chmod 0600 file
                    echo setuid >setuid && chmod 6755 setuid
                    echo other >plugins/owned.yaml
                    printf '#!/bin/sh\\ntouch %s/ran\\n' $victim >touch && chmod 755 touch
                    """;
        }
    }

    String PLANT = """
        # Far beyond what one path can name.
        deep() (
            cd "$1"
            name=$(printf %0100d 0)
            i=0
            while [ $i -lt 300 ]; do
                mkdir $name && cd -P $name || exit 1
                i=$((i + 1))
            done
        )
        fake() {
            mkdir $outside/fake
            for name; do
                printf '#!/bin/sh\\n/usr/bin/touch %s/ran-%s\\n' $victim $name >$outside/fake/$name
                chmod 755 $outside/fake/$name
            done
        }
        # Shows only in the virtual machine: nobody can keep it out of the shell that begins.
        preload() {
            gcc -shared -fPIC -o $outside/evil.so /mnt/evil.c
        }
        # A runtime of the attacker's own.
        runtime() {
            mkdir -p $1/bin $1/lib
            for program in bin/java lib/jspawnhelper; do
                cp $victim/touch $1/$program
                chmod 755 $1/$program
            done
            echo '- - - -' >$1/platform
            chown -R 65534:65534 $1
        }
        cd $home
        """;

    /**
     * What has to come of it.
     *
     * @param exits one of these exit codes
     * @param message what is said then
     */
    record Expected(List<Integer> exits, List<String> message) {
        private static final int UPDATED = 0;
        private static final int ROLLED_BACK = 1;
        private static final int REFUSED = 5;

        static Expected refused(String... message) {
            return new Expected(List.of(REFUSED), List.of(message));
        }

        static Expected updated() {
            return new Expected(List.of(UPDATED), List.of());
        }

        /** The new agent reports a failure. */
        static Expected rolledBack() {
            return new Expected(List.of(ROLLED_BACK), List.of());
        }

        /** What was made so that nobody may change it cannot be replaced: before the stop or after it. */
        static Expected undone() {
            return new Expected(List.of(ROLLED_BACK, REFUSED), List.of());
        }

        /** Either is right. */
        static Expected harmless() {
            return new Expected(List.of(UPDATED, REFUSED), List.of());
        }
    }

    /**
     * What is done, and what has to come of it.
     *
     * @param planted a script that prepares it
     * @param launched a script that starts the updater
     */
    record Script(String planted, String launched, Expected expected) {
        static final String AS_EVER = "./updater";
    }

    String name();

    Script script();

    default Expected expected() {
        return script().expected();
    }

    /** Returns the script that prepares it. */
    default String plant(Places places) {
        return "set -eu\n" + places.assigned() + PLANT + script().planted() + "\n";
    }

    /** Returns the script that starts the updater. */
    default String launch(Places places) {
        return places.assigned() + "cd $home\n" + script().launched() + "\n";
    }

    /** As {@link #launch(Places)}, in an {@link AttackedHost}. */
    default String launch() {
        return launch(Places.SWEPT);
    }

    /** Returns those that do not depend on the service manager. */
    static Stream<Attack> all() {
        return Stream.<Attack[]>of(
                        HomeAttack.values(), RecordAttack.values(), BundleAttack.values(), LaunchAttack.values())
                .flatMap(Stream::of);
    }
}
