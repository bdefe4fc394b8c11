package org.commonshub.metering.p1;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.p1.Framer.Trouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One meter on a P1 port: the electricity meter, whose values come with each telegram, or a
 * sub-meter, whose value is repeated in each telegram and given on when its time stamp changes.
 */
final class P1Session implements PushSession {
  private static final Logger LOG = LoggerFactory.getLogger(P1Session.class);

  /** A sub-meter reports every 5 minutes, every hour or once a day. */
  private static final Duration ONCE_A_DAY = Duration.ofHours(26);

  private final StreamConnection stream;
  private final P1Settings settings;
  private final Port port;
  private Receiver receiver;
  private AutoCloseable subscription;
  private volatile boolean closed;
  private volatile Map<String, String> identity = Map.of();

  /** Why there is nothing at present; each kind is told once until there is something again. */
  private Optional<Kind> outage = Optional.empty();

  private Optional<SubMeter.Reading> last = Optional.empty();

  P1Session(StreamConnection stream, P1Settings settings) {
    this.stream = stream;
    this.settings = settings;
    this.port =
        new Port(
            stream.endpoint(),
            settings,
            new Port.Reader() {
              @Override
              public void telegram(Telegram telegram) {
                read(telegram);
              }

              @Override
              public void trouble(Trouble trouble, DeviceException why) {
                failed(why);
              }
            });
  }

  @Override
  public void start(Receiver to) {
    receiver = to;
    subscription =
        stream.listen(
            new StreamConnection.Listener() {
              @Override
              public void received(byte[] bytes) {
                if (!closed) {
                  port.take(bytes);
                }
              }

              @Override
              public void broken(DeviceException why) {
                port.reset();
                failed(why);
              }
            });
  }

  private void read(Telegram telegram) {
    if (closed) {
      return;
    }
    if (settings.channel() == 0) {
      readMain(telegram);
    } else {
      readSubMeter(telegram);
    }
  }

  private void readMain(Telegram telegram) {
    List<Measurement> values = MainValues.of(telegram);
    identity = telegram.identity();
    if (values.isEmpty()) {
      failed(
          new DeviceException(
              Kind.SETTINGS,
              "The port "
                  + stream.endpoint()
                  + " has no electricity values"
                  + others(telegram)
                  + ". Change the setting 'Meter'."));
      return;
    }
    outage = Optional.empty();
    Optional<Instant> at =
        settings.meterClock()
            ? telegram.values("0-0:1.0.0").stream()
                .findFirst()
                .flatMap(stamp -> Stamp.parse(stamp, settings.zone()))
            : Optional.empty();
    receiver.values(at, values);
  }

  private void readSubMeter(Telegram telegram) {
    Optional<SubMeter> found = SubMeter.of(telegram, settings.channel(), settings.zone());
    found.ifPresent(subMeter -> identity = subMeter.identity());
    if (found.isEmpty()) {
      failed(
          new DeviceException(
              Kind.SETTINGS,
              "There is no meter on M-Bus channel "
                  + settings.channel()
                  + " of the port "
                  + stream.endpoint()
                  + others(telegram)
                  + ". Change the setting 'Meter'."));
      return;
    }
    Optional<SubMeter.Reading> reading = found.get().reading();
    if (reading.isEmpty()) {
      failed(
          new DeviceException(
              Kind.TIMEOUT,
              "The meter on M-Bus channel "
                  + settings.channel()
                  + " of the port "
                  + stream.endpoint()
                  + " has not reported a valid value to the electricity meter. It does so at least"
                  + " once a day; if it never does, tell the grid operator."));
      return;
    }
    outage = Optional.empty();
    if (isNew(reading.get())) {
      last = reading;
      receiver.values(reading.get().at(), List.of(reading.get().value()));
    }
  }

  @Override
  public Duration quiet() {
    return settings.channel() == 0 ? Duration.ZERO : ONCE_A_DAY;
  }

  private boolean isNew(SubMeter.Reading reading) {
    if (last.isEmpty()) {
      return true;
    }
    return reading.at().isPresent()
        ? !reading.at().equals(last.get().at())
        : !reading.value().equals(last.get().value());
  }

  private String others(Telegram telegram) {
    String list =
        SubMeter.of(telegram, settings.zone()).stream()
            .map(each -> each.channel() + " (" + each.medium().title() + ")")
            .collect(Collectors.joining(", "));
    return list.isEmpty() ? "; it has no sub-meter" : "; it has M-Bus channel " + list;
  }

  private void failed(DeviceException why) {
    if (closed || outage.equals(Optional.of(why.kind()))) {
      return;
    }
    outage = Optional.of(why.kind());
    receiver.failed(why);
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public void close() {
    closed = true;
    if (subscription != null) {
      quietly(subscription);
    }
  }

  /** Ends a subscription. */
  static void quietly(AutoCloseable subscription) {
    try {
      subscription.close();
    } catch (Exception e) { // Nothing hangs on it any more.
      LOG.debug("A subscription did not end cleanly.", e);
    }
  }
}
