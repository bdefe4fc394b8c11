package org.commonshub.testing.tck;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.testing.devices.Replay;
import org.commonshub.testing.devices.ReplayDevice;

/** A replay device on a loopback port, read through the hub's own transport. */
final class StreamFeeder implements Feeder {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private final ReplayDevice device;
  private final Endpoint endpoint;
  private final TransportProvider.Handle handle;
  private final WatchedStream stream;

  StreamFeeder(TransportProvider transport) throws IOException {
    this(transport, ReplayDevice.tcp(0));
  }

  private StreamFeeder(TransportProvider transport, ReplayDevice device) {
    this(transport, device, Endpoint.parse("tcp://127.0.0.1:" + device.port()));
  }

  /** Reads a replay device in another process. */
  StreamFeeder(TransportProvider transport, ReplayDevice device, Endpoint endpoint) {
    this.device = device;
    this.endpoint = endpoint;
    handle = transport.open(endpoint);
    stream = new WatchedStream(handle.stream());
  }

  WatchedStream stream() {
    return stream;
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public Object connection() {
    return stream;
  }

  @Override
  public void push(byte[] message) throws Exception {
    device.send(message, PATIENCE);
  }

  @Override
  public void play(Iterable<Replay.Action> actions) throws Exception {
    device.play(actions, PATIENCE);
  }

  /** Waits a while until what was sent was taken. What a broken connection swallowed never is. */
  void settle() throws InterruptedException {
    long end = System.nanoTime() + 5_000_000_000L;
    while (stream.taken() < device.sent() && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  @Override
  public int subscriptions() {
    return stream.listeners();
  }

  /** What the driver's listeners threw. */
  List<Throwable> thrown() {
    return stream.thrown();
  }

  @Override
  public void close() throws IOException {
    handle.close();
    if (device != null) {
      device.close();
    }
  }
}
