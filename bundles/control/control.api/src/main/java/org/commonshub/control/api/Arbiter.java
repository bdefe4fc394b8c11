package org.commonshub.control.api;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.Actuator;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Decides who may tell a device what. Every write, a button of the console included, goes through
 * it, is logged with its reason and, if refused, refused with one. Leases run on the monotonic
 * clock. They do not survive a restart of the hub: at start and stop every actuator that was held
 * is handed back.
 */
@ProviderType
public interface Arbiter {
  /**
   * One actuator and who holds it.
   *
   * @param device device
   * @param deviceName what the prosumer calls it
   * @param readOnly whether the device refuses writes
   * @param actuator description
   * @param value value the device was last told and confirmed, while held
   * @param holding intent in force
   * @param remaining time left of its lease
   * @param waiting how many further intents wait behind it
   * @param problem last failure in plain words, until the next success
   */
  record State(
      DeviceId device,
      String deviceName,
      boolean readOnly,
      Actuator actuator,
      Optional<BigDecimal> value,
      Optional<Intent> holding,
      Optional<Duration> remaining,
      int waiting,
      Optional<String> problem) {}

  /**
   * States an intent, or renews the holder's own of the same actuator.
   *
   * @return never fails: what became of it
   */
  CompletionStage<Outcome> state(Intent intent);

  /**
   * Ends a holder's intent before its lease does; the next in line applies or the device is handed
   * back.
   *
   * @return completed when the device has been told; never fails
   */
  CompletionStage<Outcome> withdraw(DeviceId device, String actuator, String holder);

  /**
   * Ends every intent on a device and hands it back, because it is about to be removed, switched
   * off or made read-only.
   *
   * @param actor who does that, for the log
   * @param reason why, 1–200 characters
   * @return completed when the device has been told (APPLIED), or cannot be now (PENDING)
   */
  CompletionStage<Outcome> handBack(DeviceId device, String actor, String reason);

  /** All actuators, in the order of their devices. */
  List<State> states();
}
