package org.commonshub.privacy.provider;

import java.io.IOException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.ledger.api.ContentRelease;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.ReadingSink;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.privacy.api.CohortSum;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.PrivacyDesk;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * Starts the gate and registers its services by hand: who asks decides what they get, and nothing
 * of the gate's inside is a service that others could find.
 */
@Component(
    service = {},
    immediate = true)
public final class GateComponent {
  private final Gate gate;
  private final List<ServiceRegistration<?>> services = new ArrayList<>();

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile HistoryStore history;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile DeviceDirectory directory;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile HomeProfile home;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile Journal journal;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile HubIdentity identity;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile AuditLog audit;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile CohortSum cohort;

  /** Opens the gate's files and begins to serve. */
  @Activate
  public GateComponent(
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "clock") HubClock clock,
      BundleContext context)
      throws IOException {
    gate =
        new Gate(
            paths,
            clock,
            new Callers(context),
            new Gate.Others(
                () -> history,
                () -> directory,
                this::zone,
                () -> journal,
                () -> identity,
                () -> cohort));
    Desk desk = new Desk(gate, new Previews(gate), () -> audit, () -> journal);
    register(context, ReadingSink.class, gate.flows().live()::accept, sink());
    register(
        context, ContentRelease.class, new ContentGate(gate, () -> directory), new Hashtable<>());
    register(context, BackupParticipant.class, new StateBackup(gate), new Hashtable<>());
    register(context, BackupParticipant.class, new SecretBackup(gate), new Hashtable<>());
    services.add(
        context.registerService(EnergyData.class, new ViewFactory(gate), new Hashtable<>()));
    services.add(
        context.registerService(PrivacyDesk.class, new DeskFactory(desk), new Hashtable<>()));
  }

  private <T> void register(
      BundleContext context, Class<T> type, T service, Dictionary<String, Object> properties) {
    services.add(context.registerService(type, service, properties));
  }

  private static Dictionary<String, Object> sink() {
    return new Hashtable<>(Map.of(ReadingSink.NAME, "privacy", ReadingSink.KIND, ReadingSink.LIVE));
  }

  private ZoneId zone() {
    HomeProfile now = home;
    return now == null ? ZoneOffset.UTC : now.zone();
  }

  /** A policy has come. */
  @Reference(
      service = PrivacyPolicy.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  public void addPolicy(ServiceReference<PrivacyPolicy> reference, PrivacyPolicy policy) {
    Object ranking = reference.getProperty(Constants.SERVICE_RANKING);
    gate.policies()
        .add(
            new Policies.Offer(
                (Long) reference.getProperty(Constants.SERVICE_ID),
                ranking instanceof Integer number ? number : 0,
                String.valueOf(reference.getProperty(PrivacyPolicy.NAME)),
                policy),
            Callers.ours(reference.getBundle()));
  }

  /** A policy goes. */
  public void removePolicy(ServiceReference<PrivacyPolicy> reference) {
    gate.policies().remove((Long) reference.getProperty(Constants.SERVICE_ID));
  }

  /** Ends all flows, then closes the files. */
  @Deactivate
  public void deactivate() throws IOException, InterruptedException {
    services.forEach(ServiceRegistration::unregister);
    gate.close();
  }
}
