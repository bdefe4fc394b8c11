package org.commonshub.apps.desk.api;

import java.time.Instant;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A clock that nobody turns: the latest instant that somebody vouched for by a signature, and the
 * time that ran since by the monotonic clock. Never goes back, also over restarts (10 minutes may
 * be lost at a kill: then it is early, never late). The wall clock has no part in it. Any thread.
 */
@ProviderType
public interface TrustedTime {
  /** Not later than true time; never earlier than what it said before. */
  Instant now();

  /**
   * It is at least that late: the signature of whoever says so has been verified.
   *
   * @param bound when they signed
   * @param source who, for the log: {@code catalogue:NAME}, {@code licence:APP}, {@code nts:HOST}
   */
  void atLeast(Instant bound, String source);
}
