package org.commonshub.metering.web;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.DeviceServer.HttpRequest;
import org.commonshub.metering.api.DeviceServer.HttpService;
import org.commonshub.metering.api.DeviceServer.WebSocketListener;
import org.commonshub.metering.api.DeviceServer.WebSocketService;
import org.commonshub.metering.api.HttpConnection.Response;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client of the common door: HTTP/1.1 (RFC 9110, RFC 9112), one request after the other, until it
 * asks for a WebSocket. Belongs to the loop thread.
 */
final class HttpPeer implements Tcp.Protocol {
  static final long HEAD_NANOS = 10_000_000_000L;
  static final long BODY_NANOS = 30_000_000_000L;
  static final long ANSWER_NANOS = 10_000_000_000L;
  static final long IDLE_NANOS = 60_000_000_000L;

  private static final int MAX_ANSWER = 1 << 20;
  private static final Logger LOG = LoggerFactory.getLogger(HttpPeer.class);
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final Map<Integer, String> REASONS =
      Map.ofEntries(
          Map.entry(100, "Continue"),
          Map.entry(101, "Switching Protocols"),
          Map.entry(200, "OK"),
          Map.entry(201, "Created"),
          Map.entry(204, "No Content"),
          Map.entry(400, "Bad Request"),
          Map.entry(401, "Unauthorized"),
          Map.entry(403, "Forbidden"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(408, "Request Timeout"),
          Map.entry(413, "Content Too Large"),
          Map.entry(414, "URI Too Long"),
          Map.entry(417, "Expectation Failed"),
          Map.entry(426, "Upgrade Required"),
          Map.entry(429, "Too Many Requests"),
          Map.entry(431, "Request Header Fields Too Large"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(501, "Not Implemented"),
          Map.entry(503, "Service Unavailable"),
          Map.entry(505, "HTTP Version Not Supported"));

  private enum State {
    HEAD,
    BODY,
    BUSY,
    DONE
  }

  /** What the door gives its clients. */
  record Door(
      Tcp.Shared shared,
      HubClock clock,
      Routes<HttpService> https,
      Routes<WebSocketService> webSockets,
      Set<WebSocketPeer> sockets) {}

  private final Door door;
  private final Tcp tcp;
  private final Runnable left;
  private final Lane lane;
  private final Head.Reader reader;
  private State state = State.HEAD;
  private Head head;
  private Body body;
  private String method;
  private Target target;
  private boolean http10;
  private boolean keepAlive;
  private int number;

  private final Loop.Deadline deadline =
      new Loop.Deadline() {
        @Override
        void expired() {
          late();
        }
      };

  HttpPeer(Door door, Tcp tcp, Runnable left) {
    this.door = door;
    this.tcp = tcp;
    this.left = left;
    this.lane = new Lane(door.shared.workers(), tcp::resume, this::stuck);
    this.reader = new Head.Reader(Head.Limits.REQUEST, door.shared.receiving());
    arm(HEAD_NANOS);
  }

  private void arm(long nanos) {
    door.shared.loop().arm(deadline, nanos);
  }

  private void stuck() {
    LOG.warn(
        "A service of the device door does not come back from a call for {}; the connection is"
            + " closed.",
        tcp.remote().getAddress().getHostAddress());
    door.shared.loop().execute(() -> tcp.abort(null));
  }

  @Override
  public void opened() {
    arm(HEAD_NANOS);
  }

  @Override
  public void received(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining() && (state == State.HEAD || state == State.BODY)) {
        if (state == State.HEAD) {
          if (!reader.begun()) {
            arm(HEAD_NANOS);
          }
          Head complete = reader.take(bytes);
          if (complete != null) {
            begin(complete);
          }
        } else {
          body.take(bytes);
          if (body.complete()) {
            dispatch();
          }
        }
      }
    } catch (HttpException e) {
      refuse(e);
    }
    if (state == State.DONE) {
      bytes.position(bytes.limit());
    }
  }

