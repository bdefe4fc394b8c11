package org.commonshub.metering.mbus;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.platform.api.HubClock;

/** One wireless meter on a receiver that it may share with others. */
final class WirelessSession implements PushSession {
  /** Messages remembered, and for how long, to know one that is relayed or replayed. */
  private static final int REMEMBERED = 16;

  private static final int MOST_COMPLAINTS = 10;
  private static final int MOST_EMPTY = 3;

  private static final long REPEATED_NANOS = Duration.ofMinutes(10).toNanos();

  private record Seen(long atNanos, byte[] content) {}

  private final StreamConnection stream;
  private final WirelessSettings settings;
  private final HubClock clock;
  private final Consumer<RadioFrame> others;
  private final Runnable closing;
  private final RadioDecoder decoder;
  private final ArrayDeque<Seen> seen = new ArrayDeque<>();
  private final RadioReceiver radio;
  private volatile Map<String, String> identity = Map.of();
  private volatile Duration quiet = Duration.ofHours(4);
  private volatile PushSession.Receiver receiver;
  private volatile boolean closed;
  private AutoCloseable subscription;
  private int complaints;
  private int empty;

  /**
   * @param others takes frames of meters that are not this one
   * @param closing told when the session ends
   */
  WirelessSession(
      StreamConnection stream,
      WirelessSettings settings,
      HubClock clock,
      Consumer<RadioFrame> others,
      Runnable closing) {
    this.stream = stream;
    this.settings = settings;
    this.clock = clock;
    this.others = others;
    this.closing = closing;
    this.decoder = new RadioDecoder(settings.key());
    this.radio = new RadioReceiver(settings.receiver(), this::frame);
  }

  Endpoint endpoint() {
    return stream.endpoint();
  }

  boolean means(RadioFrame frame) {
    return frame.addresses().stream().anyMatch(settings::means);
  }

  @Override
  public void start(PushSession.Receiver taker) {
    receiver = taker;
    subscription =
        stream.listen(
            new StreamConnection.Listener() {
              @Override
              public void received(byte[] bytes) {
                if (!closed) {
                  radio.feed(bytes);
                }
              }

              @Override
              public void broken(DeviceException why) {
                radio.reset();
                if (!closed) {
                  receiver.failed(why);
                }
              }
            });
  }

  private void frame(RadioFrame frame) {
    if (closed) {
      return;
    }
    if (!means(frame)) {
      others.accept(frame);
      return;
    }
    try {
      take(decoder.decode(frame));
    } catch (MalformedFrame e) {
      complain(
          e.isKey()
              ? new DeviceException(
                  Kind.SETTINGS,
                  "A telegram of meter "
                      + settings.meter()
                      + " came, but "
                      + e.getMessage()
                      + ". Enter the meter's key in 'key'.")
              : new DeviceException(
                  Kind.INVALID_ANSWER,
                  "A telegram of meter "
                      + settings.meter()
                      + " cannot be read: "
                      + e.getMessage()
                      + "."));
    }
  }

  private void take(RadioDecoder.Message message) {
    identity = WiredSession.identity(message.meter());
    if (message.telegram().isEmpty() || repeated(message.content())) {
      return;
    }
    DeviceType.Kind kind = settings.kind() != null ? settings.kind() : message.meter().kind();
    quiet = longestSilence(kind);
    List<Measurement> values =
        Values.of(List.of(message.telegram().get()), message.meter(), kind, settings.details());
    if (values.isEmpty()) {
      nothing(kind);
    } else {
      complaints = 0;
      empty = -1;
      receiver.values(Optional.empty(), values);
    }
  }

  /** Some telegrams of every meter have no values; those of some meters never have. */
  private void nothing(DeviceType.Kind kind) {
    if (empty >= 0 && ++empty == MOST_EMPTY) {
      complain(
          new DeviceException(
              Kind.INVALID_ANSWER,
              "Telegrams of meter "
                  + settings.meter()
                  + " have no present values that the hub knows"
                  + (kind == DeviceType.Kind.UNKNOWN
                      ? " for its device type. Choose what it meters in 'medium'."
                      : ". Set 'details' to see what it sends.")));
    }
  }

  /** Says what is wrong, but not for ever while nothing is right. */
  private void complain(DeviceException why) {
    if (complaints < MOST_COMPLAINTS) {
      complaints++;
      receiver.failed(why);
    }
  }

  /** Whether the same message, access number and all, was here within minutes. */
  private boolean repeated(byte[] content) {
    long now = clock.monotonicNanos();
    for (Iterator<Seen> all = seen.iterator(); all.hasNext(); ) {
      Seen one = all.next();
      if (now - one.atNanos() > REPEATED_NANOS) {
        all.remove();
      } else if (Arrays.equals(one.content(), content)) {
        return true;
      }
    }
    seen.addLast(new Seen(now, content));
    if (seen.size() > REMEMBERED) {
      seen.removeFirst();
    }
    return false;
  }

  /** Longest time between telegrams (OMS Specification Vol. 2, 4.3.2.1), twice. */
  private static Duration longestSilence(DeviceType.Kind kind) {
    return switch (kind) {
      case ELECTRICITY -> Duration.ofMinutes(15);
      case GAS, HEAT, COOLING -> Duration.ofHours(1);
      default -> Duration.ofHours(8);
    };
  }

  @Override
  public Duration quiet() {
    return quiet;
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public void close() {
    closed = true;
    closing.run();
    if (subscription != null) {
      try {
        subscription.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
