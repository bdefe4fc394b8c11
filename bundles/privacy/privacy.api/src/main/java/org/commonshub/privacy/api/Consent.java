package org.commonshub.privacy.api;

import java.time.Instant;
import java.util.Optional;

/**
 * The prosumer said yes. Kept as a receipt in the shape of ISO/IEC TS 27560:2023 in the journal.
 *
 * @param id unique on this hub
 * @param recipient who gets data
 * @param name what people call it
 * @param purpose what for
 * @param terms what is released: asked ∩ chosen ∩ operator's floor ∩ law
 * @param given when, by trusted time
 * @param actor which user said yes
 * @param withdrawn when it was withdrawn
 * @param state whether data flows now
 * @param reason why not, in plain words; empty if it does
 * @param receipt index of the journal's entry; −1 while the journal is away
 * @param lastReleased when something was last released
 * @param valuesReleased how many values so far
 */
public record Consent(
    String id,
    Recipient recipient,
    String name,
    Purpose purpose,
    Terms terms,
    Instant given,
    String actor,
    Optional<Instant> withdrawn,
    EnergyData.Grant.State state,
    String reason,
    long receipt,
    Optional<Instant> lastReleased,
    long valuesReleased) {}
