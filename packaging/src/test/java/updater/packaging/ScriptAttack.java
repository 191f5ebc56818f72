package updater.packaging;

import static updater.packaging.Attack.Expected.refused;
import static updater.packaging.Attack.Expected.updated;

/** What is peculiar to an agent that an init script starts: its definition, its guard, its PID file. {@code $script} is its name. */
enum ScriptAttack implements Attack {
    SCRIPT_IS_FORGED(
            "printf '#!/bin/sh\\n%s/touch\\n' $victim >$staged/$script",
            refused("changes the definition of", "belongs to user id 65534")),
    SCRIPT_IS_FORGED_IN_ROOTS_HOME(
            "chown 0 . && printf '#!/bin/sh\\n%s/touch\\n' $victim >$staged/$script && chown 65534 $staged/$script",
            refused("changes the definition of", "belongs to user id 65534")),
    SCRIPT_IS_A_LINK("ln -sf $victim/touch $staged/$script", refused("$script")),
    SCRIPT_IS_A_HARD_LINK("ln -f $victim/touch $staged/$script", refused("changes the definition of")),
    SCRIPT_IS_A_FIFO("rm $staged/$script && mkfifo $staged/$script", refused("$script")),
    GUARD_IS_PLANTED(
            "for name in guard guard.sh guard.pid; do cp $victim/touch $name && cp $victim/touch tmp/$name; done",
            updated());

    private final Script script;

    ScriptAttack(String plant, Expected expected) {
        script = new Script(plant, Script.AS_EVER, expected);
    }

    @Override
    public Script script() {
        return script;
    }
}
