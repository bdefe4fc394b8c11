package org.commonshub.history.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random work on the store, compared with a store that keeps a list and computes by definition. */
@Timeout(120)
class ModelTest {
  private static final ZoneId ROME = ZoneId.of("Europe/Rome");
  // Three hours before the short day of 2026 in Rome.
  private static final Instant T0 = Instant.parse("2026-03-28T20:00:00Z");
  private static final Quantity CUSTOM =
      Quantity.custom(
          "x-test.flow",
          org.commonshub.measure.api.Commodity.WATER,
          org.commonshub.measure.api.Unit.CUBIC_METRE_PER_HOUR,
          org.commonshub.measure.api.Phase.TOTAL,
          Nature.INSTANTANEOUS);
  private static final List<Quantity> QUANTITIES =
      List.of(
          Quantity.ACTIVE_POWER,
          Quantity.ENERGY_IMPORT,
          Quantity.DC_POWER.channel(2),
          Quantity.DEVICE_STATE,
          Quantity.HOME_CONSUMPTION,
          CUSTOM);

  @TempDir Path directory;

  private record Key(DeviceId device, int epoch, long sequence, int revision) {
    static Key of(ReadingFrame f) {
      return new Key(f.device(), f.clockEpoch(), f.sequence(), f.revision());
    }
  }

  private final Map<Key, ReadingFrame> model = new LinkedHashMap<>();
  private final List<Gap> gaps = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void keepsAndRollsUpLikeTheModel(long seed) throws Exception {
    Random random = new Random(seed);
    List<DeviceId> devices =
        List.of(
            DeviceId.parse("6f1e2d3c-0000-4000-8000-000000000001"),
            DeviceId.parse("6f1e2d3c-0000-4000-8000-000000000002"));
    Store store = new Store(directory, Options.standard(ROME), new FakeHubClock(T0));
    long[] time = {0, 0};
    long[] sequence = {0, 0};
    long[] register = {5000, 7000};
    int epoch = 1;
    List<MeterRecord> last = List.of();
    for (int step = 0; step < 120; step++) {
      int kind = random.nextInt(20);
      if (kind == 0) {
        store.close();
        store = new Store(directory, Options.standard(ROME), new FakeHubClock(T0));
      } else if (kind <= 2) {
        store.flushNow();
      } else if (kind == 3 && !last.isEmpty()) {
        store.accept(last);
      } else if (kind == 4 && seed % 3 == 0) {
        epoch++; // the clock is set back
        for (int d = 0; d < 2; d++) {
          time[d] = Math.max(0, time[d] - 7_200_000);
          sequence[d] = 0;
        }
      } else {
        List<MeterRecord> batch = new ArrayList<>();
        int count = 1 + random.nextInt(60);
        for (int i = 0; i < count; i++) {
          int d = random.nextInt(2);
          if (random.nextInt(40) == 0) {
            Instant from = T0.plusMillis(time[d] + 1000);
            time[d] += 30_000 + random.nextInt(2_000_000);
            Gap gap = new Gap(devices.get(d), from, T0.plusMillis(time[d]), Gap.Reason.UNREACHABLE);
            batch.add(gap);
            gaps.add(gap);
            continue;
          }
          if (random.nextInt(60) == 0 && !model.isEmpty() && seed % 2 == 0) {
            ReadingFrame old =
                model.values().stream()
                    .skip(random.nextInt(model.size()))
                    .findFirst()
                    .orElseThrow();
            ReadingFrame better =
                new ReadingFrame(
                    old.device(),
                    old.meterEpoch(),
                    old.instant(),
                    old.sequence(),
                    old.clockEpoch(),
                    old.revision() + 1,
                    old.values().stream()
                        .map(
                            m ->
                                new Measurement(
                                    m.quantity(), m.mantissa() + 1, m.exponent(), new Quality(4)))
                        .toList(),
                    Map.of("by", "model", "n", List.of(1L, 2.5, true)));
            if (!model.containsKey(Key.of(better))) {
              batch.add(better);
              model.put(Key.of(better), better);
            }
            continue;
          }
          time[d] +=
              random.nextInt(10) == 0 ? random.nextInt(1_200_000) : 500 + random.nextInt(20_000);
          register[d] += random.nextInt(50);
          long late = seed % 4 == 1 && random.nextInt(50) == 0 ? random.nextInt(3_600_000) : 0;
          List<Measurement> values = new ArrayList<>();
          for (Quantity q : QUANTITIES) {
            if (random.nextInt(30) != 0) {
              boolean isRegister = q.nature() == Nature.REGISTER;
              values.add(
                  new Measurement(
                      q,
                      isRegister ? register[d] : random.nextInt(8000) - 4000,
                      isRegister ? 0 : -random.nextInt(3),
                      random.nextInt(50) == 0
                          ? new Quality(1 << random.nextInt(5))
                          : Quality.MEASURED));
            }
          }
          ReadingFrame frame =
              new ReadingFrame(
                  devices.get(d),
                  1,
                  T0.plusMillis(Math.max(0, time[d] - late)),
                  sequence[d]++,
                  epoch,
                  values);
          batch.add(frame);
          model.put(Key.of(frame), frame);
        }
        if (!batch.isEmpty()) {
          store.accept(batch);
          last = batch;
        }
      }
    }
    try {
      for (int round = 0; round < 3; round++) {
        for (DeviceId device : devices) {
          compare(store, device);
        }
        if (round == 0) {
          store.flushNow();
        } else if (round == 1) {
          store.close();
          store = new Store(directory, Options.standard(ROME), new FakeHubClock(T0));
          store.awaitCheck();
        }
      }
      assertThat(store.status().repairs()).isEmpty();
      assertThat(store.status().problem()).isEmpty();
    } finally {
      store.close();
    }
  }

