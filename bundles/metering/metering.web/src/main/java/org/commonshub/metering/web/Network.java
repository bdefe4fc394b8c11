package org.commonshub.metering.web;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.commonshub.platform.api.HubClock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Threads and memory of this bundle, shared by the door and the HTTP client: started with the first
 * of them, ended with the last.
 */
@Component(service = Network.class)
public final class Network implements AutoCloseable {
  /** What may be under way inward on all connections, small messages not counted. */
  static final long RECEIVING = 8L << 20;

  /** What may wait to be sent on all connections. */
  static final long SENDING = 8L << 20;

  private static final long WATCH_NANOS = 1_000_000_000L;

  private final HubClock clock;
  private final Loop loop;
  private final Workers workers = new Workers();
  private final Tcp.Shared shared;
  private final ThreadPoolExecutor resolver =
      new ThreadPoolExecutor(
          2,
          2,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(256),
          task -> {
            Thread made = new Thread(task, "metering-web-resolver");
            made.setDaemon(true);
            return made;
          });

  /** Starts the selector thread. */
  @Activate
  public Network(@Reference(name = "clock") HubClock clock) {
    this.clock = clock;
    this.loop = new Loop(clock::monotonicNanos);
    this.shared = new Tcp.Shared(loop, workers, new Budget(RECEIVING), new Budget(SENDING));
    resolver.allowCoreThreadTimeOut(true);
    Loop.Deadline watch =
        new Loop.Deadline() {
          @Override
          void expired() {
            workers.watch();
            loop.arm(this, WATCH_NANOS);
          }
        };
    loop.execute(() -> loop.arm(watch, WATCH_NANOS));
  }

  HubClock clock() {
    return clock;
  }

  Loop loop() {
    return loop;
  }

  Workers workers() {
    return workers;
  }

  Tcp.Shared shared() {
    return shared;
  }

  /**
   * Looks a host up off the loop thread and answers on it, with an address or a failure. A literal
   * address is answered at once.
   */
  void resolve(String host, BiConsumer<InetAddress, Exception> answer) {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    try {
      if (bare.indexOf(':') >= 0
          || bare.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'))) {
        answer.accept(InetAddress.getByName(bare), null);
        return;
      }
      resolver.execute(
          () -> {
            try {
              InetAddress address = InetAddress.getByName(bare);
              loop.execute(() -> answer.accept(address, null));
            } catch (UnknownHostException | RuntimeException e) {
              loop.execute(() -> answer.accept(null, e));
            }
          });
    } catch (UnknownHostException | RejectedExecutionException e) {
      answer.accept(null, e);
    }
  }

  /** Ends the threads. */
  @Deactivate
  @Override
  public void close() {
    resolver.shutdownNow();
    loop.close();
    workers.close();
  }
}
