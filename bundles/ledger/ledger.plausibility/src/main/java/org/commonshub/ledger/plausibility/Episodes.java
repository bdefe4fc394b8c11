package org.commonshub.ledger.plausibility;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.commonshub.ledger.api.Contradictions.Check;
import org.commonshub.measure.api.DeviceId;

/**
 * Turns single judgements into episodes: several bad ones in a row open one, a quarter of an hour
 * (or several stretches) of good ones ends it. Remembers the newest 1,000. Not thread-safe.
 */
final class Episodes {
  static final int KEPT = 1_000;

  private static final long CALM = 900_000;
  private static final int CALM_STRETCHES = 4;

  /** What is being judged. */
  record Key(Check check, DeviceId subject) {}

  /** Where it stands between good and bad. */
  private static final class Trend {
    private Episode episode;
    private int bads;
    private long badSince;
    private boolean calm;
    private long calmSince;
    private int goods;
  }

  private final Map<Key, Trend> trends = new HashMap<>();
  private final List<Episode> all = new ArrayList<>();
  private long horizon = Long.MIN_VALUE;

  /** How many bad judgements in a row make an episode. */
  private static int needed(Check check) {
    return switch (check) {
      case NEGATIVE_REGISTER, BACKWARDS, RATE -> 1;
      case POWER_LIMIT -> 2;
      case REGISTER_POWER -> 4;
      case SUM -> 3;
    };
  }

  private static boolean stretches(Check check) {
    return check == Check.REGISTER_POWER || check == Check.SUM;
  }

  /**
   * Something contradicts.
   *
   * @param from last instant at which all was well, in ms
   * @param make makes the episode, given its begin
   * @return the episode if this opened one, else null
   */
  Episode bad(Key key, long from, LongFunction<Episode> make) {
    Trend trend = trends.computeIfAbsent(key, k -> new Trend());
    trend.calm = false;
    trend.goods = 0;
    if (trend.bads == 0) {
      trend.badSince = from;
    }
    trend.bads++;
    if (trend.episode != null || trend.bads < needed(key.check())) {
      return null;
    }
    trend.episode = make.apply(trend.badSince);
    add(trend.episode);
    return trend.episode;
  }

  /**
   * Nothing contradicts in {@code from} … {@code at}, in ms.
   *
   * @return the episode if this ended one, else null
   */
  Episode good(Key key, long from, long at) {
    Trend trend = trends.get(key);
    if (trend == null) {
      return null;
    }
    if (trend.episode == null) {
      trends.remove(key);
      return null;
    }
    if (!trend.calm) {
      trend.calm = true;
      trend.calmSince = from;
    }
    trend.goods++;
    boolean over =
        stretches(key.check()) ? trend.goods >= CALM_STRETCHES : at - trend.calmSince >= CALM;
    return over ? end(key, trend.calmSince) : null;
  }

  /** Keys with an open episode. */
  List<Key> openKeys() {
    return trends.entrySet().stream()
        .filter(entry -> entry.getValue().episode != null)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The open episode of a key; null if there is none. */
  Episode open(Key key) {
    Trend trend = trends.get(key);
    return trend == null ? null : trend.episode;
  }

  /** Ends an episode: a person changed what it was about. Null if none was open. */
  Episode end(Key key, long at) {
    Trend trend = trends.remove(key);
    if (trend == null || trend.episode == null) {
      return null;
    }
    trend.episode.to = Math.max(trend.episode.from, at);
    return trend.episode;
  }

  private void add(Episode episode) {
    all.add(episode);
    if (all.size() > KEPT) {
      for (Episode old : all) {
        if (!old.open()) {
          all.remove(old);
          horizon = Math.max(horizon, old.to);
          return;
        }
      }
    }
  }

  /** Everything that is remembered, oldest first. */
  List<Episode> all() {
    return all;
  }

  /** Instant in ms before which nothing is known. */
  long horizon() {
    return horizon;
  }

  boolean trusted(DeviceId device, long from, long to) {
    if (from < horizon) {
      return false;
    }
    for (Episode episode : all) {
      if (episode.from < to && episode.to > from && episode.devices.contains(device)) {
        return false;
      }
    }
    return true;
  }

  /** Takes up what an earlier run left. */
  void restore(long earlierHorizon, List<Episode> episodes) {
    horizon = earlierHorizon;
    all.addAll(episodes);
    for (Episode episode : episodes) {
      if (episode.open()) {
        Trend trend = new Trend();
        trend.episode = episode;
        trends.put(new Key(episode.check, episode.devices.get(0)), trend);
      }
    }
  }
}
