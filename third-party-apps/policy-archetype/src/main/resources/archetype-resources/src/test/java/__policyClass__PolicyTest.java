package ${package};

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What this policy is for. */
class ${policyClass}PolicyTest {
  @ParameterizedTest
  @CsvSource({
    // mantissa, exponent, ceiling, mantissa that comes out
    "4999, 0, 5000, 4999",
    "5001, 0, 5000, 5000",
    "-5001, 0, 5000, -5000",
    "50001, -1, 5000, 50000",
    "6, 3, 5000, 5",
    "-9223372036854775808, 0, 1, -1",
    "9223372036854775807, -18, 10, 9223372036854775807",
  })
  void lowersToTheCeiling(long mantissa, int exponent, String ceiling, long expected) {
    Block block =
        new Block(
            "d", "power.active", Statistic.VALUE, 0, exponent, new long[] {1},
            new long[] {mantissa}, new int[] {8});
    Block out = apply(block, ceiling);
    assertThat(out.mantissas()).containsExactly(expected);
    assertThat(out.starts()).containsExactly(1);
    assertThat(out.qualities()).containsExactly(8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "5 kW", "1e3", "1000000000", " 5"})
  void anythingButANumberIsRefused(String parameter) {
    Block block =
        new Block(
            "d", "power.active", Statistic.VALUE, 0, 0, new long[] {1}, new long[1], new int[1]);
    assertThatThrownBy(() -> apply(block, parameter)).isInstanceOf(IllegalArgumentException.class);
  }

  private static Block apply(Block block, String parameter) {
    return new ${policyClass}Policy()
        .apply(block, PolicyContext.of(Terms.ANY).parameter(parameter));
  }
}
