package org.commonshub.apps.provider;

import java.util.Optional;
import org.commonshub.apps.desk.api.AppDesk.Step;
import org.commonshub.apps.desk.api.Standing;

/**
 * Whether an app runs, from everything that has a say in it. A pure function; the table is in the
 * README.
 *
 * @param run whether its code runs
 * @param acting whether it may hold actuators and talk to its hosts
 * @param step what it is at
 * @param problem for people; empty if there is none
 */
record Decision(boolean run, boolean acting, Step step, String problem) {
  /**
   * What has a say.
   *
   * @param refused why the kept file may not run; empty if it may
   * @param consented whether the person said what it may do
   * @param on whether the person wants it on
   * @param missing part of the hub that it cannot run without; empty if all are there
   * @param licence where its licence stands; empty while nobody knows
   * @param stopped why the hub stopped it; empty if it did not
   * @param frozen whether its catalogue is older than the operator's limit
   */
  record Facts(
      String refused,
      boolean consented,
      boolean on,
      String missing,
      Optional<Standing.State> licence,
      String stopped,
      boolean frozen) {}

  static Decision of(Facts facts) {
    if (!facts.refused().isEmpty()) {
      return not(Step.REFUSED, facts.refused());
    }
    if (!facts.consented()) {
      return not(Step.ASKING, "");
    }
    if (!facts.on()) {
      return not(Step.OFF, "");
    }
    if (!facts.missing().isEmpty()) {
      return not(Step.STOPPED, facts.missing());
    }
    if (!facts.stopped().isEmpty()) {
      return not(Step.STOPPED, facts.stopped());
    }
    Standing.State licence = facts.licence().orElse(Standing.State.NONE);
    if (licence == Standing.State.NONE) {
      return not(Step.STOPPED, "It has no licence: buy one or try it.");
    }
    if (licence == Standing.State.STOPPED) {
      return not(Step.STOPPED, "Its licence ended: renew it, or take its data along.");
    }
    if (licence == Standing.State.DEGRADED) {
      return new Decision(
          true,
          false,
          Step.ON,
          "Its licence ended: it shows what it has, without devices and network.");
    }
    return facts.frozen()
        ? new Decision(
            true,
            false,
            Step.ON,
            "Its catalogue was not refreshed for too long: it runs without devices and network"
                + " until that works again.")
        : new Decision(true, true, Step.ON, "");
  }

  private static Decision not(Step step, String problem) {
    return new Decision(false, false, step, problem);
  }
}
