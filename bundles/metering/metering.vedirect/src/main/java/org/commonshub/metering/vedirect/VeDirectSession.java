package org.commonshub.metering.vedirect;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.StreamConnection;

/** Listens to a device, which sends once a second. It tells no time, so the hub does. */
final class VeDirectSession implements PushSession, StreamConnection.Listener, BlockReader.Blocks {
  /** Bytes without a block after which something is wrong: seconds of any device. */
  private static final int PATIENCE = 4 * 1024;

  private final StreamConnection stream;
  private final VeDirectSettings settings;
  private final BlockReader reader = new BlockReader(this);
  private Receiver receiver;
  private AutoCloseable subscription;
  private volatile boolean closed;
  private int useless;
  private int bad;
  private boolean complained;
  private List<String> said = List.of();
  private volatile Map<String, String> identity = Map.of();

  VeDirectSession(StreamConnection stream, VeDirectSettings settings) {
    this.stream = stream;
    this.settings = settings;
  }

  @Override
  public void start(Receiver to) {
    receiver = to;
    subscription = stream.listen(this);
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public void received(byte[] bytes) {
    reader.accept(bytes);
    useless = Math.min(useless, PATIENCE) + bytes.length;
    if (useless > PATIENCE && !complained && !closed) {
      complained = true;
      receiver.failed(fault());
    }
  }

  private DeviceException fault() {
    return new DeviceException(
        DeviceException.Kind.INVALID_ANSWER,
        bad == 0
            ? "What comes in at "
                + stream.endpoint()
                + " is not VE.Direct. Check the port's settings (19200 baud, 8 data bits, no"
                + " parity) and the cable."
            : "The VE.Direct that comes in at "
                + stream.endpoint()
                + " is damaged on its way. Check the cable and that nothing else reads the port.");
  }

  @Override
  public void good(Block block) {
    List<String> now = Product.said(block);
    if (block.has("PID") && !now.equals(said)) {
      said = now;
      identity = Product.identity(block);
    }
    List<Measurement> values = Values.of(block, settings.meter());
    if (!values.isEmpty() && !closed) {
      useless = 0;
      bad = 0;
      complained = false;
      receiver.values(Optional.empty(), values);
    }
  }

  /** The first after a connection is rarely whole. */
  @Override
  public void bad() {
    bad++;
  }

  @Override
  public void broken(DeviceException why) {
    reader.clear();
    useless = 0;
    if (!closed) {
      receiver.failed(why);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      if (subscription != null) {
        subscription.close();
      }
    } catch (Exception e) {
      throw new IllegalStateException("the subscription did not end", e);
    }
  }
}
