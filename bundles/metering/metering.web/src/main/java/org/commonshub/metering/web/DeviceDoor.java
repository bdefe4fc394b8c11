package org.commonshub.metering.web;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.platform.api.HubCertificate;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door for devices that connect by themselves. The common ports are open while a path is
 * served; a port that is taken is tried again every 30 s. Everything runs on {@link Network}'s loop
 * and workers.
 */
@Component(
    service = {DeviceServer.class, HealthCheck.class},
    configurationPid = "org.commonshub.metering.web",
    property = {HealthCheck.NAME + "=Device door", HealthCheck.TAGS + "=metering"})
@Designate(ocd = DeviceDoor.Config.class)
public final class DeviceDoor implements DeviceServer, HealthCheck, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceDoor.class);
  private static final long RETRY_NANOS = 30_000_000_000L;
  private static final int CONNECTIONS = 256;
  private static final int GATEWAY = 128;
  private static final int PER_ADDRESS = 16;

  /** Settings of the door. */
  @ObjectClassDefinition(
      name = "Device door",
      description = "The ports at which devices that connect to the hub by themselves arrive.")
  @interface Config {
    @AttributeDefinition(
        name = "Address",
        description =
            "Address the ports are bound to. Default empty: all addresses of this computer.",
        required = false,
        max = "253")
    String host() default "";

    @AttributeDefinition(
        name = "Port",
        description = "TCP port for HTTP and WebSocket without TLS; 0 takes any. Default 8480.",
        min = "0",
        max = "65535")
    int port() default 8480;

    @AttributeDefinition(
        name = "TLS port",
        description =
            "TCP port for HTTPS and WebSocket with TLS and the hub's certificate; 0 takes any."
                + " Default 8483.",
        min = "0",
        max = "65535")
    int tls_port() default 8483;

    @AttributeDefinition(
        name = "Without encryption",
        description =
            "Who may connect without TLS: devices in the home network (private, default), nobody"
                + " (off), everybody (any).",
        options = {
          @Option(label = "Home network", value = "private"),
          @Option(label = "Nobody", value = "off"),
          @Option(label = "Everybody", value = "any")
        })
    String plain() default "private";

    @AttributeDefinition(
        name = "Connections",
        description =
            "Connections that each of the common door and the ports beside it takes. Default 256.",
        min = "1",
        max = "4096")
    int connections() default CONNECTIONS;

    @AttributeDefinition(
        name = "Connections per address",
        description = "Connections that one device may have at once. Default 16.",
        min = "1",
        max = "4096")
    int connections_per_address() default PER_ADDRESS;
  }

  /** The settings as the door uses them. */
  record Settings(
      InetAddress host,
      int port,
      int tlsPort,
      Admission.Plain plain,
      int connections,
      int perAddress) {
    static Settings of(Config config) {
      InetAddress host = null;
      String name = config.host().strip();
      if (!name.isEmpty()) {
        try {
          host = InetAddress.getByName(name);
        } catch (UnknownHostException e) {
          throw new IllegalArgumentException(
              "'" + name + "' is no address of this computer: leave it empty for all of them.", e);
        }
      }
      String plain = config.plain().strip().toUpperCase(Locale.ROOT);
      return new Settings(
          host,
          config.port(),
          config.tls_port(),
          plain.equals("ANY")
              ? Admission.Plain.ANY
              : plain.equals("OFF") ? Admission.Plain.OFF : Admission.Plain.PRIVATE,
          config.connections(),
          config.connections_per_address());
    }

    InetSocketAddress address(int number) {
      return host == null ? new InetSocketAddress(number) : new InetSocketAddress(host, number);
    }
  }

  /** One of the two common ports. */
  private final class Common {
    private final boolean tls;
    private final int wanted;
    private Port open;
    private boolean freeing;
    private String problem = "";

    Common(boolean tls, int wanted) {
      this.tls = tls;
      this.wanted = wanted;
    }

    private void freed() {
      synchronized (DeviceDoor.this) {
        freeing = false;
        update();
      }
    }

    void set(boolean needed) {
      if (needed && open == null && !freeing) {
        try {
          open =
              Port.open(
                  network.shared(),
                  settings.address(wanted),
                  tls ? DeviceDoor.this::context : null,
                  admission,
                  settings.plain,
                  (tcp, left) -> new HttpPeer(door, tcp, left));
          if (!problem.isEmpty()) {
            LOG.info("Port {} for devices is open again.", open.port());
          }
          problem = "";
          return;
        } catch (IOException e) {
          if (problem.isEmpty()) {
            LOG.warn(
                "Port {} for devices cannot be opened ({}). Stop the program that uses it, or set"
                    + " another port in org.commonshub.metering.web.json. Tried again every 30 s.",
                wanted,
                e.getMessage());
          }
          problem =
              "Port "
                  + wanted
                  + " for devices"
                  + (tls ? " with TLS" : "")
                  + " cannot be opened ("
                  + e.getMessage()
                  + "): stop the program that uses it, or set another port. Tried again every 30"
                  + " s.";
        }
      } else if (!needed) {
        problem = "";
        if (open != null) {
          freeing = true;
          free(open::close, this::freed);
          open = null;
        }
      }
    }
  }

  /** Closes a port on the loop; it can be bound again only after the selector has let go of it. */
  private void free(Runnable close, Runnable freed) {
    Loop loop = network.loop();
    loop.execute(
        () -> {
          close.run();
          loop.execute(() -> loop.execute(freed));
        });
  }

  private final Network network;
  private final Settings settings;
  private final Admission admission;
  private final Routes<HttpService> https = new Routes<>();
  private final Routes<WebSocketService> webSockets = new Routes<>();
  private final Set<WebSocketPeer> sockets = new HashSet<>();
  private final HttpPeer.Door door;
  private final Common plain;
  private final Common tls;
  private final List<Opening> others = new ArrayList<>();
  private volatile SSLContext context;
  private boolean closed;

  private final Loop.Deadline retry =
      new Loop.Deadline() {
        @Override
        void expired() {
          update();
        }
      };

  /** Waits for somebody to serve something. */
  @Activate
  public DeviceDoor(@Reference(name = "network") Network network, Config config) {
    this(network, Settings.of(config));
  }

  DeviceDoor(Network network, Settings settings) {
    this.network = network;
    this.settings = settings;
    this.admission = new Admission(settings.connections, settings.perAddress);
    this.door = new HttpPeer.Door(network.shared(), network.clock(), https, webSockets, sockets);
    this.plain = new Common(false, settings.port);
    this.tls = new Common(true, settings.tlsPort);
  }

  /** Takes the hub's certificate. */
  @Reference(
      name = "certificate",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void certificate(HubCertificate certificate) {
    context = certificate.serverContext();
    update();
  }

  void uncertificate(HubCertificate certificate) {
    if (context == certificate.serverContext()) {
      context = null;
      update();
    }
  }

  private SSLContext context() {
    return context;
  }

  private synchronized void update() {
    boolean served = !closed && !(https.isEmpty() && webSockets.isEmpty());
    plain.set(served && settings.plain != Admission.Plain.OFF);
    tls.set(served && context != null);
    boolean failing = !plain.problem.isEmpty() || !tls.problem.isEmpty();
    network
        .loop()
        .execute(
            () -> {
              if (failing) {
                network.loop().arm(retry, RETRY_NANOS);
              } else {
                network.loop().cancel(retry);
              }
            });
  }

  private synchronized void live() {
    if (closed) {
      throw new IllegalStateException("The device door was stopped.");
    }
  }

  @Override
  public AutoCloseable http(String path, HttpService service) {
    live();
    Routes.Route<HttpService> route = https.add(path, service);
    update();
    return () -> {
      if (https.remove(route)) {
        update();
      }
    };
  }

  @Override
  public AutoCloseable webSocket(String path, WebSocketService service) {
    live();
    Routes.Route<WebSocketService> route = webSockets.add(path, service);
    update();
    return () -> {
      if (webSockets.remove(route)) {
        network
            .loop()
            .execute(
                () -> {
                  for (WebSocketPeer peer : Set.copyOf(sockets)) {
                    if (peer.route() == route) {
                      peer.closeNow(1001, "the service ends");
                    }
                  }
                  network.loop().execute(this::update); // After the goodbyes.
                });
      }
    };
  }

  @Override
  public Opened datagrams(int port, DatagramService service) throws DeviceException {
    live();
    try {
      DatagramPort opened =
          DatagramPort.open(
              network.shared(),
              settings.address(port),
              settings.plain == Admission.Plain.ANY,
              service);
      return opened(opened.port(), opened::close);
    } catch (IOException e) {
      throw taken("UDP", port, e);
    }
  }

  @Override
  public Opened streams(int port, boolean encrypted, StreamService service) throws DeviceException {
    live();
    if (encrypted && context == null) {
      throw new DeviceException(
          DeviceException.Kind.UNREACHABLE,
          "Port "
              + port
              + " cannot be opened with TLS: the hub has no certificate yet. Switch the feature"
              + " HTTPS on.");
    }
    if (!encrypted && settings.plain == Admission.Plain.OFF) {
      throw new DeviceException(
          DeviceException.Kind.FORBIDDEN,
          "Port "
              + port
              + " is not opened without TLS: the device door is set to encrypted connections"
              + " only.");
    }
    try {
      Port opened =
          Port.open(
              network.shared(),
              settings.address(port),
              encrypted ? this::context : null,
              // A gateway brings many clients of its own; who listens tells them apart.
              new Admission(settings.connections, Math.max(settings.perAddress, GATEWAY)),
              settings.plain,
              (tcp, left) -> new StreamPeerSide(network.shared(), tcp, service, left));
      return opened(opened.port(), opened::close);
    } catch (IOException e) {
      throw taken("TCP", port, e);
    }
  }

  private static DeviceException taken(String kind, int port, IOException e) {
    return new DeviceException(
        DeviceException.Kind.UNREACHABLE,
        kind
            + " port "
            + port
            + " for devices cannot be opened ("
            + e.getMessage()
            + "). Stop the program that uses it, or choose another port.",
        e);
  }

  private synchronized Opened opened(int port, Runnable close) {
    Opening opening = new Opening(port, close);
    others.add(opening);
    return opening;
  }

  /** A port of its own. Closing it waits until it can be opened again. */
  private final class Opening implements Opened {
    private final int port;
    private final Runnable close;
    private final AtomicBoolean once = new AtomicBoolean();

    Opening(int port, Runnable close) {
      this.port = port;
      this.close = close;
    }

    @Override
    public int port() {
      return port;
    }

    @Override
    public void close() {
      if (!once.compareAndSet(false, true)) {
        return;
      }
      synchronized (DeviceDoor.this) {
        others.remove(this);
      }
      CountDownLatch freed = new CountDownLatch(1);
      free(close, freed::countDown);
      await(freed);
    }
  }

  private void await(CountDownLatch latch) {
    try {
      if (!network.loop().onThread() && !latch.await(2, TimeUnit.SECONDS)) {
        LOG.warn("A port for devices takes long to close.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized int port(boolean encrypted) {
    Port open = encrypted ? tls.open : plain.open;
    return open == null ? -1 : open.port();
  }

  @Override
  public synchronized Result execute() {
    String problem = (plain.problem + " " + tls.problem).strip();
    if (!problem.isEmpty()) {
      return new Result(Result.Status.WARN, problem);
    }
    if (https.isEmpty() && webSockets.isEmpty()) {
      return new Result(Result.Status.OK, "Closed: no driver waits for devices.");
    }
    return new Result(
        Result.Status.OK,
        (plain.open == null ? "" : "Open on port " + plain.open.port() + ". ")
            + (tls.open == null
                ? "Without TLS: the hub's certificate is not there. "
                : "Open with TLS on port " + tls.open.port() + ". ")
            + admission.count()
            + " connections.");
  }

  /** Closes every port and connection, and waits until the ports are free. */
  @Deactivate
  @Override
  public void close() {
    List<Opening> opened;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      opened = List.copyOf(others);
    }
    opened.forEach(Opening::close);
    https.clear();
    webSockets.clear();
    Loop loop = network.loop();
    CountDownLatch freed = new CountDownLatch(1);
    loop.execute(
        () -> {
          for (WebSocketPeer peer : Set.copyOf(sockets)) {
            peer.closeNow(1001, "the hub goes away");
          }
          loop.execute( // After the goodbyes.
              () -> {
                update();
                free(() -> {}, () -> loop.execute(freed::countDown));
              });
        });
    await(freed);
  }
}
