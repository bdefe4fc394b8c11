package org.commonshub.measure.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpillRingTest {
  private static final long SIZE = SpillRing.MIN_BYTES + 64 * 1024;

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("deep/er/test.ring");
  }

  private static byte[] block(Random random, int max) {
    byte[] block = new byte[random.nextInt(max)];
    random.nextBytes(block);
    return block;
  }

  @Test
  void isAQueueOverManyTurnsAndReopenings() throws Exception {
    Random random = new Random(42);
    ArrayDeque<byte[]> expected = new ArrayDeque<>();
    SpillRing ring = SpillRing.open(file(), SIZE);
    int refused = 0;
    for (int step = 0; step < 20_000; step++) {
      // Phases of filling and draining, so that it is full and empty many times.
      boolean filling = (step / 500) % 2 == 0;
      if (random.nextInt(10) < (filling ? 8 : 2)) {
        byte[] block = block(random, 3_000);
        if (ring.append(block)) {
          expected.add(block);
        } else {
          refused++;
        }
      } else if (!expected.isEmpty()) {
        assertThat(ring.peek()).isEqualTo(expected.peek());
        ring.remove();
        expected.remove();
      }
      if (random.nextInt(200) == 0) {
        if (random.nextBoolean()) {
          ring.close();
        } else {
          // As after kill -9: what was written is there, nothing was closed.
          Path copy = directory.resolve("copy.ring");
          Files.copy(file(), copy, StandardCopyOption.REPLACE_EXISTING);
          ring.close();
          Files.move(copy, file(), StandardCopyOption.REPLACE_EXISTING);
        }
        ring = SpillRing.open(file(), SIZE);
      }
      assertThat(ring.blocks()).isEqualTo(expected.size());
      assertThat(ring.used()).isLessThanOrEqualTo(ring.capacity());
    }
    assertThat(refused).isPositive();
    while (!expected.isEmpty()) {
      assertThat(ring.peek()).isEqualTo(expected.remove());
      ring.remove();
    }
    assertThat(ring.peek()).isNull();
    assertThat(Files.size(file())).isEqualTo(SIZE);
    ring.close();
  }

  @Test
  void aTornAppendIsNotThereAndAllBeforeIs() throws Exception {
    for (int torn = 0; torn < 16 + 500; torn += 7) {
      Files.deleteIfExists(file());
      long before;
      try (SpillRing ring = SpillRing.open(file(), SIZE)) {
        ring.append(new byte[] {1});
        ring.append(new byte[] {2, 2});
        before = ring.used();
      }
      byte[] whole = Files.readAllBytes(file());
      try (SpillRing ring = SpillRing.open(file(), SIZE)) {
        byte[] last = new byte[500];
        Arrays.fill(last, (byte) 3);
        ring.append(last);
      }
      byte[] after = Files.readAllBytes(file());
      // Only the first bytes of the last block reached the disk.
      int start = (int) (Files.size(file()) - (SIZE - 2 * 4096 - 2 * SpillRing.NOTE_SLOT) + before);
      System.arraycopy(after, start, whole, start, torn);
      Files.write(file(), whole);
      try (SpillRing ring = SpillRing.open(file(), SIZE)) {
        assertThat(ring.blocks()).isEqualTo(2);
        assertThat(ring.peek()).containsExactly(1);
        ring.remove();
        assertThat(ring.peek()).containsExactly(2, 2);
        assertThat(ring.append(new byte[] {4})).isTrue();
      }
      try (SpillRing ring = SpillRing.open(file(), SIZE)) {
        ring.remove();
        assertThat(ring.peek()).containsExactly(4);
      }
    }
  }

  @Test
  void anyDamageIsNoticedAndNeverReturned() throws Exception {
    Random random = new Random(1);
    byte[] pristine = null;
    for (int round = 0; round < 300; round++) {
      Files.deleteIfExists(file());
      if (pristine == null) {
        try (SpillRing ring = SpillRing.open(file(), SIZE)) {
          for (int i = 0; i < 20; i++) {
            byte[] block = new byte[100];
            Arrays.fill(block, (byte) i);
            ring.append(block);
          }
        }
        pristine = Files.readAllBytes(file());
      }
      byte[] damaged = pristine.clone();
      int data = 2 * 4096 + 2 * SpillRing.NOTE_SLOT;
      for (int i = 0; i < 3; i++) {
        int at = random.nextInt(3) == 0 ? random.nextInt(100) : data + random.nextInt(20 * 116);
        damaged[at] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(file(), damaged);
      try (SpillRing ring = SpillRing.open(file(), SIZE)) {
        for (int i = 0; !ring.isEmpty(); i++) {
          byte[] block = ring.peek();
          byte[] expected = new byte[100];
          Arrays.fill(expected, (byte) i);
          assertThat(block).isEqualTo(expected);
          ring.remove();
        }
        assertThat(ring.append(new byte[10])).isTrue();
      }
    }
  }

  @Test
  void damageWhileOpenIsAnError() throws Exception {
    try (SpillRing ring = SpillRing.open(file(), SIZE)) {
      ring.append(new byte[100]);
      try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "rw")) {
        raw.seek(2 * 4096 + 2 * SpillRing.NOTE_SLOT + 50);
        raw.write(9);
      }
      assertThatThrownBy(ring::peek)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("damaged");
      ring.clear();
      assertThat(ring.isEmpty()).isTrue();
      ring.append(new byte[] {5});
      assertThat(ring.peek()).containsExactly(5);
    }
  }

  @Test
  void theNoteIsReplacedWholeOrNotAtAll() throws Exception {
    try (SpillRing ring = SpillRing.open(file(), SIZE)) {
      assertThat(ring.readNote()).isEmpty();
      ring.writeNote(new byte[] {1});
      ring.writeNote(new byte[] {2});
      assertThat(ring.writeNote(new byte[SpillRing.NOTE_SLOT])).isFalse();
    }
    byte[] raw = Files.readAllBytes(file());
    // Note 2 went to the first slot; tear it.
    raw[2 * 4096 + 16] ^= 1;
    Files.write(file(), raw);
    try (SpillRing ring = SpillRing.open(file(), SIZE)) {
      assertThat(ring.readNote()).hasValueSatisfying(note -> assertThat(note).containsExactly(1));
      ring.writeNote(new byte[0]);
      assertThat(ring.readNote()).isEmpty();
    }
  }

  @Test
  void anotherSizeIsTakenWhenItIsEmptyOnly() throws Exception {
    try (SpillRing ring = SpillRing.open(file(), SIZE)) {
      ring.append(new byte[] {7});
    }
    try (SpillRing ring = SpillRing.open(file(), 2 * SIZE)) {
      assertThat(ring.peek()).containsExactly(7);
      ring.remove();
    }
    try (SpillRing ring = SpillRing.open(file(), 2 * SIZE)) {
      assertThat(ring.isEmpty()).isTrue();
      assertThat(Files.size(file())).isEqualTo(2 * SIZE);
    }
    SpillRing.open(file(), SIZE).close();
    assertThat(Files.size(file())).isEqualTo(SIZE);
  }

  @Test
  void oneOwnerAtATime() throws Exception {
    try (SpillRing ring = SpillRing.open(file(), SIZE)) {
      assertThatThrownBy(() -> SpillRing.open(file(), SIZE)).isInstanceOf(IOException.class);
      assertThat(ring.isEmpty()).isTrue();
    }
  }

  @Test
  void aFileThatIsNoRingIsReplaced() throws Exception {
    Files.createDirectories(file().getParent());
    Files.write(file(), new byte[300_000]);
    try (SpillRing ring = SpillRing.open(file(), SIZE)) {
      assertThat(ring.isEmpty()).isTrue();
    }
    assertThat(Files.size(file())).isEqualTo(SIZE);
  }
}
