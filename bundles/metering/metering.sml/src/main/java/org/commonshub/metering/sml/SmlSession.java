package org.commonshub.metering.sml;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.StreamConnection;

/** Listens to one meter. What it says is time-stamped by the hub: meters seldom know the time. */
final class SmlSession implements PushSession, StreamConnection.Listener {
  /** Bytes without one value after which something is wrong: several files of any meter. */
  static final int PATIENCE = 4 * 1024;

  /** Files of another meter after which the one known so far is taken to be replaced. */
  private static final int REPLACED = 20;

  private static final int DESCRIBED = 100;

  /** Meters send every one to four seconds. */
  private static final Duration QUIET = Duration.ofSeconds(10);

  private final StreamConnection stream;
  private final SmlSettings settings;
  private final Transport transport = new Transport(this::file);
  private PowerSign sign;
  private Receiver receiver;
  private AutoCloseable subscription;
  private volatile boolean closed;

  private Element.Octets meter;
  private Meter described;
  private Element.Octets describedServer;
  private int describedUses;
  private int strangers;
  private int useless;
  private boolean reported;
  private DeviceException lastFault;
  private volatile Map<String, String> identity = Map.of();

  SmlSession(StreamConnection stream, SmlSettings settings) {
    this.stream = stream;
    this.settings = settings;
    this.sign = new PowerSign(settings.sign());
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
    transport.accept(bytes);
    if (useless > PATIENCE) {
      useless = 0;
      if (!reported) {
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
    transport.reset();
    useless = 0;
    receiver.failed(why);
  }

  private DeviceException fault() {
    Endpoint endpoint = stream.endpoint();
    if (lastFault != null) {
      return lastFault;
    }
    if (transport.started() == 0) {
      return new DeviceException(
          Kind.INVALID_ANSWER,
          "What comes in at "
              + endpoint
              + " is not SML. Check the port's settings (9600 baud, 8 data bits, no parity) and"
              + " that the meter sends SML; older meters may need the driver iec62056.");
    }
    return new DeviceException(
        Kind.INVALID_ANSWER,
        "The SML that comes in at "
            + endpoint
            + " is damaged on its way. Turn or clean the reading head, and keep sunlight off it.");
  }

  private void file(byte[] file) {
    if (closed) {
      return;
    }
    List<ValueList> lists;
    try {
      lists = ValueList.of(file);
    } catch (DeviceException e) {
      lastFault = e;
      return;
    }
    List<ValueList.Entry> entries = new ArrayList<>();
    ValueList first = null;
    for (ValueList list : lists) {
      if (meant(list)) {
        first = first == null ? list : first;
        entries.addAll(list.entries());
      }
    }
    if (first == null) {
      return;
    }
    Meter from = known(first);
    List<Measurement> values = Values.of(from, entries, sign, settings.details());
    if (values.isEmpty()) {
      lastFault =
          new DeviceException(
              Kind.INVALID_ANSWER,
              "The meter at "
                  + stream.endpoint()
                  + " sends no value that the hub knows. It may have to be unlocked with a PIN"
                  + " from the grid operator.");
      return;
    }
    lastFault = null;
    useless = 0;
    reported = false;
    identity = from.identity();
    receiver.values(Optional.empty(), values);
  }

  /** What a meter says it is; asked anew now and then only, since it stays the same. */
  private Meter known(ValueList list) {
    if (!list.server().same(describedServer) || ++describedUses >= DESCRIBED) {
      described = Meter.of(list);
      describedServer = list.server();
      describedUses = 0;
    }
    return described;
  }

  /** Whether a list is of the meter this device is: the one set, or the one heard first. */
  private boolean meant(ValueList list) {
    if (!settings.meter().isEmpty()) {
      boolean same =
          list.server().hex().equals(settings.meter())
              || Meter.of(list).serial().toUpperCase(Locale.ROOT).equals(settings.meter());
      if (!same) {
        lastFault =
            new DeviceException(
                Kind.SETTINGS,
                "Another meter than the one set sends at "
                    + stream.endpoint()
                    + ": it has the number "
                    + Meter.of(list).serial()
                    + ". Correct the meter number, or leave it empty.");
      }
      return same;
    }
    if (list.server().same(meter)) {
      strangers = 0;
      return true;
    }
    if (meter != null && ++strangers < REPLACED) {
      return false;
    }
    strangers = 0;
    meter = list.server();
    sign = new PowerSign(settings.sign());
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
