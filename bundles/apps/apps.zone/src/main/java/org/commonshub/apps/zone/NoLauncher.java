package org.commonshub.apps.zone;

import java.io.IOException;
import java.util.Optional;

/** Starts nothing. */
record NoLauncher(String reason) implements Launcher {
  @Override
  public Optional<String> unavailable() {
    return Optional.of(reason);
  }

  @Override
  public boolean confined() {
    return true;
  }

  @Override
  public Started start(String provider, int heapMb) throws IOException {
    throw new IOException(reason);
  }
}
