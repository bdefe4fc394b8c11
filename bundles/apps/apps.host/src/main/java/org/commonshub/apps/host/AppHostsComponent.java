package org.commonshub.apps.host;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import org.commonshub.apps.desk.api.AppHosts;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.control.api.Arbiter;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.privacy.api.EnergyData;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** The host of apps as a service, and its services to the bundles of apps. See the README. */
@Component(
    service = {AppHosts.class, Licences.Listener.class},
    immediate = true)
public final class AppHostsComponent implements AppHosts, Licences.Listener {
  /** Marks the {@code EnergyData} that apps see. */
  static final String MARK = "apps.host";

  private final Hosts hosts;
  private final List<ServiceRegistration<?>> services = new ArrayList<>();

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile HomeProfile profile;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile Arbiter arbiter;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile DeviceDirectory directory;

  private volatile Licences licences;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile UsageMeter meter;

  /** Opens nothing yet. */
  @Activate
  public AppHostsComponent(
      BundleContext context,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths) {
    hosts =
        new Hosts(
            paths.data().resolve("apps.host"),
            new Hub(
                clock,
                new Agenda(clock, true),
                Machine.real(),
                Outside.real(),
                () -> profile,
                () -> arbiter,
                () -> directory,
                () -> licences,
                () -> meter));
    for (Hosts.Facet<?> facet : Hosts.FACETS) {
      services.add(register(context, facet));
    }
  }

  /** Licences have come: what they say counts at once. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  public void setLicences(Licences service) {
    licences = service;
    hosts.standings();
  }

  /** They go: what they said last goes on to count. */
  public void unsetLicences(Licences service) {
    if (licences == service) {
      licences = null;
    }
  }

  private <T> ServiceRegistration<T> register(BundleContext context, Hosts.Facet<T> facet) {
    Dictionary<String, Object> properties = new Hashtable<>();
    if (facet.type() == EnergyData.class) {
      properties.put(MARK, true);
      properties.put(Constants.SERVICE_RANKING, -1000); // Bundles of the hub get the gate's.
    }
    return context.registerService(
        facet.type(),
        new ServiceFactory<T>() {
          @Override
          public T getService(Bundle bundle, ServiceRegistration<T> registration) {
            return hosts.facet(bundle.getLocation(), facet);
          }

          @Override
          public void ungetService(Bundle bundle, ServiceRegistration<T> registration, T service) {
            // It ends with its session.
          }
        },
        properties);
  }

  /** Ends all sessions. */
  @Deactivate
  public void deactivate() {
    hosts.close();
    services.forEach(ServiceRegistration::unregister);
  }

  @Override
  public void standingChanged(Standing standing) {
    hosts.standing(standing);
  }

  @Override
  public AppSession open(
      String location, AppManifest manifest, Grants grants, EnergyData view, boolean probation) {
    return hosts.open(location, manifest, grants, view, probation);
  }

  @Override
  public void revert(AppId app, AppVersion version) throws IOException {
    hosts.revert(app, version);
  }

  @Override
  public void erase(AppId app) throws IOException {
    hosts.erase(app);
  }

  @Override
  public void export(AppId app, OutputStream out) throws IOException {
    hosts.export(app, out);
  }
}
