package org.commonshub.metering.modbus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Modbus;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.WriteLease;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * {@link Modbus} over any {@link StreamConnection}. One try per request; no thread, timer or socket
 * of its own; state is one counter and, per RTU bus, what was asked last. Thread-safe.
 */
@Component
public final class ModbusService implements Modbus {
  private static final int MOST_BUSES = 1024;

  private final AtomicInteger transaction = new AtomicInteger();
  private final Map<Endpoint, Bus> buses = new ConcurrentHashMap<>();

  /** What the guard remembers of a bus with RTU framing, which does not number its requests. */
  private static final class Bus {
    private final Set<Integer> doubtful = new HashSet<>();
    private int lastUnit = -1;
    private Range last;
    private int separators;

    /**
     * Whether an answer that belongs to an earlier request could pass for the answer to this one:
     * the request before had the same shape, or the unit still owes an answer.
     */
    synchronized boolean ambiguous(int unit, Range range) {
      boolean sameShape =
          unit == lastUnit
              && range.table() == last.table()
              && range.count() == last.count()
              && range.address() != last.address();
      lastUnit = unit;
      last = range;
      return sameShape || doubtful.contains(unit);
    }

    /** A length other than the range's, and not that of the separator before where possible. */
    synchronized int separator(Range range) {
      int most = Math.min(8, range.count() - 1);
      return most < 1 ? Math.min(2, 65536 - range.address()) : 1 + separators++ % most;
    }

    /** Whether a unit still owes an answer. */
    synchronized boolean owes(int unit) {
      return doubtful.contains(unit);
    }

    synchronized void answered(int unit) {
      doubtful.remove(unit);
    }

    synchronized void failed(int unit) {
      doubtful.add(unit);
    }
  }

  /** Made by Declarative Services, and by tests. */
  @Activate
  public ModbusService() {}

  @Override
  public Unit unit(StreamConnection stream, Framing framing, int unitId, Duration timeout) {
    if (unitId < 0 || unitId > 255) {
      throw new IllegalArgumentException("unit id out of 0..255: " + unitId);
    }
    return new GuardedUnit(
        stream, framing, unitId, timeout, framing == Framing.RTU ? bus(stream) : null);
  }

  /** Shared by all who ask on a bus. */
  private Bus bus(StreamConnection stream) {
    if (buses.size() > MOST_BUSES) {
      buses.clear();
    }
    return buses.computeIfAbsent(stream.endpoint(), endpoint -> new Bus());
  }

  private final class GuardedUnit implements Unit {
    private final StreamConnection stream;
    private final Framing framing;
    private final int unitId;
    private final Duration timeout;
    private final Bus bus;

    GuardedUnit(StreamConnection stream, Framing framing, int unitId, Duration timeout, Bus bus) {
      this.stream = stream;
      this.framing = framing;
      this.unitId = unitId;
      this.timeout = timeout;
      this.bus = bus;
    }

    @Override
    public CompletionStage<Words> read(Range range) {
      try {
        Adu.checked(range);
      } catch (DeviceException e) {
        return CompletableFuture.failedFuture(e);
      }
      return bus != null && bus.ambiguous(unitId, range)
          ? separate(range).thenCompose(done -> exchange(range))
          : exchange(range);
    }

    /**
     * Asks something of another length first. A unit answers in order: once this is answered, all
     * it owed has come, and an answer it owed shows as a wrong length instead of passing for the
     * new one.
     */
    private CompletionStage<Object> separate(Range range) {
      return exchange(new Range(range.table(), range.address(), bus.separator(range)))
          .<Object>thenApply(words -> words)
          .exceptionallyCompose(
              failure ->
                  refused(cause(failure))
                      ? CompletableFuture.completedFuture(failure)
                      : CompletableFuture.failedFuture(cause(failure)));
    }

    private CompletionStage<Words> exchange(Range range) {
      Adu adu =
          new Adu(
              stream.endpoint().toString(),
              framing,
              transaction.incrementAndGet() & 0xFFFF,
              unitId,
              range);
      return answered(adu.request(), adu)
          .thenCompose(
              answer -> {
                try {
                  return CompletableFuture.completedFuture(adu.values(answer));
                } catch (DeviceException e) {
                  return CompletableFuture.failedFuture(e);
                }
              });
    }

    /** Sends a request: the protocol data unit of its own answer, and no refusal. */
    private CompletionStage<byte[]> answered(byte[] bytes, Request request) {
      CompletionStage<byte[]> answered =
          stream
              .exchange(bytes, request, timeout)
              .thenCompose(
                  answer -> {
                    try {
                      return CompletableFuture.completedFuture(request.pdu(answer));
                    } catch (DeviceException e) {
                      if (!refused(e)) {
                        stream.reset();
                      }
                      return CompletableFuture.failedFuture(e);
                    }
                  });
      return bus == null
          ? answered
          : answered.whenComplete(
              (value, failure) -> {
                if (failure == null || refused(cause(failure))) {
                  bus.answered(unitId);
                } else {
                  bus.failed(unitId);
                }
              });
    }

    @Override
    public CompletionStage<List<Words>> readAll(List<Range> ranges) {
      try {
        for (Range range : ranges) {
          Adu.checked(range);
        }
      } catch (DeviceException e) {
        return CompletableFuture.failedFuture(e);
      }
      List<Range> requests = Ranges.merge(ranges, 0, 125);
      CompletionStage<List<Words>> read = CompletableFuture.completedFuture(new ArrayList<>());
      for (Range request : requests) {
        read =
            read.thenCompose(
                done ->
                    read(request)
                        .thenApply(
                            words -> {
                              done.add(words);
                              return done;
                            }));
      }
      return read.thenApply(
          answers -> ranges.stream().map(range -> Ranges.slice(answers, range)).toList());
    }

    @Override
    public CompletionStage<Void> write(
        WriteLease lease, Table table, int address, int[] words, boolean single) {
      Write write;
      try {
        if (!stream.writable()) {
          throw new DeviceException(
              DeviceException.Kind.FORBIDDEN,
              "The device at "
                  + stream.endpoint()
                  + " is read only. Switch 'Read only' off in its settings to let the hub write to"
                  + " it.");
        }
        write =
            Write.of(
                stream.endpoint().toString(),
                framing,
                transaction.incrementAndGet() & 0xFFFF,
                unitId,
                table,
                address,
                words,
                single);
      } catch (DeviceException e) {
        return CompletableFuture.failedFuture(e);
      }
      CompletionStage<?> quiet =
          bus != null && bus.owes(unitId)
              ? separate(new Range(table, address, 1))
              : CompletableFuture.completedFuture(null);
      return quiet.thenCompose(
          done ->
              lease.held()
                  ? answered(write.request(), write).thenAccept(echo -> {})
                  : CompletableFuture.failedFuture(
                      new DeviceException(
                          DeviceException.Kind.FORBIDDEN,
                          "The permission to write ended before it was used.")));
    }
  }

  private static boolean refused(Throwable failure) {
    return failure instanceof DeviceException e && e.kind() == DeviceException.Kind.REFUSED;
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
