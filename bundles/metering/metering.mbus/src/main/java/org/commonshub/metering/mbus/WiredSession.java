package org.commonshub.metering.mbus;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.StreamConnection;

/** One wired meter. */
final class WiredSession implements PollSession {
  private final StreamConnection stream;
  private final WiredSettings settings;
  private final String where;
  private volatile Map<String, String> identity = Map.of();
  private byte[] before = {};

  WiredSession(StreamConnection stream, WiredSettings settings) {
    this.stream = stream;
    this.settings = settings;
    this.where =
        (settings.secondary().isPresent()
                ? "The meter "
                    + Octets.hex(
                            Octets.reversed(java.util.Arrays.copyOf(settings.secondary().get(), 4)))
                        .toUpperCase(java.util.Locale.ROOT)
                : "The meter with address " + settings.primary())
            + " at "
            + stream.endpoint();
  }

  @Override
  public CompletionStage<List<Measurement>> poll(Duration budget) {
    long deadline = System.nanoTime() + budget.toNanos();
    Readout readout = new Readout(stream, settings, where, deadline, before);
    return readout
        .run()
        .thenCompose(
            telegrams -> {
              before = readout.first();
              Meter meter =
                  telegrams.stream()
                      .flatMap(telegram -> telegram.header().stream())
                      .map(Header::meter)
                      .findFirst()
                      .orElse(null);
              if (meter != null) {
                identity = identity(meter);
              }
              DeviceType.Kind kind =
                  settings.kind() != null
                      ? settings.kind()
                      : meter == null ? DeviceType.Kind.UNKNOWN : meter.kind();
              List<Measurement> values = Values.of(telegrams, meter, kind, settings.details());
              return values.isEmpty()
                  ? CompletableFuture.failedFuture(
                      new DeviceException(
                          Kind.INVALID_ANSWER,
                          where
                              + " sends no present values that the hub knows"
                              + (kind == DeviceType.Kind.UNKNOWN
                                  ? " for its device type. Choose what it meters in 'medium'."
                                  : ". Set 'details' to see what it sends.")))
                  : CompletableFuture.completedFuture(values);
            });
  }

  static Map<String, String> identity(Meter meter) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("maker", meter.manufacturer());
    facts.put("model", DeviceType.name(meter.type()) + ", version " + meter.version());
    facts.put("serial", meter.id());
    return Map.copyOf(facts);
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
