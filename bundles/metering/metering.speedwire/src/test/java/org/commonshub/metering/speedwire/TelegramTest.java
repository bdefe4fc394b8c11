package org.commonshub.metering.speedwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.metering.api.DeviceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TelegramTest {
  static Map<String, String> values(Telegram telegram) {
    Map<String, String> shown = new TreeMap<>();
    for (Measurement value : telegram.values()) {
      BigDecimal number = value.decimalValue();
      shown.put(
          value.quantity().toString(),
          number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString());
    }
    return shown;
  }

  private static Telegram telegram(Frames frames) throws DeviceException {
    return Telegram.parse(frames.datagram()).orElseThrow();
  }

  /** Byte by byte as the protocol's document lays it out. */
  @Test
  void readsADatagramWrittenByHand() throws Exception {
    byte[] datagram =
        HexFormat.of()
            .parseHex(
                ("534D4100 0004 02A0 00000001 0040 0010 6069 0174 7195D9F1 0AC35BA8"
                        + "00010400 00000000 00010800 00000002 540BE401"
                        + "00020400 0000B72B 00020800 000000003B9ACA00"
                        + "90000000 02030452 00000000")
                    .replace(" ", ""));
    Telegram telegram = Telegram.parse(datagram).orElseThrow();
    assertThat(telegram.susyId()).isEqualTo(372);
    assertThat(telegram.serial()).isEqualTo(1905646065L);
    assertThat(telegram.ticker()).isEqualTo(180_575_144L);
    assertThat(telegram.firmware()).isEqualTo("2.3.4.R");
    assertThat(telegram.model()).isEqualTo("Sunny Home Manager 2.0");
    assertThat(values(telegram))
        .containsExactly(
            Map.entry("energy.export", "277777.777"),
            Map.entry("energy.import", "2777777.778"),
            Map.entry("power.active", "-4689.1"));
  }

  @Test
  void readsAllOfAThreePhaseTelegram() throws Exception {
    assertThat(values(Telegram.parse(Frames.full(5, 6, 0)).orElseThrow()))
        .containsEntry("power.active", "-1234.5")
        .containsEntry("power.reactive", "5")
        .containsEntry("power.apparent", "1235")
        .containsEntry("power.factor", "0.999")
        .containsEntry("frequency", "49.987")
        .containsEntry("energy.import", "1000000")
        .containsEntry("energy.export", "1.999")
        .containsEntry("energy.reactive.import", "1")
        .containsEntry("power.active.l1", "20")
        .containsEntry("power.active.l3", "60")
        .containsEntry("power.reactive.l2", "-0.7")
        .containsEntry("energy.import.l2", "4")
        .containsEntry("energy.export.l3", "0.009")
        .containsEntry("current.l1", "1.52")
        .containsEntry("voltage.l3", "230.06")
        .hasSize(34);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "35, 0.009",
    "36, 0.01",
    "3599, 0.999",
    "3600, 1",
    "3601, 1",
    "9223372036854775807, 2562047788015215.501"
  })
  void wattSecondsAreRoundedDown(long wattSeconds, String wattHours) throws Exception {
    assertThat(values(telegram(Frames.emeter(1, 1, 1).counter(1, wattSeconds))))
        .containsExactly(Map.entry("energy.import", wattHours));
  }

  @Test
  void whatIsNotAvailableIsLeftOut() throws Exception {
    Frames frames =
        Frames.emeter(1, 1, 1)
            .mean(1, 0xFFFF_FFFFL)
            .mean(2, 0)
            .mean(21, 10)
            .mean(32, 0x8000_0000L)
            .counter(1, -1)
            .mean(14, 50_000);
    assertThat(values(telegram(frames))).containsExactly(Map.entry("frequency", "50"));
  }

  @Test
  void theFirstOfAValueCounts() throws Exception {
    assertThat(values(telegram(Frames.emeter(1, 1, 1).mean(14, 50_000).mean(14, 1))))
        .containsExactly(Map.entry("frequency", "50"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "53",
        "534D41",
        "534D4100",
        "534D410000000000",
        "534D4101000402A000000001",
        "534D4100000402A000000001",
        "534D4100000402A00000000100000000",
        "534D4100000402A0000000010002001060650000",
        "534D4100000402A000000001000200106081FFFF",
        "534D4100FFFF02A000000001",
        "000102030405060708090A0B0C0D0E0F"
      })
  void ignoresOtherDatagrams(String hex) throws Exception {
    assertThat(Telegram.parse(HexFormat.of().parseHex(hex))).isEmpty();
  }

  @Test
  void refusesAMeterDatagramThatIsCut() {
    byte[] whole = Frames.full(5, 6, 0);
    for (int length = 18; length < whole.length - 4; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> Telegram.parse(cut))
          .as("%d bytes", length)
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("not whole");
    }
  }

  @Test
  void anyBytesAfterAGoodBeginningEndWell() throws Exception {
    Random random = new Random(7);
    byte[] whole = Frames.full(5, 6, 0);
    for (int round = 0; round < 20_000; round++) {
      byte[] datagram = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
      for (int i = random.nextInt(6); i > 0 && datagram.length > 12; i--) {
        datagram[12 + random.nextInt(datagram.length - 12)] = (byte) random.nextInt();
      }
      try {
        Telegram.parse(datagram)
            .ifPresent(
                telegram ->
                    assertThat(telegram.values())
                        .allMatch(
                            value ->
                                value.quantity().nature() != Nature.REGISTER
                                    || value.mantissa() >= 0));
      } catch (DeviceException e) {
        assertThat(e.kind()).isEqualTo(DeviceException.Kind.INVALID_ANSWER);
      }
    }
  }
}
