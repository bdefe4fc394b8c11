package org.commonshub.apps.licence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.desk.api.Standing.State;
import org.commonshub.apps.desk.api.UsageMeter;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LicencesComponentTest {
  private static final Duration MONTH = Duration.ofDays(30);

  @TempDir Path directory;

  private final Shop shop = new Shop();
  private final FakeHubClock hub = new FakeHubClock();
  private final FakeIdentity identity = new FakeIdentity("hub");
  private final Meter meter = new Meter();
  private final List<String> audited = new CopyOnWriteArrayList<>();
  private final LinkedBlockingQueue<Standing> told = new LinkedBlockingQueue<>();
  private TrustedTimeComponent time;
  private LicencesComponent licences;

  /** Counts what it is told, unless its disk is full. */
  private static final class Meter implements UsageMeter {
    final List<String> paid = new CopyOnWriteArrayList<>();
    final List<AppId> admitted = new CopyOnWriteArrayList<>();
    volatile boolean full;

    @Override
    public void admit(Listing listing) {
      admitted.add(listing.manifest().id());
    }

    @Override
    public void count(AppId app, String metric, long amount) {
      throw new AssertionError("licences count nothing");
    }

    @Override
    public void paid(
        Listing listing, String licence, String level, long priceMicros, String currency) {
      if (full) {
        throw new UncheckedIOException(new IOException("no space left"));
      }
      paid.add(licence + " " + level + " " + priceMicros + " " + currency);
    }

    @Override
    public List<Report> reports() {
      return List.of();
    }
  }

  private final AuditLog audit =
      new AuditLog() {
        @Override
        public void record(String actor, String action, String subject, String outcome) {
          audited.add(actor + " " + action + " " + subject + " " + outcome);
        }

        @Override
        public List<Entry> latest(int limit) {
          return List.of();
        }
      };

  @BeforeEach
  void start() {
    shop.hub = identity.did();
    FakeHubPaths paths = FakeHubPaths.in(directory);
    time = new TrustedTimeComponent(hub, paths);
    licences = new LicencesComponent(time, paths);
    licences.bindIdentity(identity);
    licences.bindAudit(audit);
    told.clear();
    licences.addListener(told::add);
  }

  @AfterEach
  void stop() {
    licences.deactivate();
    time.deactivate();
  }

  private void expect(State state) throws InterruptedException {
    Standing standing = told.poll(20, TimeUnit.SECONDS);
    assertThat(standing).isNotNull();
    assertThat(standing.state()).isEqualTo(state);
  }

  private String bought() {
    return shop.seal(shop.token(Shop.START, Shop.START, Shop.START.plus(MONTH)));
  }

  private static void await(java.util.function.BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("patience").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void listenersHearOfEveryChangeAlsoAfterAnotherThrew() throws Exception {
    licences.addListener(
        standing -> {
          throw new IllegalStateException("broken listener");
        });
    licences.addListener(told::add);
    licences.admit(shop.listing(Shop.paid()));
    expect(State.NONE);
    expect(State.NONE);
    licences.add(bought(), "anna");
    expect(State.ACTIVE);
    expect(State.ACTIVE);
    time.atLeast(Shop.START.plus(MONTH), "catalogue:x");
    expect(State.GRACE);
    expect(State.GRACE);
    assertThat(audited).containsExactly("anna licence.add org.example.coach ok");
  }

  @Test
  void noThreadBeforeItIsNeededAndNoneAfter() throws Exception {
    assertThat(threads()).isZero();
    licences.admit(shop.listing(Shop.paid()));
    assertThat(threads()).isPositive();
    stop();
    await(() -> threads() == 0);
  }

  private static long threads() {
    Thread[] all = new Thread[Thread.activeCount() + 50];
    int count = Thread.enumerate(all);
    return Arrays.stream(all, 0, count).filter(t -> t.getName().equals("apps-licence")).count();
  }

  @Test
  void aPaymentIsCountedOnceAlsoIfTheMeterComesLateOrItsDiskIsFull() throws Exception {
    licences.admit(shop.listing(Shop.paid()));
    licences.add(bought(), "anna");
    stop();
    start();
    licences.admit(shop.listing(Shop.paid()));
    meter.full = true;
    licences.bindMeter(meter);
    assertThat(meter.admitted).containsExactly(Shop.APP);
    meter.full = false;
    licences.bindMeter(meter);
    await(() -> !meter.paid.isEmpty());
    stop();
    start();
    licences.bindMeter(meter);
    licences.admit(shop.listing(Shop.paid()));
    expect(State.ACTIVE);
    told.clear();
    licences.add(
        shop.seal(
            shop.token(Shop.START, Shop.START, Shop.START.plus(MONTH))
                .renewLease(Shop.START, Shop.START.plus(MONTH), ++shop.serial)),
        "anna");
    licences.bindMeter(meter);
    stop();
    assertThat(meter.paid).containsExactly("org.example.coach/1 basic 2000000 EUR");
  }

  @Test
  void asksAndTriesAndRefusesInWords() throws Exception {
    licences.admit(shop.listing(Shop.paid()));
    LicenceRequest request = LicenceRequest.verify(licences.request(Shop.APP, "pro"));
    assertThat(request.hub()).isEqualTo(identity.did());
    assertThat(request.level()).isEqualTo("pro");
    assertThatThrownBy(() -> licences.request(Shop.APP, "gold"))
        .isInstanceOf(AppException.class)
        .hasMessageContaining("gold");
    licences.startTrial(Shop.APP, "basic", "ben");
    assertThat(audited).containsExactly("ben licence.trial org.example.coach ok");
    assertThat(licences.use(Shop.APP, "plans", 1)).isTrue();
    LicenceToken sale = LicenceToken.sale(request, Shop.paid(), Shop.START, ++shop.serial);
    assertThat(licences.add(shop.seal(sale), "ben").level()).isEqualTo("pro");
    licences.unbindIdentity(identity);
    assertThatThrownBy(() -> licences.request(Shop.APP, "pro"))
        .hasMessageContaining("key is not there");
    licences.dismiss(Shop.APP);
    assertThat(licences.standing(Shop.APP).state()).isEqualTo(State.NONE);
  }

  @Test
  void whatWasAskedForIsAwaitedUntilItComesOrAMonthIsOver() throws Exception {
    time.atLeast(Shop.START, "test");
    licences.admit(shop.listing(Shop.paid()));
    assertThat(licences.awaited()).isEmpty();
    licences.request(Shop.APP, "basic");
    assertThat(licences.awaited()).containsExactly(Shop.APP);
    licences.add(shop.seal(shop.token(Shop.START, Shop.START, Shop.START.plus(MONTH))), "post");
    assertThat(licences.awaited()).isEmpty();
    licences.request(Shop.APP, "basic");
    time.atLeast(Shop.START.plus(Duration.ofDays(31)), "test");
    assertThat(licences.awaited()).isEmpty();
  }

  @Test
  void aBackupIsRestoredAndNeverGoesBack() throws Exception {
    licences.admit(shop.listing(Shop.paid()));
    licences.add(bought(), "anna");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    licences.writeBackup(out);
    hub.advance(Duration.ofDays(3));
    licences.restoreBackup(new ByteArrayInputStream(out.toByteArray()));
    assertThat(time.now()).isEqualTo(Shop.START.plus(Duration.ofDays(3)));
    stop();
    Path kept = directory.resolve("data/apps.licence");
    for (String name : List.of("time.0", "time.1", "licences.0", "licences.1")) {
      Files.deleteIfExists(kept.resolve(name));
    }
    start();
    licences.admit(shop.listing(Shop.paid()));
    assertThat(licences.standing(Shop.APP).state()).isEqualTo(State.NONE);
    licences.restoreBackup(new ByteArrayInputStream(out.toByteArray()));
    assertThat(licences.standing(Shop.APP).state()).isEqualTo(State.ACTIVE);
    assertThat(time.now()).isEqualTo(Shop.START);
    byte[] backup = out.toByteArray();
    for (int length = 0; length < backup.length; length += 3) {
      byte[] cut = Arrays.copyOf(backup, length);
      assertThatThrownBy(() -> licences.restoreBackup(new ByteArrayInputStream(cut)))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aPowerCutAtAnyByteOfTheLicencesCostsTheLastChangeOnly() throws Exception {
    licences.admit(shop.listing(Shop.paid()));
    licences.startTrial(Shop.APP, "basic", "anna");
    licences.add(bought(), "anna");
    stop();
    Path kept = directory.resolve("data/apps.licence");
    List<State> states = new ArrayList<>();
    for (String name : List.of("licences.0", "licences.1")) {
      byte[] whole = Files.readAllBytes(kept.resolve(name));
      for (int length = 0; length < whole.length; length += length < 48 ? 1 : 13) {
        Files.write(kept.resolve(name), Arrays.copyOf(whole, length));
        start();
        licences.admit(shop.listing(Shop.paid()));
        Standing standing = licences.standing(Shop.APP);
        assertThat(standing.trialLeft()).isFalse();
        states.add(standing.state());
        stop();
      }
      Files.write(kept.resolve(name), whole);
    }
    assertThat(states).containsOnly(State.ACTIVE);
    start();
  }
}
