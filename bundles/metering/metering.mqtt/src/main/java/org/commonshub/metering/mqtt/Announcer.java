package org.commonshub.metering.mqtt;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceInbox;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.platform.api.HubClock;

/**
 * Puts devices that announce themselves on a broker into the inbox, while a device on that broker
 * is listened to. One subscription per broker, through the connection of one of its devices; when
 * that ends, another's. Thread-safe.
 */
final class Announcer implements MqttSession.Observer {
  /** A device that goes on announcing itself is told again after this time. */
  static final Duration AGAIN = Duration.ofHours(1);

  private static final int MAX_TOLD = 1_024;

  private final DeviceInbox inbox;
  private final HubClock clock;
  private final Map<Endpoint, Watch> watches = new HashMap<>();

  Announcer(DeviceInbox inbox, HubClock clock) {
    this.inbox = inbox;
    this.clock = clock;
  }

  /** What is listened to on one broker. */
  private final class Watch implements MqttConnection.Listener {
    final Endpoint endpoint;
    final List<MqttSession> sessions = new ArrayList<>();
    final List<Finder> finders = Finders.announcing();
    final Map<Map<String, String>, Long> told = new HashMap<>();
    MqttSession through;
    AutoCloseable subscription;

    Watch(Endpoint endpoint) {
      this.endpoint = endpoint;
    }

    @Override
    public void received(Message message) {
      List<Candidate> fresh = new ArrayList<>();
      synchronized (Announcer.this) {
        for (Finder finder : finders) {
          for (String device : finder.take(message)) {
            for (Candidate candidate : finder.candidates(device)) {
              if (!known(candidate) && due(candidate)) {
                fresh.add(candidate);
              }
            }
          }
        }
      }
      fresh.forEach(candidate -> inbox.announce(MqttDriver.ID, endpoint, candidate));
    }

    @Override
    public void broken(DeviceException why) {
      // The devices say so.
    }

    private boolean known(Candidate candidate) {
      String profile = candidate.settings().get(MqttSettings.PROFILE);
      String device = candidate.settings().get(MqttSettings.DEVICE);
      return sessions.stream()
          .map(MqttSession::settings)
          .anyMatch(
              settings ->
                  settings.profile().key().equals(profile)
                      && settings.device().equalsIgnoreCase(device));
    }

    private boolean due(Candidate candidate) {
      long now = clock.monotonicNanos();
      Long before = told.get(candidate.settings());
      if (before != null && now - before < AGAIN.toNanos()
          || before == null && told.size() >= MAX_TOLD) {
        return false;
      }
      told.put(candidate.settings(), now);
      return true;
    }
  }

  @Override
  public void started(MqttSession session) {
    Watch watch;
    synchronized (this) {
      watch = watches.computeIfAbsent(session.broker().endpoint(), Watch::new);
      watch.sessions.add(session);
    }
    follow(watch);
  }

  @Override
  public void closed(MqttSession session) {
    Watch watch;
    AutoCloseable ending = null;
    synchronized (this) {
      watch = watches.get(session.broker().endpoint());
      if (watch == null || !watch.sessions.remove(session)) {
        return;
      }
      if (watch.through == session) {
        ending = watch.subscription;
        watch.through = null;
        watch.subscription = null;
      }
      if (watch.sessions.isEmpty()) {
        watches.remove(watch.endpoint);
      }
    }
    if (ending != null) {
      MqttSession.end(ending);
      follow(watch);
    }
  }

  /** Listens through one of the sessions, unless it does already. */
  private void follow(Watch watch) {
    MqttSession session;
    synchronized (this) {
      if (watch.through != null || watch.sessions.isEmpty()) {
        return;
      }
      session = watch.sessions.get(0);
      watch.through = session;
    }
    List<String> filters =
        watch.finders.stream().flatMap(finder -> finder.filters().stream()).toList();
    AutoCloseable subscription = session.broker().subscribe(filters, watch);
    Optional<AutoCloseable> late = Optional.empty();
    synchronized (this) {
      if (watch.through == session && watch.subscription == null) {
        watch.subscription = subscription;
      } else {
        late = Optional.of(subscription);
      }
    }
    late.ifPresent(MqttSession::end);
  }
}
