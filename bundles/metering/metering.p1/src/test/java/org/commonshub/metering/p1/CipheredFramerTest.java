package org.commonshub.metering.p1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.commonshub.metering.p1.Framer.Trouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CipheredFramerTest {
  private static final byte[] INSIDE = Telegrams.sealed(Telegrams.LUXEMBOURG);

  private static CipheredFramer framer(String key, String authentication) {
    return new CipheredFramer(
        HexFormat.of().parseHex(key), HexFormat.of().parseHex(authentication));
  }

  private static CipheredFramer framer() {
    return framer(Telegrams.KEY, Telegrams.LUXEMBOURG_AUTHENTICATION);
  }

  private static byte[] frame(long counter) {
    return Telegrams.encrypted(INSIDE, counter);
  }

  @Test
  void opensWithTheKey() {
    Collected collected = Collected.of(framer(), frame(1));
    assertThat(collected.values())
        .containsEntry("power.active", "-4120")
        .containsEntry("energy.export", "9010750");
    assertThat(collected.troubles).isEmpty();
  }

  @Test
  void opensWithAnAuthenticationKeyOfItsOwn() {
    String own = "0F1E2D3C4B5A69788796A5B4C3D2E1F0";
    byte[] frame = Telegrams.encrypted(INSIDE, 5, Telegrams.KEY, own, Telegrams.TITLE);
    assertThat(Collected.of(framer(Telegrams.KEY, own), frame).telegrams).hasSize(1);
    assertThat(Collected.of(framer(), frame).troubles).containsExactly(Trouble.NOT_OPENED);
  }

  @Test
  void doesNotOpenWithAnother() {
    String other = Telegrams.KEY.replace('5', '6');
    Collected collected =
        Collected.of(
            framer(other, Telegrams.LUXEMBOURG_AUTHENTICATION), frame(1), frame(2), frame(3));
    assertThat(collected.telegrams).isEmpty();
    assertThat(collected.troubles).hasSize(3).containsOnly(Trouble.NOT_OPENED);
  }

  @Test
  void everyWrongBitIsNoticed() {
    byte[] good = frame(1);
    CipheredFramer framer = framer();
    assertThat(Collected.of(framer, frame(0)).telegrams).hasSize(1);
    for (int bit = 0; bit < 8 * good.length; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      framer.reset();
      assertThat(Collected.of(framer, bad).telegrams).as("bit %d", bit).isEmpty();
    }
    framer.reset();
    assertThat(Collected.of(framer, good).telegrams).hasSize(1);
  }

  @Test
  void olderOnesAreRefused() {
    CipheredFramer framer = framer();
    Collected collected =
        Collected.of(framer, frame(7), frame(7), frame(6), frame(0), frame(8), frame(7));
    assertThat(collected.telegrams).hasSize(2);
    assertThat(collected.troubles).hasSize(4).containsOnly(Trouble.REPLAYED);
    // The counter has 32 bits without sign.
    collected = Collected.of(framer, frame(0x7FFF_FFFFL), frame(0x8000_0000L), frame(0xFFFF_FFFFL));
    assertThat(collected.telegrams).hasSize(3);
    assertThat(Collected.of(framer, frame(0x8000_0001L)).telegrams).isEmpty();
    // A break of the line does not open the door.
    framer.reset();
    assertThat(Collected.of(framer, frame(0x8000_0001L)).telegrams).isEmpty();
    // Another meter with the same key has a counter of its own.
    byte[] other =
        Telegrams.encrypted(
            INSIDE, 1, Telegrams.KEY, Telegrams.LUXEMBOURG_AUTHENTICATION, "5341476701020305");
    assertThat(Collected.of(framer, other, other).telegrams).hasSize(1);
  }

  @Test
  void aForgedCounterDoesNotShutTheMeterOut() {
    CipheredFramer framer = framer();
    byte[] forged = frame(1);
    Arrays.fill(forged, 14, 18, (byte) 0xFF);
    Collected collected = Collected.of(framer, frame(1), forged, frame(2));
    assertThat(collected.telegrams).hasSize(2);
    assertThat(collected.troubles).containsExactly(Trouble.DAMAGED);
  }

  @Test
  void itDoesNotMatterWhereBytesAreCut() {
    byte[] first = frame(1);
    for (int cut = 0; cut <= first.length; cut++) {
      Collected collected =
          Collected.of(
              framer(), Arrays.copyOf(first, cut), Arrays.copyOfRange(first, cut, first.length));
      assertThat(collected.telegrams).hasSize(1);
    }
  }

  @Test
  void aTelegramThatBreaksOffCostsOnlyItself() {
    byte[] first = frame(1);
    for (int cut = 1; cut < first.length; cut++) {
      Collected collected = Collected.of(framer(), Arrays.copyOf(first, cut), frame(2), frame(3));
      assertThat(collected.telegrams).as("cut at %d", cut).hasSize(2);
      collected =
          Collected.of(framer(), Arrays.copyOfRange(first, cut, first.length), frame(2), frame(3));
      assertThat(collected.telegrams).as("from %d", cut).hasSize(2);
    }
  }

  @Test
  void aWrongLengthCostsNoMoreThanItsNeighbours() {
    for (int length : new int[] {0, 1, 17, 18, 100, 1000, 8000, 8192, 0xFFFF}) {
      byte[] bad = frame(1);
      bad[11] = (byte) (length >> 8);
      bad[12] = (byte) length;
      Collected collected = Collected.of(framer(), bad, frame(2), frame(3));
      assertThat(collected.telegrams).as("length %d", length).hasSize(2);
    }
  }

  @Test
  void shortFramesHaveShortLengths() {
    byte[] small =
        Telegrams.sealed(
            "/TST5T\n\n0-0:1.0.0(230118091502W)\n1-0:1.7.0(1*kW)\n1-0:2.7.0(0*kW)\n!\n");
    byte[] tiny = Telegrams.bare("/TST5T\n\n1-0:1.7.0(1*kW)\n!\n");
    for (byte[] inside : List.of(small, tiny)) {
      Collected collected = Collected.of(framer(), Telegrams.encrypted(inside, 1));
      assertThat(collected.telegrams).as("%d bytes", inside.length).hasSize(1);
    }
  }

  @Test
  void whatIsAuthenticatedNeedsNoCheckSum() {
    byte[] wrong = INSIDE.clone();
    wrong[wrong.length - 3] ^= 1;
    assertThat(Collected.of(framer(), Telegrams.encrypted(wrong, 1)).telegrams).hasSize(1);
    byte[] none = Telegrams.bare(Telegrams.LUXEMBOURG.strip());
    assertThat(Collected.of(framer(), Telegrams.encrypted(none, 1)).telegrams).hasSize(1);
  }

  @Test
  void whatIsInsideMustBeATelegram() {
    CipheredFramer framer = framer();
    byte[] twice = Arrays.copyOf(INSIDE, 2 * INSIDE.length);
    System.arraycopy(INSIDE, 0, twice, INSIDE.length, INSIDE.length);
    assertThat(Collected.of(framer, Telegrams.encrypted(twice, 1)).telegrams).hasSize(1);
    Collected collected = Collected.of(framer, Telegrams.encrypted(new byte[300], 2));
    assertThat(collected.troubles).containsExactly(Trouble.DAMAGED);
    collected =
        Collected.of(
            framer, Telegrams.encrypted(Arrays.copyOf(INSIDE, INSIDE.length / 2), 3), frame(4));
    assertThat(collected.troubles).containsExactly(Trouble.DAMAGED);
    assertThat(collected.telegrams).hasSize(1);
  }

  @Test
  void hostileBytesAreTakenInTime() {
    CipheredFramer framer = framer();
    Collected collected = new Collected();
    byte[] head = Arrays.copyOf(frame(1), 30);
    byte[] headToo = head.clone();
    headToo[9] ^= 1;
    Random random = new Random(5);
    byte[] noise = new byte[64];
    random.nextBytes(noise);
    List<byte[]> pieces =
        List.of(
            new byte[] {(byte) 0xDB},
            new byte[] {(byte) 0xDB, 8},
            new byte[] {(byte) 0xDB, 8, 0},
            Arrays.copyOf(head, 14),
            head,
            new byte[] {(byte) 0xDB, 8, 1, 2, 3, 4, 5, 6, 7, 8, 18, 0x30, 0, 0, 0, 1},
            new byte[1],
            noise);
    for (byte[] piece : pieces) {
      for (int size = 0; size < 2_000_000; size += piece.length) {
        framer.take(piece, collected);
      }
      byte[] many = new byte[piece.length * (1_000_000 / piece.length)];
      for (int i = 0; i < many.length; i++) {
        many[i] = piece[i % piece.length];
      }
      framer.take(many, collected);
    }
    assertThat(collected.telegrams).isEmpty();
    framer.reset();
    assertThat(Collected.of(framer, frame(9)).telegrams).hasSize(1);
  }

  @Test
  void theHeaderIsNoticedWithoutAKey() {
    EncryptionDetector detector = new EncryptionDetector();
    byte[] frame = frame(1);
    for (int i = 0; i < frame.length; i++) {
      assertThat(detector.take(new byte[] {frame[i]})).as("byte %d", i).isEqualTo(i == 13);
    }
    assertThat(detector.take(Telegrams.sealed(Telegrams.DSMR_5))).isFalse();
    assertThat(detector.take(new byte[] {(byte) 0xDB, (byte) 0xDB})).isFalse();
    assertThat(detector.take(Arrays.copyOfRange(frame, 1, 14))).isTrue();
  }
}
