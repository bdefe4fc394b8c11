package org.commonshub.privacy.api;

import java.util.List;
import java.util.Optional;

/**
 * What would be released, before anybody says yes. Costs no budget and is not kept.
 *
 * @param terms in force: asked ∩ chosen ∩ operator's floor ∩ law
 * @param raw values of the last day as the prosumer sees them
 * @param released the same as the recipient would get them
 * @param payload the exact next payload, JSON in the form of {@link ReleaseCodec}
 * @param inferences what can be told from it, strongest first
 * @param protects for noise: what one value's ε protects, in plain words
 * @param refusal why nothing would be released
 */
public record Preview(
    Terms terms,
    List<Block> raw,
    List<Block> released,
    String payload,
    List<Inference> inferences,
    Optional<String> protects,
    Optional<String> refusal) {

  /**
   * What people can tell from load curves at a resolution. Sources and our own measurements are in
   * docs/privacy.md; effects plateau: a quarter of an hour to an hour hides little more.
   */
  public enum Inference {
    /** Which appliance runs, and often what is on television. */
    APPLIANCE_EVENTS,
    /** Cooking, washing, charging. */
    ACTIVITIES,
    /** Whether somebody is at home. */
    PRESENCE,
    /** When people get up and go to bed. */
    DAILY_ROUTINE,
    /** Days and weeks away. */
    ABSENCE,
    /** Size of the household, heating, wealth. */
    HOUSEHOLD,
    /** Nothing about this home alone. */
    NOTHING_ALONE
  }
}
