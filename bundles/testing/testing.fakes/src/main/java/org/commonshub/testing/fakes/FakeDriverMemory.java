package org.commonshub.testing.fakes;

import java.util.Optional;
import org.commonshub.metering.api.DriverMemory;

/** What a driver keeps, in memory. */
public final class FakeDriverMemory implements DriverMemory {
  private volatile byte[] held;

  @Override
  public Optional<byte[]> recall() {
    return Optional.ofNullable(held).map(byte[]::clone);
  }

  @Override
  public void remember(byte[] bytes) {
    held = bytes.clone();
  }
}
