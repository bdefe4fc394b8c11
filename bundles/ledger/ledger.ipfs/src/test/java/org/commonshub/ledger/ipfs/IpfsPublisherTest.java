package org.commonshub.ledger.ipfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.ledger.api.ContentStore;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.testing.fakes.FakeSecrets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing leaves without release; with it, the node has the very bytes and says so. */
@Timeout(120)
class IpfsPublisherTest {
  private static final String CID = "bafyreihyrpefhacm6kkp4ql6j6udakdit7g3dmkzfriqfykhjw6cad5lrm";
  private static final byte[] CAR = car();
  private static final String IMPORTED =
      "{\"Root\":{\"Cid\":{\"/\":\"" + CID + "\"},\"PinErrorMsg\":\"\"}}\n";
  private static final String PINNED = "{\"Pins\":[\"" + CID + "\"]}\n";

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<byte[]> bodies = new CopyOnWriteArrayList<>();
  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  private final FakeSecrets secrets = new FakeSecrets();
  private String imported = IMPORTED;
  private String pinned = PINNED;
  private int status = 200;
  private HttpServer node;

  private static byte[] car() {
    byte[] bytes = new byte[1_000_000];
    new java.util.Random(7).nextBytes(bytes);
    return bytes;
  }

  private final ContentStore store =
      new ContentStore() {
        @Override
        public List<Sealed> list() {
          return List.of(
              new Sealed(
                  CID,
                  Instant.EPOCH,
                  List.of(DeviceId.HOME),
                  Instant.EPOCH,
                  Instant.EPOCH.plusSeconds(1),
                  List.of("Alice"),
                  1,
                  CAR.length));
        }

        @Override
        public Sealed seal(
            List<DeviceId> devices, Instant from, Instant to, List<Recipient> recipients) {
          throw new AssertionError();
        }

        @Override
        public Optional<InputStream> open(String cid) {
          return Optional.of(new ByteArrayInputStream(CAR));
        }

        @Override
        public void delete(String cid) {
          throw new AssertionError();
        }
      };

