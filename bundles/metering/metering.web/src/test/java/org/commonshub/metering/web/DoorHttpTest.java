package org.commonshub.metering.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSocket;
import org.apache.felix.hc.api.Result;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.HttpConnection.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class DoorHttpTest {
  private final TestClock clock = new TestClock();
  private final Network network = new Network(clock);
  private DeviceDoor door = door(Admission.Plain.PRIVATE, 256, 16);

  @TempDir Path directory;

  private DeviceDoor door(Admission.Plain plain, int connections, int perAddress) {
    return new DeviceDoor(
        network,
        new DeviceDoor.Settings(
            InetAddress.getLoopbackAddress(), 0, 0, plain, connections, perAddress));
  }

  @AfterEach
  void stop() throws Exception {
    door.close();
    network.close();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("metering-web")) {
        thread.join(5_000);
        assertThat(thread.isAlive()).as("%s lives on", thread).isFalse();
      }
    }
  }

  private static Response text(int status, String body) {
    return new Response(
        status, Map.of("content-type", "text/plain"), body.getBytes(StandardCharsets.UTF_8));
  }

  private static CompletionStage<Response> echo(DeviceServer.HttpRequest request) {
    return CompletableFuture.completedFuture(
        text(
            200,
            request.method()
                + " "
                + request.path()
                + " "
                + new java.util.TreeMap<>(request.query())
                + " "
                + new String(request.body(), StandardCharsets.UTF_8)));
  }

  @Test
  void servesARealClient() throws Exception {
    door.http("/emoncms", DoorHttpTest::echo);
    HttpClient client = HttpClient.newHttpClient();
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> got =
          client.send(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://127.0.0.1:"
                              + door.port(false)
                              + "/emoncms/input/post?node=a%20b"))
                  .POST(HttpRequest.BodyPublishers.ofString("power=" + i))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(got.statusCode()).isEqualTo(200);
      assertThat(got.body()).isEqualTo("POST /emoncms/input/post {node=a b} power=" + i);
      assertThat(got.headers().firstValue("date")).contains("Thu, 15 Jan 2026 12:00:00 GMT");
    }
    // chunked
    HttpResponse<String> got =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + door.port(false) + "/emoncms"))
                .PUT(
                    HttpRequest.BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(new byte[200_000])))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(got.body()).hasSize("PUT /emoncms {} ".length() + 200_000);
  }

  @Test
  void servesTlsWithTheHubsCertificate() throws Exception {
    door.http("/a", DoorHttpTest::echo);
    assertThat(door.port(true)).isEqualTo(-1);
    TestCertificate certificate = TestCertificate.make(directory, "localhost");
    door.certificate(certificate);
    for (String protocol : List.of("TLSv1.3", "TLSv1.2")) {
      SSLSocket socket =
          (SSLSocket)
              certificate
                  .clientContext()
                  .getSocketFactory()
                  .createSocket("127.0.0.1", door.port(true));
      socket.setEnabledProtocols(new String[] {protocol});
      try (Wire wire = new Wire(socket)) {
        for (int i = 0; i < 3; i++) {
          wire.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
          wire.send("x".repeat(100_000));
          assertThat(wire.until("x".repeat(100_000))).startsWith("HTTP/1.1 200 OK");
        }
        wire.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(wire.rest()).startsWith("HTTP/1.1 200 OK").endsWith("GET /a {} ");
      }
    }
    assertThat(door.execute().getStatus()).isEqualTo(Result.Status.OK);
    door.uncertificate(certificate);
    assertThat(door.port(true)).isEqualTo(-1);
  }

  @Test
  void oldTlsAndPlainBytesOnTheTlsPortAreRefused() throws Exception {
    door.http("/a", DoorHttpTest::echo);
    TestCertificate certificate = TestCertificate.make(directory, "localhost");
    door.certificate(certificate);
    try (Wire wire = new Wire(door.port(true))) {
      wire.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(wire.rest()).doesNotContain("HTTP");
    }
    try (Wire silent = new Wire(door.port(true))) {
      Wire.await("in", () -> door.execute().toString().contains("1 connections"));
      clock.advance(Duration.ofSeconds(11));
      assertThat(silent.rest()).isEmpty();
    }
    // and it goes on
    try (Wire wire =
        new Wire(
            certificate
                .clientContext()
                .getSocketFactory()
                .createSocket("127.0.0.1", door.port(true)))) {
      wire.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(wire.rest()).startsWith("HTTP/1.1 200 OK");
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    AtomicReference<CompletableFuture<Response>> first = new AtomicReference<>();
    CountDownLatch asked = new CountDownLatch(1);
    door.http(
        "/",
        request -> {
          if (request.path().equals("/1")) {
            first.set(new CompletableFuture<>());
            asked.countDown();
            return first.get();
          }
          return echo(request);
        });
    try (Wire wire = new Wire(door.port(false))) {
      StringBuilder requests = new StringBuilder();
      for (int i = 1; i <= 50; i++) {
        requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      wire.send(requests.toString());
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      first.get().complete(text(200, "GET /1 {} "));
      for (int i = 1; i <= 50; i++) {
        assertThat(wire.until("GET /" + i + " {} ")).startsWith("HTTP/1.1 200 OK\r\n");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "GET / HTTP/2.0~Host: x~~; 505",
        "PRI * HTTP/2.0~~; 505",
        "GET / HTTP/1.1~~; 400",
        "GET / HTTP/1.1~Host: x~Host: y~~; 400",
        "GET /~~; 400",
        "hello~~; 400",
        "G(T / HTTP/1.1~Host: x~~; 400",
        "GET /%zz HTTP/1.1~Host: x~~; 400",
        "GET /nobody HTTP/1.1~Host: x~~; 404",
        "POST /nobody HTTP/1.1~Host: x~Content-Length: 10~~; 404",
        "POST /a HTTP/1.1~Host: x~Content-Length: 300000~~; 413",
        "POST /a HTTP/1.1~Host: x~Content-Length: 1~Transfer-Encoding: chunked~~; 400",
        "POST /a HTTP/1.1~Host: x~Transfer-Encoding: gzip~~; 501",
        "POST /a HTTP/1.1~Host: x~Content-Length: 1~Expect: miracle~~; 417",
        "GET /ws HTTP/1.1~Host: x~~; 426",
        "GET /bad HTTP/1.1~Host: x~~; 500",
        "GET /null HTTP/1.1~Host: x~~; 500",
        "GET /throws HTTP/1.1~Host: x~~; 500",
        "GET /split HTTP/1.1~Host: x~~; 500"
      })
  void whatIsRefused(String request, int status) throws Exception {
    door.http("/a", DoorHttpTest::echo);
    door.http("/bad", r -> CompletableFuture.failedFuture(new IllegalStateException("test")));
    door.http("/null", r -> CompletableFuture.completedFuture(null));
    door.http(
        "/throws",
        r -> {
          throw new IllegalStateException("test");
        });
    door.http(
        "/split",
        r ->
            CompletableFuture.completedFuture(
                new Response(200, Map.of("x", "a\r\nSet-Cookie: b"), new byte[0])));
    door.webSocket("/ws", new EchoSockets());
    try (Wire wire = new Wire(door.port(false))) {
      wire.send(request.replace("~", "\r\n"));
      String head = wire.until("\r\n\r\n");
      assertThat(head).startsWith("HTTP/1.1 " + status + " ").doesNotContain("Set-Cookie");
    }
  }

  @Test
  void headOneDotZeroAndExpect() throws Exception {
    door.http("/a", DoorHttpTest::echo);
    try (Wire wire = new Wire(door.port(false))) {
      wire.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(wire.until("\r\n\r\n")).contains("Content-Length: 11\r\n");
      wire.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
      assertThat(wire.until("\r\n\r\n")).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      wire.send("hi");
      assertThat(wire.until("POST /a {} hi")).startsWith("HTTP/1.1 200");
      wire.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertThat(wire.until("GET /a {} ")).contains("Connection: keep-alive");
      wire.send("GET /a HTTP/1.0\r\n\r\n");
      assertThat(wire.rest()).startsWith("HTTP/1.1 200").contains("Connection: close");
    }
  }

  @Test
  void aClientThatClosesItsHalfStillGetsItsAnswer() throws Exception {
    CompletableFuture<Response> answer = new CompletableFuture<>();
    CountDownLatch asked = new CountDownLatch(1);
    door.http(
        "/a",
        r -> {
          asked.countDown();
          return answer;
        });
    try (Wire wire = new Wire(door.port(false))) {
      wire.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
      wire.socket.shutdownOutput();
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      answer.complete(text(200, "late"));
      assertThat(wire.rest()).startsWith("HTTP/1.1 200").endsWith("late");
    }
  }

  @Test
  void slowClientsAreEnded() throws Exception {
    door.http("/a", DoorHttpTest::echo);
    try (Wire head = new Wire(door.port(false));
        Wire body = new Wire(door.port(false));
        Wire idle = new Wire(door.port(false))) {
      head.send("GET /a HTTP/1.1\r\nHos");
      body.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
      body.until("\r\n\r\n");
      idle.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
      idle.until("GET /a {} ");
      head.send("t");
      await(2);
      clock.advance(Duration.ofSeconds(11));
      assertThat(head.rest()).startsWith("HTTP/1.1 408");
      body.send("hell");
      clock.advance(Duration.ofSeconds(20));
      assertThat(body.rest()).startsWith("HTTP/1.1 408");
      clock.advance(Duration.ofSeconds(30));
      assertThat(idle.rest()).isEmpty();
    }
  }

  /** Lets the loop take what was sent before the clock is pushed. */
  private void await(int turns) throws Exception {
    for (int i = 0; i < turns; i++) {
      CountDownLatch turn = new CountDownLatch(1);
      network.loop().execute(turn::countDown);
      assertThat(turn.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aServiceThatDoesNotAnswerIsA503() throws Exception {
    CompletableFuture<Response> never = new CompletableFuture<>();
    CountDownLatch asked = new CountDownLatch(1);
    door.http(
        "/a",
        r -> {
          asked.countDown();
          return never;
        });
    try (Wire wire = new Wire(door.port(false))) {
      wire.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      clock.advance(Duration.ofSeconds(11));
      assertThat(wire.rest()).startsWith("HTTP/1.1 503");
      never.complete(text(200, "too late"));
    }
  }

  @Test
  void aServiceThatBlocksHoldsNobodyUp() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch blocked = new CountDownLatch(Workers.THREADS);
    door.http(
        "/block",
        r -> {
          blocked.countDown();
          try {
            release.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return echo(r);
        });
    door.http("/a", DoorHttpTest::echo);
    List<Wire> stuck = new ArrayList<>();
    try {
      for (int i = 0; i < Workers.THREADS; i++) {
        stuck.add(new Wire(door.port(false)).send("GET /block HTTP/1.1\r\nHost: x\r\n\r\n"));
      }
      assertThat(blocked.await(20, TimeUnit.SECONDS)).isTrue();
      network.workers().watch(System.nanoTime() + 6_000_000_000L, Workers.STUCK_NANOS);
      try (Wire wire = new Wire(door.port(false))) {
        wire.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(wire.rest()).startsWith("HTTP/1.1 200");
      }
      for (Wire wire : stuck) {
        assertThat(wire.rest()).isEmpty();
      }
    } finally {
      release.countDown();
      for (Wire wire : stuck) {
        wire.close();
      }
    }
  }

  @Test
  void connectionsAreCounted() throws Exception {
    door.close();
    door = door(Admission.Plain.PRIVATE, 3, 1);
    door.http("/a", DoorHttpTest::echo);
    List<Wire> wires = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Wire wire = new Wire(door.port(false));
      wire.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").until("GET /a {} ");
      wires.add(wire);
    }
    try (Wire more = new Wire(door.port(false))) {
      assertThat(more.rest()).isEmpty();
    }
    wires.get(0).close();
    Wire.await("room", () -> door.execute().toString().contains("2 connections"));
    try (Wire wire = new Wire(door.port(false))) {
      wire.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").until("GET /a {} ");
    }
    for (Wire wire : wires) {
      wire.close();
    }
  }

  @Test
  void openOnlyWhileSomethingIsServed() throws Exception {
    assertThat(door.port(false)).isEqualTo(-1);
    AutoCloseable one = door.http("/a", DoorHttpTest::echo);
    assertThatThrownBy(() -> door.http("/a", DoorHttpTest::echo))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> door.http("a/", DoorHttpTest::echo))
        .isInstanceOf(IllegalArgumentException.class);
    int port = door.port(false);
    AutoCloseable other = door.webSocket("/a", new EchoSockets());
    one.close();
    one.close();
    assertThat(door.port(false)).isEqualTo(port);
    try (Wire open = new Wire(port)) {
      other.close();
      assertThat(open.rest()).isEmpty();
    }
    Wire.await("closed", () -> door.port(false) == -1);
    // taken away and back at once, as when a driver is updated
    for (int i = 0; i < 20; i++) {
      door.http("/b", DoorHttpTest::echo).close();
    }
    door.http("/b", DoorHttpTest::echo);
    Wire.await("open", () -> door.port(false) > 0);
  }

  @Test
  void aTakenPortIsTriedAgain() throws Exception {
    door.close();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      door =
          new DeviceDoor(
              network,
              new DeviceDoor.Settings(
                  InetAddress.getLoopbackAddress(),
                  taken.getLocalPort(),
                  0,
                  Admission.Plain.PRIVATE,
                  9,
                  9));
      door.http("/a", DoorHttpTest::echo);
      assertThat(door.port(false)).isEqualTo(-1);
      assertThat(door.execute().getStatus()).isEqualTo(Result.Status.WARN);
      assertThat(door.execute().toString()).contains("" + taken.getLocalPort());
      assertThatThrownBy(() -> door.streams(taken.getLocalPort(), false, p -> null))
          .hasMessageContaining("cannot be opened");
    }
    await(2);
    clock.advance(Duration.ofSeconds(31));
    Wire.await("open", () -> door.port(false) > 0);
    assertThat(door.execute().getStatus()).isEqualTo(Result.Status.OK);
  }

  @Test
  void withoutPlainConnections() throws Exception {
    door.close();
    door = door(Admission.Plain.OFF, 9, 9);
    door.http("/a", DoorHttpTest::echo);
    assertThat(door.port(false)).isEqualTo(-1);
    assertThatThrownBy(() -> door.streams(0, false, p -> null)).hasMessageContaining("TLS");
    assertThatThrownBy(() -> door.streams(0, true, p -> null)).hasMessageContaining("certificate");
    TestCertificate certificate = TestCertificate.make(directory, "localhost");
    door.certificate(certificate);
    assertThat(door.port(true)).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "10.1.2.3, true",
    "172.16.0.1, true",
    "172.32.0.1, false",
    "192.168.7.7, true",
    "169.254.1.1, true",
    "8.8.8.8, false",
    "100.64.0.1, false",
    "::1, true",
    "fe80::1, true",
    "fd12:3456::1, true",
    "fc00::1, true",
    "2001:db8::1, false",
    "::ffff:192.168.1.1, true",
    "::ffff:8.8.8.8, false"
  })
  void homeNetworks(String address, boolean local) throws Exception {
    assertThat(Admission.local(InetAddress.getByName(address))).isEqualTo(local);
  }

  @Test
  void countsByAddress() throws Exception {
    Admission admission = new Admission(5, 2);
    InetAddress one = InetAddress.getByName("192.0.2.1");
    InetAddress two = InetAddress.getByName("192.0.2.2");
    assertThat(admission.enter(one)).isTrue();
    assertThat(admission.enter(one)).isTrue();
    assertThat(admission.enter(one)).isFalse();
    assertThat(admission.enter(two)).isTrue();
    admission.leave(one);
    assertThat(admission.enter(one)).isTrue();
    assertThat(admission.count()).isEqualTo(3);
  }

  @Test
  void manyClientsAtOnce() throws Exception {
    AtomicInteger served = new AtomicInteger();
    door.http(
        "/a",
        r -> {
          served.incrementAndGet();
          return echo(r);
        });
    List<Thread> clients = new ArrayList<>();
    AtomicInteger good = new AtomicInteger();
    for (int c = 0; c < 30; c++) {
      Thread client =
          new Thread(
              () -> {
                try (Wire wire = new Wire(door.port(false))) {
                  for (int i = 0; i < 50; i++) {
                    wire.send(
                        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nb" + (100 + i));
                    wire.until("POST /a {} b" + (100 + i));
                    good.incrementAndGet();
                  }
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      client.start();
      clients.add(client);
    }
    for (Thread client : clients) {
      client.join(60_000);
    }
    assertThat(good).hasValue(1_500);
    assertThat(served).hasValue(1_500);
  }
}
