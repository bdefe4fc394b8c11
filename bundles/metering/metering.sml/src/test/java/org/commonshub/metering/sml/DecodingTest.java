package org.commonshub.metering.sml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is made of the files of meters, and of files no meter sends. */
class DecodingTest {
  static List<MeterFamilies.Case> families() {
    return MeterFamilies.all();
  }

  static Map<String, String> plain(List<Measurement> measurements) {
    Map<String, String> values = new TreeMap<>();
    for (Measurement measurement : measurements) {
      String value =
          measurement.mantissa() == 0
              ? "0"
              : measurement.decimalValue().stripTrailingZeros().toPlainString();
      String before =
          values.put(
              measurement.quantity().toString(),
              measurement.quality().flags() == 0 ? value : value + " !");
      assertThat(before).as("%s is there once", measurement.quantity()).isNull();
    }
    return values;
  }

  private static List<Measurement> decode(Sml sml, boolean details) throws DeviceException {
    ValueList list = ValueList.of(sml.file()).get(0);
    return Values.of(Meter.of(list), list.entries(), new PowerSign(PowerSign.Mode.AUTO), details);
  }

  @ParameterizedTest
  @MethodSource("families")
  void metersAreRead(MeterFamilies.Case meter) throws Exception {
    List<byte[]> files = new ArrayList<>();
    new Transport(files::add).accept(meter.sml().frame());
    assertThat(files).hasSize(1);
    List<ValueList> lists = ValueList.of(files.get(0));
    assertThat(lists).hasSize(1);
    Meter from = Meter.of(lists.get(0));
    assertThat(from.identity()).isEqualTo(meter.identity());
    assertThat(
            plain(
                Values.of(from, lists.get(0).entries(), new PowerSign(PowerSign.Mode.AUTO), false)))
        .isEqualTo(meter.values());
  }

  @Test
  void detailsAreMore() throws Exception {
    assertThat(plain(decode(MeterFamilies.holleyDtz541().sml(), true)))
        .containsAllEntriesOf(MeterFamilies.holleyDtz541().values())
        .containsEntry("x-obis.81.7.1", "120")
        .containsEntry("x-obis.81.7.26", "288")
        .containsEntry("device.state", Integer.toString(0x1c0904));
  }

  @Test
  void integersOfEveryWidth() throws Exception {
    for (int width = 1; width <= 8; width++) {
      long most = width == 8 ? Long.MAX_VALUE : (1L << (8 * width)) - 1;
      assertThat(new Tlv(Sml.number("u" + width, most)).next())
          .isEqualTo(new Element.Whole(most, width, false));
      long half = 1L << (8 * width - 1);
      assertThat(new Tlv(Sml.number("i" + width, half)).next())
          .isEqualTo(new Element.Whole(width == 8 ? half : half - 2 * half, width, true));
      assertThat(new Tlv(Sml.number("i" + width, half - 1)).next())
          .isEqualTo(new Element.Whole(half - 1, width, true));
    }
    assertThat(new Tlv(Sml.number("u8", -1)).next())
        .as("beyond what can be represented")
        .isEqualTo(Element.ABSENT);
    assertThat(new Element.Whole(-29_912, 2, true).unsigned()).isEqualTo(35_624);
    assertThat(new Element.Whole(-1, 8, true).unsigned()).isEqualTo(-1);
  }

  @Test
  void lengthsOfSeveralBytes() throws Exception {
    byte[] content = new byte[300];
    new Random(1).nextBytes(content);
    byte[] field = Sml.join(Sml.bytes(0x81, 0x82, 0x0F + 0x80, 0x00), new byte[0]);
    assertThat(field).hasSize(4);
    // 300 bytes and three of the field: 0x12F.
    Element element = new Tlv(Sml.join(Sml.bytes(0x81, 0x82, 0x0F), content)).next();
    assertThat(((Element.Octets) element).length()).isEqualTo(300);
    assertThat(((Element.Octets) element).at(299)).isEqualTo(content[299] & 0xFF);
    List<byte[]> wrong =
        List.of(
            Sml.bytes(0x05, 1, 2, 3), // cut
            Sml.bytes(0x00), // no length
            Sml.bytes(0x80, 0x01), // shorter than its field
            Sml.bytes(0x8F, 0xFF, 0xFF, 0xFF, 0x0F), // field too long
            Sml.bytes(0x81, 0x72, 1), // another type within a field
            Sml.bytes(0x51), // integer of no bytes
            Sml.bytes(0x5A, 1, 2, 3, 4, 5, 6, 7, 8, 9), // of nine
            Sml.bytes(0x43, 1, 1), // boolean of two
            Sml.bytes(0x12, 1), // reserved types
            Sml.bytes(0x32, 1),
            Sml.bytes(0x72, 1), // list with an element missing
            Sml.bytes(0xF1, 0x81, 0x01), // list too long
            new byte[0]);
    for (byte[] bytes : wrong) {
      assertThatThrownBy(() -> new Tlv(bytes).next())
          .as(Arrays.toString(bytes))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("cannot be trusted");
    }
  }

