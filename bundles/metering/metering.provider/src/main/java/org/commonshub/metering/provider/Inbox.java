package org.commonshub.metering.provider;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceInbox;
import org.commonshub.metering.api.DeviceRegistry.Found;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.platform.api.HubClock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Devices that announced themselves. A component of its own, because drivers need it before {@link
 * MeteringProvider} knows them. All under one lock, which is held for moments only.
 */
@Component(service = {DeviceInbox.class, Inbox.class})
public final class Inbox implements DeviceInbox {
  /** Devices at most; of the driver with the most, the one not heard of for longest goes. */
  static final int LIMIT = 256;

  /** Dismissed devices remembered. */
  static final int DISMISSED = 1_024;

  /** A device not heard of for so long is forgotten. */
  static final Duration KEPT = Duration.ofHours(24);

  private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

  private record Place(String driver, Endpoint endpoint) {}

  private record Key(Place place, Map<String, String> settings) {
    static Key of(DeviceDefinition definition) {
      return new Key(new Place(definition.driver(), definition.endpoint()), definition.settings());
    }
  }

  private static final class Entry {
    Found found;
    long heard;
  }

  private final HubClock clock;
  private final Map<Key, Entry> entries = new LinkedHashMap<>();
  private final Set<Key> dismissed = new LinkedHashSet<>();
  private Map<Place, List<Map<String, String>>> configured = Map.of();

  /** Starts empty. */
  @Activate
  public Inbox(@Reference HubClock clock) {
    this.clock = clock;
  }

  @Override
  public void announce(String driver, Endpoint endpoint, Discoverer.Candidate candidate) {
    Found found;
    try {
      found = Proposals.found(driver, endpoint, true, candidate);
    } catch (IllegalArgumentException e) {
      LOG.debug("A device at {} announced itself in a way that cannot be used.", endpoint, e);
      return;
    }
    Key key = Key.of(found.definition());
    synchronized (this) {
      if (dismissed.contains(key) || isConfigured(key)) {
        return;
      }
      Entry entry = entries.get(key);
      if (entry == null) {
        expire();
        if (entries.size() >= LIMIT) {
          makeRoom();
        }
        entry = new Entry();
        entries.put(key, entry);
      }
      entry.found = found;
      entry.heard = clock.monotonicNanos();
    }
  }

  /** What waits, the first heard of last. */
  synchronized List<Found> list() {
    expire();
    List<Found> list = new ArrayList<>();
    entries.values().forEach(entry -> list.add(entry.found));
    Collections.reverse(list);
    return list;
  }

  /** Takes one out for good. */
  synchronized void dismiss(Found found) {
    Key key = Key.of(found.definition());
    entries.remove(key);
    dismissed.add(key);
    if (dismissed.size() > DISMISSED) {
      Iterator<Key> oldest = dismissed.iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** The devices that are configured, and hence no news. */
  synchronized void configured(Collection<DeviceDefinition> definitions) {
    Map<Place, List<Map<String, String>>> places = new HashMap<>();
    for (DeviceDefinition definition : definitions) {
      Key key = Key.of(definition);
      places.computeIfAbsent(key.place, place -> new ArrayList<>()).add(key.settings);
    }
    configured = places;
    entries.keySet().removeIf(this::isConfigured);
  }

  /** A person may have added settings to those announced. */
  private boolean isConfigured(Key key) {
    return configured.getOrDefault(key.place, List.of()).stream()
        .anyMatch(settings -> settings.entrySet().containsAll(key.settings.entrySet()));
  }

  private void expire() {
    long now = clock.monotonicNanos();
    entries.values().removeIf(entry -> now - entry.heard > KEPT.toNanos());
  }

  /** One driver's crowd does not push out the others' devices. */
  private void makeRoom() {
    Map<String, Integer> crowds = new HashMap<>();
    entries.keySet().forEach(key -> crowds.merge(key.place.driver, 1, Integer::sum));
    String largest = Collections.max(crowds.entrySet(), Map.Entry.comparingByValue()).getKey();
    Key oldest = null;
    for (Map.Entry<Key, Entry> entry : entries.entrySet()) {
      if (entry.getKey().place.driver.equals(largest)
          && (oldest == null || entry.getValue().heard - entries.get(oldest).heard < 0)) {
        oldest = entry.getKey();
      }
    }
    entries.remove(oldest);
  }
}
