package org.commonshub.metering.modbus;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.Actuating;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Modbus;
import org.commonshub.metering.api.Modbus.Range;
import org.commonshub.metering.api.Modbus.Words;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.WriteLease;

/** One meter read by its register map. */
final class RegisterMapSession implements PollSession, Actuating {
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
            map.fields().stream()
                .flatMap(field -> Stream.concat(Stream.of(field.source()), field.minus().stream()))
                .map(RegisterMap.Source::range)
                .toList(),
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
      int[] words = Ranges.slice(answers, field.source().range()).words();
      field
          .minus()
          .map(
              minus -> Codec.difference(field, words, Ranges.slice(answers, minus.range()).words()))
          .orElseGet(() -> Codec.value(field, words))
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
  public List<Actuator> actuators() {
    return map.controls().stream().map(RegisterMap.Control::actuator).toList();
  }

  @Override
  public CompletionStage<Void> write(WriteLease lease, String actuator, BigDecimal value) {
    return control(actuator)
        .thenCompose(
            control ->
                inTurn(lease, control, control.before())
                    .thenCompose(
                        done -> write(lease, control, control.source(), words(control, value))));
  }

  @Override
  public CompletionStage<Void> release(WriteLease lease, String actuator) {
    return control(actuator)
        .thenCompose(
            control ->
                control
                    .release()
                    .map(value -> write(lease, control, control.source(), words(control, value)))
                    .orElse(CompletableFuture.completedFuture(null))
                    .thenCompose(done -> inTurn(lease, control, control.after())));
  }

  private CompletionStage<RegisterMap.Control> control(String actuator) {
    return map.controls().stream()
        .filter(control -> control.actuator().id().equals(actuator))
        .findFirst()
        .<CompletionStage<RegisterMap.Control>>map(CompletableFuture::completedFuture)
        .orElseGet(
            () ->
                CompletableFuture.failedFuture(
                    new DeviceException(
                        DeviceException.Kind.SETTINGS,
                        map.id() + " has no actuator '" + actuator + "'.")));
  }

  private CompletionStage<Void> inTurn(
      WriteLease lease, RegisterMap.Control control, List<RegisterMap.Raw> raws) {
    CompletionStage<Void> written = CompletableFuture.completedFuture(null);
    for (RegisterMap.Raw raw : raws) {
      written =
          written.thenCompose(
              done -> write(lease, control, raw.source(), Codec.words(raw.source(), raw.value())));
    }
    return written;
  }

  private CompletionStage<Void> write(
      WriteLease lease, RegisterMap.Control control, RegisterMap.Source source, int[] words) {
    return modbus
        .unit(stream, bus.framing(), bus.unit(), bus.timeout())
        .write(lease, source.range().table(), source.range().address(), words, control.single());
  }

  /** The registers of a value in the actuator's unit. */
  static int[] words(RegisterMap.Control control, BigDecimal value) {
    RegisterMap.Type type = control.source().type();
    BigDecimal raw = value.divide(control.scale(), MathContext.DECIMAL64);
    return Codec.words(
        control.source(),
        type == RegisterMap.Type.F32 || type == RegisterMap.Type.F64
            ? raw
            : raw.setScale(0, RoundingMode.HALF_EVEN));
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
