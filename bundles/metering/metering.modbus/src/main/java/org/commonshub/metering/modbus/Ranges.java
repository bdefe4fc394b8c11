package org.commonshub.metering.modbus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.commonshub.metering.api.Modbus.Range;
import org.commonshub.metering.api.Modbus.Words;

/** Arithmetic of ranges. */
final class Ranges {
  private static final int MAX_BITS = 2000;

  private Ranges() {}

  /**
   * Covers ranges with few requests. No range is cut: the words of one value come from one request.
   *
   * @param gap most unused registers to read over between two ranges
   * @param most most registers in a request
   */
  static List<Range> merge(List<Range> ranges, int gap, int most) {
    List<Range> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparing(Range::table).thenComparingInt(Range::address));
    List<Range> merged = new ArrayList<>();
    Range open = null;
    for (Range range : sorted) {
      if (open != null && open.table() == range.table()) {
        int end = Math.max(open.address() + open.count(), range.address() + range.count());
        int limit = Adu.bits(open) ? MAX_BITS : most;
        if (range.address() <= open.address() + open.count() + gap
            && end - open.address() <= limit) {
          open = new Range(open.table(), open.address(), end - open.address());
          continue;
        }
      }
      if (open != null) {
        merged.add(open);
      }
      open = range;
    }
    if (open != null) {
      merged.add(open);
    }
    return List.copyOf(merged);
  }

  /**
   * The words of a range out of what was read.
   *
   * @throws IllegalArgumentException if no answer covers it
   */
  static Words slice(List<Words> answers, Range range) {
    for (Words words : answers) {
      Range read = words.range();
      int from = range.address() - read.address();
      if (read.table() == range.table() && from >= 0 && from + range.count() <= read.count()) {
        return new Words(range, Arrays.copyOfRange(words.words(), from, from + range.count()));
      }
    }
    throw new IllegalArgumentException("nothing read covers " + range);
  }
}
