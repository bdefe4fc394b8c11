package org.commonshub.apps.desk.api;

import java.util.Optional;
import java.util.Set;
import org.commonshub.apps.api.AppHome;

/**
 * What the person said yes to, of what the manifest asks for. Data is granted at the privacy gate,
 * not here.
 *
 * @param hosts DNS names
 * @param actuators {@link AppManifest.ActuatorRequest#key()}
 * @param place where the home is, if it may know
 */
public record Grants(Set<String> hosts, Set<String> actuators, Optional<AppHome.Place> place) {
  /** Nothing. */
  public static final Grants NONE = new Grants(Set.of(), Set.of(), Optional.empty());

  public Grants {
    hosts = Set.copyOf(hosts);
    actuators = Set.copyOf(actuators);
  }
}
