package org.commonshub.metering.web;

import java.io.EOFException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection;

/**
 * HTTP/1.1 requests to one device (RFC 9110, RFC 9112). Belongs to the loop thread except for
 * {@link #send}. At most two connections; an idle one is kept for 15 s, and used again once it was
 * quiet for 50 ms. A POST never goes out on a connection that was idle: if the device closed it
 * meanwhile, nobody could tell whether the request was carried out.
 */
final class HttpClientConnection implements HttpConnection {
  /** Requests under way. */
  static final int ACTIVE = 2;

  /** Requests that wait. */
  static final int WAITING = 16;

  static final int MAX_REQUEST = 64 * 1024;
  static final int MAX_ANSWER = 1 << 20;

  /**
   * How long a connection must have been quiet before it is used again: an answer that a device
   * sends twice is not taken for the next one.
   */
  private static final long QUIET_NANOS = 50_000_000L;

  private static final long IDLE_NANOS = 15_000_000_000L;
  private static final int MAX_SENDING = 1 << 20;
  private static final int LOGINS = 4;
  private static final Set<String> METHODS = Set.of("GET", "POST", "PUT");
  private static final Set<String> OURS =
      Set.of(
          "host",
          "connection",
          "content-length",
          "transfer-encoding",
          "upgrade",
          "expect",
          "authorization");

  /** What was found out about how a device wants to be logged in to. */
  private static final class Login {
    final Challenge challenge;
    int count;

    Login(Challenge challenge) {
      this.challenge = challenge;
    }
  }

