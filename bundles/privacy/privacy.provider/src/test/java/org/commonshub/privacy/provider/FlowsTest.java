package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.measure.api.Unit;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many and slow listeners, withdrawal meanwhile, terms that change. */
@Timeout(180)
class FlowsTest {
  @TempDir Path root;
  private House house;

  @BeforeEach
  void start() throws Exception {
    house = new House(root);
  }

  @AfterEach
  void stop() throws Exception {
    house.close();
  }

  private View view(int i) {
    return new View(house.gate, new Recipient(Recipient.Kind.APP, "com.example.a" + i));
  }

  private Terms coarse() {
    return house.interval(Granularity.SECOND).toBuilder()
        .delay(Duration.ofSeconds(1))
        .quantum(Unit.WATT, 10_000)
        .build();
  }

  @Test
  void sixtyRecipientsGetEverySecond() throws Exception {
    List<AtomicInteger> counts = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      View view = view(i);
      house.consent(view, coarse());
      AtomicInteger count = new AtomicInteger();
      counts.add(count);
      view.subscribe(Purpose.ADVICE, release -> count.addAndGet(release.size()));
    }
    int seconds = 0;
    int before = 0;
    while (seconds < 30 || counts.stream().anyMatch(c -> c.get() < 10)) {
      house.second(1000);
      int goal = ++seconds;
      int floor = before;
      if (goal > 5) {
        House.await(() -> counts.stream().allMatch(c -> c.get() > floor));
        before = counts.stream().mapToInt(AtomicInteger::get).min().orElseThrow();
      } else {
        Thread.sleep(120);
      }
    }
    assertThat(house.gate.flows().dropped()).isZero();
    List<Disclosure> log = new ArrayList<>();
    House.await(
        () -> {
          log.clear();
          log.addAll(lines());
          return log.stream().mapToLong(Disclosure::values).sum()
              == counts.stream().mapToLong(AtomicInteger::get).sum();
        });
    assertThat(log).as("folded").hasSizeLessThan(600);
  }

  private List<Disclosure> lines() {
    try {
      return house.gate.disclosures().search(d -> d.values() > 0, Long.MAX_VALUE, 10_000);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aSlowListenerLosesItsOldestAndDelaysNobody() throws Exception {
    View slow = view(1);
    View quick = view(2);
    house.consent(slow, house.raw());
    house.consent(quick, house.raw());
    CountDownLatch free = new CountDownLatch(1);
    List<Release> late = new ArrayList<>();
    AtomicInteger count = new AtomicInteger();
    slow.subscribe(
        Purpose.ADVICE,
        release -> {
          try {
            free.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          synchronized (late) {
            late.add(release);
          }
        });
    quick.subscribe(Purpose.ADVICE, release -> count.incrementAndGet());
    for (int i = 0; i < 100; i++) {
      int before = count.get();
      house.second(i);
      House.await(() -> count.get() > before || again());
    }
    House.await(() -> house.gate.flows().dropped() > 0 || again());
    free.countDown();
    House.await(
        () -> {
          synchronized (late) {
            return late.size() >= Mailbox.MOST;
          }
        });
    assertThat(count.get()).isGreaterThanOrEqualTo(100);
  }

  private boolean again() {
    try {
      house.second(1);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return false;
  }

  @Test
  void withdrawnWhileOneIsOnItsWay() throws Exception {
    View view = view(1);
    Consent consent = house.consent(view, house.raw());
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    AtomicInteger count = new AtomicInteger();
    view.subscribe(
        Purpose.ADVICE,
        release -> {
          count.incrementAndGet();
          inside.countDown();
          try {
            free.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    House.await(() -> inside.getCount() == 0 || again());
    for (int i = 0; i < 10; i++) {
      house.second(i); // these wait behind the first
    }
    long begin = System.nanoTime();
    house.desk.withdraw(consent.id(), House.ACTOR);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
    free.countDown();
    for (int i = 0; i < 20; i++) {
      house.second(i);
      Thread.sleep(5);
    }
    assertThat(count.get()).as("the one that had begun").isEqualTo(1);
  }

  @Test
  void aFlowFollowsNarrowerTermsAndAPause() throws Exception {
    View view = view(1);
    Consent consent = house.consent(view, house.raw());
    House.Got got = new House.Got();
    view.subscribe(Purpose.ADVICE, got::add);
    House.await(() -> !got.nothing() || again());
    house.desk.grant(
        consent.id(), Terms.ANY.toBuilder().interval(Granularity.TEN_SECONDS).build(), House.ACTOR);
    got.queue.clear();
    House.await(() -> !got.nothing() || again());
    Release release = got.next();
    assertThat(release.blocks().get(0).intervalSeconds()).isEqualTo(10);
    house.desk.pause(true, House.ACTOR);
    got.queue.clear();
    for (int i = 0; i < 40; i++) {
      house.second(i);
    }
    assertThat(got.nothing()).isTrue();
    house.desk.pause(false, House.ACTOR);
    House.await(() -> !got.nothing() || again());
  }

  @Test
  void longIntervalsAndDelayedValuesComeFromTheHistory() throws Exception {
    View view = view(1);
    house.consent(
        view,
        house.interval(Granularity.QUARTER_HOUR).toBuilder().delay(Duration.ofHours(1)).build());
    House.Got got = new House.Got();
    view.subscribe(Purpose.ADVICE, got::add);
    House.await(
        () -> {
          house.clock.advance(Duration.ofSeconds(30));
          house.frame(house.meter, 600, 1);
          return !got.nothing();
        });
    Release release = got.next();
    assertThat(release.blocks().get(0).intervalSeconds()).isEqualTo(900);
    assertThat(House.at(release).plusSeconds(900 + 3600)).isBeforeOrEqualTo(release.instant());
  }

  @Test
  void aLogThatCannotBeWrittenReleasesNothing() throws Exception {
    View view = view(1);
    house.consent(view, house.raw());
    House.Got got = new House.Got();
    house.gate.disclosures().log().close();
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () ->
                ((EnergyData) view)
                    .read(Purpose.ADVICE, java.time.Instant.EPOCH, java.time.Instant.MAX))
        .hasMessageContaining("log cannot be written");
    house.gate.disclosures().log().reopen();
    assertThat(got.nothing()).isTrue();
    assertThat(Optional.of(view.grants()).get()).hasSize(1);
  }
}
