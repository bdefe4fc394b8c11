package org.commonshub.metering.http;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.WriteLease;

/** A switch that goes back by itself: what it is told lasts {@link #WATCHDOG} unless repeated. */
final class Rest {
  /** Time after which the device's own timer switches back. */
  static final Duration WATCHDOG = Duration.ofMinutes(5);

  static final String ID = "switch";

  private Rest() {}

  /**
   * The switch.
   *
   * @param on its state while nobody holds it
   */
  static Actuator actuator(boolean on) {
    return new Actuator(
        ID,
        "Switch",
        "Switches what is connected on or off.",
        "",
        BigDecimal.ZERO,
        BigDecimal.ONE,
        BigDecimal.ONE,
        Map.of(BigDecimal.ZERO, "Off", BigDecimal.ONE, "On"),
        on
            ? "On: the device switches back on by itself."
            : "Off: the device switches back off by itself.",
        Optional.of(WATCHDOG));
  }

  /** A refusal, where the lease or the actuator is not right. */
  static Optional<CompletionStage<Void>> refusal(WriteLease lease, String actuator) {
    if (!actuator.equals(ID)) {
      return Optional.of(
          CompletableFuture.failedFuture(
              new DeviceException(
                  Kind.SETTINGS, "This device has no actuator '" + actuator + "'.")));
    }
    return lease.held()
        ? Optional.empty()
        : Optional.of(
            CompletableFuture.failedFuture(
                new DeviceException(
                    Kind.FORBIDDEN, "The lease ended before the switch was told anything.")));
  }
}