  private final Network network;
  private final Loop loop;
  private final Endpoint endpoint;
  private final Trust trust;
  private final AtomicInteger admitted = new AtomicInteger();
  private final ArrayDeque<Exchange> waiting = new ArrayDeque<>(2);
  private final List<Peer> idle = new ArrayList<>(ACTIVE);
  private final Set<Exchange> running = new HashSet<>();
  private final Map<Credentials, Login> logins =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Credentials, Login> eldest) {
          return size() > LOGINS;
        }
      };
  private boolean closed;

  /**
   * @param trust null for plain HTTP
   */
  HttpClientConnection(Network network, Endpoint endpoint, Trust trust) {
    this.network = network;
    this.loop = network.loop();
    this.endpoint = endpoint;
    this.trust = trust;
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public CompletionStage<Response> send(
      Request request, Optional<Credentials> credentials, Duration timeout) {
    String wrong = wrong(request, credentials);
    if (wrong != null) {
      return CompletableFuture.failedFuture(Failures.settings(endpoint, wrong));
    }
    if (admitted.incrementAndGet() > ACTIVE + WAITING) {
      admitted.decrementAndGet();
      return CompletableFuture.failedFuture(Failures.busy(endpoint));
    }
    Exchange exchange = new Exchange(request, credentials.orElse(null), timeout);
    loop.execute(
        () -> {
          waiting.add(exchange);
          if (closed) {
            fail();
          } else {
            next();
          }
        });
    return exchange.done;
  }

  private static String wrong(Request request, Optional<Credentials> credentials) {
    if (!METHODS.contains(request.method())) {
      return "its method is not GET, POST or PUT";
    }
    if (!request.target().startsWith("/")
        || request.target().length() > 4_000
        || !request.target().chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#')) {
      return "its path does not begin with '/', or has spaces or unusual characters in it";
    }
    if (request.body().length > MAX_REQUEST) {
      return "its body is longer than " + MAX_REQUEST + " bytes";
    }
    for (Map.Entry<String, String> header : request.headers().entrySet()) {
      if (!Head.token(header.getKey())
          || !Head.value(header.getValue())
          || OURS.contains(header.getKey().toLowerCase(Locale.ROOT))) {
        return "the header '" + header.getKey() + "' cannot be sent";
      }
    }
    if (credentials.isPresent()
        && credentials.get().user().chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
      return "the user name has control characters in it";
    }
    return null;
  }

  /** Closes everything; loop thread only. */
  void close() {
    closed = true;
    for (Peer peer : List.copyOf(idle)) {
      peer.tcp.abort(null);
    }
    fail();
  }

  private void fail() {
    for (Exchange exchange : List.copyOf(running)) {
      exchange.fail(Failures.closed(endpoint));
    }
    for (Exchange exchange = waiting.poll(); exchange != null; exchange = waiting.poll()) {
      exchange.fail(Failures.closed(endpoint));
    }
  }

  private void next() {
    while (!closed && running.size() < ACTIVE) {
      Exchange exchange = waiting.poll();
      if (exchange == null) {
        return;
      }
      running.add(exchange);
      exchange.start();
    }
  }

  /** A request until it has its answer, log-in and second attempt included. */
  private final class Exchange {
    private final Request request;
    private final Credentials credentials;
    private final Duration timeout;
    private final CompletableFuture<Response> done = new CompletableFuture<>();
    private Peer peer;
    private Login sent;
    private boolean learned;
    private boolean retried;
    private boolean over;

    private final Loop.Deadline deadline =
        new Loop.Deadline() {
          @Override
          void expired() {
            fail(
                peer != null && peer.tcp != null && peer.tcp.connected()
                    ? Failures.timeout(endpoint, timeout)
                    : Failures.noConnection(endpoint, timeout));
          }
        };

    private final Loop.Deadline quiet =
        new Loop.Deadline() {
          @Override
          void expired() {
            begin();
          }
        };

    Exchange(Request request, Credentials credentials, Duration timeout) {
      this.request = request;
      this.credentials = credentials;
      this.timeout = timeout;
    }

    void start() {
      loop.arm(deadline, Math.max(1_000_000L, timeout.toNanos()));
      begin();
    }

    private void begin() {
      if (idle.isEmpty() || request.method().equals("POST")) {
        connect();
        return;
      }
      Peer kept = idle.get(0);
      long rest = QUIET_NANOS - (loop.now() - kept.parked);
      if (rest > 0) {
        loop.arm(quiet, rest);
      } else {
        idle.remove(kept);
        send(kept, true);
      }
    }

    private void connect() {
      network.resolve(
          endpoint.host(),
          (address, failure) -> {
            if (failure != null) {
              fail(Failures.unresolved(endpoint, failure));
            } else if (!over) {
              connect(address);
            }
          });
    }

    private void connect(InetAddress address) {
      // Two connections are all a device is burdened with.
      while (idle.size() + running.size() > ACTIVE && !idle.isEmpty()) {
        idle.get(0).tcp.abort(null);
      }
      peer = new Peer(this);
      peer.tcp =
          Tcp.connect(
              network.shared(),
              new InetSocketAddress(address, endpoint.port()),
              trust == null ? null : trust.engine(endpoint.host(), endpoint.port()),
              peer);
    }

    private void send(Peer on, boolean reused) {
      peer = on;
      on.take(this, reused);
      sent = credentials == null ? null : logins.get(credentials);
      String authorization = null;
      if (sent != null) {
        sent.count++;
        authorization =
            sent.challenge.answer(credentials, request.method(), request.target(), sent.count);
      }
      if (!on.tcp.send(message(authorization), MAX_SENDING)) {
        on.tcp.abort(new EOFException("it is closed"));
      }
    }

    private ByteBuffer message(String authorization) {
      StringBuilder text = new StringBuilder(request.method());
      text.append(' ').append(request.target()).append(" HTTP/1.1\r\nHost: ");
      text.append(endpoint.host());
      if (endpoint.port() != (trust == null ? 80 : 443)) {
        text.append(':').append(endpoint.port());
      }
      text.append("\r\n");
      request
          .headers()
          .forEach((name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
      if (authorization != null) {
        text.append("Authorization: ").append(authorization).append("\r\n");
      }
      if (!request.method().equals("GET") || request.body().length > 0) {
        text.append("Content-Length: ").append(request.body().length).append("\r\n");
      }
      byte[] head = text.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
      return ByteBuffer.allocate(head.length + request.body().length)
          .put(head)
          .put(request.body())
          .flip();
    }

    private void answered(Response response, List<String> challenges, boolean reusable) {
      if (response.status() == 401) {
        unauthorized(challenges, reusable);
        return;
      }
      release(reusable);
      if (response.status() == 403) {
        fail(Failures.forbidden(endpoint));
      } else {
        complete(response, null);
      }
    }

    private void unauthorized(List<String> challenges, boolean reusable) {
      Challenge best = Challenge.best(Challenge.parse(challenges));
      // A nonce from an earlier request may have aged; one from this request has not.
      boolean again =
          best != null
              && credentials != null
              && !learned
              && (sent == null || !sent.challenge.equals(best));
      if (!again) {
        logins.remove(credentials);
        release(reusable);
        fail(Failures.unauthorized(endpoint, credentials != null, best != null));
        return;
      }
      learned = true;
      logins.put(credentials, new Login(best));
      Peer same = peer;
      if (reusable && same.tcp.open() && !request.method().equals("POST")) {
        send(same, true);
      } else {
        release(reusable);
        connect();
      }
    }

    private void release(boolean reusable) {
      Peer released = peer;
      peer = null;
      released.park(reusable);
    }

    /** The connection broke. */
    private void broken(Peer lost, Exception why) {
      peer = null;
      Exception reason = why == null ? new EOFException("it hung up") : why;
      if (lost.reused && !lost.begun && !retried) {
        retried = true; // It was closed while idle: once more, on a new one.
        connect();
      } else if (lost.opened) {
        fail(Failures.disconnected(endpoint, reason));
      } else if (lost.tcp == null || !lost.tcp.connected()) {
        fail(Failures.unreachable(endpoint, reason));
      } else if (trust != null && trust.refused() != null) {
        fail(Failures.notTrusted(endpoint, trust.pinned(), trust.refused()));
      } else {
        fail(Failures.notSecure(endpoint, reason));
      }
    }

    private void fail(DeviceException why) {
      Peer lost = peer;
      peer = null;
      if (lost != null) {
        lost.exchange = null;
        if (lost.tcp != null) {
          lost.tcp.abort(null);
        }
      }
      complete(null, why);
    }

    private void complete(Response response, DeviceException why) {
      if (over) {
        return;
      }
      over = true;
      loop.cancel(deadline);
      loop.cancel(quiet);
      running.remove(this);
      admitted.decrementAndGet();
      if (why == null) {
        done.complete(response);
      } else {
        done.completeExceptionally(why);
      }
      next();
    }
  }

  /** A connection to the device, and the answer that comes on it. */
  private final class Peer implements Tcp.Protocol {
    private final Head.Reader reader =
        new Head.Reader(Head.Limits.ANSWER, network.shared().receiving());
    private Tcp tcp;
    private Exchange exchange;
    private Head head;
    private Body body;
    private int status;
    private boolean opened;
    private boolean reused;
    private boolean begun;
    private long parked;

    private final Loop.Deadline rest =
        new Loop.Deadline() {
          @Override
          void expired() {
            tcp.finish();
            idle.remove(Peer.this);
          }
        };

    Peer(Exchange exchange) {
      this.exchange = exchange;
    }

    private void take(Exchange next, boolean again) {
      exchange = next;
      reused = again;
      begun = false;
      loop.cancel(rest);
    }

    private void park(boolean reusable) {
      exchange = null;
      if (reusable && tcp.open() && !closed) {
        idle.add(this);
        parked = loop.now();
        loop.arm(rest, IDLE_NANOS);
      } else {
        tcp.finish();
      }
    }

    @Override
    public void opened() {
      opened = true;
      if (exchange == null) {
        tcp.abort(null);
      } else {
        exchange.send(this, false);
      }
    }

    @Override
    public void received(ByteBuffer bytes) {
      if (exchange == null) {
        bytes.position(bytes.limit());
        tcp.abort(null); // Nobody asked.
        return;
      }
      begun = true;
      try {
        while (exchange != null && bytes.hasRemaining()) {
          if (head == null) {
            head = reader.take(bytes);
            if (head == null) {
              return;
            }
            begin();
          } else {
            body.take(bytes);
          }
          if (body != null && body.complete()) {
            finish(!bytes.hasRemaining());
            bytes.position(bytes.limit());
          }
        }
      } catch (HttpException e) {
        bytes.position(bytes.limit());
        exchange.fail(Failures.invalid(endpoint, e.getMessage()));
      }
    }

    private void begin() throws HttpException {
      String line = head.line();
      if (!line.matches("HTTP/1\\.\\d [1-5]\\d\\d( .*)?")) {
        throw new HttpException(400, "it is not HTTP/1.1");
      }
      status = Integer.parseInt(line.substring(9, 12));
      if (status == 101) {
        throw new HttpException(400, "it changes the protocol");
      }
      if (status < 200) {
        head = null; // For information only; the answer follows.
        return;
      }
      body =
          status == 204 || status == 304
              ? Body.none()
              : Body.ofAnswer(head, MAX_ANSWER, network.shared().receiving());
    }

    private void finish(boolean nothingBehind) {
      boolean keep =
          nothingBehind
              && !body.untilEnd()
              && (head.line().startsWith("HTTP/1.0")
                  ? head.hasToken("connection", "keep-alive")
                  : !head.hasToken("connection", "close"));
      Response response = new Response(status, head.joined(), body.bytes());
      List<String> challenges = head.all("www-authenticate");
      head = null;
      body = null;
      exchange.answered(response, challenges, keep);
    }

    @Override
    public void ended() {
      if (exchange != null && body != null && body.untilEnd() && tcp.endedCleanly()) {
        finish(true);
      } else {
        tcp.abort(new EOFException("it hung up"));
      }
    }

    @Override
    public void closed(Exception why) {
      loop.cancel(rest);
      idle.remove(this);
      reader.clear();
      if (body != null) {
        body.clear();
      }
      Exchange lost = exchange;
      exchange = null;
      if (lost != null) {
        lost.broken(this, why);
      }
    }
  }
}
