package org.commonshub.ledger.outbox;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** A log on a disk whose power fails now and then. Forces nothing: the process lives on. */
final class TornLog extends Log {
  private final Random random;
  private final double rate;
  boolean refuses;

  TornLog(Path path, Random random, double rate) {
    super(path);
    this.random = random;
    this.rate = rate;
  }

  @Override
  void write(RandomAccessFile to, byte[] bytes) throws IOException {
    if (refuses) {
      to.write(Arrays.copyOf(bytes, bytes.length / 2));
      throw new IOException("No space left on device");
    }
    if (random.nextDouble() < rate) {
      to.write(Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
      throw new Crash("write");
    }
    super.write(to, bytes);
  }

  @Override
  void force(RandomAccessFile to) {
    if (random.nextDouble() < rate) {
      throw new Crash("force");
    }
  }
}
