package org.commonshub.console.rest;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.execution.HealthCheckExecutor;
import org.commonshub.apps.desk.api.AppDesk;
import org.commonshub.apps.desk.api.Catalogues;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.control.api.Arbiter;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.identity.api.Delegations;
import org.commonshub.identity.api.EvmAccount;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.Contradictions;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.EnergyBalance;
import org.commonshub.measure.api.LiveState;
import org.commonshub.measure.api.ReadingBus;
import org.commonshub.metering.api.DeviceRegistry;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.platform.api.Accounts;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.Backup;
import org.commonshub.platform.api.Features;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.Secrets;
import org.commonshub.platform.api.Settings;
import org.commonshub.platform.api.TlsIdentity;
import org.commonshub.privacy.api.DataRights;
import org.commonshub.privacy.api.PrivacyDesk;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * The rest of the hub as the console sees it: every part may be absent, and may come and go while a
 * request is served. An accessor throws a {@link Problem} 503 that names what is missing.
 */
@Component(service = Services.class)
public final class Services {
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile HubClock hubClock;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Accounts accountService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile AuditLog auditLog;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Settings settingsService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Secrets secretStore;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Features featureService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Backup backupService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile HomeProfile homeProfile;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DeviceRegistry deviceRegistry;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DeviceDirectory deviceDirectory;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile LiveState liveState;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile EnergyBalance energyBalance;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile ReadingBus readingBus;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile HistoryStore historyStore;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Arbiter arbiterService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile HubIdentity hubIdentity;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Delegations delegationService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile EvmAccount evmAccount;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Journal journalService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Anchor anchorService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Neighbours neighbourService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Contradictions contradictionService;

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Collection<Map.Entry<Map<String, Object>, Ledger>> ledgers = List.of();

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PrivacyDesk deskService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataRights rightsService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile AppDesk appDesk;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Catalogues catalogueService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Licences licenceService;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile UsageMeter usageMeter;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile TlsIdentity tlsIdentity;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile HealthCheckExecutor healthExecutor;

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Collection<Map.Entry<Map<String, Object>, HealthCheck>> healthChecks = List.of();

  private static <T> T need(T service, String what, String bundle) {
    if (service == null) {
      throw Problem.missing(what, bundle);
    }
    return service;
  }

  Optional<HubClock> clockIfPresent() {
    return Optional.ofNullable(hubClock);
  }

  HubClock clock() {
    return need(hubClock, "clock", "platform.clock");
  }

  Accounts accounts() {
    return need(accountService, "account service", "platform.accounts");
  }

  AuditLog auditLog() {
    return need(auditLog, "audit log", "platform.accounts");
  }

  /** Notes a change; does nothing while there is no audit log. */
  void audit(String actor, String action, String subject, String outcome) {
    AuditLog log = auditLog;
    if (log != null) {
      log.record(actor, action, subject, outcome);
    }
  }

  Settings settings() {
    return need(settingsService, "settings service", "platform.config");
  }

  Secrets secrets() {
    return need(secretStore, "secret store", "platform.config");
  }

  Optional<Secrets> secretsIfPresent() {
    return Optional.ofNullable(secretStore);
  }

  Features features() {
    return need(featureService, "feature service", "platform.features");
  }

  Backup backup() {
    return need(backupService, "backup service", "platform.backup");
  }

  HomeProfile home() {
    return need(homeProfile, "home profile", "platform.config");
  }

  Optional<HomeProfile> homeIfPresent() {
    return Optional.ofNullable(homeProfile);
  }

  DeviceRegistry registry() {
    return need(deviceRegistry, "device registry", "metering.provider");
  }

  Optional<DeviceRegistry> registryIfPresent() {
    return Optional.ofNullable(deviceRegistry);
  }

  DeviceDirectory directory() {
    return need(deviceDirectory, "device registry", "metering.provider");
  }

  LiveState live() {
    return need(liveState, "live state", "measure.provider");
  }

  Optional<EnergyBalance> balance() {
    return Optional.ofNullable(energyBalance);
  }

  Optional<ReadingBus> bus() {
    return Optional.ofNullable(readingBus);
  }

  HistoryStore history() {
    return need(historyStore, "history", "history.sqlite");
  }

  Optional<HistoryStore> historyIfPresent() {
    return Optional.ofNullable(historyStore);
  }

  /** Absent while the feature is off. */
  Optional<Arbiter> arbiter() {
    return Optional.ofNullable(arbiterService);
  }

  private static <T> T feature(T service, String title) {
    if (service == null) {
      throw new Problem(
          503, title + " is switched off. Switch it on in Settings, Features: " + title + ".");
    }
    return service;
  }

  HubIdentity identity() {
    return feature(hubIdentity, "Identity");
  }

  Optional<HubIdentity> identityIfPresent() {
    return Optional.ofNullable(hubIdentity);
  }

  /** Address of the hub's account on EVM chains, to be funded. */
  Optional<String> evmAddress() {
    return Optional.ofNullable(evmAccount).map(EvmAccount::address);
  }

  Delegations delegations() {
    return feature(delegationService, "Identity");
  }

  Optional<Delegations> delegationsIfPresent() {
    return Optional.ofNullable(delegationService);
  }

  Journal journal() {
    return feature(journalService, "Signed journal");
  }

  Optional<Journal> journalIfPresent() {
    return Optional.ofNullable(journalService);
  }

  Optional<Anchor> anchor() {
    return Optional.ofNullable(anchorService);
  }

  Optional<Contradictions> contradictions() {
    return Optional.ofNullable(contradictionService);
  }

  Neighbours neighbours() {
    return feature(neighbourService, "Neighbouring hubs");
  }

  Optional<Neighbours> neighboursIfPresent() {
    return Optional.ofNullable(neighbourService);
  }

  PrivacyDesk privacyDesk() {
    return need(
        deskService, "privacy gate, without which nothing leaves this hub,", "privacy.provider");
  }

  Optional<PrivacyDesk> privacyDeskIfPresent() {
    return Optional.ofNullable(deskService);
  }

  DataRights dataRights() {
    return need(rightsService, "export and erasure of data", "privacy.rights");
  }

  Optional<DataRights> dataRightsIfPresent() {
    return Optional.ofNullable(rightsService);
  }

  AppDesk apps() {
    return apps(appDesk);
  }

  Catalogues catalogues() {
    return apps(catalogueService);
  }

  Licences licences() {
    return apps(licenceService);
  }

  UsageMeter usage() {
    return apps(usageMeter);
  }

  private static <T> T apps(T service) {
    if (service == null) {
      throw new Problem(503, "Apps are switched off. Switch them on in Settings, Features: Apps.");
    }
    return service;
  }

  /** All ledgers by name. */
  Map<String, Ledger> ledgers() {
    Map<String, Ledger> byName = new TreeMap<>();
    for (Map.Entry<Map<String, Object>, Ledger> each : ledgers) {
      byName.put(String.valueOf(each.getKey().get(LedgerClient.NAME)), each.getValue());
    }
    return byName;
  }

  /** Absent while the hub serves plain HTTP on loopback only. */
  Optional<TlsIdentity> tls() {
    return Optional.ofNullable(tlsIdentity);
  }

  Optional<HealthCheckExecutor> healthExecutor() {
    return Optional.ofNullable(healthExecutor);
  }

  Collection<Map.Entry<Map<String, Object>, HealthCheck>> healthChecks() {
    return healthChecks;
  }
}
