package org.commonshub.testing.tck;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.commonshub.apps.desk.api.AppManifest.DataRequest;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsException;

/**
 * Data of the home under the terms of the app's manifest. Give it values of the past and of the
 * future: each is released at the end of its interval and the terms' delay later, to listeners
 * while the clock moves and to {@link #read}.
 */
public final class HarnessEnergy implements EnergyData {
  private static final Duration LONGEST_READ = Duration.ofDays(366);

  private record Series(
      String subject, String quantity, Statistic statistic, int intervalSeconds, int exponent) {}

  private record Value(long mantissa, int quality) {}

  private final AppHarness harness;
  private final Map<Purpose, Gate> gates = new EnumMap<>(Purpose.class);

  HarnessEnergy(AppHarness harness) {
    this.harness = harness;
    for (DataRequest request : harness.manifest().data()) {
      gates.put(request.purpose(), new Gate(request.purpose(), request.terms()));
    }
  }

  /**
   * Gives values of one quantity of one device.
   *
   * @param subject name of the device in releases
   * @param start of the first interval; each follows the one before it
   * @param interval zero for values at an instant, 1 s apart
   * @param exponent power of ten
   * @throws IllegalArgumentException if the terms of the manifest would never release that
   */
  public HarnessEnergy give(
      Purpose purpose,
      String subject,
      Quantity quantity,
      Statistic statistic,
      Instant start,
      Duration interval,
      int exponent,
      long... mantissas) {
    int seconds = Math.toIntExact(interval.toSeconds());
    long step = 1000L * Math.max(1, seconds);
    for (int from = 0; from < mantissas.length; from += Block.MAX_VALUES) {
      int size = Math.min(Block.MAX_VALUES, mantissas.length - from);
      long[] starts = new long[size];
      long[] values = new long[size];
      for (int i = 0; i < size; i++) {
        starts[i] = start.toEpochMilli() + (from + i) * step;
        values[i] = mantissas[from + i];
      }
      give(
          purpose,
          new Block(
              subject,
              quantity.toString(),
              statistic,
              seconds,
              exponent,
              starts,
              values,
              new int[size]));
    }
    return this;
  }

  /**
   * Gives a block of values.
   *
   * @throws IllegalArgumentException if the terms of the manifest would never release that
   */
  public HarnessEnergy give(Purpose purpose, Block block) {
    gate(purpose).give(block);
    return this;
  }

  /** The person says yes, from now on; under narrower terms than asked if they like. */
  public HarnessEnergy open(Purpose purpose, Terms terms) {
    Gate gate = gate(purpose);
    try {
      gate.terms = gate.declared.meet(terms);
    } catch (TermsException e) {
      throw new IllegalArgumentException(e);
    }
    gate.state(Grant.State.OPEN, "");
    gate.given = harness.clock().now();
    return this;
  }

  /** The person says yes to what was declared, from now on. */
  public HarnessEnergy open(Purpose purpose) {
    return open(purpose, Terms.ANY);
  }

  /** The person withdraws, or never said yes. */
  public HarnessEnergy close(Purpose purpose) {
    gate(purpose).state(Grant.State.CLOSED, "It was withdrawn.");
    return this;
  }

  /** The person pauses everything. */
  public HarnessEnergy pause(Purpose purpose) {
    gate(purpose).state(Grant.State.PAUSED, "The person who lives here paused everything.");
    return this;
  }

  private Gate gate(Purpose purpose) {
    Gate gate = gates.get(purpose);
    if (gate == null) {
      throw new IllegalArgumentException("the manifest does not ask for data for " + purpose);
    }
    return gate;
  }

  @Override
  public Recipient recipient() {
    return new Recipient(Recipient.Kind.APP, harness.manifest().id().name());
  }

  @Override
  public Grant ask(Terms asked, String text) throws TermsException {
    if (asked.purposes().isEmpty() || asked.purposes().get().size() != 1) {
      throw new TermsException("purposes: one at a time");
    }
    Gate gate = gates.get(asked.purposes().get().iterator().next());
    if (gate == null || !asked.within(gate.declared)) {
      throw new TermsException("the manifest asks for less");
    }
    if (text.isBlank() || text.length() > 500) {
      throw new TermsException("text: 1 to 500 characters");
    }
    if (gate.state == Grant.State.CLOSED) {
      gate.state(Grant.State.ASKED, "A person who lives here has not answered yet.");
    }
    return gate.grant();
  }

  @Override
  public List<Grant> grants() {
    return gates.values().stream().map(Gate::grant).toList();
  }

  @Override
  public Release read(Purpose purpose, Instant from, Instant to) throws RefusedException {
    Gate gate = open(gates.get(purpose), purpose);
    if (Duration.between(from, to).compareTo(LONGEST_READ) > 0) {
      throw new RefusedException(
          RefusedException.Reason.OUT_OF_BOUNDS, "That is more than a year at once.");
    }
    Release release = gate.release(from.toEpochMilli(), to.toEpochMilli(), Long.MIN_VALUE);
    if (release.size() > MAX_VALUES) {
      throw new RefusedException(
          RefusedException.Reason.OUT_OF_BOUNDS,
          "That is more than " + MAX_VALUES + " values at once.");
    }
    return release;
  }

  @Override
  public Flow subscribe(Purpose purpose, Consumer<Release> listener) throws RefusedException {
    Gate gate = open(gates.get(purpose), purpose);
    if (gate.listeners.isEmpty()) {
      gate.delivered = harness.clock().now().toEpochMilli();
    }
    // Wrapped, so that one listener that subscribes twice is two.
    Consumer<Release> mine = listener::accept;
    gate.listeners.add(mine);
    return () -> gate.listeners.remove(mine);
  }

