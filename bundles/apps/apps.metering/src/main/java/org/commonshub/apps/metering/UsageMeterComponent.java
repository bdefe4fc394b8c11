package org.commonshub.apps.metering;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.TrustedTime;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@link UsageBook} as a service; saves on a thread that lives only while there is something. */
@Component(service = UsageMeter.class, immediate = true)
public final class UsageMeterComponent implements UsageMeter {
  /** What a kill may cost. */
  private static final long SAVE = Duration.ofMinutes(10).toNanos();

  private final HubClock clock;
  private final UsageBook book;
  private final ThreadPoolExecutor thread;
  private final AtomicLong saved;
  private volatile HubIdentity identity;
  private volatile boolean failing;

  /** Goes on from what is on disk. */
  @Activate
  public UsageMeterComponent(
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "time") TrustedTime time) {
    this.clock = clock;
    this.book =
        new UsageBook(
            paths.data().resolve("apps.metering"), time::now, () -> Optional.ofNullable(identity));
    this.saved = new AtomicLong(clock.monotonicNanos());
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(1),
            task -> {
              Thread made = new Thread(task, "apps-metering");
              made.setDaemon(true);
              return made;
            },
            new ThreadPoolExecutor.DiscardPolicy());
    thread.allowCoreThreadTimeOut(true);
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

  @Deactivate
  void deactivate() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
    save();
  }

  private void save() {
    try {
      book.flush();
      failing = false;
    } catch (IOException | UncheckedIOException e) {
      if (!failing) {
        UsageBook.LOG.warn("Usage of apps cannot be saved; it is tried every ten minutes.", e);
      }
      failing = true;
    }
  }

  /** At most one waits and one runs. */
  private void saveIfDue() {
    long now = clock.monotonicNanos();
    long last = saved.get();
    if (now - last >= SAVE && saved.compareAndSet(last, now)) {
      thread.execute(this::save);
    }
  }

  @Override
  public void admit(Listing listing) {
    book.admit(listing.manifest().id(), listing.source());
  }

  @Override
  public void count(AppId app, String metric, long amount) {
    book.count(app, metric, amount);
    saveIfDue();
  }

  @Override
  public void paid(
      Listing listing, String licence, String level, long priceMicros, String currency) {
    AppId app = listing.manifest().id();
    book.admit(app, listing.source());
    try {
      book.paid(
          listing.source(),
          new ChainLine.Payment(licence, app, level, priceMicros, currency, listing.feePermille()));
    } catch (IOException e) {
      throw new UncheckedIOException("A payment could not be counted", e);
    }
  }

  @Override
  public List<Report> reports() {
    try {
      return book.reports();
    } catch (IOException e) {
      throw new UncheckedIOException("The reports of usage cannot be read", e);
    }
  }

  @Override
  public void delivered(YearMonth month, String source) {
    try {
      book.delivered(month, source);
    } catch (IOException e) {
      throw new UncheckedIOException("That a report was delivered could not be saved", e);
    }
  }
}
