package org.commonshub.privacy.provider;

import org.commonshub.privacy.api.EnergyData;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;

/** Gives each bundle a view of its own: the registry says who it is. */
final class ViewFactory implements ServiceFactory<EnergyData> {
  private final Gate gate;

  ViewFactory(Gate gate) {
    this.gate = gate;
  }

  @Override
  public EnergyData getService(Bundle bundle, ServiceRegistration<EnergyData> registration) {
    return new View(gate, Callers.recipient(bundle));
  }

  @Override
  public void ungetService(
      Bundle bundle, ServiceRegistration<EnergyData> registration, EnergyData service) {
    ((View) service).close();
  }
}
