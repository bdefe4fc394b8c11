package org.commonshub.metering.sunspec;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Modbus;
import org.commonshub.metering.api.Modbus.Range;
import org.commonshub.metering.api.Modbus.Table;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.sunspec.Found.Header;
import org.commonshub.metering.sunspec.Found.Part;

/** One part of a SunSpec unit. */
final class SunSpecSession implements PollSession {
  private static final int MOST = 125;

  private final Modbus modbus;
  private final StreamConnection stream;
  private final SunSpecSettings settings;
  private final String where;
  private Walk walk;
  private volatile Part part;
  private volatile boolean doubtful;
  private List<Range> requests = List.of();

  SunSpecSession(Modbus modbus, StreamConnection stream, SunSpecSettings settings) {
    this.modbus = modbus;
    this.stream = stream;
    this.settings = settings;
    this.where = "Unit " + settings.unit() + " at " + stream.endpoint();
    this.walk = new Walk(where);
  }

  @Override
  public CompletionStage<List<Measurement>> poll(Duration budget) {
    long deadline = System.nanoTime() + budget.toNanos();
    return ready(deadline)
        .thenCompose(ready -> readAll(ready, deadline))
        .whenComplete(
            (values, failure) -> {
              if (failure != null) {
                doubtful = true;
              }
            });
  }

  /** All models of the unit, for discovery. */
  CompletionStage<List<Header>> headers(Duration budget) {
    long deadline = System.nanoTime() + budget.toNanos();
    return walk.headers((address, count) -> read(address, count, deadline));
  }

  /** The part to read: known, known and confirmed after a failure, or found. */
  private CompletionStage<Part> ready(long deadline) {
    Part known = part;
    if (known == null) {
      return walk.headers((address, count) -> read(address, count, deadline))
          .thenCompose(this::choose);
    }
    if (!doubtful || known.common().isEmpty()) {
      return CompletableFuture.completedFuture(known);
    }
    Header common = known.common().get();
    return read(common.address() + 2, common.words().length, deadline)
        .thenCompose(
            words -> {
              if (!Arrays.equals(words, common.words())) {
                return CompletableFuture.failedFuture(changed());
              }
              doubtful = false;
              return CompletableFuture.completedFuture(known);
            });
  }

