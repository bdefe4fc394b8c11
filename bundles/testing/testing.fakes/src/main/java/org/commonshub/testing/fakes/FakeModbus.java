package org.commonshub.testing.fakes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Modbus;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.WriteLease;

/**
 * Modbus units as register images: no bytes, no framing. Registers that were not set are refused
 * with an illegal-data-address sentence, as most devices do.
 */
public final class FakeModbus implements Modbus {
  private final Map<Integer, Map<Integer, Integer>> holding = new ConcurrentHashMap<>();
  private final List<Range> reads = new CopyOnWriteArrayList<>();
  private final List<Words> writes = new CopyOnWriteArrayList<>();
  private volatile DeviceException failure;

  /** Sets holding registers of a unit from an address on. */
  public FakeModbus set(int unit, int address, int... words) {
    Map<Integer, Integer> image = holding.computeIfAbsent(unit, u -> new ConcurrentHashMap<>());
    for (int i = 0; i < words.length; i++) {
      image.put(address + i, words[i] & 0xFFFF);
    }
    return this;
  }

  /** Forgets a unit's registers. */
  public FakeModbus clear(int unit) {
    holding.remove(unit);
    return this;
  }

  /** Makes every read fail, or work again with null. */
  public void fail(DeviceException why) {
    failure = why;
  }

  /** Ranges read so far. */
  public List<Range> reads() {
    return List.copyOf(reads);
  }

  /** What was written so far. */
  public List<Words> writes() {
    return List.copyOf(writes);
  }

  /** Forgets the ranges read. */
  public void clearReads() {
    reads.clear();
  }

  @Override
  public Unit unit(StreamConnection stream, Framing framing, int unitId, Duration timeout) {
    return new Unit() {
      @Override
      public CompletionStage<Words> read(Range range) {
        reads.add(range);
        DeviceException failing = failure;
        if (failing != null) {
          return CompletableFuture.failedFuture(failing);
        }
        Map<Integer, Integer> image = holding.getOrDefault(unitId, Map.of());
        int[] words = new int[range.count()];
        for (int i = 0; i < words.length; i++) {
          Integer word = image.get(range.address() + i);
          if (word == null || range.count() > 125) {
            return CompletableFuture.failedFuture(
                new DeviceException(
                    DeviceException.Kind.REFUSED, "illegal data address " + (range.address() + i)));
          }
          words[i] = word;
        }
        return CompletableFuture.completedFuture(new Words(range, words));
      }

      @Override
      public CompletionStage<List<Words>> readAll(List<Range> ranges) {
        CompletionStage<List<Words>> all = CompletableFuture.completedFuture(new ArrayList<>());
        for (Range range : ranges) {
          all =
              all.thenCompose(
                  done ->
                      read(range)
                          .thenApply(
                              words -> {
                                done.add(words);
                                return done;
                              }));
        }
        return all;
      }

      @Override
      public CompletionStage<Void> write(
          WriteLease lease, Table table, int address, int[] words, boolean single) {
        if (!lease.held()) {
          return CompletableFuture.failedFuture(
              new DeviceException(DeviceException.Kind.FORBIDDEN, "no lease"));
        }
        writes.add(new Words(new Range(table, address, words.length), words.clone()));
        set(unitId, address, words);
        return CompletableFuture.completedFuture(null);
      }
    };
  }
}
