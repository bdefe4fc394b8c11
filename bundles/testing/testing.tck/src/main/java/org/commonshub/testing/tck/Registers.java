package org.commonshub.testing.tck;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The registers of a Modbus unit at one moment. Immutable once served. */
public final class Registers {
  private final Map<Integer, Integer> holding = new HashMap<>();
  private final Map<Integer, Integer> input = new HashMap<>();

  /** Sets holding registers from an address on. */
  public Registers holding(int address, int... words) {
    return set(holding, address, words);
  }

  /** Sets input registers from an address on. */
  public Registers input(int address, int... words) {
    return set(input, address, words);
  }

  /** Sets two input registers to a float, high word first. */
  public Registers inputFloat(int address, float value) {
    int bits = Float.floatToIntBits(value);
    return input(address, bits >>> 16, bits & 0xFFFF);
  }

  private Registers set(Map<Integer, Integer> table, int address, int... words) {
    for (int i = 0; i < words.length; i++) {
      table.put(address + i, words[i] & 0xFFFF);
    }
    return this;
  }

  /** What function 3 or 4 reads; empty if the unit refuses. */
  public Optional<int[]> read(int function, int address, int count) {
    Map<Integer, Integer> table =
        function == 3 ? holding : function == 4 ? input : Map.<Integer, Integer>of();
    int[] words = new int[count];
    for (int i = 0; i < count; i++) {
      Integer word = table.get(address + i);
      if (word == null) {
        return Optional.empty();
      }
      words[i] = word;
    }
    return count < 1 || count > 125 ? Optional.empty() : Optional.of(words);
  }
}
