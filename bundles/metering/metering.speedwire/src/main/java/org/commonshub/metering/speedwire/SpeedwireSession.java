package org.commonshub.metering.speedwire;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.PushSession;

/** One meter of those that send to the group. */
final class SpeedwireSession implements PushSession {
  /**
   * A ticker that falls by less is a datagram that was overtaken; by more, a meter that began anew.
   */
  private static final long OVERTAKEN_MS = 10_000;

  private static final long NONE = -1;

  private final DatagramConnection datagrams;
  private final boolean any;
  private final long interval;
  private final AtomicReference<AutoCloseable> listening = new AtomicReference<>();
  private volatile boolean closed;
  private Receiver receiver;
  private long serial;
  private boolean several;
  private long last = NONE;
  private volatile Map<String, String> identity = Map.of();

  /**
   * @param serial serial number, or −1 for the only one there is
   * @param interval least milliseconds between two readings
   */
  SpeedwireSession(DatagramConnection datagrams, long serial, long interval) {
    this.datagrams = datagrams;
    this.serial = serial;
    this.any = serial == NONE;
    this.interval = interval;
  }

  @Override
  public synchronized void start(Receiver to) {
    if (closed) {
      return;
    }
    receiver = to;
    listening.set(datagrams.listen(this::received));
    if (closed) {
      close();
    }
  }

  private synchronized void received(byte[] datagram) {
    if (closed) {
      return;
    }
    Optional<Telegram> parsed;
    try {
      parsed = Telegram.parse(datagram);
    } catch (DeviceException e) {
      receiver.failed(e);
      return;
    }
    if (parsed.isEmpty() || several || foreign(parsed.get())) {
      return;
    }
    Telegram telegram = parsed.get();
    identity = identity(telegram);
    if (due(telegram.ticker()) && !telegram.values().isEmpty()) {
      last = telegram.ticker();
      receiver.values(Optional.empty(), telegram.values());
    }
  }

  /** Whether a telegram is of another meter; two meters and no choice between them is a mistake. */
  private boolean foreign(Telegram telegram) {
    if (serial == NONE) {
      serial = telegram.serial();
    }
    if (serial == telegram.serial()) {
      return false;
    }
    if (any) {
      several = true;
      receiver.failed(
          new DeviceException(
              Kind.SETTINGS,
              "There are several SMA energy meters in the network: "
                  + serial
                  + " and "
                  + telegram.serial()
                  + ". Enter the serial number of the one that is meant."));
    }
    return true;
  }

  private boolean due(long ticker) {
    if (last == NONE) {
      return true;
    }
    long passed = ticker - last & 0xFFFF_FFFFL;
    if (passed == 0 || 0x1_0000_0000L - passed < OVERTAKEN_MS) {
      return false;
    }
    // A meter that sends every second is not always punctual to the millisecond.
    return passed >= interval - interval / 10;
  }

  static Map<String, String> identity(Telegram telegram) {
    Map<String, String> facts = new HashMap<>();
    facts.put("maker", "SMA");
    facts.put("model", telegram.model());
    facts.put("serial", Long.toString(telegram.serial()));
    if (!telegram.firmware().isEmpty()) {
      facts.put("firmware", telegram.firmware());
    }
    return Map.copyOf(facts);
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public void close() {
    closed = true;
    AutoCloseable ending = listening.getAndSet(null);
    if (ending != null) {
      end(ending);
    }
  }

  static void end(AutoCloseable subscription) {
    try {
      subscription.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
