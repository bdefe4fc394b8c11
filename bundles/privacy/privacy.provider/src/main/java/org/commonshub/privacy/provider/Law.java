package org.commonshub.privacy.provider;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.Set;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsBuilder;

/**
 * What European law and its practice leave of any consent; nobody on this hub can widen it. Sources
 * and reasons are in docs/privacy.md, chapter "The gate":
 *
 * <ul>
 *   <li>A consent has an end: 13 months, the span after which data protection authorities want it
 *       asked again (GDPR article 7(3), recital 32; CNIL).
 *   <li>Bills, grids, statistics and research get a quarter of an hour at the finest: the period
 *       that markets settle in (Directive (EU) 2019/944, article 20; Art. 29 WP 183 and EDPS of 8
 *       June 2012: load graphs no finer than the purpose needs).
 *   <li>Advertising is no purpose that a daily routine is needed for: days at the finest.
 * </ul>
 */
final class Law {
  private static final int MONTHS = 13;

  /** Purposes that serve somebody else than the people who live here. */
  private static final Set<Purpose> OF_OTHERS =
      EnumSet.of(Purpose.BILLING, Purpose.GRID_OPERATION, Purpose.STATISTICS, Purpose.RESEARCH);

  private Law() {}

  /** The law's terms for a consent given at an instant. */
  static Terms terms(Purpose purpose, Instant given) {
    TermsBuilder terms =
        Terms.ANY.toBuilder().until(given.atZone(ZoneOffset.UTC).plusMonths(MONTHS).toInstant());
    if (purpose == Purpose.MARKETING) {
      terms.interval(Granularity.DAY);
    } else if (OF_OTHERS.contains(purpose)) {
      terms.interval(Granularity.QUARTER_HOUR);
    }
    return terms.build();
  }
}
