package org.commonshub.metering.serial;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.StreamConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One serial port and the one thread that uses it. The port is opened at the first request and
 * again after it was lost, so an adapter may be unplugged and plugged in again.
 *
 * <p>Nothing on a serial line tells whose answer comes in. So before each request the line must
 * have been silent for a while, what came in is thrown away, and after a failure that silence is as
 * long as the request's time-out: a late answer then ends there and not in the next one.
 */
final class SerialConnection implements StreamConnection, Runnable {
  /** Most exchanges waiting. */
  static final int QUEUE = 64;

  /** Most bytes of one message. */
  static final int MESSAGE = 64 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(SerialConnection.class);
  private static final long NEVER_QUIET_NANOS = 2_000_000_000L;
  private static final long LONGEST_SILENCE_MILLIS = 1_000;
  private static final long FIRST_BACK_OFF_MILLIS = 500;
  private static final long LAST_BACK_OFF_MILLIS = 60_000;

  /** Least time from the last character received to the next sent (IEC 62056-21, 6.4.3). */
  private static final long REACTION_MILLIS = 200;

  /** Time for an adapter to pass on its last character. */
  private static final long DRAIN_MARGIN_NANOS = 10_000_000L;

  private static final class Exchange {
    final byte[] request;
    final LineSpeed speed;
    final Framing framing;
    final Duration timeout;
    final CompletableFuture<byte[]> done = new CompletableFuture<>();

    Exchange(byte[] request, LineSpeed speed, Framing framing, Duration timeout) {
      this.request = request;
      this.speed = speed;
      this.framing = framing;
      this.timeout = timeout;
    }
  }

  private final Endpoint endpoint;
  private final PortSettings settings;
  private final Line.Opener opener;
  private final ArrayBlockingQueue<Exchange> queue = new ArrayBlockingQueue<>(QUEUE);
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private final byte[] chunk = new byte[4_096];
  private volatile boolean closed;
  private volatile boolean reset;

  private Line port;
  private boolean listening;
  private int baud;
  private long silenceMillis;
  private long quietSinceNanos;

  SerialConnection(Endpoint endpoint, PortSettings settings) {
    this(endpoint, settings, NativeLine::open);
  }

