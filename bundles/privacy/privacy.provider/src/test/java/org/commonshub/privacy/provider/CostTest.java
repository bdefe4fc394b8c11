package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.Unit;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Terms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What three stacked policies cost; printed, and bounded loosely since the machine is busy. */
@Timeout(120)
class CostTest {
  @TempDir Path root;

  @Test
  void threePoliciesAreCheap() throws Exception {
    try (House house = new House(root)) {
      Terms terms =
          house.interval(Granularity.SECOND).toBuilder()
              .delay(Duration.ofSeconds(1))
              .quantum(Unit.WATT, 10_000)
              .build();
      for (int values : new int[] {2, 20, 4000}) {
        double best = Double.MAX_VALUE;
        for (int run = 0; run < 30; run++) {
          best = Math.min(best, microsPerValue(house, terms, values));
        }
        System.out.printf("%d values a block: %.2f µs per value%n", values, best);
        if (values > 1000) {
          assertThat(best).isLessThan(50);
        }
      }
    }
  }

  private static double microsPerValue(House house, Terms terms, int values) throws Exception {
    Instant from = Instant.parse("2026-01-15T11:00:00Z").minusSeconds(values);
    List<Block> blocks = new ArrayList<>();
    for (int k = 0; k < 10; k++) {
      Samples samples = new Samples(Block.MAX_VALUES);
      for (int i = 0; i < values; i++) {
        samples.add(from.plusSeconds(i).toEpochMilli(), i * 7L, 0, 0);
      }
      blocks.add(
          samples.block(
              new Series(house.meter.id(), org.commonshub.measure.api.Quantity.ACTIVE_POWER),
              Long.MIN_VALUE,
              Long.MAX_VALUE,
              false));
    }
    Round round =
        new Round(
            terms,
            house.clock.now(),
            ZoneId.of("Europe/Rome"),
            from,
            house.clock.now(),
            house.gate.budget());
    long begin = System.nanoTime();
    CompletableFuture<List<Block>> answer = new CompletableFuture<>();
    house
        .gate
        .policies()
        .run(
            blocks,
            round,
            new Lane.Done() {
              @Override
              public void done(List<Block> made) {
                answer.complete(made);
              }

              @Override
              public void failed(Fault fault) {
                answer.completeExceptionally(fault);
              }
            });
    int out = answer.get(20, TimeUnit.SECONDS).stream().mapToInt(Block::size).sum();
    assertThat(out).isGreaterThan(0);
    return (System.nanoTime() - begin) / 1000.0 / (10.0 * values);
  }
}
