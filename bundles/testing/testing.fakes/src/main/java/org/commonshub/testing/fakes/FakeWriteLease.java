package org.commonshub.testing.fakes;

import org.commonshub.metering.api.WriteLease;

/** A lease that holds until the test says otherwise. */
public final class FakeWriteLease implements WriteLease {
  private volatile boolean held = true;

  /** Ends it. */
  public void end() {
    held = false;
  }

  @Override
  public String holder() {
    return "test";
  }

  @Override
  public String reason() {
    return "a test";
  }

  @Override
  public boolean held() {
    return held;
  }
}