  private void begin(Head complete) throws HttpException {
    head = complete;
    String[] line = head.line().split(" ", -1);
    if (line.length != 3 || !Head.token(line[0]) || !line[2].matches("HTTP/\\d\\.\\d")) {
      throw new HttpException(400, "its first line is not that of HTTP");
    }
    if (!line[2].startsWith("HTTP/1.")) {
      throw new HttpException(505, "it is not HTTP/1.1");
    }
    http10 = line[2].equals("HTTP/1.0");
    keepAlive =
        http10 ? head.hasToken("connection", "keep-alive") : !head.hasToken("connection", "close");
    List<String> hosts = head.all("host");
    if (hosts.size() > 1 || (hosts.isEmpty() && !http10)) {
      throw new HttpException(400, "it does not name one host");
    }
    method = line[0];
    target = Target.parse(line[1]);
    body = Body.ofRequest(head, http10, DeviceServer.MAX_MESSAGE, door.shared.receiving());
    state = State.BODY;
    if (!body.complete()) {
      if (door.https.find(target.path()) == null) {
        throw new HttpException(404, "nothing is served at its path");
      }
      String expectation = head.first("expect");
      if (expectation != null && !expectation.equalsIgnoreCase("100-continue")) {
        throw new HttpException(417, "it expects something unknown");
      }
      if (expectation != null && !http10) {
        tcp.send(ascii("HTTP/1.1 100 Continue\r\n\r\n"), MAX_ANSWER);
      }
      arm(BODY_NANOS);
      return;
    }
    dispatch();
  }

  private void dispatch() throws HttpException {
    HttpRequest request =
        new HttpRequest(
            method,
            target.path(),
            target.query(),
            head.firsts(),
            body.bytes(),
            new DeviceServer.Peer(tcp.remote(), tcp.tls()));
    if (head.hasToken("upgrade", "websocket") && head.hasToken("connection", "upgrade")) {
      upgrade(request);
      return;
    }
    Routes.Route<HttpService> route = door.https.find(target.path());
    if (route == null) {
      boolean webSocket = door.webSockets.find(target.path()) != null;
      answer(
          webSocket
              ? new Response(426, Map.of("upgrade", "websocket"), new byte[0])
              : new Response(404, Map.of(), new byte[0]));
      return;
    }
    int mine = busy();
    arm(ANSWER_NANOS);
    lane.add(
        request.body().length,
        () -> {
          CompletionStage<Response> stage;
          try {
            stage = route.service().handle(request);
            stage.whenComplete((response, failure) -> answered(mine, route, response, failure));
          } catch (RuntimeException e) {
            answered(mine, route, null, e);
          }
        });
  }

  private int busy() {
    state = State.BUSY;
    head = null;
    body = null;
    return ++number;
  }

  private void answered(
      int mine, Routes.Route<HttpService> route, Response response, Throwable failure) {
    if (failure != null || response == null) {
      LOG.warn("The service of {} failed with a request.", route.path(), failure);
    }
    door.shared
        .loop()
        .execute(
            () -> {
              if (state == State.BUSY && mine == number) {
                if (failure != null || response == null) {
                  keepAlive = false;
                  answer(new Response(500, Map.of(), new byte[0]));
                } else {
                  answer(response);
                }
              }
            });
  }

  private void upgrade(HttpRequest request) throws HttpException {
    String key = request.headers().getOrDefault("sec-websocket-key", "");
    if (!request.method().equals("GET") || http10 || !keepAlive || !validKey(key)) {
      throw new HttpException(400, "its WebSocket handshake is malformed");
    }
    if (!request.headers().getOrDefault("sec-websocket-version", "").equals("13")) {
      keepAlive = false;
      answer(new Response(426, Map.of("sec-websocket-version", "13"), new byte[0]));
      return;
    }
    Routes.Route<WebSocketService> route = door.webSockets.find(target.path());
    if (route == null) {
      answer(new Response(404, Map.of(), new byte[0]));
      return;
    }
    String offered = String.join(",", head.all("sec-websocket-protocol"));
    int mine = busy();
    arm(ANSWER_NANOS);
    lane.add(
        0,
        () -> {
          int status;
          String subprotocol = "";
          try {
            status = route.service().admit(request);
            subprotocol = agree(route.service().subprotocols(), offered);
          } catch (RuntimeException e) {
            LOG.warn("The service of {} failed with a handshake.", route.path(), e);
            status = 500;
          }
          int verdict = status;
          String agreed = subprotocol;
          door.shared
              .loop()
              .execute(
                  () -> {
                    if (state == State.BUSY && mine == number) {
                      admitted(verdict, agreed, key, route, request);
                    }
                  });
        });
  }

