package org.commonshub.measure.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodecTest {
  private static final DeviceId METER = DeviceId.parse("8d7c1f0e-3b5a-4c2d-9e8f-001122334455");
  private static final Instant AT = Instant.parse("2026-11-01T10:00:00.123Z");

  static ReadingFrame sixValues() {
    return new ReadingFrame(
        METER,
        0,
        AT,
        41_000,
        7,
        List.of(
            Measurement.of(Quantity.ACTIVE_POWER, -2345, 0),
            Measurement.of(Quantity.VOLTAGE_L1, 2301, -1),
            Measurement.of(Quantity.CURRENT_L1, 1021, -2),
            Measurement.of(Quantity.FREQUENCY, 4998, -2),
            Measurement.of(Quantity.ENERGY_IMPORT, 12_345_678, 0),
            Measurement.of(Quantity.ENERGY_EXPORT, 8_765_432, 0)));
  }

  @Test
  void sixValuesInCborTakeAboutSeventyBytes() {
    byte[] bytes = CborCodec.encodeRecord(sixValues());
    System.out.println(
        "six values: CBOR "
            + bytes.length
            + " B, JSON "
            + JsonCodec.encodeRecord(sixValues()).length
            + " B, SenML-CBOR "
            + Senml.cbor(List.of(sixValues())).length
            + " B");
    assertThat(bytes.length).isLessThanOrEqualTo(72);
  }

  @Test
  void cborBytesAreAsReleased() {
    ReadingFrame frame =
        new ReadingFrame(
            METER,
            0,
            AT,
            5,
            1,
            List.of(
                Measurement.of(Quantity.ACTIVE_POWER, -500, 0),
                Measurement.of(Quantity.VOLTAGE, 2301, -1),
                new Measurement(
                    Quantity.ENERGY_IMPORT.channel(2), 7, 0, new Quality(Quality.ESTIMATED))));
    assertThat(HexFormat.of().formatHex(CborCodec.encodeRecord(frame)))
        .isEqualTo(
            "a5"
                + "01508d7c1f0e3b5a4c2d9e8f001122334455"
                + "021b"
                + String.format("%016x", AT.toEpochMilli())
                + "0305"
                + "0401"
                + "0786"
                + "013901f3"
                + "311908fd20"
                + "a401182802070401"
                + "0502");
  }

  static Stream<List<MeterRecord>> documents() {
    List<MeterRecord> all = new ArrayList<>();
    List<Measurement> catalogue = new ArrayList<>();
    for (Quantity quantity : Quantity.catalogue()) {
      catalogue.add(Measurement.of(quantity, quantity.key() * 1001L, -3));
    }
    all.add(new ReadingFrame(METER, 2, AT, 1, 3, catalogue));
    all.add(new Gap(METER, AT, AT.plusSeconds(60), Gap.Reason.CLOCK_STEP));
    all.add(new Gap(METER, AT, AT.plusSeconds(60), Gap.Reason.UNREACHABLE, Map.of("tries", 4L)));
    all.add(
        new ReadingFrame(
            METER,
            -1,
            Instant.EPOCH,
            Long.MIN_VALUE,
            Integer.MAX_VALUE,
            9,
            List.of(
                new Measurement(
                    Quantity.custom(
                        "x-pump.speed",
                        Commodity.WATER,
                        Unit.HERTZ,
                        Phase.L1_L2,
                        Nature.INSTANTANEOUS),
                    Long.MAX_VALUE,
                    18,
                    new Quality(-1)),
                new Measurement(
                    Quantity.DC_POWER.channel(255), Long.MIN_VALUE, -18, Quality.MEASURED),
                Measurement.of(Quantity.VOLTAGE, 0, -3),
                Measurement.of(Quantity.ACTIVE_POWER, 0, 3),
                Measurement.of(Quantity.CURRENT, -2300, -1)),
            extras()));
    return Stream.of(List.of(), List.of(sixValues()), List.copyOf(all));
  }

  private static Map<String, Object> extras() {
    return Map.ofEntries(
        Map.entry("42", "an integer key"),
        Map.entry("-7", 1L),
        Map.entry("007", "text"),
        Map.entry("nothing", Optional.empty()),
        Map.entry("yes", true),
        Map.entry("big", BigInteger.ONE.shiftLeft(100).negate()),
        Map.entry("uint64", BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE)),
        Map.entry("decimal", new BigDecimal("-1.500")),
        Map.entry("größe", "°C 🌞"),
        Map.entry("bytes", ByteBuffer.wrap(new byte[] {1, 2, -1})),
        Map.entry("list", List.of(1L, List.of(), Map.of("a", false))),
        Map.entry(
            "values",
            Map.of(
                "voltage",
                Map.of("uncertainty", new BigDecimal("0.5")),
                "power.future[2]",
                Map.of(
                    "quantity",
                    "power.future",
                    "channel",
                    2L,
                    "value",
                    new BigDecimal("12.30"),
                    "unit",
                    "J",
                    "quality",
                    3L,
                    "who",
                    "knows"))));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void roundTripIsLossless(List<MeterRecord> records) throws Exception {
    byte[] cbor = CborCodec.encode(records);
    assertThat(CborCodec.decode(cbor)).isEqualTo(records);
    assertThat(CborCodec.encode(CborCodec.decode(cbor))).isEqualTo(cbor);
    byte[] json = JsonCodec.encode(records);
    assertThat(JsonCodec.decode(json)).isEqualTo(records);
    assertThat(CborCodec.encode(JsonCodec.decode(json))).isEqualTo(cbor);
    assertThat(JsonCodec.encode(CborCodec.decode(cbor))).isEqualTo(json);
    for (MeterRecord record : records) {
      assertThat(CborCodec.decodeRecord(CborCodec.encodeRecord(record))).isEqualTo(record);
      assertThat(JsonCodec.decodeRecord(JsonCodec.encodeRecord(record))).isEqualTo(record);
      assertThat(JsonCodec.encodeRecord(record)).doesNotContain((byte) '\n');
    }
  }

  @Test
  void randomFramesRoundTrip() throws Exception {
    Random random = new Random(20261101);
    List<Quantity> catalogue = Quantity.catalogue();
    for (int round = 0; round < 2_000; round++) {
      List<Measurement> values = new ArrayList<>();
      for (int i = random.nextInt(12); i > 0; i--) {
        Quantity quantity = catalogue.get(random.nextInt(catalogue.size()));
        if (random.nextInt(4) == 0) {
          quantity = quantity.channel(random.nextInt(256));
        }
        values.add(
            new Measurement(
                quantity,
                random.nextLong() >> random.nextInt(64),
                random.nextInt(37) - 18,
                new Quality(random.nextInt(3) == 0 ? random.nextInt() : 0)));
      }
      ReadingFrame frame =
          new ReadingFrame(
              new DeviceId(new UUID(random.nextLong(), random.nextLong())),
              random.nextInt(3),
              Instant.ofEpochMilli(random.nextLong(Wire.MAX_MILLIS)),
              random.nextLong() >> random.nextInt(64),
              random.nextInt(1000),
              random.nextInt(2),
              values,
              random.nextInt(5) == 0 ? Map.of("n", random.nextDouble()) : Map.of());
      assertThat(CborCodec.decodeRecord(CborCodec.encodeRecord(frame))).isEqualTo(frame);
      if (frame.extras().isEmpty()) {
        assertThat(JsonCodec.decodeRecord(JsonCodec.encodeRecord(frame))).isEqualTo(frame);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0.0,f90000",
    "-0.0,f98000",
    "1.0,f93c00",
    "1.5,f93e00",
    "65504.0,f97bff",
    "100000.0,fa47c35000",
    "3.4028234663852886e+38,fa7f7fffff",
    "5.960464477539063e-8,f90001",
    "0.00006103515625,f90400",
    "-4.0,f9c400",
    "-4.1,fbc010666666666666",
    "1.0e+300,fb7e37e43c8800759c"
  })
  void floatsTakeTheShortestForm(double value, String hex) {
    // Examples of RFC 8949, appendix A.
    CborWriter out = new CborWriter();
    out.any(value, 1);
    assertThat(HexFormat.of().formatHex(out.toBytes())).isEqualTo(hex);
  }

  @ParameterizedTest
  @CsvSource({
    "0,00",
    "23,17",
    "24,1818",
    "100,1864",
    "1000,1903e8",
    "1000000,1a000f4240",
    "1000000000000,1b000000e8d4a51000",
    "18446744073709551615,1bffffffffffffffff",
    "18446744073709551616,c249010000000000000000",
    "-18446744073709551616,3bffffffffffffffff",
    "-18446744073709551617,c349010000000000000000",
    "-1,20",
    "-100,3863",
    "-1000,3903e7"
  })
  void integersTakeTheShortestForm(String value, String hex) {
    // Examples of RFC 8949, appendix A.
    CborWriter out = new CborWriter();
    out.any(new BigInteger(value), 1);
    assertThat(HexFormat.of().formatHex(out.toBytes())).isEqualTo(hex);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "80ff", // trailing byte
        "8000", // two documents
        "00", // not a list
        "81", // truncated
        "8101", // not a record
        "81a0", // no fields
        "81a10150" + "00112233445566778899aabbccddee", // 15 of 16 bytes
        "9f", // indefinite, no end
        "ff", // stray break
        "c180", // tagged
        "81a2015000112233445566778899aabbccddeeff015000112233445566778899aabbccddeeff", // twice
        "81a1ff", // break as key
        "8181818181818181818181818181818181818181818181818181818181818100", // deep
        "9b7fffffffffffffff", // a huge list
        "5b7fffffffffffffff", // a huge string
        "81bb7fffffffffffffff", // a huge map
        "81a101f7", // undefined
        "81a101e0", // simple value
        "81a10ac25f41ff41ffff", // bignum in pieces
        "81a10ac4c2820101", // tag within a tag
      })
  void malformedCborIsRefused(String hex) {
    assertThatThrownBy(() -> CborCodec.decode(HexFormat.of().parseHex(hex)))
        .isInstanceOf(MalformedDataException.class)
        .satisfies(
            e -> {
              MalformedDataException malformed = (MalformedDataException) e;
              assertThat(malformed.reason()).isNotBlank();
              assertThat(malformed.offset()).isBetween(0L, hex.length() / 2L + 1);
              assertThat(malformed.line()).isZero();
            });
  }

  private static final String FRAME =
      "\"device\":\"8d7c1f0e-3b5a-4c2d-9e8f-001122334455\",\"at\":\"2026-11-01T10:00:00Z\","
          + "\"sequence\":1,\"clockEpoch\":1";

  static Stream<String> malformedJson() {
    return Stream.of(
        "",
        "{",
        "[{]",
        "[1]",
        "[{}]",
        "[] []",
        "nul",
        "[{" + FRAME + "}]",
        "[{" + FRAME + ",\"values\":[1]}]",
        "[{" + FRAME + ",\"values\":[{\"quantity\":\"voltage\"}]}]",
        "[{" + FRAME + ",\"values\":[{\"value\":1}]}]",
        "[{" + FRAME + ",\"values\":[{\"quantity\":\"voltage\",\"value\":\"1\"}]}]",
        "[{" + FRAME + ",\"values\":[{\"quantity\":\"voltage\",\"value\":1e19}]}]",
        "[{" + FRAME + ",\"values\":[{\"quantity\":\"voltage\",\"value\":1e999999999}]}]",
        "[{" + FRAME + ",\"values\":[{\"quantity\":\"voltage\",\"value\":NaN}]}]",
        "[{" + FRAME + ",\"values\":[{\"quantity\":\"voltage\",\"value\":1,\"unit\":\"kV\"}]}]",
        "[{" + FRAME + ",\"values\":[{\"quantity\":\"voltage\",\"value\":1,\"channel\":256}]}]",
        "[{" + FRAME + ",\"values\":[{\"quantity\":\"voltage\",\"value\":1,\"exponent\":2}]}]",
        "[{"
            + FRAME
            + ",\"values\":[{\"quantity\":\"x-A\",\"value\":1,\"unit\":\"V\","
            + "\"commodity\":\"none\",\"phase\":\"l1\",\"nature\":\"state\"}]}]",
        "[{" + FRAME + ",\"values\":[{\"quantity\":\"x-a\",\"value\":1}]}]",
        "[{" + FRAME + ",\"values\":[],\"values\":[]}]",
        "[{" + FRAME + ",\"values\":[],\"7\":1}]",
        "[{" + FRAME + ",\"values\":[],\"version\":2}]",
        "[{" + FRAME + ",\"values\":[],\"from\":\"2026-11-01T10:00:00Z\"}]",
        "[{" + FRAME + ",\"values\":[],\"note\":\"\\ud800\"}]",
        "[{" + FRAME + ",\"values\":[],\"note\":" + "[".repeat(40) + "]".repeat(40) + "}]",
        "[{" + FRAME + ",\"values\":[],\"note\":" + "1".repeat(400) + "}]",
        "[{" + FRAME + ",\"values\":[],\"" + "n".repeat(400) + "\":1}]",
        "[{" + FRAME.replace("00Z", "00+01:00") + ",\"values\":[]}]",
        "[{" + FRAME.replace("00Z", "00.0001Z") + ",\"values\":[]}]",
        "[{" + FRAME.replace("8d7c1f0e-", "8d7c1f0-e") + ",\"values\":[]}]",
        "[{\"device\":\"8d7c1f0e-3b5a-4c2d-9e8f-001122334455\",\"from\":\"2026-11-01T10:00:00Z\","
            + "\"to\":\"2026-11-01T10:00:00Z\",\"reason\":\"unreachable\"}]",
        " ".repeat(Wire.MAX_BYTES) + "[]");
  }

  @ParameterizedTest
  @MethodSource("malformedJson")
  void malformedJsonIsRefused(String json) {
    assertThatThrownBy(() -> JsonCodec.decode(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(MalformedDataException.class)
        .satisfies(e -> assertThat(((MalformedDataException) e).reason()).isNotBlank());
  }

  @Test
  void thePositionIsThatOfTheFault() {
    String json =
        "[\n  {" + FRAME + ",\n   \"values\": [{\"quantity\":\"voltage\", \"value\":true}]}]";
    assertThatThrownBy(() -> JsonCodec.decode(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(
            MalformedDataException.class,
            e -> {
              assertThat(e.line()).isEqualTo(3);
              assertThat(e.column()).isEqualTo(46);
              assertThat(e.reason()).contains("number").contains("truth value");
            });
  }

  @Test
  void everyTruncationAndEveryFlippedByteIsRefusedOrReadCleanly() throws Exception {
    byte[] cbor = CborCodec.encode(documents().skip(2).findFirst().orElseThrow());
    byte[] json = JsonCodec.encode(List.of(sixValues()));
    for (int end = 0; end < cbor.length; end++) {
      byte[] cut = Arrays.copyOf(cbor, end);
      assertThatThrownBy(() -> CborCodec.decode(cut)).isInstanceOf(MalformedDataException.class);
    }
    for (int end = 0; end < json.length; end++) {
      byte[] cut = Arrays.copyOf(json, end);
      assertThatThrownBy(() -> JsonCodec.decode(cut)).isInstanceOf(MalformedDataException.class);
    }
    Random random = new Random(7);
    for (int round = 0; round < 40_000; round++) {
      byte[] mutant = (round % 2 == 0 ? cbor : json).clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        mutant[random.nextInt(Math.min(mutant.length, 1 + random.nextInt(mutant.length)))] =
            (byte) random.nextInt();
      }
      try {
        List<MeterRecord> read =
            round % 2 == 0 ? CborCodec.decode(mutant) : JsonCodec.decode(mutant);
        assertThat(CborCodec.decode(CborCodec.encode(read))).isEqualTo(read);
      } catch (MalformedDataException e) {
        assertThat(e.reason()).isNotBlank();
      }
    }
  }

  @Test
  void unknownQuantityInCompactFormSurvives() throws Exception {
    // [9999, 5, −9998, 7, −2] among values of a newer version.
    byte[] bytes =
        HexFormat.of()
            .parseHex(
                "a501508d7c1f0e3b5a4c2d9e8f0011223344550200030104010785"
                    + "19270f05"
                    + "39270d0721");
    ReadingFrame frame = (ReadingFrame) CborCodec.decodeRecord(bytes);
    assertThat(frame.values()).isEmpty();
    assertThat(frame.extras()).containsKey("values");
    assertThat(CborCodec.decodeRecord(CborCodec.encodeRecord(frame))).isEqualTo(frame);
    assertThat(JsonCodec.decodeRecord(JsonCodec.encodeRecord(frame))).isEqualTo(frame);
    assertThat(new String(JsonCodec.encodeRecord(frame), StandardCharsets.UTF_8))
        .contains("{\"quantity\":9998,\"value\":0.07}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "1208925819614229174706176",
        "340282366920938463463374607431768211455",
        "-340282366920938463463374607431768211456",
        "-18446744073709551617",
        "-9223372036854775809",
        "-1208925819614229174706175"
      })
  void bigNumbersKeepTheirSign(String number) throws Exception {
    BigInteger big = new BigInteger(number);
    Map<String, Object> extras = Map.of("whole", big, "decimal", new BigDecimal(big, 3));
    ReadingFrame frame = new ReadingFrame(METER, 0, AT, 1, 1, 0, List.of(), extras);
    assertThat(CborCodec.decodeRecord(CborCodec.encodeRecord(frame))).isEqualTo(frame);
    assertThat(JsonCodec.decodeRecord(JsonCodec.encodeRecord(frame))).isEqualTo(frame);
  }

  @Test
  void indefiniteLengthsAndLongHeadsAreRead() throws Exception {
    byte[] loose =
        HexFormat.of()
            .parseHex(
                "9fbf1801508d7c1f0e3b5a4c2d9e8f001122334455021900000319000104"
                    + "1b0000000000000001079f011818ffffff");
    assertThat(CborCodec.decode(loose))
        .containsExactly(
            new ReadingFrame(
                METER,
                0,
                Instant.EPOCH,
                1,
                1,
                List.of(Measurement.of(Quantity.ACTIVE_POWER, 24, 0))));
  }

  @Test
  void tooMuchIsRefusedByTheEncoder() {
    List<ReadingFrame> many = new ArrayList<>();
    for (int i = 0; i < Wire.MAX_RECORDS; i++) {
      many.add(sixValues());
    }
    assertThatThrownBy(() -> CborCodec.encode(many)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> JsonCodec.encode(many)).isInstanceOf(IllegalArgumentException.class);
    ReadingFrame clash = new ReadingFrame(METER, 0, AT, 1, 1, 0, List.of(), Map.of("device", "me"));
    assertThatThrownBy(() -> CborCodec.encodeRecord(clash)).hasMessageContaining("device");
    assertThatThrownBy(() -> JsonCodec.encodeRecord(clash)).hasMessageContaining("device");
    ReadingFrame odd =
        new ReadingFrame(METER, 0, AT, 1, 1, 0, List.of(), Map.of("a", new Object()));
    assertThatThrownBy(() -> CborCodec.encodeRecord(odd))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void readingIsBoundedInTimeAndSpace() {
    byte[] bomb = new byte[Wire.MAX_BYTES];
    Arrays.fill(bomb, (byte) 0x81);
    assertThatThrownBy(() -> CborCodec.decode(bomb)).isInstanceOf(MalformedDataException.class);
    Arrays.fill(bomb, (byte) '[');
    assertThatThrownBy(() -> JsonCodec.decode(bomb)).isInstanceOf(MalformedDataException.class);
    Arrays.fill(bomb, (byte) 0x9F);
    assertThatThrownBy(() -> CborCodec.decode(bomb)).isInstanceOf(MalformedDataException.class);
    try {
      byte[] values = new byte[Wire.MAX_BYTES];
      values[0] = (byte) 0x9F;
      CborCodec.decode(values);
      fail("zeros are no records");
    } catch (MalformedDataException e) {
      assertThat(e.offset()).isLessThan(3);
    }
  }
}
