package org.commonshub.identity.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CborTest {
  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  /** RFC 8949, appendix A: everything that is in the subset. */
  static Stream<Arguments> examples() {
    List<Long> count = new ArrayList<>();
    for (long i = 1; i <= 25; i++) {
      count.add(i);
    }
    Map<Object, Object> nothing = Map.of();
    return Stream.of(
        Arguments.of(0L, "00"),
        Arguments.of(1L, "01"),
        Arguments.of(10L, "0a"),
        Arguments.of(23L, "17"),
        Arguments.of(24L, "1818"),
        Arguments.of(25L, "1819"),
        Arguments.of(100L, "1864"),
        Arguments.of(1000L, "1903e8"),
        Arguments.of(1000000L, "1a000f4240"),
        Arguments.of(1000000000000L, "1b000000e8d4a51000"),
        Arguments.of(-1L, "20"),
        Arguments.of(-10L, "29"),
        Arguments.of(-100L, "3863"),
        Arguments.of(-1000L, "3903e7"),
        Arguments.of(false, "f4"),
        Arguments.of(true, "f5"),
        Arguments.of(
            new Cbor.Tagged(0, "2013-03-21T20:04:00Z"),
            "c074323031332d30332d32315432303a30343a30305a"),
        Arguments.of(new Cbor.Tagged(1, 1363896240L), "c11a514b67b0"),
        Arguments.of(
            new Cbor.Tagged(32, "http://www.example.com"),
            "d82076687474703a2f2f7777772e6578616d706c652e636f6d"),
        Arguments.of("", "60"),
        Arguments.of("a", "6161"),
        Arguments.of("IETF", "6449455446"),
        Arguments.of("\"\\", "62225c"),
        Arguments.of("ü", "62c3bc"),
        Arguments.of("水", "63e6b0b4"),
        Arguments.of("\ud800\udd51", "64f0908591"),
        Arguments.of(List.of(), "80"),
        Arguments.of(List.of(1L, 2L, 3L), "83010203"),
        Arguments.of(List.of(1L, List.of(2L, 3L), List.of(4L, 5L)), "8301820203820405"),
        Arguments.of(count, "98190102030405060708090a0b0c0d0e0f101112131415161718181819"),
        Arguments.of(nothing, "a0"),
        Arguments.of(Map.of(1L, 2L, 3L, 4L), "a201020304"),
        Arguments.of(Map.of("a", 1L, "b", List.of(2L, 3L)), "a26161016162820203"),
        Arguments.of(List.of("a", Map.of("b", "c")), "826161a161626163"),
        Arguments.of(
            Map.of("a", "A", "b", "B", "c", "C", "d", "D", "e", "E"),
            "a56161614161626142616361436164614461656145"));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void theExamplesOfTheRfc(Object value, String hex) throws Exception {
    assertThat(Cbor.encode(value)).isEqualTo(bytes(hex));
    assertThat(Cbor.decode(bytes(hex))).isEqualTo(value);
  }

  @Test
  void byteStringsAndNull() throws Exception {
    assertThat(Cbor.encode(bytes("01020304"))).isEqualTo(bytes("4401020304"));
    assertThat((byte[]) Cbor.decode(bytes("4401020304"))).isEqualTo(bytes("01020304"));
    assertThat(Cbor.encode(new Cbor.Tagged(23, bytes("01020304"))))
        .isEqualTo(bytes("d74401020304"));
    assertThat(Cbor.encode(null)).isEqualTo(bytes("f6"));
    assertThat(Cbor.decode(bytes("f6"))).isNull();
    assertThat(Cbor.encode(Long.MIN_VALUE)).isEqualTo(bytes("3b7fffffffffffffff"));
    assertThat(Cbor.encode(Long.MAX_VALUE)).isEqualTo(bytes("1b7fffffffffffffff"));
  }

  /** RFC 8949, section 4.2.1: bytewise order of the encoded keys. */
  @Test
  void keysAreInTheOrderOfTheirEncoding() {
    Map<Object, Object> map = new HashMap<>();
    for (Object key : new Object[] {"aa", -1L, 100L, "z", 10L}) {
      map.put(key, 0L);
    }
    assertThat(Cbor.encode(map)).isEqualTo(bytes("a50a001864002000617a0062616100"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "0000", // two values
        "1800", // not the shortest
        "1817",
        "190018",
        "1a0000ffff",
        "1b00000000ffffffff",
        "5800",
        "1bffffffffffffffff", // appendix A: beyond 63 bits
        "3bffffffffffffffff",
        "c249010000000000000000", // bignum: the tag is read, its content is not a number
        "f90000", // floats of appendix A
        "fa47c35000",
        "fb3ff199999999999a",
        "f97e00",
        "f7", // undefined
        "f0", // simple values
        "f8ff",
        "5f42010243030405ff", // indefinite lengths of appendix A
        "7f657374726561646d696e67ff",
        "9fff",
        "bf61610161629f0203ffff",
        "ff",
        "1c", // reserved
        "a201020102", // a key twice
        "a203040102", // keys out of order
        "a1f401", // a key that is neither number nor text
        "a1410001",
        "61ff", // not UTF-8
        "62c328",
        "63eda080", // a surrogate in UTF-8
        "41", // cut short
        "6261",
        "8201",
        "a101",
        "1a000f42",
        "9b7fffffffffffffff", // sizes that are not there
        "bb7fffffffffffffff",
        "5b7fffffffffffffff",
        "9a00ffffff00",
      })
  void everythingElseIsRefused(String hex) {
    if (hex.startsWith("c2")) {
      assertThat(Cbor.encode(new Cbor.Tagged(2, bytes("010000000000000000"))))
          .as("a tag does not change what its content is")
          .isEqualTo(bytes(hex));
      return;
    }
    assertThatThrownBy(() -> Cbor.decode(bytes(hex))).isInstanceOf(MalformedCborException.class);
  }

  @Test
  void nestingIsBounded() throws Exception {
    byte[] nested = new byte[Cbor.MAX_DEPTH + 1];
    Arrays.fill(nested, (byte) 0x81);
    nested[Cbor.MAX_DEPTH] = 0;
    Object value = Cbor.decode(nested);
    assertThat(Cbor.encode(value)).isEqualTo(nested);
    byte[] deeper = new byte[Cbor.MAX_DEPTH + 2];
    Arrays.fill(deeper, (byte) 0x81);
    deeper[Cbor.MAX_DEPTH + 1] = 0;
    assertThatThrownBy(() -> Cbor.decode(deeper)).hasMessageContaining("too deep");
    assertThatThrownBy(() -> Cbor.encode(List.of(value)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatCannotBeReadBackIsNotWritten() {
    for (Object value : new Object[] {1, 1.0, 'a', Map.of(true, 1L), new Cbor.Tagged(-1, 0L)}) {
      assertThatThrownBy(() -> Cbor.encode(value)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void tenThousandRandomValuesComeBack() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      byte[] encoded = Cbor.encode(value(random, 4));
      assertThat(Cbor.encode(Cbor.decode(encoded))).isEqualTo(encoded);
    }
  }

  /** One value, one encoding: what is accepted after a change is exactly what is written. */
  @Test
  void whateverIsReadIsWrittenTheSame() {
    Random random = new Random(2);
    int accepted = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = Cbor.encode(value(random, 3));
      for (int change = random.nextInt(3); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(Cbor.encode(Cbor.decode(bytes))).isEqualTo(bytes);
        accepted++;
      } catch (MalformedCborException e) {
        assertThat(e.getMessage()).contains("at byte");
      }
    }
    assertThat(accepted).isGreaterThan(1_000);
  }

  private static Object value(Random random, int depth) {
    switch (random.nextInt(depth > 0 ? 8 : 5)) {
      case 0:
        return random.nextLong() >> random.nextInt(64);
      case 1:
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        return bytes;
      case 2:
        return text(random);
      case 3:
        return random.nextBoolean();
      case 4:
        return null;
      case 5:
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(30); i > 0; i--) {
          list.add(value(random, depth - 1));
        }
        return list;
      case 6:
        Map<Object, Object> map = new HashMap<>();
        for (int i = random.nextInt(30); i > 0; i--) {
          map.put(
              random.nextBoolean() ? text(random) : (Object) random.nextLong(),
              value(random, depth - 1));
        }
        return map;
      default:
        return new Cbor.Tagged(random.nextInt(70_000), value(random, depth - 1));
    }
  }

  private static String text(Random random) {
    byte[] bytes = new byte[random.nextInt(30)];
    random.nextBytes(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
