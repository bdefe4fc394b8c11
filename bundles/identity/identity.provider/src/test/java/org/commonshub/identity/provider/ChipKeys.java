package org.commonshub.identity.provider;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.commonshub.identity.api.KeyAlgorithm;
import org.commonshub.identity.api.KeyProvider;
import org.commonshub.identity.api.VerificationKey;

/** Stands for a TPM: P-256 only, and its keys survive a factory reset of the hub. May hang. */
final class ChipKeys implements KeyProvider {
  private final FileKeys cells;
  volatile CountDownLatch hang = new CountDownLatch(0);

  ChipKeys(Path directory) throws IOException {
    cells = new FileKeys(directory);
  }

  private void answer() {
    try {
      hang.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Set<KeyAlgorithm> algorithms() {
    return EnumSet.of(KeyAlgorithm.P256);
  }

  @Override
  public VerificationKey create(String name, KeyAlgorithm algorithm) throws IOException {
    answer();
    if (algorithm != KeyAlgorithm.P256) {
      throw new IOException("The chip makes P-256 keys only.");
    }
    return cells.create(name, algorithm);
  }

  @Override
  public Optional<VerificationKey> find(String name) {
    return cells.find(name);
  }

  @Override
  public byte[] sign(String name, byte[] message) throws IOException {
    answer();
    return cells.sign(name, message);
  }

  @Override
  public void destroy(String name) throws IOException {
    cells.destroy(name);
  }
}
