package org.commonshub.metering.provider;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PollSession;

/** A driver whose polls are written by each test. */
final class TestDriver implements MeterDriver {
  interface Poll {
    CompletionStage<List<Measurement>> poll(DriverContext context) throws Exception;
  }

  static final CompletableFuture<List<Measurement>> FINE =
      CompletableFuture.completedFuture(List.of(Measurement.of(Quantity.ACTIVE_POWER, 42, 0)));

  final AtomicInteger open = new AtomicInteger();
  final AtomicInteger polls = new AtomicInteger();
  private final String id;
  volatile Poll behaviour;

  TestDriver(String id, Poll behaviour) {
    this.id = id;
    this.behaviour = behaviour;
  }

  static CompletionStage<List<Measurement>> failing(DeviceException.Kind kind) {
    return CompletableFuture.failedFuture(new DeviceException(kind, "It is broken. Mend it."));
  }

  @Override
  public DriverDescription description() {
    return new DriverDescription(
        id,
        id,
        Set.of("tcp", "test"),
        502,
        List.of(
            new DriverDescription.Option(
                "unit", "Unit", "Unit, default 1.", "1", Map.of(), false, false),
            new DriverDescription.Option(
                "password", "Password", "Password of the device.", "", Map.of(), false, true)),
        List.of(),
        false);
  }

  @Override
  public DriverSession open(DriverContext context) {
    open.incrementAndGet();
    return new PollSession() {
      @Override
      public CompletionStage<List<Measurement>> poll(java.time.Duration budget) {
        polls.incrementAndGet();
        try {
          return behaviour.poll(context);
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }

      @Override
      public Map<String, String> identity() {
        return Map.of("maker", "Test");
      }

      @Override
      public void close() {
        open.decrementAndGet();
      }
    };
  }
}
