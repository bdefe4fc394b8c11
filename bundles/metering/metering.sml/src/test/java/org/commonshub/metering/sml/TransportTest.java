package org.commonshub.metering.sml;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files in a stream that is cut, spoilt, doubled, and full of escape sequences. */
class TransportTest {
  private final List<byte[]> files = new ArrayList<>();
  private final Transport transport = new Transport(files::add);

  private static byte[] file(int seed, int length) {
    byte[] file = new byte[length];
    Random random = new Random(seed);
    for (int i = 0; i < length; i++) {
      // Escapes, starts and ends are frequent.
      int kind = random.nextInt(4);
      file[i] = (byte) (kind == 0 ? 0x1B : kind == 1 ? 0x1A : kind == 2 ? 1 : random.nextInt(256));
    }
    return file;
  }

  @ParameterizedTest
  @EnumSource(Sml.Sum.class)
  void aFileComesOut(Sml.Sum sum) {
    for (int length = 0; length < 80; length++) {
      byte[] file = file(length, length);
      files.clear();
      transport.accept(Sml.frame(file, sum));
      assertThat(files).as("length %d", length).containsExactly(file);
    }
    assertThat(transport.broken()).isZero();
  }

  @Test
  void fourFillBytesWhereNoneIsNeeded() {
    byte[] file = file(3, 64);
    transport.accept(Sml.frame(file, Sml.Sum.X25, 4));
    assertThat(files).containsExactly(file);
    transport.accept(Sml.frame(file, Sml.Sum.X25, 5));
    assertThat(files).hasSize(1);
  }

  @Test
  void escapeBytesOfAnyNumberAnywhere() {
    for (int before = 0; before < 8; before++) {
      for (int run = 0; run < 40; run++) {
        for (int after = 0; after < 5; after++) {
          byte[] file = new byte[before + run + after];
          Arrays.fill(file, (byte) 1);
          Arrays.fill(file, before, before + run, (byte) 0x1B);
          files.clear();
          transport.accept(Sml.frame(file, Sml.Sum.X25));
          assertThat(files).as("%d, %d, %d", before, run, after).containsExactly(file);
        }
      }
    }
  }

  @Test
  void bytesComeInAnyPieces() {
    byte[] file = file(3, 333);
    byte[] frame = Sml.frame(file, Sml.Sum.X25);
    for (int piece = 1; piece < 20; piece++) {
      files.clear();
      for (int i = 0; i < frame.length; i += piece) {
        transport.accept(Arrays.copyOfRange(frame, i, Math.min(frame.length, i + piece)));
      }
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void cutAnywhereTheNextFileComesOut() {
    byte[] file = file(5, 200);
    byte[] next = file(6, 100);
    byte[] frame = Sml.frame(file, Sml.Sum.X25);
    byte[] nextFrame = Sml.frame(next, Sml.Sum.X25);
    for (int at = 0; at < frame.length; at++) {
      files.clear();
      transport.accept(Arrays.copyOf(frame, at));
      transport.accept(nextFrame);
      assertThat(files).as("end missing from %d", at).containsExactly(next);
      files.clear();
      transport.accept(Arrays.copyOfRange(frame, at, frame.length));
      transport.accept(nextFrame);
      assertThat(files)
          .as("beginning missing up to %d", at)
          .containsExactlyElementsOf(at == 0 ? List.of(file, next) : List.of(next));
      files.clear();
      transport.accept(Arrays.copyOf(frame, at));
      transport.accept(frame);
      transport.accept(nextFrame);
      assertThat(files).as("begun again at %d", at).containsExactly(file, next);
    }
  }

  @Test
  void aWrongBitIsNeverAFile() {
    byte[] file = MeterFamilies.easyMeterQ3d().sml().file();
    byte[] frame = Sml.frame(file, Sml.Sum.X25);
    byte[] next = file(8, 60);
    byte[] nextFrame = Sml.frame(next, Sml.Sum.X25);
    for (int bit = 0; bit < 8 * frame.length; bit++) {
      byte[] wrong = frame.clone();
      wrong[bit / 8] ^= (byte) (1 << (bit % 8));
      files.clear();
      transport.accept(wrong);
      transport.accept(nextFrame);
      assertThat(files).as("bit %d", bit).containsExactly(next);
    }
  }

  @Test
  void noiseBetweenFilesIsNothing() {
    Random random = new Random(9);
    for (int i = 0; i < 2_000; i++) {
      byte[] noise = file(i, random.nextInt(64));
      byte[] file = file(-i, random.nextInt(64));
      byte[] frame = Sml.frame(file, Sml.Sum.X25);
      transport.accept(noise);
      files.clear();
      transport.accept(frame);
      transport.accept(frame);
      // Noise may look like a start; then the first file tells, and the second is read.
      assertThat(files).isNotEmpty().allSatisfy(each -> assertThat(each).isEqualTo(file));
    }
  }

  @Test
  void anEndlessFileIsDropped() {
    byte[] good = Sml.frame(file(1, 100), Sml.Sum.X25);
    transport.accept(Sml.bytes(0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1));
    byte[] filler = new byte[1_000];
    Arrays.fill(filler, (byte) 0x55);
    for (int i = 0; i < 40; i++) {
      transport.accept(filler);
    }
    assertThat(transport.broken()).isEqualTo(1);
    transport.accept(good);
    assertThat(files).hasSize(1);
    byte[] longest = new byte[Transport.LIMIT - 16];
    files.clear();
    transport.accept(Sml.frame(longest, Sml.Sum.X25));
    assertThat(files).containsExactly(longest);
    files.clear();
    transport.accept(Sml.frame(new byte[Transport.LIMIT - 12], Sml.Sum.X25));
    assertThat(files).isEmpty();
  }

  @Test
  void hostileStreamsTakeBoundedTime() {
    List<byte[]> streams = new ArrayList<>();
    for (byte[] pattern :
        List.of(
            Sml.bytes(0x1B),
            Sml.bytes(0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1),
            Sml.bytes(0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1),
            Sml.bytes(0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1, 0x1B, 0x1B, 0x1B, 0x1B, 0x1A, 0, 0, 0),
            Sml.bytes(0x1B, 0x1B, 0x1B, 0x1B, 0x1A, 0, 0))) {
      byte[] stream = new byte[1024 * 1024];
      for (int i = 0; i < stream.length; i++) {
        stream[i] = pattern[i % pattern.length];
      }
      streams.add(stream);
    }
    byte[] good = Sml.frame(file(2, 100), Sml.Sum.X25);
    for (byte[] stream : streams) {
      long start = System.nanoTime();
      transport.accept(stream);
      assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(20_000);
      files.clear();
      transport.accept(good);
      transport.accept(good);
      assertThat(files).isNotEmpty();
    }
  }

  @Test
  void aBrokenStreamBeginsAnew() {
    byte[] file = file(11, 50);
    byte[] frame = Sml.frame(file, Sml.Sum.X25);
    transport.accept(Arrays.copyOf(frame, 30));
    transport.reset();
    transport.accept(Arrays.copyOfRange(frame, 30, frame.length));
    assertThat(files).isEmpty();
    transport.accept(frame);
    assertThat(files).containsExactly(file);
  }
}