  @BeforeEach
  void start() throws IOException {
    node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    node.createContext(
        "/api/v0/",
        exchange -> {
          requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          authorizations.add(
              String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          bodies.add(exchange.getRequestBody().readAllBytes());
          answer(exchange);
        });
    node.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] bytes =
        (exchange.getRequestURI().getPath().endsWith("/dag/import") ? imported : pinned)
            .getBytes(StandardCharsets.UTF_8);
    if (status == 307) {
      exchange.getResponseHeaders().add("Location", "http://127.0.0.1:1/");
    }
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @AfterEach
  void stop() {
    node.stop(0);
  }

  private IpfsPublisher publisher(String authorization) {
    IpfsPublisher publisher =
        new IpfsPublisher(
            secrets,
            "http://127.0.0.1:" + node.getAddress().getPort() + "/",
            authorization,
            Duration.ofSeconds(60));
    publisher.bindStore(store);
    return publisher;
  }

  @Test
  void withoutThePrivacyGateNothingIsSent() {
    IpfsPublisher publisher = publisher("");
    assertThatThrownBy(() -> publisher.publish(CID))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("privacy gate")
        .hasMessageContaining("stays on the hub");
    publisher.bindRelease((content, to) -> Optional.of("Alice has not consented."));
    assertThatThrownBy(() -> publisher.publish(CID))
        .hasMessage("Nothing was published: Alice has not consented.");
    publisher.bindRelease(
        (content, to) -> {
          throw new IllegalStateException("broken");
        });
    assertThatThrownBy(() -> publisher.publish(CID)).hasMessageContaining("gate failed");
    publisher.bindRelease((content, to) -> Optional.empty());
    assertThatThrownBy(() -> publisher.publish("bafyother"))
        .hasMessageContaining("not in the content store");
    publisher.unbindStore(store);
    assertThatThrownBy(() -> publisher.publish(CID))
        .hasMessageContaining("not in the content store");
    assertThat(requests).isEmpty();
  }

  @Test
  void whatIsReleasedIsImportedAndPinned() throws IOException {
    IpfsPublisher publisher = publisher(secrets.put("ipfs", "Bearer 123"));
    publisher.bindRelease(
        (content, to) -> {
          assertThat(content.cid()).isEqualTo(CID);
          assertThat(to).isEqualTo(publisher.destination());
          return Optional.empty();
        });
    publisher.publish(CID);
    publisher.publish(CID);
    assertThat(requests)
        .containsExactly(
            "POST /api/v0/dag/import?pin-roots=true",
            "POST /api/v0/pin/add?arg=" + CID,
            "POST /api/v0/dag/import?pin-roots=true",
            "POST /api/v0/pin/add?arg=" + CID);
    assertThat(authorizations).containsOnly("Bearer 123");
    byte[] body = bodies.get(0);
    String text = new String(body, StandardCharsets.ISO_8859_1);
    int begin = text.indexOf("\r\n\r\n") + 4;
    int end = text.lastIndexOf("\r\n--", text.length() - 6);
    assertThat(text.substring(begin, end).getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(CAR);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "200|{\"Root\":{\"Cid\":{\"/\":\"bafyother\"}}}|ok|took another batch, bafyother",
        "200|{\"Root\":{\"Cid\":{\"/\":\"CID\"},\"PinErrorMsg\":\"disk full\"}}|ok|disk full",
        "200|{}|ok|does not say that it took",
        "200|''|ok|does not say that it took",
        "200|<html>|ok|not its API",
        "200|[1]|ok|not its API",
        "200|ok|{\"Pins\":[]}|does not say that it keeps",
        "200|ok|{\"Pins\":[\"bafyother\"]}|does not say that it keeps",
        "500|{\"Message\":\"merkledag: not found\"}|ok|status 500: merkledag: not found",
        "403|Forbidden|ok|status 403",
        "307|{}|ok|status 307",
      })
  void whatTheNodeSaysIsNotTakenForGranted(int code, String onImport, String onPin, String reason) {
    status = code;
    imported = onImport.equals("ok") ? IMPORTED : onImport.replace("CID", CID);
    pinned = onPin.equals("ok") ? PINNED : onPin;
    IpfsPublisher publisher = publisher("");
    publisher.bindRelease((content, to) -> Optional.empty());
    assertThatThrownBy(() -> publisher.publish(CID))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not published")
        .hasMessageContaining(reason)
        .hasMessageEndingWith(".");
  }

  @Test
  void aLongAnswerIsCutOff() {
    imported = "{\"a\":\"" + "x".repeat(100_000) + "\"}";
    IpfsPublisher publisher = publisher("");
    publisher.bindRelease((content, to) -> Optional.empty());
    assertThatThrownBy(() -> publisher.publish(CID)).hasMessageContaining("more than 64 KiB");
  }

  @Test
  void aNodeThatIsAwayOrSilentIsNamed() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      IpfsPublisher publisher =
          new IpfsPublisher(
              secrets, "http://127.0.0.1:" + silent.getLocalPort(), "", Duration.ofMillis(1_500));
      publisher.bindStore(store);
      publisher.bindRelease((content, to) -> Optional.empty());
      assertThatThrownBy(() -> publisher.publish(CID))
          .hasMessageContaining("127.0.0.1:" + silent.getLocalPort())
          .hasMessageContaining("does not answer");
    }
    node.stop(0);
    IpfsPublisher publisher = publisher("");
    publisher.bindRelease((content, to) -> Optional.empty());
    assertThatThrownBy(() -> publisher.publish(CID)).hasMessageContaining("does not answer");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "127.0.0.1:5001", "ftp://node", "http://u:p@node", "http://n?q", "http:// x"})
  void addressesThatAreNone(String url) {
    assertThatThrownBy(() -> new IpfsPublisher(secrets, url, "", Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("url");
  }

  @Test
  void anAuthorizationIsNotShownOnTheWay() {
    assertThatThrownBy(
            () ->
                new IpfsPublisher(
                    secrets, "http://ipfs.example", "Bearer 1", Duration.ofSeconds(1)))
        .hasMessageContaining("https://")
        .hasMessageNotContaining("Bearer");
    assertThatThrownBy(
            () ->
                new IpfsPublisher(
                    secrets, "https://ipfs.example", "${secret:gone}", Duration.ofSeconds(1)))
        .hasMessageContaining("secret");
  }
}
