package org.commonshub.benchmarks;

import java.io.PrintStream;
import java.util.Map;

/** Cost of the contracts on a development node. */
final class LedgerGas {
  private LedgerGas() {}

  static void measure(
      Map<String, Number> figures, Map<String, Number> baseline, PrintStream progress)
      throws Exception {}
}
