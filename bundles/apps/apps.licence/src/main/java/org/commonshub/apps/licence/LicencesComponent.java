package org.commonshub.apps.licence;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.apps.licence.Account.Payment;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link LicenceBook} as a service, with those it tells: listeners, usage meter, audit log. */
@Component(
    service = {Licences.class, BackupParticipant.class},
    immediate = true)
public final class LicencesComponent implements Licences, BackupParticipant {
  private static final int MOST_LISTENERS = 64;
  private static final Logger LOG = LoggerFactory.getLogger(LicencesComponent.class);

  /** How long one looks for what was asked for. */
  private static final Duration AWAITED = Duration.ofDays(30);

  private final TrustedTimeComponent time;
  private final LicenceBook book;
  private final Runnable look = this::look;
  private final AtomicBoolean looking = new AtomicBoolean();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  /** Requests that were made, until when one looks for their licence; apps that are here only. */
  private final Map<AppId, Instant> awaited = new ConcurrentHashMap<>();

  private volatile HubIdentity identity;
  private volatile UsageMeter meter;
  private volatile AuditLog audit;
  private boolean meterFailing;

  /** Reads the licences on disk. */
  @Activate
  public LicencesComponent(
      @Reference(name = "time") TrustedTimeComponent time,
      @Reference(name = "paths") HubPaths paths) {
    this.time = time;
    this.book =
        new LicenceBook(
            time.clock(),
            TrustedTimeComponent.store(paths, "licences", BookCodec.MAX_BYTES),
            () -> Optional.ofNullable(identity).map(HubIdentity::did));
  }

  @Deactivate
  void deactivate() {
    time.noMore(look);
    book.saveUsed(true);
  }

  @Reference(
      name = "identity",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindIdentity(HubIdentity service) {
    identity = service;
  }

  void unbindIdentity(HubIdentity service) {
    identity = identity == service ? null : identity;
  }

  @Reference(
      name = "meter",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindMeter(UsageMeter service) {
    meter = service;
    book.listings().forEach(service::admit);
    lookSoon();
  }

  void unbindMeter(UsageMeter service) {
    meter = meter == service ? null : meter;
  }

  @Reference(
      name = "audit",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindAudit(AuditLog service) {
    audit = service;
  }

  void unbindAudit(AuditLog service) {
    audit = audit == service ? null : audit;
  }

  @Reference(
      name = "listeners",
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void addListener(Listener listener) {
    if (listeners.size() < MOST_LISTENERS) {
      listeners.add(listener);
    } else {
      LOG.warn("There are {} listeners to licences; {} is not told.", MOST_LISTENERS, listener);
    }
  }

  void removeListener(Listener listener) {
    listeners.remove(listener);
  }

  /** At most one look waits for the thread. */
  private void lookSoon() {
    if (book.watches() && looking.compareAndSet(false, true)) {
      time.soon(look);
    }
  }

  /** On the thread: what changed is told, what is owed is handed over. */
  private void look() {
    looking.set(false);
    book.checkRestored();
    book.saveUsed(false);
    pay();
    for (Standing standing : book.changes()) {
      for (Listener listener : listeners) {
        try {
          listener.standingChanged(standing);
        } catch (RuntimeException e) {
          LOG.warn("{} did not take that {} is {}.", listener, standing.app(), standing.state(), e);
        }
      }
    }
  }

  private void pay() {
    UsageMeter service = meter;
    if (service == null) {
      return;
    }
    try {
      for (Map.Entry<AppId, List<Payment>> owed : book.owed().entrySet()) {
        Listing listing = book.listing(owed.getKey()).orElse(null);
        for (Payment payment : listing == null ? List.<Payment>of() : owed.getValue()) {
          service.paid(
              listing,
              payment.licence(),
              payment.level(),
              payment.priceMicros(),
              payment.currency());
          book.told(owed.getKey(), payment);
        }
      }
      meterFailing = false;
    } catch (UncheckedIOException | AppException e) {
      if (!meterFailing) {
        LOG.warn("A payment could not be counted; it is tried every minute.", e);
      }
      meterFailing = true;
    }
  }

  private void record(String actor, String action, AppId app, String outcome) {
    AuditLog log = audit;
    if (log != null) {
      log.record(actor, action, app.name(), outcome);
    }
  }

  @Override
  public synchronized void admit(Listing listing) {
    boolean first = !book.watches();
    book.admit(listing);
    UsageMeter service = meter;
    if (service != null) {
      service.admit(listing);
    }
    if (first) {
      time.everyMinute(look);
    }
    lookSoon();
  }

  @Override
  public synchronized void dismiss(AppId app) {
    book.dismiss(app);
    if (!book.watches()) {
      time.noMore(look);
    }
  }

  @Override
  public Standing standing(AppId app) {
    return book.standing(app);
  }

  @Override
  public String request(AppId app, String level) throws AppException {
    LicenceRequest request = book.request(app, level);
    HubIdentity key = identity;
    if (key == null) {
      throw new AppException(
          AppException.Reason.NOT_NOW, "The hub's key is not there; try again in a minute.");
    }
    try {
      String document = request.sign(key);
      awaited.put(app, time.clock().now().plus(AWAITED));
      return document;
    } catch (UncheckedIOException e) {
      throw new AppException(
          AppException.Reason.FAILED, "The hub's key did not answer; try again.", e);
    }
  }

  @Override
  public Set<AppId> awaited() {
    Instant now = time.clock().now();
    awaited.values().removeIf(until -> !now.isBefore(until));
    return Set.copyOf(awaited.keySet());
  }

  @Override
  public Standing startTrial(AppId app, String level, String actor) throws AppException {
    Standing standing = book.startTrial(app, level);
    record(actor, "licence.trial", app, "ok");
    lookSoon();
    return standing;
  }

  @Override
  public Standing add(String token, String actor) throws AppException {
    Standing standing = book.add(token);
    awaited.remove(standing.app());
    record(actor, "licence.add", standing.app(), "ok");
    lookSoon();
    return standing;
  }

  @Override
  public boolean use(AppId app, String metric, long amount) {
    return book.use(app, metric, amount);
  }

  @Override
  public String backupName() {
    return "apps.licence";
  }

  /** The mark, with its length before it, and the book. */
  @Override
  public void writeBackup(OutputStream out) throws IOException {
    byte[] mark = time.clock().mark().encode();
    out.write(ByteBuffer.allocate(4).putInt(mark.length).array());
    out.write(mark);
    out.write(book.backup());
  }

  @Override
  public void restoreBackup(InputStream in) throws IOException {
    byte[] head = in.readNBytes(4);
    int length = head.length < 4 ? -1 : ByteBuffer.wrap(head).getInt();
    if (length < 0 || length > 100) {
      throw new IOException("The part apps.licence of the backup is damaged");
    }
    TrustedTimeClock.Mark mark = TrustedTimeClock.Mark.decode(in.readNBytes(length));
    byte[] licences = in.readNBytes(BookCodec.MAX_BYTES + 1);
    if (licences.length > BookCodec.MAX_BYTES) {
      throw new IOException("The part apps.licence of the backup is too large");
    }
    book.restore(licences);
    time.clock().restore(mark);
    lookSoon();
  }
}
