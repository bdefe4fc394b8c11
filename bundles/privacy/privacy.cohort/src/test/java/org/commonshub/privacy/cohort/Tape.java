package org.commonshub.privacy.cohort;

import java.security.SecureRandom;
import java.util.Random;

/** A random tape that can be read again. */
final class Tape extends SecureRandom {
  private static final long serialVersionUID = 1L;

  private final Random random;

  Tape(long seed) {
    random = new Random(seed);
  }

  @Override
  public void nextBytes(byte[] bytes) {
    random.nextBytes(bytes);
  }
}
