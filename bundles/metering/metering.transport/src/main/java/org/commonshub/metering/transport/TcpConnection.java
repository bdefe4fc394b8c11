package org.commonshub.metering.transport;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.StreamConnection;

/**
 * A TCP stream. All fields but {@link #admitted} belong to the reactor thread.
 *
 * <p>Against wrong values: bytes that nobody asked for, found before a request is sent or while
 * idle or behind an answer, end the connection, so that a late or doubled answer cannot stand where
 * the next one is expected. Between an answer and the next request it listens for 2 ms for such
 * bytes.
 */
final class TcpConnection implements StreamConnection, Reactor.Handler {
  private static final int SMALL = 256;
  private static final long FIRST_BACK_OFF_NANOS = 500_000_000L;
  private static final long LAST_BACK_OFF_NANOS = 60_000_000_000L;
  private static final long LISTEN_CONNECT_NANOS = 10_000_000_000L;

  /** Quiet time between an answer and the next request: what comes in it is unasked. */
  private static final long QUIET_NANOS = 2_000_000L;

  /**
   * Who only listens never learns by itself that the other side is gone: it is asked after a minute
   * of silence, in seconds, times.
   */
  private static final Map<String, Integer> KEEP_ALIVE =
      Map.of("TCP_KEEPIDLE", 60, "TCP_KEEPINTERVAL", 10, "TCP_KEEPCOUNT", 3);

  private static final byte[] NONE = {};

  private static final class Exchange {
    final byte[] request;
    final Framing framing;
    final long timeoutNanos;
    final CompletableFuture<byte[]> done = new CompletableFuture<>();
    boolean sent;

    Exchange(byte[] request, Framing framing, long timeoutNanos) {
      this.request = request;
      this.framing = framing;
      this.timeoutNanos = timeoutNanos;
    }
  }

  private final Reactor reactor;
  private final Endpoint endpoint;
  private final AtomicInteger admitted = new AtomicInteger();

  private final ArrayDeque<Exchange> queue = new ArrayDeque<>();
  private final List<Listener> listeners = new ArrayList<>();
  private Exchange current;
  private ByteBuffer outgoing;
  private byte[] received = NONE;
  private int length;
  private long answeredNanos;
  private SocketChannel channel;
  private SelectionKey key;
  private boolean connected;
  private int attempt;
  private long backOff = FIRST_BACK_OFF_NANOS;
  private boolean closed;

  private final Reactor.Deadline deadline =
      new Reactor.Deadline() {
        @Override
        void expired() {
          timedOut();
        }
      };
  private final Reactor.Deadline retry =
      new Reactor.Deadline() {
        @Override
        void expired() {
          if (!closed && !listeners.isEmpty() && channel == null) {
            reactor.arm(deadline, LISTEN_CONNECT_NANOS);
            connect();
          }
        }
      };

  private final Reactor.Deadline pause =
      new Reactor.Deadline() {
        @Override
        void expired() {
          next();
        }
      };