  SerialConnection(Endpoint endpoint, PortSettings settings, Line.Opener opener) {
    this.endpoint = endpoint;
    this.settings = settings;
    this.opener = opener;
    this.thread = new Thread(this, "metering-serial-" + settings.path());
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public CompletionStage<byte[]> exchange(byte[] request, Framing answer, Duration timeout) {
    return exchange(new Exchange(request, null, answer, timeout));
  }

  @Override
  public CompletionStage<byte[]> exchange(
      byte[] request, LineSpeed speed, Framing answer, Duration timeout) {
    for (int rate : new int[] {speed.sending(), speed.receiving()}) {
      if (rate < PortSettings.MIN_BAUD || rate > PortSettings.MAX_BAUD) {
        return CompletableFuture.failedFuture(
            new DeviceException(
                Kind.SETTINGS,
                "A baud rate on " + endpoint + " is 50 to 4,000,000, not " + rate + "."));
      }
    }
    return exchange(new Exchange(request, speed, answer, timeout));
  }

  private CompletionStage<byte[]> exchange(Exchange exchange) {
    byte[] request = exchange.request;
    if (request.length == 0 || request.length > MESSAGE) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.SETTINGS, "A request to " + endpoint + " has 1 to 65,536 bytes."));
    }
    if (!queue.offer(exchange)) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.UNREACHABLE,
              "Too many requests wait for "
                  + endpoint
                  + " ("
                  + QUEUE
                  + "). Ask its devices less often."));
    }
    if (closed && queue.remove(exchange)) {
      exchange.done.completeExceptionally(over());
    }
    return exchange.done;
  }

  @Override
  public AutoCloseable listen(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public void reset() {
    reset = true;
  }

  /** Ends the thread and lets go of the port; waits for both. */
  void close() {
    closed = true;
    listeners.clear();
    thread.interrupt();
    if (Thread.currentThread() != thread) {
      try {
        thread.join(2_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void run() {
    long backOff = FIRST_BACK_OFF_MILLIS;
    while (!closed) {
      try {
        if (listeners.isEmpty()) {
          Exchange exchange = queue.poll(100, TimeUnit.MILLISECONDS);
          if (exchange != null) {
            serve(exchange);
          }
          continue;
        }
        for (Exchange refused = queue.poll(); refused != null; refused = queue.poll()) {
          refused.done.completeExceptionally(taken());
        }
        hear();
        backOff = FIRST_BACK_OFF_MILLIS;
      } catch (DeviceException e) {
        drop();
        listeners.forEach(listener -> listener.broken(e));
        try {
          Thread.sleep(backOff);
        } catch (InterruptedException interrupted) {
          break;
        }
        backOff = Math.min(2 * backOff, LAST_BACK_OFF_MILLIS);
      } catch (InterruptedException e) {
        break;
      } catch (Throwable e) { // A listener's or the native library's: the port stays served.
        LOG.error("Serving {} failed; it goes on.", endpoint, e);
        drop();
      }
    }
    drop();
    for (Exchange waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
      waiting.done.completeExceptionally(over());
    }
  }

  private void hear() throws DeviceException {
    open(true);
    int count = port.read(chunk, chunk.length, 0);
    if (count < 0) {
      throw lost();
    }
    if (count > 0) {
      for (Listener listener : listeners) {
        listener.received(Arrays.copyOf(chunk, count));
      }
    }
  }

  private void serve(Exchange exchange) throws InterruptedException {
    try {
      byte[] answer = ask(exchange);
      silenceMillis = 0;
      exchange.done.complete(answer);
    } catch (DeviceException e) {
      if (e.kind() == Kind.DISCONNECTED || e.kind() == Kind.UNREACHABLE) {
        drop();
      } else if (e.kind() != Kind.REFUSED) {
        silenceMillis = Math.min(LONGEST_SILENCE_MILLIS, exchange.timeout.toMillis());
        quietSinceNanos = System.nanoTime(); // It has been silent too long already.
      }
      exchange.done.completeExceptionally(e);
    } catch (InterruptedException e) {
      exchange.done.completeExceptionally(over());
      throw e;
    } catch (RuntimeException | Error e) { // The native library's.
      drop();
      exchange.done.completeExceptionally(
          new DeviceException(
              Kind.DISCONNECTED, "The serial port " + settings.path() + " failed.", e));
    }
  }

  private byte[] ask(Exchange exchange) throws DeviceException, InterruptedException {
    if (reset) {
      reset = false;
      silenceMillis = Math.max(silenceMillis, 50);
    }
    open(false);
    LineSpeed speed = exchange.speed;
    baud(speed == null ? settings.baud() : speed.sending());
    drain(
        Math.max(
            speed == null
                ? settings.quietMillis()
                : Math.max(REACTION_MILLIS, settings.quietMillis()),
            silenceMillis));
    long begin = System.nanoTime();
    long limit = exchange.timeout.toNanos();
    if (port.write(exchange.request) != exchange.request.length) {
      throw lost();
    }
    if (speed != null && speed.receiving() != speed.sending()) {
      awaitSent(exchange, begin);
      baud(speed.receiving());
    }
    byte[] received = new byte[256];
    int length = 0;
    while (true) {
      int available = available();
      if (available > 0) {
        if (length + available > MESSAGE) {
          throw invalid("its answer is longer than 65,536 bytes", null);
        }
        if (received.length < length + available) {
          received = Arrays.copyOf(received, Integer.highestOneBit(length + available) * 2);
        }
        int count = port.read(received, available, length);
        if (count < 0) {
          throw lost();
        }
        length += count;
        quietSinceNanos = System.nanoTime();
        int end = complete(exchange.framing, received, length);
        if (end > 0) {
          return Arrays.copyOf(received, end);
        }
      }
      if (System.nanoTime() - begin > limit) {
        throw timeout(exchange.timeout, length);
      }
      if (available == 0) {
        Thread.sleep(1);
      }
    }
  }

  /**
   * Waits until the last stop bit is out: what the system says, and what the line takes at least.
   */
  private void awaitSent(Exchange exchange, long begin)
      throws DeviceException, InterruptedException {
    long least =
        settings.nanos(exchange.request.length, exchange.speed.sending()) + DRAIN_MARGIN_NANOS;
    while (System.nanoTime() - begin < least || port.waiting() > 0) {
      if (System.nanoTime() - begin > exchange.timeout.toNanos()) {
        throw new DeviceException(
            Kind.TIMEOUT,
            "The request was not sent on "
                + settings.path()
                + " within "
                + exchange.timeout.toMillis()
                + " ms. Check the adapter, or allow more time.");
      }
      Thread.sleep(1);
    }
  }

  private void baud(int wanted) throws DeviceException {
    if (baud == wanted) {
      return;
    }
    if (!port.baud(wanted)) {
      throw new DeviceException(
          Kind.SETTINGS,
          "The serial port "
              + settings.path()
              + " cannot do "
              + wanted
              + " baud. Use another adapter, or another rate.");
    }
    baud = wanted;
  }

  private int complete(Framing framing, byte[] received, int length) throws DeviceException {
    int end;
    try {
      end = framing.complete(ByteBuffer.wrap(received, 0, length));
    } catch (RuntimeException e) {
      throw invalid("its answer could not be understood", e);
    }
    if (end < 0 || end > length) {
      throw invalid("its answer has an impossible length", null);
    }
    return end;
  }

  /** Throws away what comes in until nothing came for a while. */
  private void drain(long silence) throws DeviceException, InterruptedException {
    long begin = System.nanoTime();
    while (true) {
      int available = available();
      long now = System.nanoTime();
      if (available > 0) {
        port.read(chunk, Math.min(available, chunk.length), 0);
        quietSinceNanos = now;
      }
      if (available == 0 && now - quietSinceNanos >= silence * 1_000_000L) {
        return;
      }
      if (now - begin > NEVER_QUIET_NANOS + silence * 1_000_000L) {
        throw invalid("the line is never quiet", null);
      }
      if (available == 0) {
        Thread.sleep(1);
      }
    }
  }

  private int available() throws DeviceException {
    int available = port.available();
    if (available < 0) {
      throw lost();
    }
    return available;
  }

  private void open(boolean toListen) throws DeviceException {
    if (port != null && listening != toListen) {
      drop();
    }
    if (port != null) {
      return;
    }
    port = opener.open(settings, toListen);
    baud = settings.baud();
    listening = toListen;
    quietSinceNanos = System.nanoTime();
  }

  private void drop() {
    if (port != null) {
      port.close();
      port = null;
    }
  }

  private DeviceException over() {
    return new DeviceException(
        Kind.DISCONNECTED,
        "The port " + settings.path() + " was closed because the device was stopped or changed.");
  }

  private DeviceException taken() {
    return new DeviceException(
        Kind.UNREACHABLE,
        "The port "
            + settings.path()
            + " is taken by a device that sends by itself; it cannot be asked as well.");
  }

  private DeviceException lost() {
    return new DeviceException(
        Kind.DISCONNECTED,
        "The serial port " + settings.path() + " is gone. Check that the adapter is plugged in.");
  }

  private DeviceException invalid(String what, Exception cause) {
    return new DeviceException(
        Kind.INVALID_ANSWER,
        "The device at "
            + endpoint
            + " cannot be trusted: "
            + what
            + ". Check baud rate, parity, wiring and termination.",
        cause);
  }

  private DeviceException timeout(Duration timeout, int received) {
    return new DeviceException(
        Kind.TIMEOUT,
        received == 0
            ? "The device at "
                + endpoint
                + " did not answer within "
                + timeout.toMillis()
                + " ms. Check that it is powered, its unit number, baud rate, and wires A and B."
            : "The device at "
                + endpoint
                + " sent only part of an answer ("
                + received
                + " bytes) within "
                + timeout.toMillis()
                + " ms. Check baud rate, parity and wiring.");
  }
}
