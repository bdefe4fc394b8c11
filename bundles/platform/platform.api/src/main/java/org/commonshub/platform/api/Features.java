package org.commonshub.platform.api;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Features of this hub: sets of bundles switched on and off together (OSGi Feature Service
 * specification, chapter 159). Implemented by {@code platform.features} over the launcher's feature
 * directory; called by the console and the fleet agent.
 */
@ProviderType
public interface Features {

  /**
   * One feature of the image.
   *
   * @param name short name, {@code metering-modbus}
   * @param title human title
   * @param description sentence
   * @param requires names of the features it needs
   * @param essential cannot be switched off (the hub would not be reachable any more)
   * @param enabled wanted by the owner
   * @param running all its bundles are active
   * @param problem why it is not running although enabled, in one line
   */
  record Feature(
      String name,
      String title,
      String description,
      List<String> requires,
      boolean essential,
      boolean enabled,
      boolean running,
      Optional<String> problem) {}

  /** All features of the image, ordered by name. */
  List<Feature> list();

  /**
   * Switches a feature on (with what it requires) or off. Survives restarts. Blocks until its
   * bundles are started or stopped, at most some seconds.
   *
   * @throws IllegalArgumentException if there is no such feature
   * @throws IllegalStateException if it is essential, or another enabled feature requires it; the
   *     message says which
   */
  Feature enable(String name, boolean enabled);
}
