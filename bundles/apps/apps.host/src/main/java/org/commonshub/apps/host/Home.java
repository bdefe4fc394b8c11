package org.commonshub.apps.host;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.function.Supplier;
import org.commonshub.apps.api.AppHome;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.HubClock;

/** What every app knows of the home. Any thread. */
final class Home implements AppHome {
  private final HubClock clock;
  private final Supplier<HomeProfile> profile;
  private final Supplier<Optional<Place>> place;

  /**
   * @param profile null if there is none now: UTC, EUR and no prices then
   */
  Home(HubClock clock, Supplier<HomeProfile> profile, Supplier<Optional<Place>> place) {
    this.clock = clock;
    this.profile = profile;
    this.place = place;
  }

  static ZoneId zone(HomeProfile profile) {
    return profile == null ? ZoneOffset.UTC : profile.zone();
  }

  @Override
  public Instant now() {
    return clock.now();
  }

  @Override
  public long monotonicNanos() {
    return clock.monotonicNanos();
  }

  @Override
  public ZoneId zone() {
    return zone(profile.get());
  }

  @Override
  public String currency() {
    HomeProfile now = profile.get();
    return now == null ? "EUR" : now.currency();
  }

  @Override
  public long importPriceMicros() {
    HomeProfile now = profile.get();
    return now == null ? 0 : now.importPriceMicros();
  }

  @Override
  public long exportPriceMicros() {
    HomeProfile now = profile.get();
    return now == null ? 0 : now.exportPriceMicros();
  }

  @Override
  public Optional<Place> place() {
    return place.get();
  }
}