  private CompletionStage<Part> choose(List<Header> headers) {
    List<Part> parts =
        settings.kind().isPresent()
            ? Found.parts(headers, settings.kind().get(), settings.details())
            : Found.devices(headers, settings.details());
    if (parts.size() < settings.instance()) {
      walk = new Walk(where);
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.SETTINGS,
              where
                  + " has no "
                  + settings
                      .kind()
                      .map(Found.Kind::name)
                      .orElse("part")
                      .toLowerCase(java.util.Locale.ROOT)
                  + (settings.instance() > 1 ? " number " + settings.instance() : "")
                  + "; it has "
                  + Found.summary(headers)
                  + ". Change the setting 'model' or 'instance'."));
    }
    Part chosen = parts.get(settings.instance() - 1);
    requests = requests(chosen.models());
    part = chosen;
    doubtful = false;
    return CompletableFuture.completedFuture(chosen);
  }

  private DeviceException changed() {
    part = null;
    walk = new Walk(where);
    return new DeviceException(
        Kind.INVALID_ANSWER,
        where + " is no longer the device it was. It is looked at anew with the next poll.");
  }

  private CompletionStage<List<Measurement>> readAll(Part ready, long deadline) {
    CompletionStage<Map<Range, int[]>> read =
        CompletableFuture.completedFuture(new LinkedHashMap<>());
    for (Range request : requests) {
      read =
          read.thenCompose(
              done ->
                  read(request.address(), request.count(), deadline)
                      .thenApply(
                          words -> {
                            done.put(request, words);
                            return done;
                          }));
    }
    return read.thenCompose(answers -> decode(ready, answers));
  }

  private CompletionStage<List<Measurement>> decode(Part ready, Map<Range, int[]> answers) {
    Map<Quantity, Measurement> values = new LinkedHashMap<>();
    for (Header header : ready.models()) {
      int[] words = words(header, answers);
      if (words[0] != header.id() || words[1] != header.length()) {
        return CompletableFuture.failedFuture(changed());
      }
      Model model = Models.of(header.id()).orElseThrow();
      Decoder.decode(model, Arrays.copyOfRange(words, 2, words.length), settings.details(), values);
    }
    if (ready.kind() == Found.Kind.METER && settings.exportPositive()) {
      values.replaceAll(SunSpecSession::turned);
    }
    return CompletableFuture.completedFuture(List.copyOf(values.values()));
  }

  private static Measurement turned(Quantity quantity, Measurement value) {
    boolean signed =
        quantity.name().startsWith(Quantity.ACTIVE_POWER.name())
            || quantity.name().startsWith(Quantity.REACTIVE_POWER.name());
    return signed
        ? new Measurement(quantity, -value.mantissa(), value.exponent(), value.quality())
        : value;
  }

  private static int[] words(Header header, Map<Range, int[]> answers) {
    int[] words = new int[2 + read(header)];
    answers.forEach(
        (range, answer) -> {
          int from = Math.max(range.address(), header.address());
          int to = Math.min(range.address() + range.count(), header.address() + words.length);
          if (from < to) {
            System.arraycopy(
                answer, from - range.address(), words, from - header.address(), to - from);
          }
        });
    return words;
  }

  /** Registers of a model that are read: what its layout knows. */
  private static int read(Header header) {
    Model model = Models.of(header.id()).orElseThrow();
    return model.group().isPresent() ? header.length() : Math.min(header.length(), model.length());
  }

  /** Covers models with few requests; no point is cut, so that no value is torn. */
  private static List<Range> requests(List<Header> models) {
    List<int[]> pieces = new ArrayList<>();
    for (Header header : models) {
      int end = header.address() + 2 + read(header);
      int from = header.address();
      while (end - from > MOST) {
        int cut = cut(header, from);
        pieces.add(new int[] {from, cut});
        from = cut;
      }
      pieces.add(new int[] {from, end});
    }
    pieces.sort(Comparator.comparingInt(piece -> piece[0]));
    List<Range> ranges = new ArrayList<>();
    int[] open = pieces.get(0).clone();
    for (int[] piece : pieces.subList(1, pieces.size())) {
      if (piece[0] == open[1] && piece[1] - open[0] <= MOST) {
        open[1] = piece[1];
      } else {
        ranges.add(new Range(Table.HOLDING_REGISTERS, open[0], open[1] - open[0]));
        open = piece.clone();
      }
    }
    ranges.add(new Range(Table.HOLDING_REGISTERS, open[0], open[1] - open[0]));
    return List.copyOf(ranges);
  }

  /** Last start of a point that a request from {@code from} can reach up to. */
  private static int cut(Header header, int from) {
    Model model = Models.of(header.id()).orElseThrow();
    int data = header.address() + 2;
    int cut = from + MOST;
    if (cut - data >= model.length() && model.group().isPresent()) {
      int length = model.group().get().length();
      int start = data + model.length();
      return Math.max(start, start + (cut - start) / length * length);
    }
    return model.points().stream()
        .mapToInt(point -> data + point.offset())
        .filter(at -> at > from && at <= from + MOST)
        .max()
        .orElse(cut);
  }

  private CompletionStage<int[]> read(int address, int count, long deadline) {
    Duration left = Duration.ofNanos(deadline - System.nanoTime());
    if (left.isNegative() || left.isZero()) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.TIMEOUT, where + " was too slow for the polling interval. Poll it less often."));
    }
    Duration timeout = left.compareTo(settings.timeout()) < 0 ? left : settings.timeout();
    return modbus
        .unit(stream, settings.framing(), settings.unit(), timeout)
        .read(new Range(Table.HOLDING_REGISTERS, address, count))
        .thenApply(Modbus.Words::words);
  }

  @Override
  public Map<String, String> identity() {
    return Optional.ofNullable(part).map(Part::identity).orElse(Map.of());
  }

  @Override
  public void close() {
    // The stream belongs to the context, which closes it.
  }
}
