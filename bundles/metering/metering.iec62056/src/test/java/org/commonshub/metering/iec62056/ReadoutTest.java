package org.commonshub.metering.iec62056;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made of the words of meters, and of words that were spoilt. */
class ReadoutTest {
  static List<Meters.Case> meters() {
    return Meters.all();
  }

  static Map<String, String> plain(List<Measurement> measurements) {
    Map<String, String> values = new TreeMap<>();
    for (Measurement measurement : measurements) {
      String value =
          measurement.mantissa() == 0
              ? "0"
              : measurement.decimalValue().stripTrailingZeros().toPlainString();
      assertThat(values.put(measurement.quantity().toString(), value))
          .as("%s is there once", measurement.quantity())
          .isNull();
      assertThat(measurement.quality().flags()).isZero();
    }
    return values;
  }

  private static Identification name(String opening) {
    byte[] line = opening.getBytes(StandardCharsets.US_ASCII);
    return Identification.of(line, 0, line.length).orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("meters")
  void metersAreRead(Meters.Case meter) throws Exception {
    Readout checked = Readout.of(name(meter.opening()), meter.message());
    assertThat(checked.identity()).isEqualTo(meter.identity());
    assertThat(plain(Values.of(checked.values(), false))).isEqualTo(meter.values());
    byte[] telegram = meter.telegram();
    Readout unchecked =
        Readout.unchecked(Arrays.copyOf(telegram, telegram.length - 2)).orElseThrow();
    assertThat(unchecked).isEqualTo(checked);
  }

  @Test
  void valuesWithoutAUnitAreWhatAPersonSays() {
    List<DataSet> sets =
        List.of(
            new DataSet("1.8.0", "000017.5", ""),
            new DataSet("16.7.0", "1.5", ""),
            new DataSet("32.7", "230", ""),
            new DataSet("14.7.0", "49.9", ""));
    assertThat(plain(Values.of(sets, false)))
        .isEqualTo(
            Map.of(
                "energy.import", "17500",
                "power.active", "1500",
                "voltage.l1", "230",
                "frequency", "49.9"));
    assertThat(plain(Values.of(sets, true)))
        .containsEntry("energy.import", "17.5")
        .containsEntry("power.active", "1.5");
  }

  @Test
  void whatIsNoValueIsLeftOut() {
    assertThat(
            Values.of(
                List.of(
                    new DataSet("1.8.0", "-5", "kWh"), // registers are not negative
                    new DataSet("2.8.0", "12,5", "kWh"),
                    new DataSet("1.8.1", "0x12", "kWh"),
                    new DataSet("1.8.2", "1e5", "kWh"),
                    new DataSet("1.8.3", "9999999999999999999", "kWh"),
                    new DataSet("1.8.4", "123456789012345678.123456789012", "kWh"),
                    new DataSet("2.8.1", "5", "furlong"),
                    new DataSet("2.8.2", "5", "V"),
                    new DataSet("2.8.3", "", "kWh"),
                    new DataSet("1-4:1.8.0", "5", "kWh"),
                    new DataSet("1.8.0*12", "5", "kWh"),
                    new DataSet("1.8", "5", ""), // no current: 1.8.0 is taken already
                    new DataSet("99.99.99", "5", ""),
                    new DataSet("15.7.0", "5", "kW"), // which way?
                    new DataSet("", "5", ""),
                    new DataSet("x", "5", "")),
                false))
        .isEmpty();
  }

  @Test
  void anAbsolutePowerIsTakenWhereNothingIsGiven() {
    assertThat(
            plain(
                Values.of(
                    List.of(new DataSet("1.8.0", "1", "kWh"), new DataSet("15.7.0", "0.25", "kW")),
                    false)))
        .containsEntry("power.active", "250");
  }

  @ParameterizedTest
  @CsvSource({
    "1.8.0, 1, 0, 1.8.0",
    "1-0:1.8.0*255, 1, 0, 1.8.0",
    "1-1:1.8.0, 1, 1, 1.8.0",
    "7-0:3.0.0, 7, 0, 3.0.0",
    "32.7, 1, 0, 32.7.0",
    "01.08.00, 1, 0, 1.8.0",
    "F.F, 1, 0, F.F.0",
    "C.1.0, 1, 0, C.1.0",
    "0.0, 1, 0, 0.0.0"
  })
  void codesInAnyForm(String code, int a, int b, String rest) {
    assertThat(Obis.of(code)).hasValue(new Obis(a, b, rest, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "1.8.0*01", "1.8.0&1", "1.8.0*", "1", "1.8.0.0", "1-0:", "9999.8.0", "a.b"})
  void noCodes(String code) {
    assertThat(Obis.of(code)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/ISk5MT171-0133, ISK, 5, MT171-0133, 9600",
    "/LGZ4ZMF100AC.M23, LGZ, 4, ZMF100AC.M23, 4800",
    "/APA5\\2NORAX30, APA, 5, NORAX30, 9600",
    "/ELS0\\@V10.04, ELS, 0, V10.04, 300",
    "/EMH6, EMH, 6, '', 19200",
    "/EMH9X, EMH, 9, X, 300",
    "/LUGCUH50, LUG, C, UH50, 300"
  })
  void namesOfMeters(String line, String maker, char rate, String model, int baud) {
    Identification name = name(line);
    assertThat(name).isEqualTo(new Identification(maker, rate, model));
    assertThat(name.baud()).isEqualTo(baud);
    assertThat(name.acknowledged()).isEqualTo(Character.isDigit(rate));
    assertThat(name.changesByItself()).isEqualTo(rate == 'C');
  }

  @Test
  void noNamesOfMeters() {
    for (String line : List.of("", "/", "/EM5", "EMH5X", "/?!", "/1MH5X", "/EMH5\u0001")) {
      byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
      assertThat(Identification.of(bytes, 0, bytes.length)).as(line).isEmpty();
    }
    assertThat(Identification.character(9_600)).isEqualTo('5');
    assertThat(Identification.character(5_000)).isEqualTo('4');
    assertThat(Identification.character(300)).isEqualTo('0');
    assertThat(Identification.baud('6')).isEqualTo(19_200);
  }

  @Test
  void linesOfSeveralValues() {
    assertThat(DataSet.of("1.8.0(12.5*kWh)2.8.0(1*kWh)"))
        .hasValue(List.of(new DataSet("1.8.0", "12.5", "kWh"), new DataSet("2.8.0", "1", "kWh")));
    assertThat(DataSet.of("1.6.0(1*kW)(2301010000)"))
        .hasValue(List.of(new DataSet("1.6.0", "1", "kW")));
    assertThat(DataSet.of("")).hasValue(List.of());
    for (String wrong : List.of("1.8.0", "1.8.0(5", "1.8.0(5)x", "1.8.0(5(6))", "(".repeat(9))) {
      assertThat(DataSet.of(wrong)).as(wrong).isEmpty();
    }
    assertThat(DataSet.of("1.8.0(" + "5".repeat(200) + ")")).isEmpty();
    assertThat(DataSet.of("1".repeat(50) + "(5)")).isEmpty();
    assertThat(DataSet.of("1.8.0(5*" + "k".repeat(50) + ")")).isEmpty();
  }

  @Test
  void aWrongBitIsNeverAValue() throws Exception {
    Meters.Case meter = Meters.landisE350();
    for (boolean parity : new boolean[] {true, false}) {
      byte[] good = parity ? Meters.even(meter.message()) : meter.message();
      for (int bit = 0; bit < 8 * good.length; bit++) {
        byte[] wrong = good.clone();
        wrong[bit / 8] ^= (byte) (1 << (bit % 8));
        assertNoneBut(meter, wrong, "bit " + bit);
      }
    }
  }

  @Test
  void aCutOrStutteredMessageIsNeverAValue() throws Exception {
    Meters.Case meter = Meters.elsterAs1440();
    byte[] good = meter.message();
    for (int at = 0; at < good.length; at++) {
      assertNoneBut(meter, Arrays.copyOf(good, at), "cut at " + at);
      byte[] without = new byte[good.length - 1];
      System.arraycopy(good, 0, without, 0, at);
      System.arraycopy(good, at + 1, without, at, good.length - at - 1);
      assertNoneBut(meter, without, "without " + at);
    }
  }

  private static void assertNoneBut(Meters.Case meter, byte[] bytes, String what) {
    Optional<Answers.Message> message = Answers.message(ByteBuffer.wrap(bytes), 0);
    if (message.isEmpty()) {
      return;
    }
    try {
      Readout readout =
          Readout.of(
              name(meter.opening()),
              SevenBit.strip(bytes, message.get().from(), message.get().to()));
      assertThat(plain(Values.of(readout.values(), false))).as(what).isEqualTo(meter.values());
    } catch (DeviceException e) {
      assertThat(e.kind()).isEqualTo(Kind.INVALID_ANSWER);
      assertThat(e).hasMessageContaining("reading head");
    }
  }

  @Test
  void whateverComesInOnlyDeclaredErrorsComeOut() {
    Random random = new Random(3);
    byte[] alphabet = "/!()*.&:-0123456789kWhVAF\r\n\2\3 \\".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(300)];
      for (int k = 0; k < bytes.length; k++) {
        bytes[k] =
            random.nextInt(9) == 0
                ? (byte) random.nextInt(256)
                : alphabet[random.nextInt(alphabet.length)];
      }
      Readout.unchecked(bytes).ifPresent(readout -> Values.of(readout.values(), false));
      DataSet.of(new String(bytes, StandardCharsets.ISO_8859_1));
      try {
        Answers.opening(true).complete(ByteBuffer.wrap(bytes));
        if (bytes.length > 0) {
          Answers.message().complete(ByteBuffer.wrap(bytes));
        }
        Readout.of(name("/EMH5"), bytes);
      } catch (DeviceException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  @Test
  void answersAreBounded() {
    byte[] endless = new byte[Answers.LIMIT + 1];
    Arrays.fill(endless, (byte) 'x');
    assertThatThrownBy(() -> Answers.opening(false).complete(ByteBuffer.wrap(endless)))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("first baud rate");
    endless[0] = Readout.STX;
    assertThatThrownBy(() -> Answers.message().complete(ByteBuffer.wrap(endless)))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("does not end");
  }
}
