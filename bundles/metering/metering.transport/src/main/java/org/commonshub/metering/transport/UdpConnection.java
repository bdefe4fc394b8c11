package org.commonshub.metering.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;

/**
 * Datagrams with one peer ({@code udp}) or of one group ({@code udp-multicast}). All fields but
 * {@link #admitted} belong to the reactor thread. After a failed exchange with a peer the socket is
 * given up, so that a late answer finds no reader.
 */
final class UdpConnection implements DatagramConnection, Reactor.Handler {
  private static final int DATAGRAMS_PER_TURN = 32;
  private static final long RETRY_NANOS = 5_000_000_000L;

  private record Exchange(
      byte[] request,
      Predicate<byte[]> matches,
      long timeoutNanos,
      CompletableFuture<byte[]> done) {}

  private final Reactor reactor;
  private final Endpoint endpoint;
  private final boolean multicast;
  private final AtomicInteger admitted = new AtomicInteger();

  private final ArrayDeque<Exchange> queue = new ArrayDeque<>();
  private final List<Consumer<byte[]>> listeners = new ArrayList<>();
  private Exchange current;
  private DatagramChannel channel;
  private SelectionKey key;
  private InetSocketAddress group;
  private int attempt;
  private boolean opening;
  private boolean closed;

  private final Reactor.Deadline deadline =
      new Reactor.Deadline() {
        @Override
        void expired() {
          if (current != null) {
            failed(Failures.timeout(endpoint, Duration.ofNanos(current.timeoutNanos()), 0));
          }
        }
      };
  private final Reactor.Deadline retry =
      new Reactor.Deadline() {
        @Override
        void expired() {
          if (!closed && !listeners.isEmpty()) {
            open();
          }
        }
      };

  UdpConnection(Reactor reactor, Endpoint endpoint) {
    this.reactor = reactor;
    this.endpoint = endpoint;
    this.multicast = endpoint.scheme().equals("udp-multicast");
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public CompletionStage<byte[]> exchange(
      byte[] request, Predicate<byte[]> matches, Duration timeout) {
    if (admitted.incrementAndGet() > Reactor.QUEUE) {
      admitted.decrementAndGet();
      return CompletableFuture.failedFuture(Failures.busy(endpoint));
    }
    Exchange exchange =
        new Exchange(
            request, matches, Math.max(1_000_000L, timeout.toNanos()), new CompletableFuture<>());
    reactor.execute(
        () -> {
          queue.add(exchange);
          if (closed) {
            fail(Failures.closed(endpoint));
          } else {
            next();
          }
        });
    return exchange.done();
  }

  @Override
  public AutoCloseable listen(Consumer<byte[]> listener) {
    reactor.execute(
        () -> {
          listeners.add(listener);
          if (channel == null && !closed) {
            open();
          }
        });
    return () ->
        reactor.execute(
            () -> {
              listeners.remove(listener);
              if (listeners.isEmpty() && current == null) {
                retry.disarm();
                drop();
              }
            });
  }

  void close() {
    closed = true;
    retry.disarm();
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
    if (current != null || closed) {
      return;
    }
    current = queue.poll();
    if (current == null) {
      return;
    }
    reactor.arm(deadline, current.timeoutNanos());
    if (channel == null) {
      open();
    } else {
      send();
    }
  }

  private void open() {
    if (opening) {
      return;
    }
    opening = true;
    int mine = ++attempt;
    reactor.resolve(
        endpoint.host(),
        (address, failure) -> {
          if (mine != attempt || closed || channel != null) {
            return;
          }
          opening = false;
          if (failure != null) {
            failed(Failures.unresolved(endpoint, failure));
            return;
          }
          try {
            open(address);
          } catch (IOException | RuntimeException e) {
            failed(Failures.unreachable(endpoint, e));
            return;
          }
          if (current != null) {
            send();
          }
        });
  }

  private void open(InetAddress address) throws IOException {
    InetSocketAddress remote = new InetSocketAddress(address, endpoint.port());
    channel =
        DatagramChannel.open(
            address instanceof java.net.Inet6Address
                ? StandardProtocolFamily.INET6
                : StandardProtocolFamily.INET);
    if (multicast) {
      group = remote;
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(new InetSocketAddress(endpoint.port()));
      String wanted = endpoint.parameter("interface", "");
      boolean joined = false;
      for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        boolean chosen =
            wanted.isEmpty()
                ? each.isUp() && each.supportsMulticast()
                : each.getName().equals(wanted);
        if (chosen) {
          channel.join(address, each);
          if (!joined || !wanted.isEmpty()) {
            channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, each);
          }
          joined = true;
        }
      }
      if (!joined) {
        throw new IOException(
            wanted.isEmpty()
                ? "no network interface can receive multicast"
                : "there is no network interface '" + wanted + "'");
      }
    } else {
      channel.connect(remote);
    }
    key = reactor.register(channel, SelectionKey.OP_READ, this);
  }

  private void send() {
    ByteBuffer datagram = ByteBuffer.wrap(current.request());
    try {
      int count = multicast ? channel.send(datagram, group) : channel.write(datagram);
      if (count == 0 && current.request().length > 0) {
        failed(Failures.unreachable(endpoint, new IOException("the network is busy")));
      }
    } catch (IOException | RuntimeException e) {
      failed(Failures.unreachable(endpoint, e));
    }
  }

  @Override
  public void ready(SelectionKey ready) {
    if (ready != key || !ready.isValid()) {
      return;
    }
    for (int i = 0; i < DATAGRAMS_PER_TURN && ready == key; i++) {
      ByteBuffer buffer = reactor.buffer;
      buffer.clear();
      try {
        if (multicast) {
          if (channel.receive(buffer) == null) {
            return;
          }
        } else if (channel.read(buffer) == 0 && buffer.position() == 0) {
          return;
        }
      } catch (IOException e) {
        failed(Failures.unreachable(endpoint, e));
        return;
      }
      buffer.flip();
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      for (Consumer<byte[]> listener : List.copyOf(listeners)) {
        listener.accept(bytes.clone());
      }
      if (current != null) {
        boolean match;
        try {
          match = current.matches().test(bytes);
        } catch (RuntimeException e) {
          failed(Failures.invalid(endpoint, "its answer could not be understood", e));
          return;
        }
        if (match) {
          complete(take(), bytes, null);
          next();
        }
      }
    }
  }

  private void failed(DeviceException why) {
    Exchange hit = take();
    if (!multicast || why.kind() != Kind.TIMEOUT) {
      drop();
    }
    complete(hit, null, why);
    if (!listeners.isEmpty() && channel == null) {
      reactor.arm(retry, RETRY_NANOS);
    }
    next();
  }

  private Exchange take() {
    Exchange taken = current;
    current = null;
    deadline.disarm();
    return taken;
  }

  private void complete(Exchange exchange, byte[] answer, DeviceException why) {
    if (exchange == null) {
      return;
    }
    admitted.decrementAndGet();
    if (why == null) {
      exchange.done().complete(answer);
    } else {
      exchange.done().completeExceptionally(why);
    }
  }

  private void drop() {
    attempt++;
    opening = false;
    key = null;
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
