package org.commonshub.apps.provider;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppManifest.Kind;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.desk.api.Risk;
import org.commonshub.apps.desk.api.Risk.Rating;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Terms;

/**
 * How much harm an app could do: data by how fine it is, times network, actuators, place. Data of
 * one home finer than an hour shows what people do (half an hour and below: activities), so it
 * counts as fine, and sums over homes as coarse.
 */
final class Risks {
  private record Reason(Rating rating, String code) {}

  private Risks() {}

  /** Of everything a manifest asks for. */
  static Risk asked(AppManifest manifest) {
    return of(
        manifest.data().stream().map(AppManifest.DataRequest::terms).toList(),
        !manifest.hosts().isEmpty(),
        !manifest.actuators().isEmpty(),
        manifest.place().isPresent(),
        manifest.kind() != Kind.APP);
  }

  /** Of what the person said yes to. */
  static Risk granted(
      AppManifest manifest, Grants grants, Collection<EnergyData.Grant> data, Place place) {
    return of(
        data.stream()
            .filter(
                grant ->
                    grant.state() == EnergyData.Grant.State.OPEN
                        || grant.state() == EnergyData.Grant.State.PAUSED)
            .map(EnergyData.Grant::terms)
            .toList(),
        !grants.hosts().isEmpty(),
        !grants.actuators().isEmpty(),
        grants.place().isPresent(),
        manifest.kind() != Kind.APP || place == Place.INSIDE);
  }

  static Risk of(
      Collection<Terms> data, boolean network, boolean actuators, boolean place, boolean inside) {
    List<Reason> reasons = new ArrayList<>();
    List<Terms> leaving = data.stream().filter(terms -> network && leaves(terms)).toList();
    if (leaving.stream().anyMatch(Risks::fine)) {
      reasons.add(new Reason(Rating.HIGH, "fine-data+network"));
    } else if (!leaving.isEmpty()) {
      reasons.add(new Reason(Rating.MODERATE, "coarse-data+network"));
    } else if (!data.isEmpty()) {
      reasons.add(new Reason(Rating.LOW, "data-stays"));
    }
    if (actuators) {
      // With a network somebody outside may steer.
      reasons.add(new Reason(network ? Rating.HIGH : Rating.MODERATE, "actuators"));
    }
    if (inside) {
      reasons.add(new Reason(Rating.MODERATE, "inside"));
    }
    if (place) {
      reasons.add(new Reason(network ? Rating.MODERATE : Rating.LOW, "place"));
    }
    if (network && leaving.isEmpty()) {
      reasons.add(new Reason(Rating.LOW, "network"));
    }
    if (reasons.isEmpty()) {
      reasons.add(new Reason(Rating.LOW, "nothing"));
    }
    reasons.sort(Comparator.comparing(Reason::rating).reversed());
    return new Risk(reasons.get(0).rating(), reasons.stream().map(Reason::code).toList());
  }

  /** Data whose terms name no host closes the network to the app; {@code apps.host} sees to it. */
  private static boolean leaves(Terms terms) {
    return !terms.hosts().equals(Optional.of(Set.of()));
  }

  private static boolean fine(Terms terms) {
    return terms.mode() != Mode.AGGREGATE && terms.resolution().compareTo(Granularity.HOUR) < 0;
  }
}