  private static Gate open(Gate gate, Purpose purpose) throws RefusedException {
    if (gate == null) {
      throw new RefusedException(
          RefusedException.Reason.NO_CONSENT, "The manifest does not ask for " + purpose + ".");
    }
    if (gate.state != Grant.State.OPEN) {
      throw new RefusedException(
          switch (gate.state) {
            case PAUSED -> RefusedException.Reason.PAUSED;
            case CLOSED -> RefusedException.Reason.ENDED;
            default -> RefusedException.Reason.NO_CONSENT;
          },
          gate.reason);
    }
    return gate;
  }

  /** Nanoseconds of the monotonic clock when something is released to a listener next. */
  long next() {
    long now = harness.clock().now().toEpochMilli();
    long next = gates.values().stream().mapToLong(Gate::next).min().orElse(Long.MAX_VALUE);
    return next == Long.MAX_VALUE
        ? next
        : harness.clock().monotonicNanos() + Math.max(0, next - now) * 1_000_000;
  }

  void release() {
    gates.values().forEach(Gate::deliver);
  }

  void end() {
    gates.values().forEach(gate -> gate.listeners.clear());
  }

  /** One purpose. */
  private final class Gate {
    private final Purpose purpose;
    private final Terms declared;
    private final Map<Series, NavigableMap<Long, Value>> values = new LinkedHashMap<>();
    private final List<Consumer<Release>> listeners = new ArrayList<>();
    private Terms terms;
    private Grant.State state = Grant.State.OPEN;
    private String reason = "";
    private Instant given;
    private long delivered;

    Gate(Purpose purpose, Terms declared) {
      this.purpose = purpose;
      this.declared = declared;
      terms = declared;
      given = harness.clock().now();
      delivered = given.toEpochMilli();
    }

    void state(Grant.State value, String why) {
      state = value;
      reason = why;
      if (value != Grant.State.OPEN) {
        listeners.clear();
      }
    }

    Grant grant() {
      return new Grant(purpose, state, terms, reason);
    }

    void give(Block block) {
      if (!declared.quantities().orElseThrow().contains(block.quantity())) {
        throw new IllegalArgumentException(
            "the manifest does not ask for " + block.quantity() + " for " + purpose);
      }
      if (declared.mode() != Mode.RAW
          && block.intervalSeconds() < declared.resolution().seconds()) {
        throw new IllegalArgumentException(
            "the manifest asks for intervals of " + declared.resolution().seconds() + " s");
      }
      if (block.intervalSeconds() > 0) {
        Granularity.ofSeconds(block.intervalSeconds());
      }
      NavigableMap<Long, Value> series =
          values.computeIfAbsent(
              new Series(
                  block.subject(),
                  block.quantity(),
                  block.statistic(),
                  block.intervalSeconds(),
                  block.exponent()),
              s -> new TreeMap<>());
      for (int i = 0; i < block.size(); i++) {
        series.put(block.starts()[i], new Value(block.mantissas()[i], block.qualities()[i]));
      }
    }

    /** From the start of a value until it is released. */
    private long wait(Series series) {
      return 1000L * series.intervalSeconds() + terms.delay().toMillis();
    }

    long next() {
      long next = Long.MAX_VALUE;
      if (!listeners.isEmpty()) {
        for (Map.Entry<Series, NavigableMap<Long, Value>> entry : values.entrySet()) {
          long wait = wait(entry.getKey());
          Long start = entry.getValue().higherKey(delivered - wait);
          next = start == null ? next : Math.min(next, start + wait);
        }
      }
      return next;
    }

    void deliver() {
      long now = harness.clock().now().toEpochMilli();
      Release release = release(Long.MIN_VALUE / 2, Long.MAX_VALUE / 2, delivered);
      delivered = now;
      if (release.size() > 0 && state == Grant.State.OPEN) {
        for (Consumer<Release> listener : List.copyOf(listeners)) {
          harness.later(
              () -> {
                if (listeners.contains(listener)) {
                  listener.accept(release);
                }
              });
        }
      }
    }

    /** What starts from … to and was released after an instant until now. */
    Release release(long from, long to, long after) {
      long now = harness.clock().now().toEpochMilli();
      long first = given.minus(terms.history().orElse(Duration.ZERO)).toEpochMilli();
      List<Block> blocks = new ArrayList<>();
      values.forEach(
          (series, all) -> {
            long wait = wait(series);
            long begin = Math.max(first, from);
            if (after != Long.MIN_VALUE) {
              begin = Math.max(begin, after - wait + 1);
            }
            long end = Math.min(to, now - wait + 1);
            if (begin < end) {
              add(blocks, series, all.subMap(begin, end));
            }
          });
      return new Release("test", recipient(), purpose, harness.clock().now(), blocks);
    }

    private void add(List<Block> blocks, Series series, Map<Long, Value> part) {
      List<Map.Entry<Long, Value>> entries = List.copyOf(part.entrySet());
      for (int from = 0; from < entries.size(); from += Block.MAX_VALUES) {
        List<Map.Entry<Long, Value>> chunk =
            entries.subList(from, Math.min(entries.size(), from + Block.MAX_VALUES));
        blocks.add(
            new Block(
                series.subject(),
                series.quantity(),
                series.statistic(),
                series.intervalSeconds(),
                series.exponent(),
                chunk.stream().mapToLong(Map.Entry::getKey).toArray(),
                chunk.stream().mapToLong(e -> e.getValue().mantissa()).toArray(),
                chunk.stream().mapToInt(e -> e.getValue().quality()).toArray()));
      }
    }
  }
}
