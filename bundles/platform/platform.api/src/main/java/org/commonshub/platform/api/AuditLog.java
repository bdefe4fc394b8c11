package org.commonshub.platform.api;

import java.time.Instant;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Who did what: log-ins, claims, changed settings, users, tokens, features, backups. Bounded on
 * disk (oldest go first), readable by the prosumer. Never holds secrets or readings.
 */
@ProviderType
public interface AuditLog {
  /**
   * One entry.
   *
   * @param at when
   * @param actor user name, {@code token:ID}, {@code local} (terminal) or {@code hub}
   * @param action dotted verb, {@code settings.write}
   * @param subject what it was done to
   * @param outcome {@code ok} or the refusal
   */
  record Entry(Instant at, String actor, String action, String subject, String outcome) {}

  /** Appends; never blocks on the disk for longer than one write, never throws. */
  void record(String actor, String action, String subject, String outcome);

  /** Newest first, at most {@code limit}. */
  List<Entry> latest(int limit);
}
