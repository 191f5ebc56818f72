package updater.transaction;

import java.io.IOException;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.World;

/** A story in a world of its own, and what must have come of it. */
abstract class HardCase extends Story {
    World plain() throws IOException {
        return World.plain(root());
    }

    static Judge judge(World world) throws IOException {
        return new Judge(world, GeneratedUpdate.plain(Definition.OUTSIDE, -1));
    }
}
