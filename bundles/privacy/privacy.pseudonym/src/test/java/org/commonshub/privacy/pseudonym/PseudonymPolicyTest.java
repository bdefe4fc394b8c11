package org.commonshub.privacy.pseudonym;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsBuilder;
import org.commonshub.testing.tck.PolicyContext;
import org.junit.jupiter.api.Test;

class PseudonymPolicyTest {
  private static final long DAY = 86_400_000;

  @Test
  void aPeriodHasOneName() {
    PolicyContext context = context(terms());
    String name = name(context, "a", 10 * DAY);
    assertThat(name).matches("p-[a-z2-7]{26}").isEqualTo(name(context, "a", 11 * DAY - 1));
    Block block =
        new Block(
            "a",
            "energy.import",
            Statistic.AMOUNT,
            900,
            2,
            new long[] {10 * DAY, 10 * DAY + 900_000},
            new long[] {5, 6},
            new int[] {1, 0});
    assertThat(new PseudonymPolicy().apply(block, context))
        .usingRecursiveComparison()
        .isEqualTo(block.under(name));
  }

  @Test
  void namesOfOtherDevicesPeriodsRecipientsPurposesRotationsAndHubsHaveNothingInCommon() {
    Set<String> names = new HashSet<>();
    int count = 0;
    for (String device : new String[] {"a", "b", "a\napp:x"}) {
      for (String recipient : new String[] {"app:x", "app:y", "token:x"}) {
        for (Purpose purpose : new Purpose[] {Purpose.RESEARCH, Purpose.BILLING}) {
          for (int rotation : new int[] {1, 2}) {
            for (String key : new String[] {"1", "2"}) {
              for (int day = -4; day < 60; day += rotation) {
                PolicyContext context =
                    context(
                            terms()
                                .recipient(Recipient.parse(recipient))
                                .purposes(purpose)
                                .pseudonymRotation(Duration.ofDays(rotation)))
                        .key(key);
                names.add(name(context, device, day * DAY));
                count++;
              }
            }
          }
        }
      }
    }
    assertThat(names).hasSize(count);
    // 128 random bits: about half of any bit of any two names differ.
    long[] ones = new long[26];
    names.forEach(
        name -> {
          for (int i = 0; i < 26; i++) {
            ones[i] += "abcdefghijklmnop".indexOf(name.charAt(i + 2)) < 0 ? 1 : 0; // its first bit
          }
        });
    for (int i = 0; i < 26; i++) {
      assertThat(ones[i] / (double) count).isBetween(0.45, 0.55);
    }
  }

  @Test
  void aLaterPeriodIsLeftOut() {
    Block block =
        new Block(
            "a",
            "power.active",
            Statistic.VALUE,
            0,
            0,
            new long[] {DAY - 2, DAY - 1, DAY, 2 * DAY},
            new long[] {1, 2, 3, 4},
            new int[4]);
    Block out = new PseudonymPolicy().apply(block, context(terms()));
    assertThat(out.mantissas()).containsExactly(1, 2);
    assertThat(out.subject()).isEqualTo(name(context(terms()), "a", 0));
  }

  @Test
  void withoutARecipientNothingIsReleased() {
    Terms terms = Terms.ANY.toBuilder().pseudonymRotation(Duration.ofDays(1)).build();
    Block out = new PseudonymPolicy().apply(block("a", 5), PolicyContext.of(terms));
    assertThat(out.size()).isZero();
    assertThat(out.subject()).isEqualTo("p");
  }

  @Test
  void withoutRotationNothingIsRenamed() {
    Block block = block("a", 5);
    assertThat(new PseudonymPolicy().apply(block, PolicyContext.of(Terms.ANY))).isSameAs(block);
  }

  private static TermsBuilder terms() {
    return Terms.ANY.toBuilder()
        .recipient(Recipient.parse("app:x"))
        .purposes(Purpose.RESEARCH)
        .pseudonymRotation(Duration.ofDays(1));
  }

  private static PolicyContext context(TermsBuilder terms) {
    return PolicyContext.of(terms.build());
  }

  private static String name(PolicyContext context, String device, long start) {
    return new PseudonymPolicy().apply(block(device, start), context).subject();
  }

  private static Block block(String device, long start) {
    return new Block(
        device, "power.active", Statistic.VALUE, 0, 0, new long[] {start}, new long[1], new int[1]);
  }
}
