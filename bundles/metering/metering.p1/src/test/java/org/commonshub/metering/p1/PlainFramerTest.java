package org.commonshub.metering.p1;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.commonshub.metering.p1.Framer.Trouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PlainFramerTest {
  private static final byte[] FIVE = Telegrams.sealed(Telegrams.DSMR_5);
  private static final byte[] TWO = Telegrams.bare(Telegrams.DSMR_22);

  private static PlainFramer framer() {
    return new PlainFramer(Checksum.CRC16, false);
  }

  static Stream<byte[]> both() {
    return Stream.of(FIVE, TWO, Telegrams.bare(Telegrams.DSMR_3));
  }

  private static Telegram whole(byte[] bytes) {
    Collected collected = Collected.of(framer(), bytes);
    assertThat(collected.telegrams).hasSize(1);
    return collected.telegrams.get(0);
  }

  @ParameterizedTest
  @MethodSource("both")
  void itDoesNotMatterWhereBytesAreCut(byte[] bytes) {
    Telegram whole = whole(bytes);
    for (int cut = 0; cut <= bytes.length; cut++) {
      Collected collected =
          Collected.of(
              framer(), Arrays.copyOf(bytes, cut), Arrays.copyOfRange(bytes, cut, bytes.length));
      assertThat(collected.telegrams).containsExactly(whole);
      assertThat(collected.troubles).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("both")
  void aTelegramThatBreaksOffCostsOnlyItself(byte[] bytes) {
    Telegram whole = whole(bytes);
    int end = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf('!') + 1;
    for (int cut = 1; cut < end; cut++) {
      // The end is missing.
      Collected collected = Collected.of(framer(), Arrays.copyOf(bytes, cut), bytes, bytes);
      assertThat(collected.telegrams).as("cut at %d", cut).containsExactly(whole, whole);
      // The beginning is missing.
      collected = Collected.of(framer(), Arrays.copyOfRange(bytes, cut, bytes.length), bytes);
      assertThat(collected.telegrams).as("from %d", cut).containsExactly(whole);
    }
  }

  @Test
  void everyWrongBitIsNoticed() {
    byte[] linesOnly =
        new String(FIVE, StandardCharsets.ISO_8859_1)
            .replace("\r", "")
            .getBytes(StandardCharsets.ISO_8859_1);
    for (byte[] good : List.of(FIVE, linesOnly)) {
      Telegram whole = whole(good);
      int end = new String(good, StandardCharsets.ISO_8859_1).lastIndexOf('!') + 5;
      for (int bit = 0; bit < 8 * end; bit++) {
        byte[] bad = good.clone();
        bad[bit / 8] ^= (byte) (1 << bit % 8);
        Collected collected = Collected.of(framer(), bad);
        // Bit 5 of a hexadecimal letter makes it small, which says the same.
        boolean same = collected.telegrams.equals(List.of(whole));
        assertThat(same || collected.telegrams.isEmpty()).as("bit %d", bit).isTrue();
        if (same) {
          assertThat(bit / 8).isGreaterThanOrEqualTo(end - 4);
        }
      }
    }
  }

  @Test
  void everyWrongPairOfBitsNearbyIsNoticed() {
    Random random = new Random(7);
    int end = FIVE.length - 6;
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = FIVE.clone();
      int bit = random.nextInt(8 * end - 16);
      int other = bit + 1 + random.nextInt(15);
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      bad[other / 8] ^= (byte) (1 << other % 8);
      assertThat(Collected.of(framer(), bad).telegrams).isEmpty();
    }
  }

  @Test
  void aLostCheckSumIsNotTakenForAnOldVersion() {
    String text = new String(FIVE, StandardCharsets.ISO_8859_1);
    byte[] lost =
        (text.substring(0, text.lastIndexOf('!') + 1) + "\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    Collected collected = Collected.of(framer(), lost);
    assertThat(collected.telegrams).isEmpty();
    assertThat(collected.reasons).containsExactly("it has lost its check sum");
    // Nor is one of a meter whose telegrams have had one.
    String unversioned =
        Telegrams.DSMR_5.replace("1-3:0.2.8(50)\n", "").replaceAll("0-0:1\\.0\\.0\\(.*\\)\n", "");
    PlainFramer framer = framer();
    assertThat(Collected.of(framer, Telegrams.bare(unversioned)).telegrams).hasSize(1);
    assertThat(Collected.of(framer, Telegrams.sealed(unversioned)).telegrams).hasSize(1);
    assertThat(Collected.of(framer, Telegrams.bare(unversioned)).telegrams).isEmpty();
  }

  @Test
  void withoutCheckSumOnlyGoodFormIsBelieved() {
    String text = new String(TWO, StandardCharsets.ISO_8859_1);
    int end = text.lastIndexOf('!');
    // No byte that does not belong there.
    for (int at = 0; at < end; at++) {
      for (int wrong : new int[] {0, 7, 0x7F, 0x80, 0xB1, 0xFF}) {
        byte[] bad = TWO.clone();
        bad[at] = (byte) wrong;
        Collected collected = Collected.of(framer(), bad);
        boolean inLineEnd = TWO[at] == '\r' || TWO[at] == '\n';
        assertThat(collected.telegrams.isEmpty() || inLineEnd)
            .as("byte %d is %d", at, wrong)
            .isTrue();
      }
    }
    // No line of those that are summed up is missing.
    String[] lines = text.substring(0, end).split("\r\n", -1);
    for (int missing = 0; missing < lines.length; missing++) {
      StringBuilder rest = new StringBuilder();
      for (int i = 0; i < lines.length - 1; i++) {
        rest.append(i == missing ? "" : lines[i] + "\r\n");
      }
      byte[] bad = (rest + "!\r\n").getBytes(StandardCharsets.ISO_8859_1);
      boolean needed = lines[missing].matches("/.*|1-0:[12]\\.[78]\\..*");
      assertThat(Collected.of(framer(), bad).telegrams.isEmpty())
          .as("without %s", lines[missing])
          .isEqualTo(needed);
    }
    // No digit is lost or comes twice.
    for (int at = 0; at < end; at++) {
      if (!Character.isDigit(text.charAt(at))) {
        continue;
      }
      String line = text.substring(text.lastIndexOf('\n', at) + 1, text.indexOf('\n', at));
      if (line.matches("1-0:[12]\\.[78]\\.(?s:.*)")) {
        for (String bad :
            List.of(
                text.substring(0, at) + text.substring(at + 1),
                text.substring(0, at) + text.charAt(at) + text.substring(at))) {
          Collected collected = Collected.of(framer(), bad.getBytes(StandardCharsets.ISO_8859_1));
          assertThat(collected.telegrams).as("at %d of %s", at, line).isEmpty();
        }
      }
    }
  }

  @Test
  void otherCheckSumsAreAMatterOfSettings() {
    byte[] x25 = Telegrams.sealedByX25(Telegrams.HUNGARY.replace("/SAG5", "/HLY5/"));
    assertThat(Collected.of(framer(), x25).telegrams).isEmpty();
    assertThat(Collected.of(new PlainFramer(Checksum.X25, false), x25).telegrams).hasSize(1);
    assertThat(Collected.of(new PlainFramer(Checksum.X25, false), FIVE).telegrams).isEmpty();
    assertThat(Collected.of(new PlainFramer(Checksum.X25, false), TWO).telegrams).isEmpty();
    byte[] wrong = FIVE.clone();
    wrong[wrong.length - 3] = (byte) (wrong[wrong.length - 3] == '0' ? '1' : '0');
    assertThat(Collected.of(framer(), wrong).telegrams).isEmpty();
    assertThat(Collected.of(new PlainFramer(Checksum.NONE, false), wrong).telegrams).hasSize(1);
    assertThat(Collected.of(new PlainFramer(Checksum.NONE, false), TWO).telegrams).hasSize(1);
  }

  @Test
  void checkSumsComeInSeveralShapes() {
    // Some meters leave out leading zeros: find a telegram whose sum has one.
    for (int i = 0; i < 1000; i++) {
      String text = "/TST5TEST\n\n0-0:1.0.0(230118091502W)\n1-0:1.8.0(" + i + "*kWh)\n!\n";
      String sealed = new String(Telegrams.sealed(text), StandardCharsets.ISO_8859_1);
      int bang = sealed.lastIndexOf('!') + 1;
      String small = sealed.substring(0, bang) + sealed.substring(bang).toLowerCase(Locale.ROOT);
      assertThat(one(small)).isTrue();
      String open = sealed.strip();
      assertThat(one(open)).as("without a last line end").isTrue();
      if (sealed.charAt(bang) == '0') {
        String unpadded = sealed.substring(0, bang) + sealed.substring(bang + 1);
        assertThat(one(unpadded)).as(unpadded).isTrue();
        return;
      }
    }
    throw new AssertionError("one in sixteen has a leading zero");
  }

  private static boolean one(String text) {
    return Collected.of(framer(), text.getBytes(StandardCharsets.ISO_8859_1)).telegrams.size() == 1;
  }

  @Test
  void oddLinesOfAProvenTelegramArePassedOver() {
    String odd =
        Telegrams.DSMR_5.replace(
            "0-0:96.13.0()\n",
            """
            0-0:96.13.0(\u00FF\u0001\u0080)
            nonsense
            (1)(2)
            1-0:0.2.0((ER11))
            0-0:98.1.0(
            1-0:1.7.0(99.999*kW)
            1-0:(3)
            1-0:1.8(3)
            1-0:1.8.1.2.3(3)
            1-0:1.8.1000(3)
            """);
    assertThat(Collected.of(framer(), Telegrams.sealed(odd)).values())
        .isEqualTo(Collected.of(framer(), FIVE).values());
  }

  @Test
  void valuesMayGoOnInTheNextLine() {
    String broken =
        Telegrams.DSMR_5.replace("0-1:24.2.1(230118091000W)", "0-1:24.2.1\n(230118091000W)\n");
    Telegram telegram = Collected.of(framer(), Telegrams.sealed(broken)).telegrams.get(0);
    assertThat(telegram.values("0-1:24.2.1")).containsExactly("230118091000W", "05012.811*m3");
  }

  @Test
  void whatIsTooLongEndsInTime() {
    String line = "0-0:96.13.0(" + "30".repeat(1024) + ")\n";
    assertThat(one(longer(line))).isTrue();
    assertThat(one(longer(line.repeat(3)))).isTrue();
    Collected collected =
        Collected.of(framer(), longer(line.repeat(5)).getBytes(StandardCharsets.ISO_8859_1), FIVE);
    assertThat(collected.telegrams).hasSize(1);
    assertThat(collected.reasons).containsExactly("it is longer than 8192 bytes");
    StringBuilder objects = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      objects.append("0-0:").append(i % 200).append('.').append(i / 200).append(".9(1)\n");
    }
    assertThat(one(longer(objects.toString()))).isFalse();
    // Over-long lines and too many values are passed over.
    assertThat(one(longer("0-0:96.13.1(" + "3".repeat(3000) + ")\n"))).isTrue();
    assertThat(one(longer("0-0:98.1.0" + "(1)".repeat(65) + "\n"))).isTrue();
  }

  private static String longer(String lines) {
    return new String(
        Telegrams.sealed(Telegrams.DSMR_5.replace("0-0:96.13.0()\n", lines)),
        StandardCharsets.ISO_8859_1);
  }

  @Test
  void whatIsNoTelegramIsReportedAndPassedOver() {
    PlainFramer framer = framer();
    byte[] noise = new byte[20_000];
    Arrays.fill(noise, (byte) 'x');
    Collected collected = Collected.of(framer, noise, FIVE);
    assertThat(collected.troubles).containsExactly(Trouble.NOTHING_KNOWN, Trouble.NOTHING_KNOWN);
    assertThat(collected.telegrams).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/\n!", "/x\n", "/\n!\n", "\n!ABCD", "!", "(", "/a(b)\n!0000", "0"})
  void hostileBytesAreTakenInTime(String piece) {
    PlainFramer framer = framer();
    byte[] bytes = piece.repeat(2_000_000 / piece.length()).getBytes(StandardCharsets.ISO_8859_1);
    long start = System.nanoTime();
    Collected collected = Collected.of(framer, bytes);
    assertThat(collected.telegrams).isEmpty();
    assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
    collected = Collected.of(framer, "\n".getBytes(StandardCharsets.ISO_8859_1), FIVE, FIVE);
    assertThat(collected.telegrams).isNotEmpty();
  }

  @Test
  void randomBytesAreNoTelegram() {
    Random random = new Random(3);
    String alphabet = "/!\r\n()*.:-0123456789ABCDEFkWh";
    PlainFramer framer = framer();
    Collected collected = new Collected();
    byte[] chunk = new byte[4096];
    for (int i = 0; i < 500; i++) {
      for (int at = 0; at < chunk.length; at++) {
        chunk[at] =
            (byte)
                (i % 2 == 0
                    ? random.nextInt(256)
                    : alphabet.charAt(random.nextInt(alphabet.length())));
      }
      framer.take(chunk, collected);
    }
    assertThat(collected.telegrams).isEmpty();
  }
}