  private static boolean validKey(String key) {
    try {
      return Base64.getDecoder().decode(key).length == 16;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String agree(List<String> spoken, String offered) {
    for (String one : spoken) {
      for (String other : offered.split(",", 32)) {
        if (one.equals(other.strip())) {
          return one;
        }
      }
    }
    return "";
  }

  private void admitted(
      int status,
      String subprotocol,
      String key,
      Routes.Route<WebSocketService> route,
      HttpRequest request) {
    if (status != 101) {
      keepAlive = false;
      answer(
          new Response(
              status == 401 || status == 403 || status == 404 || status == 503 ? status : 500,
              status == 401
                  ? Map.of("www-authenticate", "Basic realm=\"Commons Hub\", charset=\"UTF-8\"")
                  : Map.of(),
              new byte[0]));
      return;
    }
    StringBuilder text = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\n");
    text.append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
        .append(accept(key))
        .append("\r\n");
    if (!subprotocol.isEmpty()) {
      text.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
    }
    if (!tcp.send(ascii(text.append("\r\n").toString()), MAX_ANSWER)) {
      tcp.abort(null);
      return;
    }
    state = State.DONE;
    reader.clear();
    door.shared.loop().cancel(deadline);
    WebSocketPeer peer = new WebSocketPeer(door.shared, tcp, lane, route, left, door.sockets);
    door.sockets.add(peer);
    tcp.protocol(peer);
    lane.add(
        0,
        () -> {
          try {
            WebSocketListener listener = route.service().opened(request, subprotocol, peer);
            peer.listen(listener);
          } catch (RuntimeException e) {
            LOG.warn("The service of {} failed with a connection.", route.path(), e);
            peer.listen(null);
          }
        });
    tcp.resume();
  }

  private static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest(
                  (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                      .getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void refuse(HttpException e) {
    keepAlive = false;
    LOG.debug("A request of {} was refused: {}", tcp.remote(), e.getMessage());
    answer(
        new Response(
            e.status(),
            Map.of("content-type", "text/plain; charset=utf-8"),
            ("The request was refused: " + e.getMessage() + ".\n")
                .getBytes(StandardCharsets.UTF_8)));
  }

  private void answer(Response response) {
    Response good = checked(response);
    byte[] content = good.body();
    boolean none = good.status() == 204 || good.status() == 304;
    StringBuilder text = new StringBuilder("HTTP/1.1 ").append(good.status()).append(' ');
    text.append(REASONS.getOrDefault(good.status(), "Status")).append("\r\n");
    if (door.clock.quality() != HubClock.Quality.UNSYNCHRONISED) {
      text.append("Date: ").append(DATE.format(door.clock.now())).append("\r\n");
    }
    good.headers()
        .forEach((name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
    if (!none) {
      text.append("Content-Length: ").append(content.length).append("\r\n");
    }
    text.append("Connection: ").append(keepAlive ? "keep-alive" : "close").append("\r\n\r\n");
    byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    boolean withBody = !none && !"HEAD".equals(method);
    ByteBuffer message = ByteBuffer.allocate(bytes.length + (withBody ? content.length : 0));
    message.put(bytes);
    if (withBody) {
      message.put(content);
    }
    reader.clear();
    if (body != null) {
      body.clear();
    }
    head = null;
    body = null;
    method = null;
    target = null;
    if (!tcp.send(message.flip(), MAX_ANSWER)) {
      tcp.abort(null);
    } else if (keepAlive && tcp.open()) {
      state = State.HEAD;
      arm(IDLE_NANOS);
      tcp.resume();
    } else {
      state = State.DONE;
      deadline.disarm();
      tcp.finish();
    }
  }

  private Response checked(Response response) {
    boolean good =
        response.status() >= 200
            && response.status() <= 599
            && response.body().length <= MAX_ANSWER
            && response.headers().entrySet().stream()
                .allMatch(
                    h ->
                        Head.token(h.getKey())
                            && Head.value(h.getValue())
                            && !h.getKey().equalsIgnoreCase("content-length")
                            && !h.getKey().equalsIgnoreCase("transfer-encoding")
                            && !h.getKey().equalsIgnoreCase("connection"));
    if (good) {
      return response;
    }
    LOG.warn("A service of the device door gave an answer that is not HTTP.");
    keepAlive = false;
    return new Response(500, Map.of(), new byte[0]);
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void late() {
    switch (state) {
      case HEAD -> {
        if (reader.begun()) {
          refuse(new HttpException(408, "it did not come within 10 s"));
        } else {
          tcp.finish();
        }
      }
      case BODY -> refuse(new HttpException(408, "its body did not come within 30 s"));
      case BUSY -> {
        keepAlive = false;
        answer(new Response(503, Map.of("retry-after", "30"), new byte[0]));
      }
      case DONE -> tcp.abort(null);
    }
  }

  @Override
  public void ended() {
    if (state == State.BUSY) {
      keepAlive = false; // It may still read its answer.
    } else {
      tcp.finish();
    }
  }

  @Override
  public void closed(Exception why) {
    state = State.DONE;
    door.shared.loop().cancel(deadline);
    reader.clear();
    if (body != null) {
      body.clear();
    }
    left.run();
  }
}
