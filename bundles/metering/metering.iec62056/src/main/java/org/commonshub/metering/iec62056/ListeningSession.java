package org.commonshub.metering.iec62056;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.StreamConnection;

/** Listens to a meter that sends by itself: mode D (IEC 62056-21, 6.4.4). */
final class ListeningSession implements PushSession, StreamConnection.Listener {
  /** Bytes without one value after which something is wrong. */
  static final int PATIENCE = 8 * 1024;

  /** A telegram takes two seconds at 2400 baud, and another one may be lost. */
  private static final Duration QUIET = Duration.ofSeconds(10);

  private final StreamConnection stream;
  private final IecSettings settings;
  private final Telegrams telegrams = new Telegrams(this::telegram);
  private final Familiar familiar = new Familiar();
  private Receiver receiver;
  private AutoCloseable subscription;
  private volatile boolean closed;

  private int useless;
  private boolean reported;
  private boolean heard;
  private volatile Map<String, String> identity = Map.of();

  ListeningSession(StreamConnection stream, IecSettings settings) {
    this.stream = stream;
    this.settings = settings;
  }

  @Override
  public void start(Receiver to) {
    receiver = to;
    AutoCloseable opened = stream.listen(this);
    synchronized (this) {
      if (!closed) {
        subscription = opened;
        return;
      }
    }
    release(opened);
  }

  @Override
  public Duration quiet() {
    return QUIET;
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public void received(byte[] bytes) {
    if (closed) {
      return;
    }
    useless += bytes.length;
    telegrams.accept(bytes);
    if (useless > PATIENCE) {
      useless = 0;
      if (!reported && !closed) {
        reported = true;
        receiver.failed(fault());
      }
    }
  }

  @Override
  public void broken(DeviceException why) {
    if (closed) {
      return;
    }
    telegrams.reset();
    familiar.interrupted();
    useless = 0;
    receiver.failed(why);
  }

  private DeviceException fault() {
    return new DeviceException(
        Kind.INVALID_ANSWER,
        heard
            ? "The meter at "
                + stream.endpoint()
                + " sends no value that the hub knows. It may have to be unlocked with a PIN."
            : "What comes in at "
                + stream.endpoint()
                + " is no telegram of IEC 62056-21. Check the baud rate (2400, or 9600), leave the"
                + " port at eight bits without parity, and turn or clean the reading head.");
  }

  private boolean telegram(byte[] raw) {
    Optional<Readout> readout;
    try {
      readout = Readout.unchecked(SevenBit.strip(raw, 0, raw.length));
    } catch (DeviceException e) {
      return false;
    }
    if (readout.isEmpty()) {
      return false;
    }
    heard = true;
    if (closed || !familiar.layout(readout.get())) {
      return true;
    }
    List<Measurement> values = Values.of(readout.get().values(), settings.baseUnits());
    if (!values.isEmpty() && familiar.registers(values)) {
      useless = 0;
      reported = false;
      identity = readout.get().identity();
      receiver.values(Optional.empty(), values);
    }
    return true;
  }

  @Override
  public void close() {
    AutoCloseable opened;
    synchronized (this) {
      closed = true;
      opened = subscription;
      subscription = null;
    }
    if (opened != null) {
      release(opened);
    }
  }

  private static void release(AutoCloseable subscription) {
    try {
      subscription.close();
    } catch (Exception e) {
      throw new IllegalStateException("a subscription cannot be ended", e);
    }
  }
}
