package org.commonshub.testing.fakes;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.StreamConnection;

/**
 * A stream to a device written in the test: a function from request to answer. Applies the caller's
 * framing as a transport does: an answer that is not complete is a TIMEOUT, bytes after the message
 * are dropped. No time passes.
 */
public final class FakeStreamConnection implements StreamConnection {
  /** What the device does with a request. */
  @FunctionalInterface
  public interface Device {
    /**
     * Answers.
     *
     * @return bytes; a stage that is never completed stands for silence
     * @throws DeviceException to fail as a transport would
     */
    CompletionStage<byte[]> answer(byte[] request) throws DeviceException;
  }

  private final Endpoint endpoint;
  private final List<byte[]> requests = new CopyOnWriteArrayList<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger resets = new AtomicInteger();
  private volatile Device device;
  private volatile boolean writable;

  /** A stream to {@code endpoint} on which {@code device} answers. */
  public FakeStreamConnection(Endpoint endpoint, Device device) {
    this.endpoint = endpoint;
    this.device = device;
  }

  /** A device at {@code tcp://192.0.2.1:502} that answers at once. */
  public static FakeStreamConnection answering(Function<byte[], byte[]> device) {
    return new FakeStreamConnection(
        Endpoint.parse("tcp://192.0.2.1:502"),
        request -> CompletableFuture.completedFuture(device.apply(request)));
  }

  /** A stream whose every exchange fails. */
  public static FakeStreamConnection failing(DeviceException.Kind kind, String message) {
    return new FakeStreamConnection(
        Endpoint.parse("tcp://192.0.2.1:502"),
        request -> {
          throw new DeviceException(kind, message);
        });
  }

  /** Replaces the device, as when it is unplugged and another plugged in. */
  public void device(Device other) {
    device = other;
  }

  /** Permits writes, as for a device that is not read only. */
  public FakeStreamConnection permitWrites() {
    writable = true;
    return this;
  }

  /** Requests sent so far. */
  public List<byte[]> requests() {
    return List.copyOf(requests);
  }

  /** How often {@link #reset()} was called. */
  public int resets() {
    return resets.get();
  }

  /** Open subscriptions. */
  public int listeners() {
    return listeners.size();
  }

  /** Pushes bytes to every listener, as a push meter does. */
  public void push(byte[] bytes) {
    listeners.forEach(listener -> listener.received(bytes.clone()));
  }

  /** Breaks the stream for every listener. */
  public void breakStream(DeviceException why) {
    listeners.forEach(listener -> listener.broken(why));
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public CompletionStage<byte[]> exchange(byte[] request, Framing answer, Duration timeout) {
    requests.add(request.clone());
    CompletionStage<byte[]> bytes;
    try {
      bytes = device.answer(request.clone());
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
    return bytes.thenCompose(received -> message(received, answer));
  }

  private CompletionStage<byte[]> message(byte[] received, Framing framing) {
    // Byte by byte: a framing must not rely on how the network cuts messages.
    for (int length = 1; length <= received.length; length++) {
      int end;
      try {
        end = framing.complete(ByteBuffer.wrap(received, 0, length).asReadOnlyBuffer());
      } catch (DeviceException e) {
        return CompletableFuture.failedFuture(e);
      }
      if (end > 0) {
        return CompletableFuture.completedFuture(java.util.Arrays.copyOf(received, end));
      }
    }
    return CompletableFuture.failedFuture(
        new DeviceException(
            DeviceException.Kind.TIMEOUT,
            endpoint + " sent only " + received.length + " bytes of its answer."));
  }

  @Override
  public boolean writable() {
    return writable;
  }

  @Override
  public AutoCloseable listen(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public void reset() {
    resets.incrementAndGet();
  }
}
