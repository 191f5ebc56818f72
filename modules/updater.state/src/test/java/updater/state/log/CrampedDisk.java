package updater.state.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import updater.testkit.ChannelFaults;
import updater.testkit.FaultyChannel;

/** A disk with little room, whose forces and truncations can be made to fail. */
public final class CrampedDisk implements ChannelFaults {
    private static final int BLOCK = 4096;

    /** Bytes that can still be written; the write that exceeds them writes as many as that and the next one fails. */
    public long room = Long.MAX_VALUE;

    /** Whether files can only be written within the blocks they already have. */
    public boolean full;

    public boolean forceFails;
    public boolean truncateFails;
    public int forces;

    public LogChannels channels() {
        return (file, options, attributes) ->
                new FaultyChannel(this, file, FileChannel.open(file, options, attributes));
    }

    @Override
    public int fitting(FileChannel file, long position, int wanted) throws IOException {
        long blocks = (file.size() + BLOCK - 1) / BLOCK;
        if (room == 0 || (full && position + wanted > blocks * BLOCK)) {
            throw new IOException("No space left on device");
        }
        int fitting = (int) Math.min(wanted, room);
        room -= fitting;
        return fitting;
    }

    @Override
    public <T> T changing(String operation, Path file, Change<T> change) throws IOException {
        if ((operation.equals("force") && forceFails) || (operation.equals("truncate") && truncateFails)) {
            throw new IOException("Input/output error");
        }
        if (operation.equals("force")) {
            forces++;
        }
        return change.make();
    }
}
