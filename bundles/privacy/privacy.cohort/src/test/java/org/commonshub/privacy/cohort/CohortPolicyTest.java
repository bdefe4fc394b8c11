package org.commonshub.privacy.cohort;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.PrivacyPolicy.Context;
import org.commonshub.privacy.api.Terms;
import org.junit.jupiter.api.Test;

class CohortPolicyTest {
  private static final Instant NOON = Instant.parse("2026-01-15T12:00:00Z");

  private final CohortPolicy policy = new CohortPolicy();

  @Test
  void wholeIntervalsAtTheirEndPass() {
    Block block = Cohorts.block("meter", NOON.minusSeconds(1800), 1, 2, 3);
    Terms terms = Cohorts.terms(5);
    assertThat(policy.apply(block, context(terms, NOON)).mantissas()).containsExactly(1, 2);
    assertThat(policy.apply(block, context(terms, NOON.plusSeconds(899))).size()).isEqualTo(2);
    assertThat(policy.apply(block, context(terms, NOON.plusSeconds(900)))).isSameAs(block);
    assertThat(policy.apply(block, context(terms, NOON.minusSeconds(1800))).size()).isZero();
  }

  @Test
  void whatCannotBeSummedDoesNot() {
    Block block = Cohorts.block("meter", NOON.minusSeconds(1800), 1, 2);
    assertThat(policy.apply(block, context(Terms.ANY, NOON)).size()).isZero();
    Terms intervals = Cohorts.terms(5).toBuilder().interval(Granularity.QUARTER_HOUR).build();
    assertThat(policy.apply(block, context(intervals, NOON)).size()).isZero();
    Terms hours = Cohorts.terms(5).toBuilder().aggregate(Granularity.HOUR, 5).build();
    assertThat(policy.apply(block, context(hours, NOON)).size()).isZero();
    Block crooked = Cohorts.block("meter", NOON.minusSeconds(1801), 1);
    assertThat(policy.apply(crooked, context(Cohorts.terms(5), NOON)).size()).isZero();
    Block instants =
        new Block(
            "meter",
            "power.active",
            Block.Statistic.VALUE,
            0,
            0,
            block.starts(),
            block.mantissas(),
            block.qualities());
    assertThat(policy.apply(instants, context(Cohorts.terms(5), NOON)).size()).isZero();
  }

  private static Context context(Terms terms, Instant now) {
    return new Context() {
      @Override
      public Terms terms() {
        return terms;
      }

      @Override
      public String parameter() {
        return "";
      }

      @Override
      public Instant now() {
        return now;
      }

      @Override
      public ZoneId zone() {
        return ZoneOffset.UTC;
      }

      @Override
      public byte[] derive(String label) {
        throw new AssertionError("asks for nothing");
      }

      @Override
      public boolean spend(Instant day, String subject, String label, long microEpsilon) {
        throw new AssertionError("asks for nothing");
      }
    };
  }
}
