package org.commonshub.metering.modbus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Modbus;
import org.commonshub.metering.api.Modbus.Range;
import org.commonshub.metering.api.Modbus.Words;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.StreamConnection;

/** One meter read by its register map. */
final class RegisterMapSession implements PollSession {
  /** Polls after which a device that would not tell its identity is not asked again. */
  private static final int IDENTITY_TRIES = 3;

  private final Modbus modbus;
  private final StreamConnection stream;
  private final BusSettings bus;
  private final RegisterMap map;
  private final List<Range> requests;
  private final List<Range> identityRequests;
  private volatile Map<String, String> identity;
  private volatile int identityTries;

  RegisterMapSession(Modbus modbus, StreamConnection stream, BusSettings bus, RegisterMap map) {
    this.modbus = modbus;
    this.stream = stream;
    this.bus = bus;
    this.map = map;
    this.requests =
        Ranges.merge(
            map.fields().stream().map(field -> field.source().range()).toList(),
            map.maxGap(),
            map.maxRegisters());
    this.identityRequests =
        Ranges.merge(
            map.identity().stream().map(entry -> entry.source().range()).toList(),
            0,
            map.maxRegisters());
    this.identity = Map.of("maker", map.maker(), "model", String.join(", ", map.models()));
    this.identityTries = identityRequests.isEmpty() ? IDENTITY_TRIES : 0;
  }

  @Override
  public CompletionStage<List<Measurement>> poll(Duration budget) {
    long deadline = System.nanoTime() + budget.toNanos();
    CompletionStage<List<Measurement>> values = readAll(requests, deadline).thenApply(this::values);
    return identityTries >= IDENTITY_TRIES
        ? values
        : values.thenCompose(read -> identify(deadline).thenApply(done -> read));
  }

  private List<Measurement> values(List<Words> answers) {
    List<Measurement> values = new ArrayList<>(map.fields().size());
    for (RegisterMap.Field field : map.fields()) {
      Codec.value(field, Ranges.slice(answers, field.source().range()).words())
          .ifPresent(values::add);
    }
    return values;
  }

  /** Asks once what the device is; its values count even if it would not say. */
  private CompletionStage<Object> identify(long deadline) {
    identityTries = identityTries + 1;
    return readAll(identityRequests, deadline)
        .<Object>thenApply(
            answers -> {
              Map<String, String> facts = new LinkedHashMap<>(identity);
              for (RegisterMap.Identity entry : map.identity()) {
                String text =
                    Codec.text(
                        entry.source(), Ranges.slice(answers, entry.source().range()).words());
                if (!text.isEmpty()) {
                  facts.put(entry.fact(), text);
                }
              }
              identity = Map.copyOf(facts);
              identityTries = IDENTITY_TRIES;
              return facts;
            })
        .exceptionally(failure -> failure);
  }

  private CompletionStage<List<Words>> readAll(List<Range> ranges, long deadline) {
    CompletionStage<List<Words>> read = CompletableFuture.completedFuture(new ArrayList<>());
    for (Range range : ranges) {
      read =
          read.thenCompose(
              done ->
                  read(range, deadline)
                      .thenApply(
                          words -> {
                            done.add(words);
                            return done;
                          }));
    }
    return read;
  }

  private CompletionStage<Words> read(Range range, long deadline) {
    Duration left = Duration.ofNanos(deadline - System.nanoTime());
    if (left.isNegative() || left.isZero()) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              DeviceException.Kind.TIMEOUT,
              "Unit "
                  + bus.unit()
                  + " at "
                  + stream.endpoint()
                  + " was too slow for the polling interval. Poll it less often."));
    }
    Duration timeout = left.compareTo(bus.timeout()) < 0 ? left : bus.timeout();
    return modbus.unit(stream, bus.framing(), bus.unit(), timeout).read(range);
  }

  /** What was read; or empty if the device refused. Other failures stay failures. */
  static CompletionStage<Optional<Words>> orIfRefused(CompletionStage<Words> read) {
    return read.thenApply(Optional::of)
        .exceptionallyCompose(
            failure -> {
              Throwable cause =
                  failure instanceof CompletionException && failure.getCause() != null
                      ? failure.getCause()
                      : failure;
              return cause instanceof DeviceException e && e.kind() == DeviceException.Kind.REFUSED
                  ? CompletableFuture.completedFuture(Optional.empty())
                  : CompletableFuture.failedFuture(cause);
            });
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public void close() {
    // The stream belongs to the context, which closes it.
  }
}
