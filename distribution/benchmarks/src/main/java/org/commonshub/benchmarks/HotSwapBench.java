package org.commonshub.benchmarks;

import java.io.PrintStream;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Gap in service while each bundle is updated under load. Baseline: the same bundles stopped and
 * started by hand, which is what a container without update in place has to do.
 */
public final class HotSwapBench implements Bench {
  @Override
  public String name() {
    return "hotswap";
  }

  @Override
  public String summary() {
    return "gap in service while each bundle is updated, 100 devices polled";
  }

  @Override
  public Result run(PrintStream progress) throws Exception {
    HotSwap.Outcome outcome = HotSwap.run(HubProcess.root(), progress);
    Map<String, Number> figures = new LinkedHashMap<>();
    figures.put("max_gap_ms", max(outcome.costs(), false, HotSwap.Cost::updateGapMillis));
    figures.put("max_gap_api_ms", max(outcome.costs(), true, HotSwap.Cost::updateGapMillis));
    figures.put("lost_readings", outcome.lostReadings());
    figures.put("due_readings", outcome.dueTimes());
    figures.put("bundles", outcome.costs().size());
    figures.put("leaks", outcome.leaks().size());
    outcome.leaks().forEach(progress::println);
    Map<String, Number> baseline = new LinkedHashMap<>();
    baseline.put("max_gap_ms", max(outcome.costs(), false, HotSwap.Cost::restartGapMillis));
    baseline.put("max_gap_api_ms", max(outcome.costs(), true, HotSwap.Cost::restartGapMillis));
    return new Result(figures, baseline);
  }

  private static double max(
      List<HotSwap.Cost> costs, boolean base, ToDoubleFunction<HotSwap.Cost> gap) {
    return costs.stream()
        .filter(c -> c.base() == base)
        .max(Comparator.comparingDouble(gap))
        .map(c -> Math.round(gap.applyAsDouble(c) * 10) / 10.0)
        .orElse(0.0);
  }
}
