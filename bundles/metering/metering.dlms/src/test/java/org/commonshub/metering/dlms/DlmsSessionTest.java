package org.commonshub.metering.dlms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.commonshub.metering.dlms.Writer.hex;
import static org.commonshub.metering.dlms.Writer.join;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The driver {@code dlms}: settings, time stamps, failures in words, search. */
class DlmsSessionTest {
  private static final String POWER = "0201 0600000BF3";

  private final FakeHubClock clock = new FakeHubClock(); // 2026-01-15T12:00:00Z
  private final DlmsDriver driver = new DlmsDriver(clock, Duration.ofSeconds(2));
  private final FakeStreamConnection stream =
      new FakeStreamConnection(
          Endpoint.parse("tcp://192.0.2.9:4000"),
          request -> {
            throw new DeviceException(Kind.TIMEOUT, "It never answers.");
          });
  private final List<Optional<Instant>> instants = new ArrayList<>();
  private final List<DeviceException> failures = new ArrayList<>();

  private PushSession open(String... settings) throws Exception {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      map.put(settings[i], settings[i + 1]);
    }
    PushSession session =
        (PushSession) driver.open(FakeDriverContext.of(driver.description(), stream, map));
    session.start(
        new PushSession.Receiver() {
          @Override
          public void values(Optional<Instant> at, List<Measurement> values) {
            assertThat(values).isNotEmpty();
            instants.add(at);
          }

          @Override
          public void failed(DeviceException why) {
            failures.add(why);
          }
        });
    return session;
  }

  private static byte[] notification(String dateTime, String body) {
    return join(hex("0F 00000001"), hex(dateTime.isEmpty() ? "00" : "0C" + dateTime), hex(body));
  }

  @ParameterizedTest
  @CsvSource({
    "hub, 07EA010F040D000AFFFFC400, ''",
    "meter, 07EA010F040D000AFFFFC400, 2026-01-15T12:00:10Z",
    "meter, 07EA010F040D000AFF800000, 2026-01-15T12:00:10Z",
    "meter, 07EA010F040D000AFF800001, ''",
    "meter, 07E9010F040D000AFFFFC400, ''",
    "meter, '', ''"
  })
  void timeStamps(String clockSetting, String dateTime, String instant) throws Exception {
    open("clock", clockSetting, "zone", "Europe/Oslo");
    stream.push(Writer.hdlc(notification(dateTime, POWER)));
    assertThat(instants)
        .containsExactly(
            instant.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(instant)));
  }

  /** The clock in the list goes before that of the message. */
  @Test
  void theClockOfTheListCounts() throws Exception {
    open("clock", "meter");
    stream.push(
        Writer.hdlc(
            notification(
                "07EA010F040D000AFFFFC400",
                "0102 0202"
                    + Writer.name("0-0:1.0.0")
                    + "090C07EA010F040D0000FFFFC400"
                    + Writer.register("1-0:1.7.0", 5, 0, 27))));
    assertThat(instants).containsExactly(Optional.of(Instant.parse("2026-01-15T12:00:00Z")));
  }

  @Test
  void failuresTellWhatToDo() throws Exception {
    PushSession session = open();
    byte[] sealed =
        Writer.ciphered(
            notification("", POWER),
            "4B464D0000000001",
            1,
            0x30,
            Writer.KEY,
            Writer.AUTHENTICATION_KEY);
    stream.push(Writer.hdlc(sealed));
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0).kind()).isEqualTo(Kind.SETTINGS);
    assertThat(failures.get(0)).hasMessageContaining("'key'");
    stream.push(Writer.hdlc(notification("", "0203 0600000001 1200EC 00")));
    assertThat(failures.get(1).kind()).isEqualTo(Kind.INVALID_ANSWER);
    assertThat(failures.get(1)).hasMessageContaining("unknown order");
    stream.push(Writer.hdlc(hex("C2 00")));
    assertThat(failures.get(2).kind()).isEqualTo(Kind.INVALID_ANSWER);
    stream.breakStream(new DeviceException(Kind.DISCONNECTED, "Gone."));
    assertThat(failures.get(3).kind()).isEqualTo(Kind.DISCONNECTED);
    session.close();
    open("key", Writer.KEY.toUpperCase(java.util.Locale.ROOT));
    stream.push(Writer.hdlc(sealed));
    assertThat(instants).hasSize(1);
    assertThat(failures).hasSize(4);
  }

  @Test
  void aBrokenStreamVoidsWhatHasBegun() throws Exception {
    open();
    byte[] frame = Writer.hdlc(notification("", POWER));
    stream.push(java.util.Arrays.copyOf(frame, 12));
    stream.breakStream(new DeviceException(Kind.DISCONNECTED, "Gone."));
    stream.push(frame);
    assertThat(instants).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "key, 1234",
    "authentication_key, d0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
    "wrapping, serial",
    "clock, moon",
    "zone, Europe/Nowhere",
    "energy_unit, 7"
  })
  void wrongSettings(String key, String value) {
    assertThatThrownBy(() -> open(key, value))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("'" + key + "'")
        .matches(e -> !e.getMessage().contains("d0d1"));
  }

  @Test
  void searchFindsOpenAndCipheredMeters() throws Exception {
    var open =
        driver
            .probe(FakeDriverContext.of(driver.description(), stream, Map.of()))
            .toCompletableFuture();
    stream.push(
        Writer.hdlc(
            notification(
                "",
                "0103 0202"
                    + Writer.name("1-1:0.2.129")
                    + Writer.string(10, "AIDON_V0001")
                    + "0202"
                    + Writer.name("0-0:96.1.0")
                    + Writer.string(10, "1234567890123456")
                    + "0202"
                    + Writer.name("0-0:96.1.7")
                    + Writer.string(10, "6534"))));
    Candidate candidate = open.get(20, TimeUnit.SECONDS).get(0);
    assertThat(candidate.name()).isEqualTo("Aidon 6534 1234567890123456");
    assertThat(candidate.role()).isEqualTo(DeviceRole.GRID_METER);
    var sealed =
        driver
            .probe(FakeDriverContext.of(driver.description(), stream, Map.of()))
            .toCompletableFuture();
    stream.push(
        Writer.mbus(
            Writer.ciphered(
                notification("", POWER), "5341470000000001", 1, 0x20, Writer.KEY, Writer.KEY),
            240));
    candidate = sealed.get(20, TimeUnit.SECONDS).get(0);
    assertThat(candidate.name()).isEqualTo("Sagemcom");
    assertThat(candidate.identity()).containsKey("encryption");
    var nothing =
        driver
            .probe(FakeDriverContext.of(driver.description(), stream, Map.of()))
            .toCompletableFuture();
    assertThat(nothing.get(20, TimeUnit.SECONDS)).isEmpty();
    var broken =
        driver
            .probe(FakeDriverContext.of(driver.description(), stream, Map.of()))
            .toCompletableFuture();
    stream.breakStream(new DeviceException(Kind.UNREACHABLE, "Nothing listens there."));
    assertThatThrownBy(() -> broken.get(20, TimeUnit.SECONDS))
        .hasCauseInstanceOf(DeviceException.class);
    assertThat(stream.listeners()).isZero();
  }
}
