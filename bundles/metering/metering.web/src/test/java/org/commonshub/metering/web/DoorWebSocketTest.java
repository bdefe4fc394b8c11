package org.commonshub.metering.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class DoorWebSocketTest {
  private final TestClock clock = new TestClock();
  private final Network network = new Network(clock);
  private final EchoSockets echo = new EchoSockets();
  private final DeviceDoor door =
      new DeviceDoor(
          network,
          new DeviceDoor.Settings(
              InetAddress.getLoopbackAddress(), 0, 0, Admission.Plain.PRIVATE, 256, 256));

  @TempDir Path directory;

  @AfterEach
  void stop() {
    door.close();
    network.close();
  }

  /** The JDK's client. */
  private static final class Client implements WebSocket.Listener {
    final BlockingQueue<String> got = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        got.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
      got.add("ping");
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      got.add("close " + code + " " + reason);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      got.add("error");
    }

    String next() throws InterruptedException {
      String one = got.poll(20, TimeUnit.SECONDS);
      assertThat(one).isNotNull();
      return one;
    }
  }

  private WebSocket connect(String path, Client client, String... protocols) throws Exception {
    WebSocket.Builder builder = HttpClient.newHttpClient().newWebSocketBuilder();
    if (protocols.length > 0) {
      builder.subprotocols(
          protocols[0], java.util.Arrays.copyOfRange(protocols, 1, protocols.length));
    }
    return builder
        .buildAsync(URI.create("ws://127.0.0.1:" + door.port(false) + path), client)
        .get(20, TimeUnit.SECONDS);
  }

  @Test
  void aRealClient() throws Exception {
    door.webSocket("/ws", echo);
    Client client = new Client();
    WebSocket socket = connect("/ws/greeted", client, "ocpp1.6", "ocpp2.0.1");
    assertThat(socket.getSubprotocol()).isEqualTo("ocpp2.0.1");
    assertThat(client.next()).isEqualTo("hello");
    socket.sendText("Grüße 😀", true).get(20, TimeUnit.SECONDS);
    assertThat(client.next()).isEqualTo("Grüße 😀");
    String large = "x".repeat(200_000);
    socket.sendText(large.substring(0, 100_000), false).get(20, TimeUnit.SECONDS);
    socket.sendText(large.substring(100_000), true).get(20, TimeUnit.SECONDS);
    assertThat(client.next()).isEqualTo(large);
    socket.sendPing(ByteBuffer.wrap(new byte[3])).get(20, TimeUnit.SECONDS);
    socket.sendClose(1000, "bye").get(20, TimeUnit.SECONDS);
    assertThat(client.next()).startsWith("close 1000");
    Wire.await("closed", () -> echo.notes.contains("closed 1000 bye"));
    assertThat(echo.notes).containsExactly("opened /ws/greeted ocpp2.0.1", "closed 1000 bye");
  }

  @Test
  void withTls() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "localhost");
    door.certificate(certificate);
    door.webSocket("/ws", echo);
    Client client = new Client();
    WebSocket socket =
        HttpClient.newBuilder()
            .sslContext(certificate.clientContext())
            .build()
            .newWebSocketBuilder()
            .buildAsync(URI.create("wss://localhost:" + door.port(true) + "/ws/x"), client)
            .get(20, TimeUnit.SECONDS);
    for (int i = 1; i < 200_000; i *= 3) {
      socket.sendText("x".repeat(i), true).get(20, TimeUnit.SECONDS);
      assertThat(client.next()).hasSize(i);
    }
    echo.sockets.get(0).close(1012, "restart");
    assertThat(client.next()).isEqualTo("close 1012 restart");
    Wire.await("closed", () -> echo.notes.contains("closed 1012 restart"));
    assertThat(echo.sockets.get(0).send("x")).isFalse();
  }

  static String handshake(String path, String more) {
    return "GET "
        + path
        + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + (more.contains("Version") ? "" : "Sec-WebSocket-Version: 13\r\n")
        + more
        + "\r\n";
  }

  @Test
  void theHandshakeOfTheRfc() throws Exception {
    door.webSocket("/ws", echo);
    try (Wire wire = new Wire(door.port(false))) {
      // The client does not wait for the answer.
      wire.send(handshake("/ws/a", "Sec-WebSocket-Protocol: x, ocpp1.6\r\n"));
      wire.send(FramesTest.frame(0x81, "early"));
      assertThat(wire.until("\r\n\r\n"))
          .startsWith("HTTP/1.1 101 ")
          .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
          .contains("Sec-WebSocket-Protocol: ocpp1.6\r\n");
      assertThat(wire.read(7)).isEqualTo(new byte[] {(byte) 0x81, 5, 'e', 'a', 'r', 'l', 'y'});
      wire.send(FramesTest.frame(0x88, new byte[] {3, (byte) 0xe8}));
      assertThat(wire.read(4)).isEqualTo(new byte[] {(byte) 0x88, 2, 3, (byte) 0xe8});
      assertThat(wire.rest()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "/ws/nobody; ''; 404; ''",
        "/ws/closed; ''; 403; ''",
        "/ws/fails; ''; 500; ''",
        "/elsewhere; ''; 404; ''",
        "/ws/stranger; ''; 401; www-authenticate: Basic",
        "/ws/stranger; Authorization: Basic YTpi~; 101; ''",
        "/ws/a; Sec-WebSocket-Version: 8~; 426; sec-websocket-version: 13",
        "/ws/a; Sec-WebSocket-Protocol: mqtt~; 101; ''"
      })
  void whoIsAdmitted(String path, String more, int status, String header) throws Exception {
    door.webSocket("/ws", echo);
    try (Wire wire = new Wire(door.port(false))) {
      wire.send(handshake(path, more.replace("~", "\r\n")));
      String head = wire.until("\r\n\r\n");
      assertThat(head).startsWith("HTTP/1.1 " + status + " ").contains(header);
      assertThat(head).doesNotContain("Sec-WebSocket-Protocol");
    }
  }

  @Test
  void aMalformedHandshakeIsRefused() throws Exception {
    door.webSocket("/ws", echo);
    for (String bad :
        List.of(
            handshake("/ws/a", "").replace("GET", "POST"),
            handshake("/ws/a", "").replace("dGhlIHNhbXBsZSBub25jZQ==", "short"),
            handshake("/ws/a", "").replace("HTTP/1.1", "HTTP/1.0"))) {
      try (Wire wire = new Wire(door.port(false))) {
        wire.send(bad);
        assertThat(wire.until("\r\n\r\n")).startsWith("HTTP/1.1 400");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"8105, 1002", "828000000000, 1003", "818200000000c328, 1007"})
  void violationsCloseWithTheirCode(String hex, int code) throws Exception {
    door.webSocket("/ws", echo);
    try (Wire wire = new Wire(door.port(false))) {
      wire.send(handshake("/ws/a", "")).until("\r\n\r\n");
      wire.send(java.util.HexFormat.of().parseHex(hex));
      byte[] head = wire.read(4);
      assertThat(head[0]).isEqualTo((byte) 0x88);
      assertThat((head[2] & 0xff) << 8 | (head[3] & 0xff)).isEqualTo(code);
      wire.read(head[1] - 2);
      wire.rest();
    }
    Wire.await("told", () -> echo.notes.size() == 2);
    assertThat(echo.notes.get(1)).startsWith("closed " + code);
  }

  @Test
  void pingsAndDeadPeers() throws Exception {
    door.webSocket("/ws", echo);
    try (Wire alive = new Wire(door.port(false));
        Wire dead = new Wire(door.port(false))) {
      alive.send(handshake("/ws/alive", "")).until("\r\n\r\n");
      dead.send(handshake("/ws/dead", "")).until("\r\n\r\n");
      alive.send(FramesTest.frame(0x89, "abc"));
      assertThat(alive.read(5)).isEqualTo(new byte[] {(byte) 0x8a, 3, 'a', 'b', 'c'});
      for (int i = 0; i < 5; i++) {
        clock.advance(Duration.ofSeconds(31));
        assertThat(alive.read(2)).as("ping %s", i).isEqualTo(new byte[] {(byte) 0x89, 0});
        alive.send(FramesTest.frame(0x8a, ""));
        alive.send(FramesTest.frame(0x81, "x"));
        assertThat(alive.read(3)).isEqualTo(new byte[] {(byte) 0x81, 1, 'x'});
      }
      dead.rest();
      Wire.await("told", () -> echo.notes.contains("closed 1006 "));
      alive.send(FramesTest.frame(0x81, "y"));
      assertThat(alive.read(3)).isEqualTo(new byte[] {(byte) 0x81, 1, 'y'});
    }
  }

  @Test
  void aFailingServiceLosesOnlyItsPeer() throws Exception {
    door.webSocket("/ws", echo);
    Client bad = new Client();
    Client good = new Client();
    WebSocket failing = connect("/ws/bad", bad);
    WebSocket other = connect("/ws/good", good);
    failing.sendText("fail", true).get(20, TimeUnit.SECONDS);
    assertThat(bad.next()).startsWith("close 1011");
    other.sendText("fine", true).get(20, TimeUnit.SECONDS);
    assertThat(good.next()).isEqualTo("fine");
  }

  @Test
  void aServiceThatEndsSaysGoodbye() throws Exception {
    AutoCloseable served = door.webSocket("/ws", echo);
    door.webSocket("/other", new EchoSockets());
    Client client = new Client();
    Client other = new Client();
    connect("/ws/a", client);
    WebSocket stays = connect("/other/a", other);
    served.close();
    assertThat(client.next()).startsWith("close 1001");
    Wire.await("told", () -> echo.notes.size() == 2);
    assertThat(echo.notes.get(1)).startsWith("closed 1001");
    stays.sendText("fine", true).get(20, TimeUnit.SECONDS);
    assertThat(other.next()).isEqualTo("fine");
    door.close();
    assertThat(other.next()).matches("close 1001.*|error");
  }

  @Test
  void aClientThatVanishes() throws Exception {
    door.webSocket("/ws", echo);
    Wire wire = new Wire(door.port(false));
    wire.send(handshake("/ws/a", "")).until("\r\n\r\n");
    wire.socket.setSoLinger(true, 0);
    wire.close();
    Wire.await("told", () -> echo.notes.contains("closed 1006 "));
  }

  @Test
  void aClientThatDoesNotReadIsNotBufferedForEver() throws Exception {
    door.webSocket("/ws", echo);
    Socket small = new Socket();
    small.setReceiveBufferSize(4_096);
    small.connect(
        new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), door.port(false)));
    try (Wire wire = new Wire(small)) {
      wire.send(handshake("/ws/a", "")).until("\r\n\r\n");
      Wire.await("open", () -> !echo.sockets.isEmpty());
      String text = "x".repeat(60_000);
      int sent = 0;
      while (echo.sockets.get(0).send(text)) {
        assertThat(++sent).isLessThan(1_000);
      }
      assertThat(sent).isGreaterThanOrEqualTo(17);
      // what was taken arrives
      wire.read(4 + 60_000);
    }
    Wire.await("told", () -> echo.notes.size() == 2);
    Wire.await("given back", () -> network.shared().sending().left() == Network.SENDING);
  }

  @Test
  void aSlowServiceSlowsOnlyItsPeer() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    List<String> got = new java.util.concurrent.CopyOnWriteArrayList<>();
    CompletableFuture<Void> all = new CompletableFuture<>();
    door.webSocket(
        "/slow",
        new org.commonshub.metering.api.DeviceServer.WebSocketService() {
          @Override
          public List<String> subprotocols() {
            return List.of();
          }

          @Override
          public int admit(org.commonshub.metering.api.DeviceServer.HttpRequest upgrade) {
            return 101;
          }

          @Override
          public org.commonshub.metering.api.DeviceServer.WebSocketListener opened(
              org.commonshub.metering.api.DeviceServer.HttpRequest upgrade,
              String subprotocol,
              org.commonshub.metering.api.DeviceServer.WebSocket socket) {
            return new org.commonshub.metering.api.DeviceServer.WebSocketListener() {
              @Override
              public void text(String message) {
                try {
                  release.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                got.add(message);
                if (message.equals("last")) {
                  all.complete(null);
                }
              }

              @Override
              public void closed(int code, String reason) {}
            };
          }
        });
    door.webSocket("/ws", echo);
    try (Wire slow = new Wire(door.port(false))) {
      slow.send(handshake("/slow", "")).until("\r\n\r\n");
      List<String> expected = new ArrayList<>();
      Thread sender =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < 3_000; i++) {
                    slow.send(FramesTest.frame(0x81, i + "x".repeat(1_000)));
                  }
                  slow.send(FramesTest.frame(0x81, "last"));
                } catch (java.io.IOException e) {
                  all.completeExceptionally(e);
                }
              });
      sender.start();
      Client client = new Client();
      WebSocket other = connect("/ws/a", client);
      for (int i = 0; i < 50; i++) {
        other.sendText("m" + i, true).get(20, TimeUnit.SECONDS);
        assertThat(client.next()).isEqualTo("m" + i);
      }
      release.countDown();
      all.get(60, TimeUnit.SECONDS);
      for (int i = 0; i < 3_000; i++) {
        expected.add(i + "x".repeat(1_000));
      }
      expected.add("last");
      assertThat(got).isEqualTo(expected);
      sender.join(20_000);
    } finally {
      release.countDown();
    }
  }

  @Test
  void aHundredAtOnce() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "localhost");
    door.certificate(certificate);
    door.webSocket("/ws", echo);
    HttpClient client = HttpClient.newBuilder().sslContext(certificate.clientContext()).build();
    List<Client> clients = new ArrayList<>();
    List<WebSocket> sockets = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Client one = new Client();
      clients.add(one);
      sockets.add(
          client
              .newWebSocketBuilder()
              .buildAsync(URI.create("wss://localhost:" + door.port(true) + "/ws/" + i), one)
              .get(30, TimeUnit.SECONDS));
    }
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < 100; i++) {
        sockets.get(i).sendText(round + " of " + i, true).get(20, TimeUnit.SECONDS);
      }
      for (int i = 0; i < 100; i++) {
        assertThat(clients.get(i).next()).isEqualTo(round + " of " + i);
      }
    }
    for (WebSocket socket : sockets) {
      socket.abort();
    }
  }

  @Test
  void codesThatMayNotBeSent() throws Exception {
    door.webSocket("/ws", echo);
    Client client = new Client();
    connect("/ws/a", client);
    Wire.await("open", () -> !echo.sockets.isEmpty());
    for (int code : new int[] {0, 999, 1005, 1006, 1015, 2999, 5000}) {
      assertThatThrownBy(() -> echo.sockets.get(0).close(code, ""))
          .isInstanceOf(IllegalArgumentException.class);
    }
    echo.sockets.get(0).close(4000, "x".repeat(500));
    assertThat(client.next()).startsWith("close 4000 xxx");
  }
}
