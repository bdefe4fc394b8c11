package org.commonshub.privacy.provider;

import java.time.Instant;
import java.time.ZoneId;
import org.commonshub.privacy.api.Terms;

/**
 * Under which terms and at which time one batch of blocks is made fit.
 *
 * @param from oldest instant or start of an interval that may come out
 * @param to end of that, exclusive
 * @param budget where noise takes its ε from
 */
record Round(Terms terms, Instant now, ZoneId zone, Instant from, Instant to, Budget budget) {}
