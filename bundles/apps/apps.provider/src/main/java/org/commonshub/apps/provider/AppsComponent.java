package org.commonshub.apps.provider;

import java.io.IOException;
import java.time.Duration;
import java.util.Hashtable;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.commonshub.apps.desk.api.AppDesk;
import org.commonshub.apps.desk.api.AppHosts;
import org.commonshub.apps.desk.api.AppRunner;
import org.commonshub.apps.desk.api.Catalogues;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.privacy.api.EnergyData;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Opens the desk, and tells it which parts of the hub are there. */
@Component(
    service = {Catalogues.Listener.class, Licences.Listener.class},
    configurationPid = "org.commonshub.apps.provider",
    immediate = true)
@Designate(ocd = AppsComponent.Config.class)
public final class AppsComponent implements Catalogues.Listener, Licences.Listener {
  /** Settings of the operator. */
  @ObjectClassDefinition(
      name = "Apps",
      description = "Where apps of other providers run, and how updates are tried.")
  @interface Config {
    @AttributeDefinition(
        name = "Providers inside",
        description =
            "Providers whose apps may run in the hub's own process, by id (org.example). Their code"
                + " is checked and fenced, but shares memory and fate with the hub. Default: none;"
                + " apps run in zones.")
    String[] inside_providers() default {};

    @AttributeDefinition(
        name = "Probation",
        description =
            "Seconds that a new version runs beside the old one before it takes over, 1 to 600."
                + " Default: 20.")
    int probation_s() default 20;
  }

  private final Parts parts = new Parts();
  private final AtomicReference<ServiceReference<EnergyData>> gate = new AtomicReference<>();
  private final Pools pools = new Pools();
  private final ProxyViews views;
  private final Desk desk;
  private final ServiceRegistration<AppDesk> registration;

  /** Opens the desk with the apps that are here; they start when all parts are there. */
  @Activate
  public AppsComponent(
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "clock") HubClock clock,
      BundleContext context,
      Config config)
      throws IOException {
    Set<String> inside = Set.copyOf(List.of(config.inside_providers()));
    views = new ProxyViews(context, parts.sandbox::get, gate::get);
    InsideRunner runner = new InsideRunner(context, parts.sandbox::get);
    parts.inside.set(runner);
    parts.plain.set(runner);
    desk =
        new Desk(
            new Installation.House(
                new Shelf(paths.data().resolve("apps.provider")),
                parts,
                views,
                clock,
                pools,
                inside::contains,
                Duration.ofSeconds(Math.max(1, Math.min(600, config.probation_s())))),
            pools.steps(),
            pools.fetching());
    registration = context.registerService(AppDesk.class, desk, new Hashtable<>());
  }

  private <T> void came(AtomicReference<T> slot, T part) {
    slot.set(part);
    desk.changed(true);
  }

  private <T> void went(AtomicReference<T> slot, T part) {
    slot.compareAndSet(part, null);
    desk.changed(false);
  }

  /** The catalogues came. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  public void setCatalogues(Catalogues part) {
    came(parts.catalogues, part);
  }

  /** The catalogues went; what runs goes on. */
  public void unsetCatalogues(Catalogues part) {
    went(parts.catalogues, part);
  }

  /** The licences came. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  public void setLicences(Licences part) {
    parts.licences.set(part);
    desk.licencesCame();
  }

  /** The licences went; what runs goes on. */
  public void unsetLicences(Licences part) {
    went(parts.licences, part);
  }

  /** The services for apps came. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  public void setHosts(AppHosts part) {
    came(parts.hosts, part);
  }

  /** The services for apps went: apps stop. */
  public void unsetHosts(AppHosts part) {
    went(parts.hosts, part);
  }

  /** The sandbox came. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  public void setSandbox(Sandbox part) {
    came(parts.sandbox, part);
  }

  /** The sandbox went: everything of others stops. */
  public void unsetSandbox(Sandbox part) {
    went(parts.sandbox, part);
  }

  /** A runner came. */
  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public void addRunner(AppRunner part) {
    if (part.place() == Place.ZONE) {
      came(parts.zone, part);
    }
  }

  /** A runner went: its apps stop. */
  public void removeRunner(AppRunner part) {
    went(parts.zone, part);
  }

  /** The audit log came. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  public void setAudit(AuditLog part) {
    parts.audit.set(part);
  }

  /** The audit log went. */
  public void unsetAudit(AuditLog part) {
    parts.audit.compareAndSet(part, null);
  }

  /** The privacy gate came; the view itself is taken by each app's proxy. */
  @Reference(
      service = EnergyData.class,
      target = "(!(apps.host=true))",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  public void setGate(ServiceReference<EnergyData> part) {
    gate.set(part);
    desk.changed(false);
  }

  /** The privacy gate went: apps stop. */
  public void unsetGate(ServiceReference<EnergyData> part) {
    gate.compareAndSet(part, null);
    desk.changed(false);
  }

  @Override
  public void catalogueChanged(String source) {
    desk.changed(source);
  }

  @Override
  public void standingChanged(Standing standing) {
    desk.changed(standing.app());
  }

  /** Stops all apps; they start again with the desk. */
  @Deactivate
  public void deactivate() throws InterruptedException {
    registration.unregister();
    desk.close();
    views.closeAll();
    pools.close();
  }
}
