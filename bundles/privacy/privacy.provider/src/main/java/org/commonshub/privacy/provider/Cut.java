package org.commonshub.privacy.provider;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Terms;

/** Parts of blocks. */
final class Cut {
  private Cut() {}

  /** What begins within a round's time. */
  static List<Block> window(List<Block> blocks, Round round) {
    long from = round.from().toEpochMilli();
    long to = round.to().toEpochMilli();
    List<Block> within = new ArrayList<>(blocks.size());
    for (Block block : blocks) {
      int low = search(block.starts(), from);
      int high = search(block.starts(), to);
      if (high > low) {
        within.add(part(block, low, high));
      }
    }
    return within;
  }

  /**
   * Blocks that do not go beyond one period of the pseudonyms: periods are counted from 1970, and a
   * block has one name.
   */
  static List<Block> rotations(List<Block> blocks, Terms terms) {
    long period = terms.pseudonymRotation().orElseThrow().toMillis();
    List<Block> parts = new ArrayList<>(blocks.size());
    for (Block block : blocks) {
      int low = 0;
      while (low < block.size()) {
        long next = (Math.floorDiv(block.starts()[low], period) + 1) * period;
        int high = search(block.starts(), next);
        parts.add(part(block, low, high));
        low = high;
      }
    }
    return parts;
  }

  private static Block part(Block block, int low, int high) {
    return low == 0 && high == block.size()
        ? block
        : block.with(
            block.exponent(),
            Arrays.copyOfRange(block.starts(), low, high),
            Arrays.copyOfRange(block.mantissas(), low, high),
            Arrays.copyOfRange(block.qualities(), low, high));
  }

  private static int search(long[] starts, long millis) {
    int found = Arrays.binarySearch(starts, millis);
    return found < 0 ? -found - 1 : found;
  }
}