  @Test
  void nestingAndLengthAreBounded() throws Exception {
    for (int depth : new int[] {Tlv.DEPTH, Tlv.DEPTH + 1, 5_000}) {
      byte[] nested = new byte[depth];
      Arrays.fill(nested, (byte) 0x71);
      nested[depth - 1] = 0x01;
      if (depth <= Tlv.DEPTH) {
        assertThat(new Tlv(nested).next()).isInstanceOf(Element.Sequence.class);
      } else {
        assertThatThrownBy(() -> new Tlv(nested).next()).hasMessageContaining("nested");
      }
    }
    byte[] longest = new byte[3 + 256];
    Arrays.fill(longest, (byte) 1);
    System.arraycopy(Sml.bytes(0xF1, 0x80, 0x00), 0, longest, 0, 3);
    assertThat(((Element.Sequence) new Tlv(longest).next()).elements()).hasSize(256);
  }

  /** The transport's check sum is right here: the messages' own must find it. */
  @Test
  void aWrongBitWithinAListIsFound() throws Exception {
    MeterFamilies.Case meter = MeterFamilies.iskraMt681();
    byte[] file = meter.sml().file();
    for (int bit = 0; bit < 8 * file.length; bit++) {
      byte[] wrong = file.clone();
      wrong[bit / 8] ^= (byte) (1 << (bit % 8));
      List<ValueList> lists;
      try {
        lists = ValueList.of(wrong);
      } catch (DeviceException e) {
        continue;
      }
      for (ValueList list : lists) {
        assertThat(
                plain(
                    Values.of(
                        Meter.of(list), list.entries(), new PowerSign(PowerSign.Mode.AUTO), false)))
            .as("bit %d", bit)
            .isEqualTo(meter.values());
      }
    }
  }

  @Test
  void whateverComesInOnlyDeclaredErrorsComeOut() {
    Random random = new Random(7);
    byte[] good = MeterFamilies.holleyDtz541().sml().file();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = i % 2 == 0 ? new byte[random.nextInt(600)] : good.clone();
      if (i % 2 == 0) {
        random.nextBytes(bytes);
      } else {
        for (int n = random.nextInt(6); n >= 0; n--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
      }
      assertThatCode(
              () -> {
                try {
                  ValueList.of(bytes);
                } catch (DeviceException e) {
                  assertThat(e).hasMessageContaining("cannot be trusted");
                }
              })
          .doesNotThrowAnyException();
    }
  }

  @Test
  void whatIsNotThereIsLeftOut() throws Exception {
    Map<String, String> values =
        plain(
            decode(
                new Sml()
                    .octets("1-0:1.8.0*255", "00") // not a number
                    .value("1-0:2.8.0*255", 27, 0, "u4", 5) // not the unit of energy
                    .value("1-0:1.8.1*255", 30, 0, "i4", -5) // registers are not negative
                    .value("1-0:1.8.2*255", 30, 100, "u4", 5) // no such power of ten
                    .value("1-0:1.8.3*255", 30, 0, "u8", -1) // too large
                    .value("1-0:2.8.1*1", 30, 0, "u4", 5) // historic
                    .value("1-3:2.8.2*255", 30, 0, "u4", 5) // another channel
                    .value("1-0:99.7.0*255", 27, 0, "u4", 5) // unknown
                    .value("1-0:14.7.0*255", 44, -1, "u2", 499),
                false));
    assertThat(values).isEqualTo(Map.of("frequency", "49.9"));
  }

  @Test
  void powersTakenAndGivenAreOne() throws Exception {
    record Case(int taken, int given, String power) {}
    for (Case each :
        List.of(new Case(500, 0, "500"), new Case(0, 300, "-300"), new Case(0, 0, "0"))) {
      assertThat(
              plain(
                  decode(
                      new Sml()
                          .value("1-0:1.7.0*255", 27, 0, "u4", each.taken)
                          .value("1-0:2.7.0*255", 27, 0, "u4", each.given)
                          .value("1-0:21.7.0*255", 27, 0, "u4", each.taken)
                          .value("1-0:22.7.0*255", 27, 0, "u4", each.given),
                      false)))
          .isEqualTo(Map.of("power.active", each.power, "power.active.l1", each.power));
    }
    assertThat(
            plain(
                decode(
                    new Sml()
                        .value("1-0:1.7.0*255", 27, 0, "u4", 3)
                        .value("1-0:2.7.0*255", 27, 0, "u4", 4),
                    false)))
        .isEmpty();
  }

  @Test
  void threePhasesMakeATotal() throws Exception {
    assertThat(
            plain(
                decode(
                    new Sml()
                        .value("1-0:36.7.0*255", 27, -1, "i4", -1001)
                        .value("1-0:56.7.0*255", 27, 0, "i4", 200)
                        .value("1-0:76.7.0*255", 27, -2, "i4", 5),
                    false)))
        .containsEntry("power.active", "99.95")
        .hasSize(4);
  }
}
