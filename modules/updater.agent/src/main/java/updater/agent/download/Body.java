package updater.agent.download;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The body of one response, written behind what is here already, a few buffers at a time. It ends as soon as it is longer than
 * allowed. Nothing is written any more once it has ended: a late buffer must not get into the next attempt.
 */
final class Body implements BodySubscriber<Boolean> {
    private final PartialFile partial;
    private final long most;
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;

    /** @param most bytes that the whole file may have */
    Body(PartialFile partial, long most) {
        this.partial = partial;
        this.most = most;
    }

    @Override
    public CompletionStage<Boolean> getBody() {
        return done;
    }

    @Override
    public synchronized void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(1);
    }

    @Override
    public synchronized void onNext(List<ByteBuffer> buffers) {
        Flow.Subscription from = subscription;
        if (from == null || done.isDone()) {
            return;
        }
        try {
            for (ByteBuffer buffer : buffers) {
                if (partial.length() + buffer.remaining() > most) {
                    from.cancel();
                    done.completeExceptionally(new TooLong(most));
                    return;
                }
                partial.append(buffer);
            }
            from.request(1);
        } catch (IOException e) {
            from.cancel();
            done.completeExceptionally(new LocalFailure(e));
        }
    }

    @Override
    public synchronized void onError(Throwable error) {
        done.completeExceptionally(error);
    }

    @Override
    public synchronized void onComplete() {
        done.complete(true);
    }

    /** Ends it: the connection is closed, and the caller's waiting. */
    synchronized void abandon(Throwable why) {
        Flow.Subscription from = subscription;
        if (from != null) {
            from.cancel();
        }
        done.completeExceptionally(why);
    }

    /** The file has more bytes than it may have. */
    static final class TooLong extends IOException {
        private static final long serialVersionUID = 1L;

        TooLong(long most) {
            super("the file has more than " + most + " bytes");
        }
    }

    /** The disk, not the network, has failed. */
    static final class LocalFailure extends IOException {
        private static final long serialVersionUID = 1L;

        LocalFailure(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
