package org.commonshub.measure.api;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The tri-directional counter: production, consumption and exchange, with storage as the fourth
 * leg. Implemented by {@code measure.provider}. Each closed interval is also published on the bus
 * as a frame of {@link DeviceId#HOME} with the {@code home.*} quantities, so history keeps it.
 */
@ProviderType
public interface EnergyBalance {

  /**
   * Power flows of the home now, in W, each ≥ 0 but residual.
   *
   * @param instant oldest instant of the readings used
   * @param production given by PV and generators
   * @param consumption taken by the home, storage excluded
   * @param gridImport taken from the grid
   * @param gridExport given to the grid
   * @param charge into storage
   * @param discharge out of storage
   * @param residual part of consumption that no device meters; negative means that the meters
   *     contradict each other
   * @param complete whether every top-level device has a fresh reading
   */
  record Power(
      java.time.Instant instant,
      double production,
      double consumption,
      double gridImport,
      double gridExport,
      double charge,
      double discharge,
      double residual,
      boolean complete) {}

  /** Flows now; empty while no grid meter and no producer was heard. */
  Optional<Power> now();

  /** The newest closed intervals, oldest first, at most {@code limit} of those kept in memory. */
  List<IntervalBalance> recent(int limit);
}
