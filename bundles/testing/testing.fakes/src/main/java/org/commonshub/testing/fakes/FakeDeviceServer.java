package org.commonshub.testing.fakes;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.HttpConnection;

/** The door of the hub without a socket: the test is the peer. */
public final class FakeDeviceServer implements DeviceServer {
  /** Where the test's peers come from. */
  public static final Peer PEER = new Peer(new InetSocketAddress("192.0.2.77", 40_000), false);

  /** The hub's end of a WebSocket, as the peer sees it. */
  public static final class Socket implements WebSocket {
    private final List<String> sent = new CopyOnWriteArrayList<>();
    private volatile WebSocketListener listener;
    private volatile int closedWith;

    /** What the hub sent so far. */
    public List<String> sent() {
      return List.copyOf(sent);
    }

    /** The peer sends. */
    public void say(String message) {
      listener.text(message);
    }

    /** The peer leaves. */
    public void leave() {
      listener.closed(1001, "");
    }

    /** Code that the hub closed with, or 0. */
    public int closedWith() {
      return closedWith;
    }

    @Override
    public boolean send(String text) {
      return closedWith == 0 && sent.add(text);
    }

    @Override
    public void close(int code, String reason) {
      if (closedWith == 0) {
        closedWith = code;
        listener.closed(code, reason);
      }
    }
  }

  private final Map<String, HttpService> https = new ConcurrentHashMap<>();
  private final Map<String, WebSocketService> webSockets = new ConcurrentHashMap<>();
  private final Map<Integer, DatagramService> datagrams = new ConcurrentHashMap<>();
  private final Map<Integer, StreamService> streams = new ConcurrentHashMap<>();

  /** A peer's request; 404 if nobody serves the path. */
  public CompletionStage<HttpConnection.Response> request(HttpRequest request) {
    HttpService service = longest(https, request.path());
    return service == null
        ? java.util.concurrent.CompletableFuture.completedFuture(
            new HttpConnection.Response(404, Map.of(), new byte[0]))
        : service.handle(request);
  }

  /**
   * A peer opens a WebSocket.
   *
   * @return the socket, or null if it was not admitted
   */
  public Socket connect(String path, Map<String, String> headers, String subprotocol) {
    WebSocketService service = longest(webSockets, path);
    HttpRequest upgrade = new HttpRequest("GET", path, Map.of(), headers, new byte[0], PEER);
    if (service == null || service.admit(upgrade) != 101) {
      return null;
    }
    Socket socket = new Socket();
    socket.listener =
        service.opened(
            upgrade, service.subprotocols().contains(subprotocol) ? subprotocol : "", socket);
    return socket;
  }

  /** Services of datagrams by port. */
  public Map<Integer, DatagramService> datagramServices() {
    return Map.copyOf(datagrams);
  }

  /** Services of streams by port. */
  public Map<Integer, StreamService> streamServices() {
    return Map.copyOf(streams);
  }

  /** Paths served now. */
  public List<String> paths() {
    List<String> paths = new ArrayList<>(https.keySet());
    paths.addAll(webSockets.keySet());
    return paths;
  }

  private static <T> T longest(Map<String, T> services, String path) {
    T found = null;
    for (Map.Entry<String, T> entry : new TreeMap<>(services).entrySet()) {
      if (path.equals(entry.getKey()) || path.startsWith(entry.getKey() + "/")) {
        found = entry.getValue();
      }
    }
    return found;
  }

  private static <K, T> AutoCloseable put(Map<K, T> services, K key, T service) {
    if (services.putIfAbsent(key, service) != null) {
      throw new IllegalStateException(key + " is served already");
    }
    return () -> services.remove(key, service);
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
    return opened(port, put(datagrams, port, service));
  }

  @Override
  public Opened streams(int port, boolean tls, StreamService service) {
    return opened(port, put(streams, port, service));
  }

  private static Opened opened(int port, AutoCloseable registration) {
    return new Opened() {
      @Override
      public int port() {
        return port;
      }

      @Override
      public void close() {
        try {
          registration.close();
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  @Override
  public int port(boolean tls) {
    return https.isEmpty() && webSockets.isEmpty() ? -1 : tls ? 8443 : 8080;
  }
}
