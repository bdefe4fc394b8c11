package org.commonshub.metering.iec62056;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Mode D, where no check character helps. */
class ListeningSessionTest {
  private final FakeStreamConnection stream =
      FakeStreamConnection.failing(Kind.UNREACHABLE, "not asked");
  private final List<Map<String, String>> received = new ArrayList<>();
  private final List<DeviceException> failures = new ArrayList<>();
  private PushSession session;

  static List<Meters.Case> meters() {
    return Meters.all();
  }

  @BeforeEach
  void open() throws DeviceException {
    session =
        (PushSession)
            new IecDriver()
                .open(
                    FakeDriverContext.of(
                        new IecDriver().description(), stream, Map.of(IecSettings.MODE, "D")));
    session.start(
        new PushSession.Receiver() {
          @Override
          public void values(Optional<Instant> at, List<Measurement> values) {
            received.add(ReadoutTest.plain(values));
          }

          @Override
          public void failed(DeviceException why) {
            failures.add(why);
          }
        });
  }

  @AfterEach
  void close() {
    session.close();
    assertThat(stream.listeners()).isZero();
  }

  @ParameterizedTest
  @MethodSource("meters")
  void metersAreHeard(Meters.Case meter) {
    stream.push(meter.telegram());
    assertThat(received).containsExactly(meter.values());
    assertThat(session.identity()).isEqualTo(meter.identity());
    stream.push(Meters.even(meter.telegram()));
    assertThat(received).containsExactly(meter.values(), meter.values());
  }

  @Test
  void aWrongBitIsNeverAValueWhereThereIsParity() {
    Meters.Case meter = Meters.ebzDd3();
    byte[] good = Meters.even(meter.telegram());
    for (int bit = 0; bit < 8 * good.length; bit++) {
      byte[] wrong = good.clone();
      wrong[bit / 8] ^= (byte) (1 << (bit % 8));
      received.clear();
      stream.push(wrong);
      assertThat(received).as("bit %d", bit).allSatisfy(this::isEbz);
      stream.push(good);
      assertThat(received).as("after bit %d", bit).isNotEmpty().allSatisfy(this::isEbz);
    }
  }

  private void isEbz(Map<String, String> values) {
    assertThat(values).isEqualTo(Meters.ebzDd3().values());
  }

  @Test
  void aCutTelegramIsNeverAValueAndTheNextOneIs() {
    byte[] good = Meters.ebzDd3().telegram();
    stream.push(good);
    for (int at = 0; at < good.length; at++) {
      for (byte[] part :
          List.of(Arrays.copyOf(good, at), Arrays.copyOfRange(good, at, good.length))) {
        received.clear();
        stream.push(part);
        // All but the end of its last line is all of it.
        assertThat(received).as("cut at %d", at).allSatisfy(this::isEbz);
        stream.push(good);
        assertThat(received).as("after a cut at %d", at).isNotEmpty().allSatisfy(this::isEbz);
      }
    }
  }

  /** As a port that checks the parity does with a wrong character. */
  @Test
  void aLostCharacterIsNeverAValue() {
    byte[] good = Meters.ebzDd3().telegram();
    stream.push(good);
    for (int at = 0; at < good.length; at++) {
      byte[] without = new byte[good.length - 1];
      System.arraycopy(good, 0, without, 0, at);
      System.arraycopy(good, at + 1, without, at, good.length - at - 1);
      received.clear();
      stream.push(without);
      assertThat(received).as("without %d", at).allSatisfy(this::isEbz);
      stream.push(good);
      assertThat(received).as("after one without %d", at).isNotEmpty().allSatisfy(this::isEbz);
    }
  }

  private static byte[] telegram(String register, String power) {
    return new Meters.Case(
            "/LOG5LK13BE803039",
            List.of("1-0:1.8.0*255(" + register + "*kWh)", "1-0:16.7.0*255(" + power + "*W)"),
            Map.of(),
            Map.of())
        .telegram();
  }

  @Test
  void valuesThatGrowAreBelievedOnceTheyCameTwice() {
    stream.push(telegram("000123.4", "999"));
    stream.push(telegram("000123.4", "1000"));
    assertThat(received).hasSize(1);
    stream.push(telegram("000123.4", "1001"));
    assertThat(received).hasSize(2);
    stream.push(telegram("000123.5", "998"));
    stream.push(telegram("000123.5", "1002"));
    assertThat(received).hasSize(4);
    stream.push(telegram("000123.5", "-998"));
    assertThat(received).hasSize(4);
    stream.push(telegram("000123.5", "-997"));
    stream.push(telegram("000123.5", "998"));
    stream.push(telegram("000123.5", "-996"));
    assertThat(received).hasSize(7);
  }

  @Test
  void aRegisterThatJumpsIsBelievedOnceItStays() {
    stream.push(telegram("000123.4", "999"));
    stream.push(telegram("000923.4", "999")); // one wrong digit
    stream.push(telegram("000123.4", "999"));
    stream.push(telegram("000523.4", "999"));
    stream.push(telegram("000723.4", "999"));
    assertThat(received).hasSize(2);
    stream.push(telegram("000200.0", "999"));
    assertThat(received).hasSize(2);
    stream.push(telegram("000200.1", "999")); // somebody covered the reading head for a day
    assertThat(received).hasSize(3);
    assertThat(received.get(2)).containsEntry("energy.import", "200100");
    stream.breakStream(new DeviceException(Kind.DISCONNECTED, "gone"));
    stream.push(telegram("000900.0", "999"));
    assertThat(received).hasSize(4);
  }

  @Test
  void aPersonIsToldWhatToDo() {
    byte[] noise = new byte[1_000];
    Arrays.fill(noise, (byte) 0x55);
    for (int i = 0; i < 30; i++) {
      stream.push(noise);
    }
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0)).hasMessageContaining("2400").hasMessageContaining("reading head");
    stream.push(telegram("000123.4", "999"));
    byte[] locked =
        new Meters.Case("/LOG5X", List.of("1-0:96.1.0*255(1)"), Map.of(), Map.of()).telegram();
    for (int i = 0; i < 400; i++) {
      stream.push(locked);
    }
    assertThat(failures).hasSize(2);
    assertThat(failures.get(1)).hasMessageContaining("PIN");
    stream.breakStream(new DeviceException(Kind.DISCONNECTED, "gone"));
    assertThat(failures).hasSize(3);
  }

  @Test
  void anEndlessTelegramIsDropped() {
    byte[] begin = Arrays.copyOf(telegram("000123.4", "999"), 60);
    stream.push(begin);
    byte[] line =
        "1-0:1.8.0*255(000123.4*kWh)\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    for (int i = 0; i < 2_000; i++) {
      stream.push(line);
    }
    stream.push("!\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    assertThat(received).isEmpty();
    stream.push(telegram("000123.4", "999"));
    assertThat(received).hasSize(1);
  }
}
