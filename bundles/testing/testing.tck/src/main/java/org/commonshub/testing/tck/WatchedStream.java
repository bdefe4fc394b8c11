package org.commonshub.testing.tck;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.StreamConnection;

/** A stream that sees what its listeners throw, and can hand them the bytes in small pieces. */
final class WatchedStream implements StreamConnection {
  private final StreamConnection stream;
  private final List<Throwable> thrown = new CopyOnWriteArrayList<>();
  private final AtomicLong taken = new AtomicLong();
  private final AtomicInteger open = new AtomicInteger();
  private volatile Listener last;
  private volatile int piece = Integer.MAX_VALUE;

  WatchedStream(StreamConnection stream) {
    this.stream = stream;
  }

  /** Hands over so many bytes at once from now on. */
  void pieces(int bytes) {
    piece = bytes;
  }

  /** What listeners threw. */
  List<Throwable> thrown() {
    return thrown;
  }

  /** Bytes its listeners took. */
  long taken() {
    return taken.get();
  }

  /** Open subscriptions. */
  int listeners() {
    return open.get();
  }

  /** Hands bytes to the latest listener, past the stream. */
  void inject(byte[] bytes) {
    last.received(bytes);
    taken.addAndGet(-bytes.length);
  }

  @Override
  public Endpoint endpoint() {
    return stream.endpoint();
  }

  @Override
  public CompletionStage<byte[]> exchange(byte[] request, Framing answer, Duration timeout) {
    return stream.exchange(request, answer, timeout);
  }

  @Override
  public CompletionStage<byte[]> exchange(
      byte[] request, LineSpeed speed, Framing answer, Duration timeout) {
    return stream.exchange(request, speed, answer, timeout);
  }

  @Override
  public AutoCloseable listen(Listener listener) {
    Listener guarded =
        new Listener() {
          @Override
          public synchronized void received(byte[] bytes) {
            try {
              int size = piece;
              for (int i = 0; i < bytes.length; i += Math.min(size, bytes.length)) {
                int end = Math.min(bytes.length - i, size) + i;
                listener.received(Arrays.copyOfRange(bytes, i, end));
              }
            } catch (RuntimeException | Error e) {
              thrown.add(e);
            }
            taken.addAndGet(bytes.length);
          }

          @Override
          public synchronized void broken(DeviceException why) {
            try {
              listener.broken(why);
            } catch (RuntimeException | Error e) {
              thrown.add(e);
            }
          }
        };
    last = guarded;
    AutoCloseable subscription = stream.listen(guarded);
    open.incrementAndGet();
    return () -> {
      open.decrementAndGet();
      subscription.close();
    };
  }

  @Override
  public void reset() {
    stream.reset();
  }
}
