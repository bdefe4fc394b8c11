package org.commonshub.benchmarks;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.commonshub.metering.api.DeviceServer;

/** The door of the hub without a socket: the bench is the peer. */
final class BenchServer implements DeviceServer {
  static final Peer PEER = new Peer(new InetSocketAddress("127.0.0.1", 40_000), false);

  private final Map<String, HttpService> https = new ConcurrentHashMap<>();
  private final Map<String, WebSocketService> webSockets = new ConcurrentHashMap<>();

  /** Posts to a path. */
  void post(String path, Map<String, String> headers, byte[] body) {
    HttpService service = https.get(path.substring(0, path.indexOf('/', 1)));
    if (service == null) {
      service = https.get(path);
    }
    int status =
        service
            .handle(new HttpRequest("POST", path, Map.of(), headers, body, PEER))
            .toCompletableFuture()
            .join()
            .status();
    if (status >= 300) {
      throw new IllegalStateException("a post is refused with " + status);
    }
  }

  /** Opens a WebSocket; empty if it is not admitted. */
  Optional<WebSocketListener> connect(String path, String subprotocol) {
    WebSocketService service = webSockets.get(path.substring(0, path.indexOf('/', 1)));
    HttpRequest upgrade = new HttpRequest("GET", path, Map.of(), Map.of(), new byte[0], PEER);
    if (service.admit(upgrade) != 101) {
      return Optional.empty();
    }
    WebSocketListener[] listener = new WebSocketListener[1];
    listener[0] =
        service.opened(
            upgrade,
            subprotocol,
            new WebSocket() {
              @Override
              public boolean send(String text) {
                return true;
              }

              @Override
              public void close(int code, String reason) {
                // The bench opens another one for the next session.
              }
            });
    return Optional.of(listener[0]);
  }

  private static <T> AutoCloseable put(Map<String, T> services, String path, T service) {
    services.put(path, service);
    return () -> services.remove(path, service);
  }

  @Override
  public AutoCloseable http(String path, HttpService service) {
    return put(https, path, service);
  }

  @Override
  public AutoCloseable webSocket(String path, WebSocketService service) {
    return put(webSockets, path, service);
  }

  @Override
  public Opened datagrams(int port, DatagramService service) {
    return opened(port);
  }

  @Override
  public Opened streams(int port, boolean tls, StreamService service) {
    return opened(port);
  }

  private static Opened opened(int port) {
    return new Opened() {
      @Override
      public int port() {
        return port;
      }

      @Override
      public void close() {
        // Nothing is open.
      }
    };
  }

  @Override
  public int port(boolean tls) {
    return 8480;
  }
}