  private void compare(Store store, DeviceId device) throws Exception {
    Instant end = T0.plusSeconds(10_000_000);
    List<ReadingFrame> expected =
        model.values().stream()
            .filter(f -> f.device().equals(device))
            .sorted(
                Comparator.comparing(ReadingFrame::instant)
                    .thenComparing(ReadingFrame::clockEpoch)
                    .thenComparing(ReadingFrame::sequence)
                    .thenComparing(ReadingFrame::revision))
            .toList();
    List<ReadingFrame> found = new ArrayList<>();
    List<Gap> foundGaps = new ArrayList<>();
    store.replay(
        List.of(device),
        Instant.EPOCH,
        end,
        r -> {
          if (r instanceof ReadingFrame f) {
            found.add(f);
          } else {
            foundGaps.add((Gap) r);
          }
        });
    assertThat(found).isEqualTo(expected);
    assertThat(foundGaps)
        .containsExactlyInAnyOrderElementsOf(
            gaps.stream().filter(g -> g.device().equals(device)).toList());
    Map<List<Object>, Integer> newest = new HashMap<>();
    for (ReadingFrame f : expected) {
      newest.merge(List.of(f.clockEpoch(), f.sequence()), f.revision(), Math::max);
    }
    List<ReadingFrame> valid =
        expected.stream()
            .filter(f -> newest.get(List.of(f.clockEpoch(), f.sequence())) == f.revision())
            .toList();
    for (Quantity quantity : QUANTITIES) {
      List<Point> raw =
          store.query(device, quantity, Instant.EPOCH, end, Resolution.RAW, 1_000_000).stream()
              .filter(p -> p.count() > 0)
              .toList();
      List<ReadingFrame> having =
          valid.stream().filter(f -> f.value(quantity).isPresent()).toList();
      assertThat(raw).hasSize(having.size());
      for (int i = 0; i < raw.size(); i++) {
        assertThat(raw.get(i).start()).isEqualTo(having.get(i).instant());
        assertThat(raw.get(i).mean())
            .isEqualTo(having.get(i).value(quantity).orElseThrow().doubleValue());
      }
      for (Level level : Level.values()) {
        Resolution resolution = Resolution.values()[level.ordinal() + 1];
        List<Point> points =
            store
                .query(device, quantity, T0.minusSeconds(90_000), end, resolution, 1_000_000)
                .stream()
                .filter(p -> p.count() > 0)
                .toList();
        check(
            points,
            byDefinition(device, having, quantity, level),
            device + " " + quantity + " " + level);
      }
    }
  }

