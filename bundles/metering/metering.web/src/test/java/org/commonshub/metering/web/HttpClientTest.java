package org.commonshub.metering.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.HttpConnection.Credentials;
import org.commonshub.metering.api.HttpConnection.Request;
import org.commonshub.metering.api.HttpConnection.Response;
import org.commonshub.metering.api.TransportProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class HttpClientTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private final TestClock clock = new TestClock();
  private final Network network = new Network(clock);
  private final HttpTransport transport = new HttpTransport(network);
  private final List<Device> devices = new ArrayList<>();

  @TempDir Path directory;

  @AfterEach
  void stop() throws Exception {
    transport.close();
    network.close();
    for (Device device : devices) {
      device.close();
    }
  }

  /** A device that answers each request as the test says. */
  private static final class Device implements AutoCloseable {
    /** Before an answer after which the device closes the connection. */
    static final String LAST = "last:";

    interface Script {
      /** Answers a request; null closes the connection. */
      String answer(String request, int connection, int number) throws Exception;
    }

    final List<String> requests = new CopyOnWriteArrayList<>();
    final AtomicInteger connections = new AtomicInteger();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final ServerSocket server;

    Device(ServerSocket server, Script script) {
      this.server = server;
      daemon(
          () -> {
            try {
              while (true) {
                Socket socket = server.accept();
                int connection = connections.incrementAndGet();
                sockets.add(socket);
                daemon(() -> talk(socket, connection, script));
              }
            } catch (IOException e) {
              // Closed.
            }
          });
    }

    private void talk(Socket socket, int connection, Script script) {
      try (socket) {
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream();
        for (int number = 1; ; number++) {
          StringBuilder head = new StringBuilder();
          while (head.indexOf("\r\n\r\n") < 0) {
            int one = in.read();
            if (one < 0) {
              return;
            }
            head.append((char) one);
          }
          int at = head.indexOf("Content-Length: ");
          if (at >= 0) {
            int length =
                Integer.parseInt(head.substring(at + 16, head.indexOf("\r\n", at)).strip());
            head.append(new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
          }
          requests.add(head.toString());
          String answer = script.answer(head.toString(), connection, number);
          if (answer == null) {
            return;
          }
          boolean last = answer.startsWith(LAST);
          out.write(
              answer.substring(last ? LAST.length() : 0).getBytes(StandardCharsets.ISO_8859_1));
          out.flush();
          if (last) {
            return;
          }
        }
      } catch (Exception e) {
        // The test sees it on the other side.
      }
    }

    private static void daemon(Runnable task) {
      Thread thread = new Thread(task, "device");
      thread.setDaemon(true);
      thread.start();
    }

    @Override
    public void close() throws IOException {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private Device device(Device.Script script) throws IOException {
    Device device = new Device(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
    devices.add(device);
    return device;
  }

  private HttpConnection to(Device device) {
    return open("http://127.0.0.1:" + device.server.getLocalPort());
  }

  private HttpConnection open(String endpoint) {
    TransportProvider.Handle handle = transport.open(Endpoint.parse(endpoint));
    return handle.http();
  }

  private static String ok(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static Response get(CompletionStage<Response> stage) throws Exception {
    try {
      return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private static Response get(HttpConnection connection, String target) throws Exception {
    return get(connection.send(Request.get(target), Optional.empty(), PATIENCE));
  }

  private static String text(Response response) {
    return response.status() + " " + new String(response.body(), StandardCharsets.UTF_8);
  }

  private static void fails(Kind kind, String words, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DeviceException.class,
            e -> {
              assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
              assertThat(e.getMessage()).contains(words);
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "HTTP/1.1 200 OK~Content-Length: 5~~hello; 200 hello",
        "HTTP/1.1 200~Content-Length: 5~~hello; 200 hello",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~he~3~llo~0~~; 200 hello",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~Content-Length: 5~~5~hello~0~~; 200 hello",
        "HTTP/1.1 100 Continue~~HTTP/1.1 200 OK~Content-Length: 5~~hello; 200 hello",
        "HTTP/1.1 204 No Content~~; 204 ''",
        "HTTP/1.1 304 Not Modified~Content-Length: 5~~; 304 ''",
        "HTTP/1.1 302 Found~Location: http://evil.example/~Content-Length: 0~~; 302 ''",
        "HTTP/1.1 404 Not Found~Content-Length: 4~~none; 404 none",
        "HTTP/1.1 500 Oops~Content-Length: 4~~oops; 500 oops"
      })
  void answersOfEveryShape(String answer, String expected) throws Exception {
    Device device = device((request, connection, number) -> answer.replace("~", "\r\n"));
    HttpConnection connection = to(device);
    for (int i = 0; i < 3; i++) {
      assertThat(text(get(connection, "/a"))).isEqualTo(expected.replace("''", ""));
    }
    assertThat(device.connections).hasValue(1);
    assertThat(device.requests.get(0))
        .startsWith("GET /a HTTP/1.1\r\nHost: 127.0.0.1:" + device.server.getLocalPort() + "\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.0 200 OK~~hello",
        "HTTP/1.1 200 OK~~hello",
        "HTTP/1.1 200 OK~Connection: close~Content-Length: 5~~hello",
        "HTTP/1.1 200 OK\nContent-Length: 5\nConnection: close\n\nhello"
      })
  void answersThatEndTheConnection(String answer) throws Exception {
    Device device =
        device((request, connection, number) -> Device.LAST + answer.replace("~", "\r\n"));
    HttpConnection connection = to(device);
    for (int i = 0; i < 3; i++) {
      assertThat(text(get(connection, "/"))).isEqualTo("200 hello");
    }
    assertThat(device.connections).hasValue(3);
  }

  @Test
  void requestsOfEveryShape() throws Exception {
    Device device = device((request, connection, number) -> ok("fine"));
    HttpConnection connection = to(device);
    byte[] body = "{\"id\":1}".getBytes(StandardCharsets.UTF_8);
    get(
        connection.send(
            new Request("POST", "/rpc?a=b", Map.of("content-type", "application/json"), body),
            Optional.empty(),
            PATIENCE));
    get(
        connection.send(
            new Request("PUT", "/x", Map.of(), new byte[0]), Optional.empty(), PATIENCE));
    assertThat(device.requests.get(0))
        .startsWith("POST /rpc?a=b HTTP/1.1\r\n")
        .contains("content-type: application/json\r\n", "Content-Length: 8\r\n")
        .endsWith("\r\n\r\n{\"id\":1}");
    assertThat(device.requests.get(1)).contains("Content-Length: 0\r\n");
    for (Request wrong :
        List.of(
            new Request("DELETE", "/", Map.of(), new byte[0]),
            Request.get("x"),
            Request.get("/a b"),
            Request.get("/a\r\nX: y"),
            Request.get("/ä"),
            new Request("GET", "/", Map.of("host", "x"), new byte[0]),
            new Request("GET", "/", Map.of("a b", "x"), new byte[0]),
            new Request("GET", "/", Map.of("a", "x\r\nb: c"), new byte[0]),
            new Request("POST", "/", Map.of(), new byte[70_000]))) {
      fails(
          Kind.SETTINGS,
          "No request",
          () -> get(connection.send(wrong, Optional.empty(), PATIENCE)));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "SSH-2.0-OpenSSH_9.2~~; INVALID_ANSWER; not HTTP/1.1",
        "HTTP/2 200 OK~~; INVALID_ANSWER; not HTTP/1.1",
        "HTTP/1.1 999 X~~; INVALID_ANSWER; not HTTP/1.1",
        "HTTP/1.1 101 Switching~~; INVALID_ANSWER; protocol",
        "HTTP/1.1 200 OK~Content-Length: -1~~; INVALID_ANSWER; length",
        "HTTP/1.1 200 OK~Content-Length: 1048577~~; INVALID_ANSWER; longer than 1048576",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~zz~; INVALID_ANSWER; chunk",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~100001~; INVALID_ANSWER; longer",
        "HTTP/1.1 403 Forbidden~Content-Length: 0~~; REFUSED; 403",
        "HTTP/1.1 401 No~WWW-Authenticate: Basic~Content-Length: 0~~; REFUSED; Fill in",
        "HTTP/1.1 401 No~WWW-Authenticate: Negotiate~Content-Length: 0~~; REFUSED; kind",
        "HTTP/1.1 401 No~Content-Length: 0~~; REFUSED; kind",
        "last:HTTP/1.1 200 OK~Content-Length: 5~~hell; DISCONNECTED; in the middle",
        "last:HTTP/1.1 200 O; DISCONNECTED; in the middle",
        "last:; DISCONNECTED; in the middle"
      })
  void answersThatCannotBeUsed(String answer, Kind kind, String words) throws Exception {
    Device device = device((request, connection, number) -> answer.replace("~", "\r\n"));
    HttpConnection connection = to(device);
    for (int i = 0; i < 2; i++) {
      fails(kind, words, () -> get(connection, "/"));
    }
    assertThat(network.shared().receiving().left()).isEqualTo(Network.RECEIVING);
  }

  @Test
  void endlessAnswersAreCutOff() throws Exception {
    String endless = Device.LAST + "HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(1_100_000);
    Device device = device((request, connection, number) -> endless);
    fails(Kind.INVALID_ANSWER, "longer than", () -> get(to(device), "/"));
    Device heads =
        device(
            (request, connection, number) ->
                "HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(200) + "\r\n");
    fails(Kind.INVALID_ANSWER, "more than 128 headers", () -> get(to(heads), "/"));
    Device large = device((request, connection, number) -> ok("y".repeat(1_000_000)));
    assertThat(get(to(large), "/").body()).hasSize(1_000_000);
  }

  @Test
  void whereNobodyIs() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    fails(Kind.UNREACHABLE, "refused", () -> get(open("http://127.0.0.1:" + free), "/"));
    fails(
        Kind.UNREACHABLE,
        "not known in this network",
        () -> get(open("http://no-such-host.invalid:80"), "/"));
  }

  @Test
  void whoIsSilentTimesOut() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    Device device =
        device(
            (request, connection, number) -> {
              asked.countDown();
              return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell";
            });
    HttpConnection connection = to(device);
    CompletionStage<Response> stage =
        connection.send(Request.get("/"), Optional.empty(), Duration.ofSeconds(5));
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    clock.advance(Duration.ofSeconds(6));
    fails(Kind.TIMEOUT, "within 5000 ms", () -> get(stage));
  }

  @Test
  void aConnectionClosedWhileIdleIsReplaced() throws Exception {
    Device device =
        device((request, connection, number) -> number == 1 ? ok("first of " + connection) : null);
    HttpConnection connection = to(device);
    for (int i = 1; i <= 4; i++) {
      assertThat(text(get(connection, "/"))).isEqualTo("200 first of " + i);
    }
    // a POST never goes out on a connection that was idle
    Device strict = device((request, c, number) -> number == 1 ? ok("first of " + c) : "garbage");
    HttpConnection posts = to(strict);
    for (int i = 1; i <= 3; i++) {
      assertThat(
              text(
                  get(
                      posts.send(
                          new Request("POST", "/", Map.of(), new byte[1]),
                          Optional.empty(),
                          PATIENCE))))
          .isEqualTo("200 first of " + i);
    }
  }

  @Test
  void idleConnectionsEnd() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread thread =
          new Thread(
              () -> {
                try (Wire wire = new Wire(server.accept())) {
                  wire.until("\r\n\r\n");
                  wire.send(ok("x"));
                  wire.rest();
                  ended.countDown();
                } catch (IOException e) {
                  // Closed.
                }
              });
      thread.start();
      HttpConnection connection = open("http://127.0.0.1:" + server.getLocalPort());
      get(connection, "/");
      clock.advance(Duration.ofSeconds(16));
      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
      thread.join(20_000);
    }
  }

  @Test
  void twoAtATimeSixteenWait() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger together = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Device device =
        device(
            (request, connection, number) -> {
              most.accumulateAndGet(together.incrementAndGet(), Math::max);
              release.await();
              together.decrementAndGet();
              return ok(request.substring(4, request.indexOf(" HTTP")));
            });
    HttpConnection connection = to(device);
    List<CompletableFuture<Response>> stages = new ArrayList<>();
    for (int i = 0; i < 18; i++) {
      stages.add(
          connection.send(Request.get("/" + i), Optional.empty(), PATIENCE).toCompletableFuture());
    }
    fails(Kind.UNREACHABLE, "Too many requests wait", () -> get(connection, "/more"));
    release.countDown();
    for (int i = 0; i < 18; i++) {
      assertThat(text(get(stages.get(i)))).isEqualTo("200 /" + i);
    }
    assertThat(most.get()).isBetween(1, 2);
    assertThat(device.connections.get()).isLessThanOrEqualTo(2);
    assertThat(text(get(connection, "/after"))).isEqualTo("200 /after");
  }

  private static final String DIGEST =
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest qop=\"auth\", realm=\"shelly\","
          + " nonce=\"NONCE\", algorithm=SHA-256\r\nContent-Length: 0\r\n\r\n";

  @Test
  void digestIsLearnedOnceAndCounted() throws Exception {
    Device device =
        device(
            (request, connection, number) ->
                !request.contains("Authorization: Digest ")
                        || !request.contains("username=\"admin\"")
                    ? DIGEST.replace("NONCE", "1")
                    : ok("in"));
    HttpConnection connection = to(device);
    Optional<Credentials> admin = Optional.of(new Credentials("admin", "secret"));
    for (int i = 0; i < 3; i++) {
      assertThat(text(get(connection.send(Request.get("/rpc"), admin, PATIENCE))))
          .isEqualTo("200 in");
    }
    assertThat(device.requests).hasSize(4);
    assertThat(device.connections).hasValue(1);
    assertThat(device.requests.get(1)).contains("nc=00000001", "uri=\"/rpc\"");
    assertThat(device.requests.get(3)).contains("nc=00000003");
    assertThat(String.join("", device.requests)).doesNotContain("secret");
    // without credentials it is asked for them
    fails(Kind.REFUSED, "Fill in the settings user", () -> get(connection, "/rpc"));
  }

  @Test
  void agedNoncesAreRenewedAndWrongPasswordsAreNotTriedAgain() throws Exception {
    AtomicInteger nonce = new AtomicInteger(1);
    Device device =
        device(
            (request, connection, number) ->
                request.contains("nonce=\"" + nonce + "\"") && request.contains("\"good\"")
                    ? ok("in")
                    : DIGEST.replace("NONCE", nonce.toString()));
    HttpConnection connection = to(device);
    Optional<Credentials> good = Optional.of(new Credentials("good", "x"));
    assertThat(text(get(connection.send(Request.get("/"), good, PATIENCE)))).isEqualTo("200 in");
    nonce.set(2);
    assertThat(text(get(connection.send(Request.get("/"), good, PATIENCE)))).isEqualTo("200 in");
    assertThat(device.requests).hasSize(4);
    fails(
        Kind.REFUSED,
        "refused the user name or the password",
        () ->
            get(
                connection.send(
                    Request.get("/"), Optional.of(new Credentials("bad", "x")), PATIENCE)));
    assertThat(device.requests).hasSize(6);
  }

  @Test
  void basicOnlyIfNothingBetterIsOffered() throws Exception {
    Device device =
        device(
            (request, connection, number) ->
                request.contains("Authorization: Basic YTpi\r\n")
                    ? ok("in")
                    : Device.LAST
                        + "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                        + "Connection: close\r\nContent-Length: 0\r\n\r\n");
    HttpConnection connection = to(device);
    Optional<Credentials> credentials = Optional.of(new Credentials("a", "b"));
    assertThat(text(get(connection.send(Request.get("/"), credentials, PATIENCE))))
        .isEqualTo("200 in");
    assertThat(
            text(
                get(
                    connection.send(
                        new Request("POST", "/", Map.of(), new byte[2]), credentials, PATIENCE))))
        .isEqualTo("200 in");
    assertThat(device.requests).hasSize(3);
    Device both =
        device(
            (request, connection2, number) ->
                request.contains("Authorization: Digest")
                    ? ok("in")
                    : "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                        + "WWW-Authenticate: Digest realm=\"x\", nonce=\"1\", qop=\"auth\"\r\n"
                        + "Content-Length: 0\r\n\r\n");
    assertThat(text(get(to(both).send(Request.get("/"), credentials, PATIENCE))))
        .isEqualTo("200 in");
    assertThat(String.join("", both.requests)).doesNotContain("Basic");
  }

  @Test
  void tlsWithAPinAndWithout() throws Exception {
    TestCertificate mine = TestCertificate.make(directory, "mine");
    TestCertificate other = TestCertificate.make(directory, "other");
    Device device =
        new Device(
            mine.serverContext()
                .getServerSocketFactory()
                .createServerSocket(0, 5, InetAddress.getLoopbackAddress()),
            (request, connection, number) -> ok("secure " + number));
    devices.add(device);
    String address = "https://127.0.0.1:" + device.server.getLocalPort();
    String hex = mine.fingerprint().replace(":", "").toLowerCase(java.util.Locale.ROOT);
    HttpConnection pinned = open(address + "?sha256=" + mine.fingerprint());
    assertThat(text(get(pinned, "/"))).isEqualTo("200 secure 1");
    assertThat(text(get(pinned, "/"))).isEqualTo("200 secure 2");
    fails(Kind.SETTINGS, "add ?sha256=" + hex, () -> get(open(address), "/"));
    fails(
        Kind.SETTINGS,
        "another certificate than the one that was pinned",
        () -> get(open(address + "?sha256=" + other.fingerprint()), "/"));
    Device plain = device((request, connection, number) -> ok("x"));
    fails(
        Kind.INVALID_ANSWER,
        "No secure connection",
        () -> {
          CompletionStage<Response> stage =
              open("https://127.0.0.1:" + plain.server.getLocalPort())
                  .send(Request.get("/"), Optional.empty(), PATIENCE);
          Wire.await("connected", () -> plain.connections.get() == 1);
          for (Socket socket : plain.sockets) {
            socket.getOutputStream().write("220 hello\r\n".getBytes(StandardCharsets.US_ASCII));
          }
          get(stage);
        });
  }

  @Test
  void handlesAndParameters() throws Exception {
    for (String wrong :
        List.of(
            "http://127.0.0.1:80?x=y",
            "https://127.0.0.1:443?sha256=12",
            "https://127.0.0.1:443?pin=12",
            "inbound:CP1?x=y",
            "tcp://127.0.0.1:1")) {
      assertThatThrownBy(() -> transport.open(Endpoint.parse(wrong)))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
    TransportProvider.Handle inbound = transport.open(Endpoint.parse("inbound:CP1"));
    assertThatThrownBy(inbound::stream).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(inbound::http).isInstanceOf(IllegalStateException.class);
    inbound.close();

    CountDownLatch asked = new CountDownLatch(1);
    Device silent =
        device(
            (request, connection, number) -> {
              asked.countDown();
              return "";
            });
    Endpoint endpoint = Endpoint.parse("http://127.0.0.1:" + silent.server.getLocalPort());
    TransportProvider.Handle one = transport.open(endpoint);
    TransportProvider.Handle two = transport.open(endpoint);
    assertThat(one.http()).isSameAs(two.http());
    assertThatThrownBy(one::stream).isInstanceOf(IllegalStateException.class);
    CompletionStage<Response> stage = one.http().send(Request.get("/"), Optional.empty(), PATIENCE);
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    one.close();
    one.close();
    assertThat(transport.connections()).isEqualTo(1);
    two.close();
    assertThat(transport.connections()).isZero();
    fails(Kind.DISCONNECTED, "stopped or changed", () -> get(stage));
    fails(Kind.DISCONNECTED, "stopped or changed", () -> get(one.http(), "/"));
  }
}
