package org.commonshub.privacy.api;

import java.time.Instant;

/**
 * One line of the disclosure log: something was released, or refused.
 *
 * @param number rising, without holes
 * @param instant when
 * @param recipient to whom
 * @param consent id of the consent it rests on; empty if there is none
 * @param purpose what for
 * @param what quantities and resolution, {@code power.active, 15 min}; for a refusal, why
 * @param values how many; 0 for a refusal
 * @param from oldest value, or the instant itself
 * @param to end of the newest, exclusive
 */
public record Disclosure(
    long number,
    Instant instant,
    Recipient recipient,
    String consent,
    Purpose purpose,
    String what,
    long values,
    Instant from,
    Instant to) {}
