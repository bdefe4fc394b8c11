package org.commonshub.metering.p1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class P1SessionTest {
  private final P1Driver driver = new P1Driver();
  private final FakeStreamConnection stream =
      new FakeStreamConnection(
          Endpoint.parse("tcp://192.0.2.1:2001"),
          request -> {
            throw new DeviceException(Kind.TIMEOUT, "P1 answers nothing");
          });

  private record Frame(Optional<Instant> at, Map<String, String> values) {}

  private static final class Received implements PushSession.Receiver {
    final List<Frame> frames = new ArrayList<>();
    final List<DeviceException> failures = new ArrayList<>();

    @Override
    public void values(Optional<Instant> at, List<Measurement> values) {
      frames.add(new Frame(at, Collected.plain(values)));
    }

    @Override
    public void failed(DeviceException why) {
      failures.add(why);
    }

    List<Kind> kinds() {
      return failures.stream().map(DeviceException::kind).toList();
    }
  }

  private DriverContext context(String... settings) {
    Map<String, String> given = new java.util.HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      given.put(settings[i], settings[i + 1]);
    }
    return FakeDriverContext.of(driver.description(), stream, given);
  }

  private PushSession open(Received received, String... settings) throws DeviceException {
    PushSession session = (PushSession) driver.open(context(settings));
    session.start(received);
    return session;
  }

  private static byte[] at(String stamp) {
    return Telegrams.sealed(Telegrams.DSMR_5.replace("230118091502W", stamp));
  }

  @Test
  void stampsWithTheMetersClock() throws Exception {
    Received received = new Received();
    open(received);
    for (String stamp : List.of("261025025959S", "261025020000W", "261025025959W")) {
      stream.push(at(stamp));
    }
    assertThat(received.frames)
        .extracting(Frame::at)
        .containsExactly(
            Optional.of(Instant.parse("2026-10-25T00:59:59Z")),
            Optional.of(Instant.parse("2026-10-25T01:00:00Z")),
            Optional.of(Instant.parse("2026-10-25T01:59:59Z")));
    assertThat(received.failures).isEmpty();
  }

  @Test
  void stampsWithTheHubsWhereTheMetersIsNotToBeTrusted() throws Exception {
    Received received = new Received();
    open(received, "clock", "hub");
    stream.push(at("261025025959S"));
    Received unset = new Received();
    open(unset);
    stream.push(at("000101000000W"));
    stream.push(Telegrams.bare(Telegrams.DSMR_22));
    assertThat(received.frames.get(0).at()).isEmpty();
    assertThat(unset.frames).hasSize(1).allMatch(frame -> frame.at().isEmpty());
  }

  @Test
  void takesTheTimeZoneThatIsSet() throws Exception {
    Received received = new Received();
    open(received, "time_zone", "Europe/Vilnius");
    stream.push(at("260701120000S"));
    assertThat(received.frames.get(0).at()).contains(Instant.parse("2026-07-01T09:00:00Z"));
  }

  @Test
  void aSubMeterIsGivenOnWhenItsStampChanges() throws Exception {
    Received main = new Received();
    Received gas = new Received();
    Received water = new Received();
    open(main);
    open(gas, "channel", "1");
    open(water, "channel", "2");
    assertThat(stream.listeners()).isEqualTo(3);
    String text = Telegrams.DSMR_5;
    for (String stamp : List.of("261025020000S", "261025020000S", "261025020000W")) {
      stream.push(Telegrams.sealed(text.replace("(230118091000W)(05012", "(" + stamp + ")(05013")));
    }
    assertThat(main.frames).hasSize(3);
    assertThat(gas.frames)
        .containsExactly(
            new Frame(
                Optional.of(Instant.parse("2026-10-25T00:00:00Z")),
                Map.of("gas.volume", "5013.811")),
            new Frame(
                Optional.of(Instant.parse("2026-10-25T01:00:00Z")),
                Map.of("gas.volume", "5013.811")));
    assertThat(water.frames).hasSize(1);
    assertThat(gas.failures).isEmpty();
  }

  @Test
  void aSubMeterMayBeQuietForADay() throws Exception {
    assertThat(open(new Received()).quiet()).isZero();
    assertThat(open(new Received(), "channel", "1").quiet()).isEqualTo(Duration.ofHours(26));
  }

  @Test
  void theRepeatedHourBeforeDsmr4() throws Exception {
    Received gas = new Received();
    open(gas, "channel", "1");
    for (String profile :
        List.of("(261025020000)(08)", "(261025020000)(08)", "(261025020000)(00)")) {
      stream.push(Telegrams.bare(Telegrams.DSMR_22.replace("(120517020000)(08)", profile)));
    }
    assertThat(gas.frames)
        .extracting(Frame::at)
        .containsExactly(
            Optional.of(Instant.parse("2026-10-25T00:00:00Z")),
            Optional.of(Instant.parse("2026-10-25T01:00:00Z")));
  }

  @Test
  void saysOncePerOutageWhatIsWrong() throws Exception {
    Received received = new Received();
    open(received);
    byte[] good = Telegrams.sealed(Telegrams.DSMR_5);
    byte[] bad = good.clone();
    bad[100] ^= 1;
    for (int outage = 0; outage < 2; outage++) {
      for (int i = 0; i < 5; i++) {
        stream.push(bad);
      }
      stream.push(good);
    }
    assertThat(received.frames).hasSize(2);
    assertThat(received.kinds()).containsExactly(Kind.INVALID_ANSWER, Kind.INVALID_ANSWER);
    assertThat(received.failures.get(1))
        .hasMessageContaining("tcp://192.0.2.1:2001")
        .hasMessageContaining("check sum is wrong")
        .hasMessageContaining("6 of 7");
    stream.breakStream(new DeviceException(Kind.DISCONNECTED, "It broke."));
    stream.breakStream(new DeviceException(Kind.UNREACHABLE, "It is away."));
    stream.breakStream(new DeviceException(Kind.UNREACHABLE, "It is away."));
    assertThat(received.kinds()).endsWith(Kind.DISCONNECTED, Kind.UNREACHABLE);
    assertThat(received.failures).hasSize(4);
  }

  @Test
  void aBreakVoidsWhatWasBegun() throws Exception {
    Received received = new Received();
    open(received);
    byte[] good = Telegrams.bare(Telegrams.DSMR_22);
    String text = new String(good, StandardCharsets.ISO_8859_1);
    int half = text.indexOf("0-0:96.14.0");
    stream.push(text.substring(0, half).getBytes(StandardCharsets.ISO_8859_1));
    stream.breakStream(new DeviceException(Kind.DISCONNECTED, "It broke."));
    stream.push(text.substring(half).getBytes(StandardCharsets.ISO_8859_1));
    assertThat(received.frames).isEmpty();
    stream.push(good);
    assertThat(received.frames).hasSize(1);
  }

  @Test
  void saysWhichMetersThereAreIfTheWrongOneIsSet() throws Exception {
    Received third = new Received();
    open(third, "channel", "3");
    stream.push(Telegrams.sealed(Telegrams.BELGIUM));
    stream.push(Telegrams.sealed(Telegrams.BELGIUM));
    assertThat(third.kinds()).containsExactly(Kind.SETTINGS);
    assertThat(third.failures.get(0))
        .hasMessageContaining("channel 3")
        .hasMessageContaining("1 (Gas meter), 2 (Water meter)");
    Received main = new Received();
    open(main);
    stream.push(
        Telegrams.sealed(
            """
            /NWA-WARMTELINK

            1-3:0.2.8(50)
            0-0:1.0.0(260115200523W)
            0-0:96.1.1(ADC3100000123456)
            0-1:24.1.0(004)
            0-1:96.1.0(621812345D2C0B0C)
            0-1:24.2.1(260115200523W)(123.456*GJ)
            !
            """));
    assertThat(main.kinds()).containsExactly(Kind.SETTINGS);
    assertThat(main.failures.get(0)).hasMessageContaining("1 (Heat meter)");
    Received silent = new Received();
    open(silent, "channel", "1");
    stream.push(
        Telegrams.sealed(
            Telegrams.BELGIUM.replace(
                "(240314102502W)(01234.567*m3)", "(632525252525W)(00000.000)")));
    assertThat(silent.kinds()).containsExactly(Kind.TIMEOUT);
  }

  @Test
  void readsEncryptedTelegrams() throws Exception {
    Received main = new Received();
    Received gas = new Received();
    open(main, "key", Telegrams.KEY.toLowerCase(java.util.Locale.ROOT));
    open(gas, "key", Telegrams.KEY, "channel", "1", "time_zone", "Europe/Luxembourg");
    byte[] inside = Telegrams.sealed(Telegrams.LUXEMBOURG);
    stream.push(Telegrams.encrypted(inside, 100));
    stream.push(Telegrams.encrypted(inside, 100));
    stream.push(Telegrams.encrypted(inside, 101));
    assertThat(main.frames).hasSize(2);
    assertThat(gas.frames).hasSize(1);
    assertThat(main.kinds()).containsExactly(Kind.INVALID_ANSWER);
    assertThat(main.failures.get(0)).hasMessageContaining("sent again");
    assertThat(main.frames.get(0).at()).contains(Instant.parse("2022-07-19T12:15:30Z"));
  }

  @Test
  void saysThatAKeyIsMissingWrongOrTooMuch() throws Exception {
    byte[] inside = Telegrams.sealed(Telegrams.LUXEMBOURG);
    Received without = new Received();
    PushSession first = open(without);
    Received wrong = new Received();
    PushSession second = open(wrong, "key", "00000000000000000000000000000000");
    for (int i = 0; i < 100; i++) {
      stream.push(Telegrams.encrypted(inside, i));
    }
    assertThat(without.kinds()).containsExactly(Kind.SETTINGS);
    assertThat(without.failures.get(0)).hasMessageContaining("Decryption key");
    assertThat(wrong.kinds()).containsExactly(Kind.SETTINGS);
    assertThat(wrong.failures.get(0)).hasMessageContaining("do not open");
    first.close();
    second.close();
    // What anybody could send is not believed.
    Received needless = new Received();
    open(needless, "key", Telegrams.KEY);
    for (int i = 0; i < 100; i++) {
      stream.push(inside);
    }
    assertThat(needless.frames).isEmpty();
    assertThat(needless.kinds()).containsExactly(Kind.SETTINGS);
    assertThat(needless.failures.get(0)).hasMessageContaining("Remove the key");
  }

  @Test
  void saysWhatToDoIfNothingIsUnderstood() throws Exception {
    Received received = new Received();
    open(received);
    for (int i = 0; i < 20; i++) {
      stream.push(new byte[1000]);
    }
    assertThat(received.kinds()).containsExactly(Kind.INVALID_ANSWER);
    assertThat(received.failures.get(0)).hasMessageContaining("baud=115200");
  }

  @Test
  void tellsTheIdentityOfWhatItReads() throws Exception {
    PushSession main = open(new Received());
    PushSession gas = open(new Received(), "channel", "1");
    assertThat(main.identity()).isEmpty();
    stream.push(Telegrams.sealed(Telegrams.DSMR_5));
    assertThat(main.identity()).containsEntry("serial", "E0047000007630817");
    assertThat(gas.identity()).containsEntry("serial", "G0039001744142017");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "channel=5",
        "channel=0",
        "channel=gas",
        "key=1234",
        "key=zz7C3E91D20846BFA1B39CD4E7F06218",
        "key=5A7C3E91D20846BFA1B39CD4E7F0621800",
        "authentication_key=00112233445566778899AABBCCDDEEFF",
        "time_zone=Europe/Atlantis",
        "clock=sun",
        "checksum=md5"
      })
  void refusesSettingsThatMakeNoSense(String setting) {
    String key = setting.substring(0, setting.indexOf('='));
    String value = setting.substring(key.length() + 1);
    assertThatThrownBy(() -> driver.open(context(key, value)))
        .isInstanceOfSatisfying(
            DeviceException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.SETTINGS);
              if (key.contains("key")) {
                assertThat(e.getMessage()).doesNotContain(value);
              }
            });
    assertThat(driver.probe(context(key, value))).isCompletedExceptionally();
  }

  @Test
  void keysMayBeWrittenInGroups() throws Exception {
    Received received = new Received();
    open(received, "key", Telegrams.KEY.replaceAll("(..)", "$1 ").strip());
    stream.push(Telegrams.encrypted(Telegrams.sealed(Telegrams.LUXEMBOURG), 1));
    assertThat(received.frames).hasSize(1);
  }

  private CompletableFuture<List<Candidate>> probe(String... settings) {
    return driver.probe(context(settings)).toCompletableFuture();
  }

  @Test
  void proposesEveryMeterOnThePort() throws Exception {
    CompletableFuture<List<Candidate>> found = probe();
    byte[] damaged = Telegrams.sealed(Telegrams.DSMR_5);
    damaged[99] ^= 4;
    stream.push(damaged);
    assertThat(found).isNotDone();
    stream.push(Telegrams.sealed(Telegrams.DSMR_5));
    assertThat(found).isCompleted();
    assertThat(found.get())
        .extracting(Candidate::role)
        .containsExactly(
            DeviceRole.GRID_METER,
            DeviceRole.GAS_METER,
            DeviceRole.WATER_METER,
            DeviceRole.HEAT_METER,
            DeviceRole.SUB_METER);
    assertThat(found.get())
        .extracting(candidate -> candidate.settings().get("channel"))
        .containsExactly("main", "1", "2", "3", "4");
    assertThat(found.get().get(0).name()).isEqualTo("P1 ENE T210-D ESMR5.0");
    assertThat(found.get().get(1).name()).isEqualTo("Gas meter G0039001744142017");
    assertThat(stream.listeners()).isZero();
  }

  static Stream<Arguments> ends() {
    return Stream.of(
        Arguments.of(new byte[10_000], 0),
        Arguments.of(Telegrams.encrypted(Telegrams.sealed(Telegrams.LUXEMBOURG), 1), 1));
  }

  @ParameterizedTest
  @MethodSource("ends")
  void proposesNothingOfWhatItDoesNotKnow(byte[] bytes, int candidates) throws Exception {
    CompletableFuture<List<Candidate>> found = probe();
    stream.push(bytes);
    assertThat(found).isCompleted();
    assertThat(found.get()).hasSize(candidates);
    assertThat(stream.listeners()).isZero();
  }

  @Test
  void aProbeEndsWithTheStream() {
    CompletableFuture<List<Candidate>> found = probe();
    stream.breakStream(new DeviceException(Kind.UNREACHABLE, "It is away."));
    assertThat(found).isCompletedExceptionally();
    assertThat(stream.listeners()).isZero();
  }

  @Test
  void describesHowItIsReached() {
    assertThat(driver.description().push()).isTrue();
    assertThat(driver.description().schemes()).containsExactlyInAnyOrder("tcp", "serial", "file");
    assertThat(driver.lines()).containsExactly("baud=115200", "baud=9600&data=7&parity=even");
  }
}
