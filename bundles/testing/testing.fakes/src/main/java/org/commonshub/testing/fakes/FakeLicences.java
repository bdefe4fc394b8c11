package org.commonshub.testing.fakes;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest.Level;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.desk.api.Standing.State;

/**
 * Licences in memory: free apps are active, others as the test says. Time plays no part. A token is
 * {@code APP LEVEL UNTIL}. Any thread.
 */
public final class FakeLicences implements Licences {
  private final Map<AppId, Listing> admitted = new HashMap<>();
  private final Map<AppId, Standing> standings = new HashMap<>();
  private final Map<String, Long> used = new HashMap<>();
  private final Set<AppId> tried = new HashSet<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  /** Who is told of changes. */
  public void listen(Listener listener) {
    listeners.add(listener);
  }

  /** From now on an app stands so, at its first level. */
  public void set(AppId app, State state) {
    Standing standing;
    synchronized (this) {
      Listing listing = admitted.get(app);
      Optional<Level> level =
          listing == null ? Optional.empty() : listing.manifest().levels().stream().findFirst();
      standing = standing(app, state, level, false, Optional.empty());
      standings.put(app, standing);
    }
    tell(standing);
  }

  /** From now on an app stands so. */
  public void set(Standing standing) {
    synchronized (this) {
      standings.put(standing.app(), standing);
    }
    tell(standing);
  }

  /** Whether an app was admitted and not dismissed. */
  public synchronized boolean admitted(AppId app) {
    return admitted.containsKey(app);
  }

  @Override
  public synchronized void admit(Listing listing) {
    admitted.put(listing.manifest().id(), listing);
  }

  @Override
  public synchronized void dismiss(AppId app) {
    admitted.remove(app);
  }

  @Override
  public synchronized Standing standing(AppId app) {
    Listing listing = admitted.get(app);
    if (listing == null) {
      return standing(app, State.NONE, Optional.empty(), false, Optional.empty());
    }
    Standing set = standings.get(app);
    if (set != null) {
      return set;
    }
    Level level = listing.manifest().levels().get(0);
    return level.priceMicros() == 0
        ? standing(app, State.ACTIVE, Optional.of(level), false, Optional.empty())
        : standing(app, State.NONE, Optional.empty(), false, Optional.empty());
  }

  @Override
  public synchronized String request(AppId app, String level) throws AppException {
    level(app, level);
    return "request." + app + "." + level;
  }

  @Override
  public Standing startTrial(AppId app, String level, String actor) throws AppException {
    Standing standing;
    synchronized (this) {
      Level chosen = level(app, level);
      if (chosen.trial().isZero()) {
        throw new AppException(Reason.UNLICENSED, "This cannot be tried.");
      }
      if (!tried.add(app)) {
        throw new AppException(Reason.UNLICENSED, "It was tried before; each app can be once.");
      }
      standing = standing(app, State.ACTIVE, Optional.of(chosen), true, Optional.empty());
      standings.put(app, standing);
    }
    tell(standing);
    return standing;
  }

  @Override
  public Standing add(String token, String actor) throws AppException {
    String[] parts = token.strip().split(" ");
    Standing standing;
    synchronized (this) {
      try {
        AppId app = new AppId(parts[0]);
        Level level = level(app, parts.length > 1 ? parts[1] : "");
        Optional<Instant> until =
            parts.length > 2 ? Optional.of(Instant.parse(parts[2])) : Optional.empty();
        standing = standing(app, State.ACTIVE, Optional.of(level), false, until);
        standings.put(app, standing);
      } catch (IllegalArgumentException | DateTimeParseException e) {
        throw new AppException(Reason.UNLICENSED, "This is no licence; paste all of it.", e);
      }
    }
    tell(standing);
    return standing;
  }

  @Override
  public synchronized boolean use(AppId app, String metric, long amount) {
    Long limit = standing(app).limits().get(metric);
    if (limit == null || used.getOrDefault(app + " " + metric, 0L) + amount > limit) {
      return false;
    }
    used.merge(app + " " + metric, amount, Long::sum);
    return true;
  }

  private Level level(AppId app, String level) throws AppException {
    Listing listing = admitted.get(app);
    if (listing == null) {
      throw new AppException(Reason.UNKNOWN, "There is no app " + app + ".");
    }
    return listing.manifest().levels().stream()
        .filter(known -> known.id().equals(level))
        .findFirst()
        .orElseThrow(() -> new AppException(Reason.UNKNOWN, "It has no such service level."));
  }

  private Standing standing(
      AppId app, State state, Optional<Level> level, boolean trial, Optional<Instant> until) {
    Listing listing = admitted.get(app);
    boolean trialLeft =
        listing != null
            && !tried.contains(app)
            && listing.manifest().levels().stream().anyMatch(l -> !l.trial().isZero());
    return new Standing(
        app,
        state,
        level.map(Level::id).orElse(""),
        level.map(Level::features).orElse(Set.of()),
        level.map(Level::limits).orElse(Map.of()),
        Map.of(),
        trial,
        trialLeft,
        until,
        until,
        until);
  }

  private void tell(Standing standing) {
    listeners.forEach(listener -> listener.standingChanged(standing));
  }
}
