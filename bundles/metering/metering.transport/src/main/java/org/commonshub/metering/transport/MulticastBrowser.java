package org.commonshub.metering.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.ServiceBrowser;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for services by multicast DNS (RFC 6762 §5.1, §5.2; RFC 6763), only while somebody asks. A
 * search has one thread and two sockets of its own, and ends with its time: one socket asks from a
 * port of its own, so that answers come to it alone (§6.7); the other hears what is answered to the
 * group.
 */
@Component(service = ServiceBrowser.class)
public final class MulticastBrowser implements ServiceBrowser, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MulticastBrowser.class);
  private static final String GROUP = "224.0.0.251";
  private static final int PORT = 5353;
  private static final int SEARCHES = 2;
  private static final int TYPES = 32;
  private static final int INTERFACES = 16;
  private static final int DATAGRAMS = 4_096;
  private static final int DATAGRAM = 9_000;
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final long AGAIN_NANOS = 1_000_000_000L;
  private static final long FOLLOW_UP_NANOS = 50_000_000L;

  private final int port;
  private final Set<Thread> searches = new HashSet<>();
  private boolean closed;

  /** Waits for somebody to ask. */
  @Activate
  public MulticastBrowser() {
    this(PORT);
  }

  MulticastBrowser(int port) {
    this.port = port;
  }

  @Override
  public CompletionStage<List<Instance>> browse(List<String> types, Duration time) {
    if (types.isEmpty()
        || types.size() > TYPES
        || !types.stream().allMatch(t -> t.matches("_[A-Za-z0-9-]{1,15}\\._(tcp|udp)"))) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.SETTINGS,
              "Services are searched by 1 to 32 types of the form _shelly._tcp, not " + types));
    }
    Duration bounded =
        time.compareTo(SHORTEST) < 0 ? SHORTEST : time.compareTo(LONGEST) > 0 ? LONGEST : time;
    CompletableFuture<List<Instance>> done = new CompletableFuture<>();
    synchronized (searches) {
      if (closed || searches.size() >= SEARCHES) {
        return CompletableFuture.failedFuture(
            new DeviceException(
                Kind.UNREACHABLE,
                "Two searches of the network are under way. Wait until they are done."));
      }
      Thread thread =
          new Thread(
              () -> {
                try {
                  search(new Findings(types), bounded.toNanos(), done);
                } finally {
                  synchronized (searches) {
                    searches.remove(Thread.currentThread());
                  }
                }
              },
              "metering-browse");
      thread.setDaemon(true);
      searches.add(thread);
      thread.start();
    }
    return done;
  }

  private void search(Findings findings, long nanos, CompletableFuture<List<Instance>> done) {
    try (Selector selector = Selector.open();
        DatagramChannel asking = DatagramChannel.open(StandardProtocolFamily.INET)) {
      List<NetworkInterface> interfaces = interfaces();
      asking.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 255);
      asking.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
      asking.bind(new InetSocketAddress(0));
      register(asking, selector);
      DatagramChannel hearing = hear(interfaces);
      try {
        if (hearing != null) {
          register(hearing, selector);
        }
        search(findings, nanos, selector, asking, interfaces);
      } finally {
        if (hearing != null) {
          hearing.close();
        }
      }
      done.complete(findings.instances());
    } catch (ClosedByInterruptException e) {
      done.completeExceptionally(stopped());
    } catch (IOException | RuntimeException e) {
      done.completeExceptionally(
          new DeviceException(
              Kind.UNREACHABLE,
              "The network could not be searched ("
                  + e.getMessage()
                  + "). Check that the hub is connected to it.",
              e));
    }
  }

  private static DeviceException stopped() {
    return new DeviceException(Kind.DISCONNECTED, "The search of the network was stopped.");
  }

  private static void register(DatagramChannel channel, Selector selector) throws IOException {
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ);
  }

  /** Interfaces to search on; loopback only if there is nothing else. */
  private static List<NetworkInterface> interfaces() throws IOException {
    List<NetworkInterface> real = new ArrayList<>();
    List<NetworkInterface> loopback = new ArrayList<>();
    for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      if (!each.isUp() || each.getInterfaceAddresses().isEmpty()) {
        continue;
      }
      if (each.isLoopback()) {
        loopback.add(each);
      } else if (each.supportsMulticast() && real.size() < INTERFACES) {
        real.add(each);
      }
    }
    return real.isEmpty() ? loopback : real;
  }

  /** A socket that hears answers to the group; null if there can be none, which is no loss much. */
  private DatagramChannel hear(List<NetworkInterface> interfaces) {
    DatagramChannel channel = null;
    try {
      InetAddress group = InetAddress.getByName(GROUP);
      channel = DatagramChannel.open(StandardProtocolFamily.INET);
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      // Bound to the group, not to all addresses: the system's own responder keeps its unicasts.
      channel.bind(new InetSocketAddress(group, port));
      for (NetworkInterface each : interfaces) {
        channel.join(group, each);
      }
      return channel;
    } catch (IOException | RuntimeException e) {
      LOG.debug("Answers to the multicast group cannot be heard", e);
      try {
        if (channel != null) {
          channel.close();
        }
      } catch (IOException more) {
        e.addSuppressed(more);
      }
      return null;
    }
  }

  private void search(
      Findings findings,
      long nanos,
      Selector selector,
      DatagramChannel asking,
      List<NetworkInterface> interfaces)
      throws IOException {
    long end = System.nanoTime() + nanos;
    long interval = AGAIN_NANOS;
    long repeat = System.nanoTime();
    long followUp = end;
    int asked = 0;
    int datagrams = 0;
    ByteBuffer buffer = ByteBuffer.allocate(DATAGRAM);
    while (datagrams < DATAGRAMS) {
      long now = System.nanoTime();
      if (now - end >= 0) {
        return;
      }
      List<Dns.Question> questions = new ArrayList<>();
      if (now - repeat >= 0) {
        questions.addAll(findings.first());
        repeat = now + interval;
        interval *= 2;
        followUp = now;
      }
      if (now - followUp >= 0) {
        questions.addAll(findings.missing());
        followUp = end;
      }
      if (!questions.isEmpty()) {
        // By turns to the asker alone and to all: some responders only know one of the two.
        ask(asking, interfaces, Dns.query(asked, questions, asked % 2 == 0));
        asked++;
      }
      long wait = Math.min(end, Math.min(repeat, followUp)) - System.nanoTime();
      selector.select(Math.max(1, wait / 1_000_000));
      if (Thread.interrupted()) {
        throw new ClosedByInterruptException();
      }
      boolean fresh = false;
      for (SelectionKey key : selector.selectedKeys()) {
        DatagramChannel channel = (DatagramChannel) key.channel();
        for (int i = 0; i < 64; i++) {
          buffer.clear();
          SocketAddress from = channel.receive(buffer);
          if (from == null) {
            break;
          }
          datagrams++;
          byte[] bytes = new byte[buffer.flip().remaining()];
          buffer.get(bytes);
          fresh |= take(findings, bytes, from);
        }
      }
      selector.selectedKeys().clear();
      if (fresh && !findings.missing().isEmpty()) {
        followUp = Math.min(end, System.nanoTime() + FOLLOW_UP_NANOS);
      }
    }
  }

  private static boolean take(Findings findings, byte[] bytes, SocketAddress from) {
    try {
      return findings.add(Dns.answers(bytes));
    } catch (Dns.Malformed e) {
      LOG.debug("A malformed answer of {}: {}", from, e.getMessage());
      return false;
    }
  }

  private void ask(DatagramChannel asking, List<NetworkInterface> interfaces, byte[] query)
      throws IOException {
    InetSocketAddress group = new InetSocketAddress(InetAddress.getByName(GROUP), port);
    IOException failed = null;
    int sent = 0;
    for (NetworkInterface each : interfaces) {
      try {
        asking.setOption(StandardSocketOptions.IP_MULTICAST_IF, each);
        asking.send(ByteBuffer.wrap(query), group);
        sent++;
      } catch (IOException e) {
        failed = e;
      }
    }
    if (sent == 0) {
      throw failed == null ? new IOException("there is no network") : failed;
    }
  }

  /** Ends searches under way. */
  @Deactivate
  @Override
  public void close() {
    List<Thread> ending;
    synchronized (searches) {
      closed = true;
      ending = List.copyOf(searches);
    }
    for (Thread thread : ending) {
      thread.interrupt();
    }
    try {
      for (Thread thread : ending) {
        thread.join(2_000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
