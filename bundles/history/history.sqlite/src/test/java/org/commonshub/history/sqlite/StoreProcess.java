package org.commonshub.history.sqlite;

import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.testing.fakes.FakeHubClock;

/**
 * A bare store that is killed by {@link KillTest}: checks what was acknowledged before, then takes
 * readings until it dies, saying after each batch up to where they are acknowledged.
 */
final class StoreProcess {
  private StoreProcess() {}

  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    long acknowledged = Long.parseLong(args[1]);
    NativeLibrary.prepare(directory.resolve("native"));
    FakeHubClock clock = new FakeHubClock(StoreTest.T0);
    // Small, so that flushes and journal turns happen all the time.
    Options standard = Options.standard(ZoneOffset.UTC);
    Options small =
        new Options(standard.zone(), 0, 300_000, 24 * 1024, standard.retentionDays(), () -> true);
    Store store = new Store(directory, small, clock);
    store.awaitCheck();
    if (store.status().problem().isPresent() || !store.status().repairs().isEmpty()) {
      System.out.println("bad start: " + store.status());
      return;
    }
    BitSet seen = new BitSet();
    String[] wrong = {null};
    store.replay(
        List.of(StoreTest.DEVICE),
        Instant.EPOCH,
        StoreTest.T0.plusSeconds(1L << 32),
        record -> {
          ReadingFrame frame = (ReadingFrame) record;
          if (!frame.equals(frame(frame.sequence())) || seen.get((int) frame.sequence())) {
            wrong[0] = "wrong or twice: " + frame;
          }
          seen.set((int) frame.sequence());
        });
    if (wrong[0] != null || seen.nextClearBit(0) <= acknowledged) {
      System.out.println(
          "lost: " + wrong[0] + ", first missing " + seen.nextClearBit(0) + " of " + acknowledged);
      return;
    }
    System.out.println("ready");
    for (long next = seen.nextClearBit(0); ; ) {
      List<MeterRecord> batch = new ArrayList<>();
      int count = 1 + (int) (next % 97);
      for (int i = 0; i < count; i++) {
        batch.add(frame(next++));
      }
      store.accept(batch);
      System.out.println("ack " + (next - 1));
    }
  }

  static ReadingFrame frame(long sequence) {
    return new ReadingFrame(
        StoreTest.DEVICE,
        1,
        StoreTest.T0.plusSeconds(sequence),
        sequence,
        1,
        List.of(
            Measurement.of(Quantity.ACTIVE_POWER, sequence * 2_654_435_761L % 4096, -1),
            Measurement.of(Quantity.VOLTAGE_L1, 2300 + sequence % 13, -1),
            Measurement.of(Quantity.ENERGY_IMPORT, sequence / 3, 0)));
  }
}
