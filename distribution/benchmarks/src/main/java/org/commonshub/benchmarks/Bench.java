package org.commonshub.benchmarks;

import java.io.PrintStream;
import java.util.Map;

/** One benchmark of {@code ./bench NAME}. Found through {@link java.util.ServiceLoader}. */
public interface Bench {
  /** Name on the command line. */
  String name();

  /** One sentence for {@code --list}. */
  String summary();

  /**
   * Runs, baseline included.
   *
   * @param progress human-readable progress (standard error)
   */
  Result run(PrintStream progress) throws Exception;

  /**
   * What was measured, by the names the targets are written in.
   *
   * @param figures ours
   * @param baseline what the same machine gave for the baseline in the same run
   */
  record Result(Map<String, Number> figures, Map<String, Number> baseline) {}
}
