package org.commonshub.privacy.api;

import java.time.Instant;
import java.time.ZoneId;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A pure function that makes values coarser until they fit the terms. A whiteboard service with
 * property {@link #NAME}; one per name, the highest ranking counts.
 *
 * <p>The gate calls the policies that the terms need, in this order: {@code aggregate} (mode is not
 * raw), {@code delay}, policies of others by name, {@code noise}, {@code quantize}, {@code
 * pseudonym}, {@code cohort}. If one that is needed is not there, nothing is released. What comes
 * out is checked by the gate: a policy may change, leave out and rename, never add subjects,
 * quantities or instants that the terms do not allow.
 *
 * <p>An implementation has no services, sockets, files or threads, and no state: the same block
 * with the same context gives the same result. It is called by one thread of the gate at a time and
 * must return within {@link #MAX_MILLIS}; if it throws or overruns, its flow is closed, and after
 * an overrun it is not called again until its bundle is replaced.
 */
@ConsumerType
@FunctionalInterface
public interface PrivacyPolicy {
  /** Service property: its name in lower case, {@code aggregate}; for others' with their domain. */
  String NAME = "privacy.policy";

  /** Longest time for one block. */
  int MAX_MILLIS = 250;

  /** What the gate lends a policy for one block. */
  @ProviderType
  interface Context {
    /** Terms in force for this flow. */
    Terms terms();

    /** Parameter of a policy of others; empty for the hub's own. */
    String parameter();

    /** Now, by trusted time. */
    Instant now();

    /** Zone of local legal time, for days and weeks. */
    ZoneId zone();

    /**
     * 32 bytes that nobody can tell from random without the hub's key, and the same for the same
     * label: HMAC-SHA-256 with a key of this policy. A policy that hides recipients from each other
     * puts the recipient into the label; noise does not, so that recipients who join what they have
     * cannot average it away.
     */
    byte[] derive(String label);

    /**
     * Takes ε from the budget of a day and subject ({@link Noise#dailyMicroEpsilon()}), durable
     * before it returns. Asking again with the same label takes nothing: the same release again
     * tells nothing new.
     *
     * @param day start of the local day that the value is of
     * @param label names the release: interval, resolution, ε; not the recipient
     * @return whether it was there to take; if not, withhold the value
     */
    boolean spend(Instant day, String subject, String label, long microEpsilon);
  }

  /** Returns the block as it may be released: coarser, shorter, empty, or as it is. */
  Block apply(Block block, Context context);
}
