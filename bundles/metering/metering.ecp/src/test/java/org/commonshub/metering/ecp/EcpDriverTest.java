package org.commonshub.metering.ecp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverMemory;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeMqttConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EcpDriverTest {
  private static final Measurement POWER = Measurement.of(Quantity.ACTIVE_POWER, 4213, -1);
  private static final Measurement ENERGY = Measurement.of(Quantity.ENERGY_IMPORT, 1_234_567, 0);

  private record Got(Optional<Instant> at, List<Measurement> values) {}

  private final FakeHubClock clock = new FakeHubClock();
  private final FakeDeviceServer server = new FakeDeviceServer();
  private final List<Discoverer.Candidate> inbox = new ArrayList<>();
  private final EcpDriver driver =
      new EcpDriver(clock, server, (id, endpoint, candidate) -> inbox.add(candidate), 5683);
  private final TestMeter meter = new TestMeter();
  private final List<Got> got = new ArrayList<>();
  private final List<DeviceException> failed = new ArrayList<>();

  private FakeDriverContext context(TestMeter of) {
    return FakeDriverContext.of(
        driver.description(),
        Endpoint.parse("inbound:" + of.id()),
        null,
        Map.of("public_key", of.hex()));
  }

  private PushSession open(FakeDriverContext context) throws DeviceException {
    PushSession session = (PushSession) driver.open(context);
    session.start(
        new PushSession.Receiver() {
          @Override
          public void values(Optional<Instant> at, List<Measurement> values) {
            got.add(new Got(at, values));
          }

          @Override
          public void failed(DeviceException why) {
            failed.add(why);
          }
        });
    return session;
  }

  private HttpConnection.Response post(String path, byte[] body) throws Exception {
    return server
        .request(
            new DeviceServer.HttpRequest(
                "POST", path, Map.of(), Map.of(), body, FakeDeviceServer.PEER))
        .toCompletableFuture()
        .get();
  }

  private long now() {
    return clock.now().toEpochMilli();
  }

  @Test
  void takesSignedFramesOverHttp() throws Exception {
    open(context(meter));
    long at = now() - 1000;
    HttpConnection.Response response =
        post(
            "/ecp",
            meter.message(meter.frame(at, 1, 1, POWER), meter.frame(at + 500, 1, 2, ENERGY)));
    assertThat(response.status()).isEqualTo(200);
    assertThat(got)
        .containsExactly(
            new Got(Optional.of(Instant.ofEpochMilli(at)), List.of(POWER)),
            new Got(Optional.of(Instant.ofEpochMilli(at + 500)), List.of(ENERGY)));
    // The answer tells the time: {1: ms}.
    assertThat(new Envelope.Reader(response.body()).head(5)).isEqualTo(1);
  }

  @Test
  void takesSignedFramesOverCoapOnceAndAnswersTwice() throws Exception {
    open(context(meter));
    byte[] message = meter.message(meter.frame(now(), 1, 1, POWER));
    byte[] head = {0x42, 2, 0x12, 0x34, 7, 8, (byte) 0xb3, 'e', 'c', 'p', (byte) 0xff};
    byte[] datagram = Arrays.copyOf(head, head.length + message.length);
    System.arraycopy(message, 0, datagram, head.length, message.length);
    DeviceServer.DatagramService coap = server.datagramServices().get(5683);
    byte[] first = coap.received(datagram, FakeDeviceServer.PEER).orElseThrow();
    // Acknowledgement 2.04 with the message identifier and the token.
    assertThat(Arrays.copyOf(first, 6)).isEqualTo(new byte[] {0x62, 0x44, 0x12, 0x34, 7, 8});
    assertThat(coap.received(datagram, FakeDeviceServer.PEER).orElseThrow()).isEqualTo(first);
    assertThat(got).hasSize(1);
    datagram[3] = 0x35; // another request with the same frame
    assertThat(coap.received(datagram, FakeDeviceServer.PEER).orElseThrow()[1])
        .isEqualTo((byte) 0x89);
    assertThat(got).hasSize(1);
  }

  @Test
  void takesSignedFramesFromABroker() throws Exception {
    FakeMqttConnection broker = new FakeMqttConnection();
    PushSession session =
        open(
            FakeDriverContext.of(
                driver.description(),
                broker.endpoint(),
                broker,
                Map.of("public_key", meter.hex())));
    byte[] message = meter.message(meter.frame(now(), 1, 1, POWER));
    broker.deliver(new MqttConnection.Message("ecp/" + meter.id(), message, false));
    broker.deliver(new MqttConnection.Message("ecp/" + meter.id(), message, true));
    broker.deliver("ecp/" + meter.id(), "nonsense");
    assertThat(got).hasSize(1);
    assertThat(failed).hasSize(1); // once, not per message
    session.close();
    assertThat(broker.filters()).isEmpty();
  }

  /** Sequences of (boot.sequence), and which of them are taken. */
  @ParameterizedTest
  @CsvSource({
    "1.1 1.2 1.3, yyy",
    "1.1 1.1, yn",
    "1.5 1.3 1.4 1.3, yyyn", // reordered on the way
    "1.100 1.37 1.36, yyn", // 64 behind the newest is the end of the window
    "1.5 2.1 1.6 2.2, yyny", // an earlier boot is never taken again
    "1.1 1.1000000 1.2, yyn",
    "3.9223372036854775807 3.9223372036854775806 4.0, yyy",
    "1.0 1.-5, yy",
  })
  void takesEachFrameOnce(String frames, String taken) throws Exception {
    open(context(meter));
    StringBuilder verdicts = new StringBuilder();
    for (String frame : frames.split(" ")) {
      String[] parts = frame.split("\\.");
      HttpConnection.Response response =
          post(
              "/ecp",
              meter.message(
                  meter.frame(now(), Integer.parseInt(parts[0]), Long.parseLong(parts[1]), POWER)));
      assertThat(response.status()).isIn(200, 409);
      verdicts.append(response.status() == 200 ? 'y' : 'n');
    }
    assertThat(verdicts).hasToString(taken);
    assertThat(got).hasSize((int) taken.chars().filter(c -> c == 'y').count());
  }

  @Test
  void aReplayAfterARestartIsRefused() throws Exception {
    FakeDriverContext context = context(meter);
    byte[] message = meter.message(meter.frame(now(), 1, 1, POWER));
    PushSession session = open(context);
    assertThat(post("/ecp", message).status()).isEqualTo(200);
    session.close();
    DriverMemory kept = context.memory();
    open(
        new FakeDriverContext(
            context.device(), context.endpoint(), context.settings(), null, kept));
    assertThat(post("/ecp", message).status()).isEqualTo(409);
    assertThat(got).hasSize(1);
  }

  /** Seconds between the meter's clock and the hub's. */
  @ParameterizedTest
  @CsvSource({"0, 200", "59, 200", "61, 422", "-604799, 200", "-604801, 422", "4000000, 422"})
  void believesAClockWithinBounds(long ahead, int status) throws Exception {
    open(context(meter));
    assertThat(post("/ecp", meter.message(meter.frame(now() + 1000 * ahead, 1, 1, POWER))).status())
        .isEqualTo(status);
    assertThat(got).hasSize(status == 200 ? 1 : 0);
    // A refused message uses no sequence up.
    assertThat(post("/ecp", meter.message(meter.frame(0, 1, 1, POWER))).status())
        .isEqualTo(status == 200 ? 409 : 200);
  }

  @Test
  void aMeterWithoutAClockIsStampedByTheHub() throws Exception {
    open(context(meter));
    assertThat(post("/ecp", meter.message(meter.frame(0, 1, 1, POWER))).status()).isEqualTo(200);
    assertThat(got).containsExactly(new Got(Optional.empty(), List.of(POWER)));
  }

  @Test
  void nobodyElseIsBelieved() throws Exception {
    open(context(meter));
    TestMeter other = new TestMeter();
    byte[] stranger = other.message(other.frame(now(), 1, 1, POWER));
    assertThat(post("/ecp", stranger).status()).isEqualTo(401);
    // Another key under this meter's name.
    byte[] forged = stranger.clone();
    System.arraycopy(java.util.HexFormat.of().parseHex(meter.id()), 0, forged, 9, Envelope.KID);
    assertThat(post("/ecp", forged).status()).isEqualTo(401);
    assertThat(got).isEmpty();
  }

  @Test
  void noBitCanBeChanged() throws Exception {
    open(context(meter));
    byte[] message = meter.message(meter.frame(now(), 1, 1, POWER, ENERGY));
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      // From another address each, or the limit of wrong messages would answer.
      byte[] changed = message.clone();
      int bit = i < 8 * 20 ? i : random.nextInt(8 * message.length);
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      HttpConnection.Response response =
          server
              .request(
                  new DeviceServer.HttpRequest(
                      "POST",
                      "/ecp",
                      Map.of(),
                      Map.of(),
                      changed,
                      new DeviceServer.Peer(
                          new java.net.InetSocketAddress("10.0." + i / 200 + "." + i % 200, 1),
                          false)))
              .toCompletableFuture()
              .get();
      assertThat(response.status()).as("bit %d", bit).isIn(400, 401, 413);
    }
    assertThat(got).isEmpty();
    assertThat(post("/ecp", message).status()).isEqualTo(200);
  }

  @Test
  void wrongMessagesOfOneAddressAreSlowedDown() throws Exception {
    open(context(meter));
    for (int i = 0; i < 30; i++) {
      assertThat(post("/ecp", new byte[] {1, 2, 3}).status()).isEqualTo(400);
    }
    byte[] good = meter.message(meter.frame(now(), 1, 1, POWER));
    assertThat(post("/ecp", good).status()).isEqualTo(429);
    clock.advance(Duration.ofSeconds(61));
    assertThat(post("/ecp", good).status()).isEqualTo(200);
  }

  @Test
  void anEnrolmentGoesToTheInboxAndNowhereElse() throws Exception {
    assertThat(post("/ecp/enrol", meter.enrolment("Meter in the\tcellar")).status()).isEqualTo(200);
    assertThat(inbox)
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.name()).isEqualTo("Meter in thecellar");
              assertThat(found.settings()).containsEntry("public_key", meter.hex());
              assertThat(found.identity()).containsEntry("serial", meter.id());
            });
    // A key that somebody else holds cannot be enrolled.
    byte[] forged = meter.enrolment("x");
    System.arraycopy(new TestMeter().publicKey(), 0, forged, 9 + 16 + 2 + 4, 32);
    assertThat(post("/ecp/enrol", forged).status()).isEqualTo(401);
    assertThat(inbox).hasSize(1);
    assertThat(post("/ecp", meter.message(meter.frame(now(), 1, 1, POWER))).status())
        .isEqualTo(401);
  }

  @Test
  void settingsAreChecked() throws Exception {
    for (String key : List.of("", "12", "zz".repeat(32), "ff".repeat(31))) {
      assertThatThrownBy(
              () ->
                  driver.open(
                      FakeDriverContext.of(
                          driver.description(),
                          Endpoint.parse("inbound:" + meter.id()),
                          null,
                          Map.of("public_key", key))))
          .isInstanceOfSatisfying(
              DeviceException.class,
              e -> assertThat(e.kind()).isEqualTo(DeviceException.Kind.SETTINGS));
    }
    assertThatThrownBy(
            () ->
                driver.open(
                    FakeDriverContext.of(
                        driver.description(),
                        Endpoint.parse("inbound:other"),
                        null,
                        Map.of("public_key", meter.hex()))))
        .hasMessageContaining("inbound:" + meter.id());
    driver.open(context(meter));
    assertThatThrownBy(() -> driver.open(context(meter))).hasMessageContaining("already");
  }

  @Test
  void whatIsNoMessageIsRefusedInWords() throws Exception {
    open(context(meter));
    byte[] gap = meter.sign(new byte[] {(byte) 0x80});
    assertThat(post("/ecp", gap).status()).isEqualTo(400);
    assertThat(new String(post("/ecp", gap).body(), StandardCharsets.UTF_8)).contains("frames");
    assertThat(post("/ecp", new byte[Envelope.MAX_BYTES + 1]).status()).isEqualTo(413);
    assertThat(post("/ecp/other", gap).status()).isEqualTo(404);
  }

  @Test
  void theDoorsCloseWithTheDriver() throws Exception {
    driver.deactivate();
    assertThat(server.paths()).isEmpty();
    assertThat(server.datagramServices()).isEmpty();
  }
}
