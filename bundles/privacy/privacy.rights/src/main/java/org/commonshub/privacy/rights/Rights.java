package org.commonshub.privacy.rights;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.ledger.api.ContentStore;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.HubClock;
import org.commonshub.privacy.api.AccessRequest;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.DataRights;
import org.commonshub.privacy.api.PrivacyDesk;
import org.commonshub.privacy.api.Recipient;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Export and erasure, on the caller's thread. */
@Component
public final class Rights implements DataRights {
  /** Kinds of entries that say something about the people who live here. */
  private static final Set<EntryKind> PERSONAL =
      EnumSet.of(
          EntryKind.READINGS,
          EntryKind.GAP,
          EntryKind.BACKFILL,
          EntryKind.CONTRADICTION,
          EntryKind.CONSENT,
          EntryKind.ORDER,
          EntryKind.SETTLEMENT);

  private static final int PAGE = 1000;

  private final DeviceDirectory directory;
  private final HomeProfile home;
  private final HubClock clock;
  private final AuditLog audit;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile HistoryStore history;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Journal journal;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PrivacyDesk desk;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile ContentStore batches;

  @Activate
  public Rights(
      @Reference(name = "directory") DeviceDirectory directory,
      @Reference(name = "home") HomeProfile home,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "audit") AuditLog audit) {
    this.directory = directory;
    this.home = home;
    this.clock = clock;
    this.audit = audit;
  }

  @Override
  public void export(Format format, Instant from, Instant to, OutputStream out) throws IOException {
    HistoryStore store = readings();
    switch (format) {
      case ARCHIVE ->
          Archive.write(store, directory.devices(), journal, desk, clock.now(), from, to, out);
      case GREEN_BUTTON ->
          GreenButton.write(store, directory.devices(), home.zone(), clock.now(), from, to, out);
    }
  }

  @Override
  public String eraseAll(String actor) throws IOException {
    HistoryStore store = readings();
    int recipients = forgetRecipients(actor);
    int sealed = deleteBatches();
    Set<DeviceId> devices = new HashSet<>();
    store.series().forEach(s -> devices.add(s.device()));
    for (DeviceId device : devices) {
      store.erase(device);
    }
    int entries = eraseEntries();
    String erased =
        "Erased: readings of "
            + devices.size()
            + " devices, "
            + sealed
            + " sealed batches, the content of "
            + entries
            + " entries of the journal, and what was released to "
            + recipients
            + " recipients. Proofs stay as they are; backups you made elsewhere do, too.";
    audit.record(actor, "privacy.erase-all", "all data", "ok");
    return erased;
  }

  private HistoryStore readings() throws IOException {
    HistoryStore now = history;
    if (now == null) {
      throw new IOException("The history is not running: switch feature history on and try again.");
    }
    return now;
  }

  private int forgetRecipients(String actor) throws IOException {
    PrivacyDesk now = desk;
    Set<Recipient> recipients = new HashSet<>();
    if (now != null) {
      now.consents().stream().map(Consent::recipient).forEach(recipients::add);
      now.requests().stream().map(AccessRequest::recipient).forEach(recipients::add);
      for (Recipient recipient : recipients) {
        now.forget(recipient, actor);
      }
    }
    return recipients.size();
  }

  private int deleteBatches() throws IOException {
    ContentStore now = batches;
    int deleted = 0;
    if (now != null) {
      for (ContentStore.Sealed sealed : now.list()) {
        now.delete(sealed.cid());
        deleted++;
      }
    }
    return deleted;
  }

  private int eraseEntries() throws IOException {
    Journal now = journal;
    int erased = 0;
    long size = Optional.ofNullable(now).map(Journal::size).orElse(0L);
    for (long from = 0; from < size; from += PAGE) {
      List<Long> indices = new ArrayList<>();
      for (Journal.Entry entry : now.entries(from, Math.min(size, from + PAGE))) {
        if (!entry.erased() && PERSONAL.contains(entry.kind())) {
          indices.add(entry.index());
        }
      }
      if (!indices.isEmpty()) {
        now.erase(indices);
        erased += indices.size();
      }
    }
    return erased;
  }
}
