package org.commonshub.metering.dlms;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.platform.api.HubClock;

/** One meter that pushes lists. */
final class DlmsSession implements PushSession {
  private static final Duration TRUSTED = Duration.ofDays(1);
  private static final Duration QUIET = Duration.ofSeconds(90);
  private static final int MOST_COMPLAINTS = 10;

  private final StreamConnection stream;
  private final DlmsSettings settings;
  private final HubClock clock;
  private final Messages messages;
  private final Values values;
  private final Frames frames;
  private volatile Map<String, String> identity = Map.of();
  private volatile Receiver receiver;
  private volatile boolean closed;
  private AutoCloseable subscription;
  private int complaints;

  DlmsSession(StreamConnection stream, DlmsSettings settings, HubClock clock) {
    this.stream = stream;
    this.settings = settings;
    this.clock = clock;
    this.messages = new Messages(settings.security());
    this.values = new Values(settings.energyScale());
    this.frames = new Frames(settings.wrapping(), this::message);
  }

  @Override
  public void start(Receiver taker) {
    receiver = taker;
    subscription =
        stream.listen(
            new StreamConnection.Listener() {
              @Override
              public void received(byte[] bytes) {
                if (!closed) {
                  frames.feed(bytes);
                }
              }

              @Override
              public void broken(DeviceException why) {
                frames.reset();
                messages.reset();
                if (!closed) {
                  receiver.failed(why);
                }
              }
            });
  }

  private void message(byte[] message) {
    if (closed) {
      return;
    }
    Optional<Notification> notification;
    try {
      notification = messages.take(message);
    } catch (MalformedApdu e) {
      complain(
          e.isKey()
              ? new DeviceException(
                  Kind.SETTINGS,
                  "A message came from "
                      + stream.endpoint()
                      + ", but "
                      + e.getMessage()
                      + ". Enter the key that the grid operator gave you in 'key' (and"
                      + " 'authentication_key').")
              : new DeviceException(
                  Kind.INVALID_ANSWER,
                  "A message from "
                      + stream.endpoint()
                      + " cannot be read: "
                      + e.getMessage()
                      + "."));
      return;
    }
    notification.ifPresent(this::take);
  }

  private void take(Notification notification) {
    String maker = Makers.of(notification.systemTitle(), notification.body());
    List<Entry> entries = Lists.of(notification.body(), maker);
    Map<String, String> facts = Makers.identity(maker, entries);
    if (facts.size() >= identity.size()) {
      identity = facts;
    }
    List<Measurement> found = values.of(entries, maker);
    if (!found.isEmpty()) {
      complaints = 0;
      receiver.values(
          settings.meterClock() ? time(notification, entries) : Optional.empty(), found);
    } else if (entries.isEmpty()) {
      complain(
          new DeviceException(
              Kind.INVALID_ANSWER,
              "A list came from "
                  + stream.endpoint()
                  + " that has no names and an unknown order. It cannot be read."));
    }
  }

  /** Says what is wrong, but not for ever while nothing is right. */
  private void complain(DeviceException why) {
    if (complaints < MOST_COMPLAINTS) {
      complaints++;
      receiver.failed(why);
    }
  }

  private Optional<Instant> time(Notification notification, List<Entry> entries) {
    return entries.stream()
        .filter(entry -> entry.obis().a() == 0 && entry.obis().reduced().equals("1.0.0"))
        .flatMap(entry -> entry.value().clock().stream())
        .findFirst()
        .or(notification::clock)
        .filter(Clock::valid)
        .map(stamp -> stamp.instant(settings.zone()))
        .filter(instant -> Duration.between(instant, clock.now()).abs().compareTo(TRUSTED) <= 0);
  }

  /** Lists come every 2 to 60 s, whatever interval a person configured. */
  @Override
  public Duration quiet() {
    return QUIET;
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public void close() {
    closed = true;
    if (subscription != null) {
      try {
        subscription.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
