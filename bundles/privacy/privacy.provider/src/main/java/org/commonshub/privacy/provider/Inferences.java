package org.commonshub.privacy.provider;

import static org.commonshub.privacy.api.Preview.Inference.ABSENCE;
import static org.commonshub.privacy.api.Preview.Inference.ACTIVITIES;
import static org.commonshub.privacy.api.Preview.Inference.APPLIANCE_EVENTS;
import static org.commonshub.privacy.api.Preview.Inference.DAILY_ROUTINE;
import static org.commonshub.privacy.api.Preview.Inference.HOUSEHOLD;
import static org.commonshub.privacy.api.Preview.Inference.NOTHING_ALONE;
import static org.commonshub.privacy.api.Preview.Inference.PRESENCE;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.privacy.api.DataKind;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Noise;
import org.commonshub.privacy.api.Preview.Inference;
import org.commonshub.privacy.api.Terms;

/**
 * What can be told from a release, on the side of caution: noise of a home's interval averages out
 * over days, a quarter of an hour to an hour hides little more, a delay hides nothing.
 */
final class Inferences {
  /** An ε above which noise hides no single value from somebody who looks closely. */
  private static final long WEAK = 1_000_000;

  private Inferences() {}

  static List<Inference> of(Terms terms) {
    if (terms.mode() == Mode.AGGREGATE) {
      return List.of(NOTHING_ALONE);
    }
    Set<Inference> found = EnumSet.noneOf(Inference.class);
    Granularity resolution = terms.resolution();
    found.add(HOUSEHOLD);
    if (resolution.compareTo(Granularity.DAY) <= 0) {
      found.add(ABSENCE);
    }
    if (resolution.compareTo(Granularity.HOUR) <= 0) {
      found.addAll(Set.of(PRESENCE, DAILY_ROUTINE));
    }
    if (resolution.compareTo(Granularity.HALF_HOUR) <= 0) {
      found.add(ACTIVITIES);
    }
    boolean states = terms.kinds().map(k -> k.contains(DataKind.DEVICE_STATES)).orElse(true);
    if (resolution.compareTo(Granularity.MINUTE) <= 0
        || states && resolution.compareTo(Granularity.QUARTER_HOUR) <= 0) {
      found.add(APPLIANCE_EVENTS);
    }
    Optional<Noise> noise = terms.noise().filter(n -> n.microEpsilon() <= WEAK);
    if (noise.isPresent()) {
      found.removeAll(Set.of(APPLIANCE_EVENTS, ACTIVITIES));
      if (noise.get().unit() == Noise.Unit.DAY) {
        found.removeAll(Set.of(PRESENCE, DAILY_ROUTINE, ABSENCE));
      }
    }
    return List.copyOf(found);
  }

  /** What one value's ε protects, in plain words. */
  static Optional<String> protection(Terms terms) {
    return terms
        .noise()
        .map(
            noise -> {
              String odds =
                  noise.microEpsilon() > WEAK
                      ? "It is weak: a close look often tells the difference."
                      : "A close look at one value can hardly tell the difference.";
              return noise.unit() == Noise.Unit.DAY
                  ? "Hides what happened on any one day: each value has as much noise as if the"
                      + " whole day had been another. Habits over many days still show. "
                      + odds
                  : "Hides what happened in any one interval of "
                      + Texts.span(terms.resolution().length())
                      + ". What repeats through a day, such as being at home, still shows. "
                      + odds;
            });
  }
}