  TcpConnection(Reactor reactor, Endpoint endpoint) {
    this.reactor = reactor;
    this.endpoint = endpoint;
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public CompletionStage<byte[]> exchange(byte[] request, Framing answer, Duration timeout) {
    if (request.length == 0 || request.length > Reactor.MESSAGE) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.SETTINGS,
              "A request to "
                  + endpoint
                  + " has 1 to 65,536 bytes, not "
                  + request.length
                  + "; this is a fault of the driver."));
    }
    if (admitted.incrementAndGet() > Reactor.QUEUE) {
      admitted.decrementAndGet();
      return CompletableFuture.failedFuture(Failures.busy(endpoint));
    }
    Exchange exchange = new Exchange(request, answer, Math.max(1_000_000L, timeout.toNanos()));
    reactor.execute(
        () -> {
          if (closed) {
            admitted.decrementAndGet();
            exchange.done.completeExceptionally(Failures.closed(endpoint));
          } else {
            queue.add(exchange);
            next();
          }
        });
    return exchange.done;
  }

  @Override
  public AutoCloseable listen(Listener listener) {
    reactor.execute(
        () -> {
          if (closed) {
            listener.broken(Failures.closed(endpoint));
            return;
          }
          listeners.add(listener);
          if (listeners.size() == 1) {
            fail(Failures.listening(endpoint));
            drop();
            backOff = FIRST_BACK_OFF_NANOS;
            reactor.arm(retry, 0);
          }
        });
    return () ->
        reactor.execute(
            () -> {
              listeners.remove(listener);
              if (listeners.isEmpty()) {
                retry.disarm();
                deadline.disarm();
                drop();
                next();
              }
            });
  }

  @Override
  public void reset() {
    reactor.execute(
        () -> {
          if (channel == null) {
            return;
          }
          DeviceException why = Failures.disconnected(endpoint, "it was reset by the driver");
          if (!listeners.isEmpty()) {
            broken(why);
            return;
          }
          Exchange hit = take();
          drop();
          complete(hit, null, why);
          next();
        });
  }

  /** Reactor thread: fails what is pending and lets go of the socket. */
  void close() {
    closed = true;
    retry.disarm();
    pause.disarm();
    listeners.clear();
    drop();
    fail(Failures.closed(endpoint));
  }

  private void fail(DeviceException why) {
    complete(take(), null, why);
    for (Exchange waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
      complete(waiting, null, why);
    }
  }

  private void next() {
    while (current == null && !closed) {
      if (connected && !queue.isEmpty()) {
        long rest = answeredNanos + QUIET_NANOS - System.nanoTime();
        if (rest > 0) {
          reactor.arm(pause, rest);
          return;
        }
      }
      Exchange exchange = queue.poll();
      if (exchange == null) {
        return;
      }
      if (!listeners.isEmpty()) {
        complete(exchange, null, Failures.listening(endpoint));
        continue;
      }
      current = exchange;
      reactor.arm(deadline, exchange.timeoutNanos);
      if (connected && unasked()) {
        drop();
      }
      if (connected) {
        send();
      } else {
        connect();
      }
    }
  }

  /** Whether something, or the end of the stream, is waiting in front of a request. */
  private boolean unasked() {
    reactor.buffer.clear();
    try {
      return channel.read(reactor.buffer) != 0;
    } catch (IOException e) {
      return true;
    }
  }

  private void connect() {
    int mine = ++attempt;
    reactor.resolve(
        endpoint.host(),
        (address, failure) -> {
          if (mine != attempt || closed || channel != null) {
            return;
          }
          if (failure != null) {
            failed(Failures.unresolved(endpoint, failure));
          } else {
            connect(address);
          }
        });
  }

  private void connect(InetAddress address) {
    try {
      channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      if (!listeners.isEmpty()) {
        keepAlive();
      }
      boolean done = channel.connect(new InetSocketAddress(address, endpoint.port()));
      key = reactor.register(channel, done ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, this);
      if (done) {
        opened();
      }
    } catch (IOException | RuntimeException e) {
      failed(Failures.unreachable(endpoint, e));
    }
  }

  @SuppressWarnings("unchecked") // The JDK documents the three as integers.
  private void keepAlive() throws IOException {
    for (SocketOption<?> option : channel.supportedOptions()) {
      Integer value = KEEP_ALIVE.get(option.name());
      if (value != null && option.type() == Integer.class) {
        channel.setOption((SocketOption<Integer>) option, value);
      }
    }
  }

  private void opened() {
    connected = true;
    backOff = FIRST_BACK_OFF_NANOS;
    if (current != null) {
      send();
    } else if (!listeners.isEmpty()) {
      deadline.disarm();
    }
  }

  private void send() {
    length = 0;
    outgoing = ByteBuffer.wrap(current.request);
    write();
  }

  private void write() {
    try {
      channel.write(outgoing);
      if (outgoing.hasRemaining()) {
        key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
      } else {
        current.sent = true;
        outgoing = null;
        if (key.interestOps() != SelectionKey.OP_READ) {
          key.interestOps(SelectionKey.OP_READ);
        }
      }
    } catch (IOException e) {
      failed(Failures.disconnected(endpoint, e));
    }
  }

  @Override
  public void ready(SelectionKey ready) {
    if (ready != key || !ready.isValid()) {
      return;
    }
    try {
      if (ready.isConnectable()) {
        try {
          channel.finishConnect();
          key.interestOps(SelectionKey.OP_READ);
        } catch (ConnectException e) {
          failed(Failures.unreachable(endpoint, e));
          return;
        } catch (IOException e) {
          failed(Failures.unreachable(endpoint, e));
          return;
        }
        opened();
        return;
      }
      if (ready.isWritable() && outgoing != null) {
        write();
      }
      if (ready == key && ready.isValid() && ready.isReadable()) {
        read();
      }
    } catch (RuntimeException e) {
      failed(Failures.disconnected(endpoint, e));
    }
  }

  private void read() {
    ByteBuffer buffer = reactor.buffer;
    buffer.clear();
    int count;
    try {
      count = channel.read(buffer);
    } catch (IOException e) {
      failed(Failures.disconnected(endpoint, e));
      return;
    }
    if (count == 0) {
      return;
    }
    if (!listeners.isEmpty()) {
      if (count < 0) {
        broken(Failures.disconnected(endpoint, "the device closed it"));
        return;
      }
      buffer.flip();
      for (Listener listener : List.copyOf(listeners)) {
        byte[] bytes = new byte[count];
        buffer.get(0, bytes);
        listener.received(bytes);
      }
      return;
    }
    if (current == null) {
      // The device hung up while idle, or said something unasked: begin anew at the next request.
      drop();
      return;
    }
    if (count < 0) {
      failed(
          Failures.disconnected(
              endpoint,
              length == 0
                  ? "the device closed it before it answered"
                  : "the device closed it in the middle of an answer, after " + length + " bytes"));
      return;
    }
    buffer.flip();
    if (!current.sent) {
      failed(Failures.invalid(endpoint, "it answered before the request was complete", null));
      return;
    }
    if (length + count > Reactor.MESSAGE) {
      failed(Failures.invalid(endpoint, "its answer is longer than 65,536 bytes", null));
      return;
    }
    if (received.length < length + count) {
      received =
          Arrays.copyOf(received, Math.max(SMALL, Integer.highestOneBit(length + count) * 2));
    }
    buffer.get(received, length, count);
    length += count;
    answered();
  }

  private void answered() {
    int end;
    try {
      end = current.framing.complete(ByteBuffer.wrap(received, 0, length));
    } catch (DeviceException e) {
      if (e.kind() == Kind.REFUSED) {
        Exchange refused = take();
        complete(refused, null, e);
        next();
      } else {
        failed(e);
      }
      return;
    } catch (RuntimeException e) {
      failed(Failures.invalid(endpoint, "its answer could not be understood", e));
      return;
    }
    if (end == 0) {
      return;
    }
    if (end < 0 || end > length) {
      failed(Failures.invalid(endpoint, "its answer has an impossible length", null));
      return;
    }
    byte[] answer = Arrays.copyOf(received, end);
    boolean more = end < length;
    Exchange answered = take();
    if (more) {
      drop();
    }
    complete(answered, answer, null);
    next();
  }

  private void timedOut() {
    if (!listeners.isEmpty()) {
      broken(Failures.noConnection(endpoint, Duration.ofNanos(LISTEN_CONNECT_NANOS)));
      return;
    }
    if (current == null) {
      return;
    }
    Duration timeout = Duration.ofNanos(current.timeoutNanos);
    failed(
        connected
            ? Failures.timeout(endpoint, timeout, length)
            : Failures.noConnection(endpoint, timeout));
  }

  private void failed(DeviceException why) {
    if (!listeners.isEmpty()) {
      broken(why);
      return;
    }
    Exchange hit = take();
    drop();
    complete(hit, null, why);
    next();
  }

  private void broken(DeviceException why) {
    drop();
    deadline.disarm();
    reactor.arm(retry, (long) (backOff * ThreadLocalRandom.current().nextDouble(0.75, 1.25)));
    backOff = Math.min(backOff * 2, LAST_BACK_OFF_NANOS);
    for (Listener listener : List.copyOf(listeners)) {
      listener.broken(why);
    }
  }

  private Exchange take() {
    Exchange taken = current;
    current = null;
    length = 0;
    outgoing = null;
    answeredNanos = System.nanoTime();
    if (received.length > 4 * SMALL) {
      received = NONE;
    }
    if (listeners.isEmpty()) {
      deadline.disarm();
    }
    return taken;
  }

  /** Completes on the reactor thread; {@link NetworkTransport} documents the rule. */
  private void complete(Exchange exchange, byte[] answer, DeviceException why) {
    if (exchange == null) {
      return;
    }
    admitted.decrementAndGet();
    if (why == null) {
      exchange.done.complete(answer);
    } else {
      exchange.done.completeExceptionally(why);
    }
  }

  private void drop() {
    attempt++;
    connected = false;
    key = null;
    length = 0;
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // Nothing to save: the socket is being thrown away.
      }
      channel = null;
    }
  }
}