  private static void check(List<Point> points, TreeMap<Long, Bucket> expected, String what) {
    assertThat(points).as(what).hasSize(expected.size());
    for (Point p : points) {
      Bucket b = expected.get(p.start().toEpochMilli());
      String where = what + " " + p.start();
      assertThat(b).as(where).isNotNull();
      assertThat(p.count()).as(where).isEqualTo(b.count);
      assertThat(p.min()).as(where).isEqualTo(b.min);
      assertThat(p.max()).as(where).isEqualTo(b.max);
      assertThat(p.first()).as(where).isEqualTo(b.first);
      assertThat(p.last()).as(where).isEqualTo(b.last);
      assertThat(p.mean()).as(where + " mean").isCloseTo(b.mean(), within(0.002));
      assertThat(p.delta()).as(where + " delta").isCloseTo(b.delta, within(0.002));
    }
  }

  private static final class Bucket {
    double min = Double.MAX_VALUE;
    double max = -Double.MAX_VALUE;
    double first = Double.NaN;
    double last;
    double sum;
    double integral;
    double weight;
    double delta;
    long count;

    double mean() {
      return weight > 0 ? integral / weight : sum / count;
    }
  }

  private record Value(long time, double value) {}

  /** Straight from the definition in README.md, over everything at once. */
  private TreeMap<Long, Bucket> byDefinition(
      DeviceId device, List<ReadingFrame> frames, Quantity quantity, Level level) {
    List<Value> values = new ArrayList<>();
    for (ReadingFrame f : frames) {
      Measurement m = f.value(quantity).orElseThrow();
      if (!m.quality().has(Quality.OUT_OF_RANGE)) {
        values.add(new Value(f.instant().toEpochMilli(), m.doubleValue()));
      }
    }
    TreeMap<Long, Bucket> buckets = new TreeMap<>();
    for (Value v : values) {
      Bucket b = buckets.computeIfAbsent(level.start(v.time(), ROME), s -> new Bucket());
      b.min = Math.min(b.min, v.value());
      b.max = Math.max(b.max, v.value());
      if (b.count == 0) {
        b.first = v.value();
      }
      b.last = v.value();
      b.sum += v.value();
      b.count++;
      if (quantity.nature() == Nature.INTERVAL) {
        b.delta += v.value();
      }
    }
    for (int i = 1; i < values.size(); i++) {
      Value a = values.get(i - 1);
      Value b = values.get(i);
      if (quantity.nature() == Nature.INSTANTANEOUS) {
        long to = Math.min(b.time(), a.time() + 900_000);
        for (Gap gap : gaps) {
          long from = gap.from().toEpochMilli();
          if (gap.device().equals(device) && from > a.time()) {
            to = Math.min(to, from);
          }
        }
        for (long s : List.of(level.start(a.time(), ROME), level.start(b.time(), ROME))) {
          long overlap = Math.min(to, level.end(s, ROME)) - Math.max(a.time(), s);
          if (overlap > 0) {
            buckets.get(s).integral += a.value() * overlap;
            buckets.get(s).weight += overlap;
          }
          if (level.start(a.time(), ROME) == level.start(b.time(), ROME)) {
            break;
          }
        }
      } else if (quantity.nature() == Nature.REGISTER) {
        long sa = level.start(a.time(), ROME);
        long sb = level.start(b.time(), ROME);
        double step = RegisterByDefinition.step(values, i, Value::value);
        if (sa != sb && level.end(sa, ROME) == sb && b.time() > a.time()) {
          double before = step * (sb - a.time()) / (b.time() - a.time());
          buckets.get(sa).delta += before;
          buckets.get(sb).delta += step - before;
        } else {
          buckets.get(sb).delta += step;
        }
      }
    }
    return buckets;
  }

  /** Energy counted from value i−1 to value i: drops count nothing unless they were glitches. */
  private static final class RegisterByDefinition {
    static <T> double step(List<T> values, int upTo, java.util.function.ToDoubleFunction<T> of) {
      double base = of.applyAsDouble(values.get(0));
      double low = Double.NaN;
      double step = 0;
      for (int i = 1; i <= upTo; i++) {
        double v = of.applyAsDouble(values.get(i));
        step = 0;
        if (v >= base) {
          step = v - base;
          base = v;
          low = Double.NaN;
        } else if (Double.isNaN(low) || v <= low) {
          low = v;
        } else {
          step = v - low;
          base = v;
          low = Double.NaN;
        }
      }
      return step;
    }
  }
}
