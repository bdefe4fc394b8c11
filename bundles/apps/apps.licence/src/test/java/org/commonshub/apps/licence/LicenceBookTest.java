package org.commonshub.apps.licence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.desk.api.Standing.State;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LicenceBookTest {
  private static final Instant T0 = Shop.START;

  private final Shop shop = new Shop();
  private final FakeHubClock hub = new FakeHubClock();
  private final Shop.Memory marks = new Shop.Memory();
  private final Shop.Memory disk = new Shop.Memory();
  private TrustedTimeClock clock = new TrustedTimeClock(hub::monotonicNanos, marks);
  private Optional<String> did = Optional.of(Shop.HUB);
  private LicenceBook book = new LicenceBook(clock, disk, () -> did);

  private static Instant day(double days) {
    return T0.plusSeconds(Math.round(days * 86_400));
  }

  private void restart() {
    clock.save();
    clock = new TrustedTimeClock(hub::monotonicNanos, marks);
    book = new LicenceBook(clock, disk, () -> did);
  }

  private void to(Instant instant) {
    hub.advance(Duration.between(clock.now(), instant));
  }

  private State state() {
    return book.standing(Shop.APP).state();
  }

  private void refused(String text, String word) {
    byte[] before = disk.bytes;
    assertThatThrownBy(() -> book.add(text))
        .isInstanceOf(AppException.class)
        .hasMessageContaining(word);
    assertThat(disk.bytes).isEqualTo(before);
  }

  /** A month paid with five days of grace, hour by hour. */
  @ParameterizedTest
  @CsvSource({
    "0, ACTIVE",
    "22.9, ACTIVE",
    "23.1, RENEW_DUE",
    "29.99, RENEW_DUE",
    "30.01, GRACE",
    "34.99, GRACE",
    "35.01, DEGRADED",
    "41.99, DEGRADED",
    "42.01, STOPPED",
    "4000, STOPPED",
  })
  void runsOutStepByStep(double days, State expected) throws Exception {
    book.admit(shop.listing(Shop.paid()));
    book.add(shop.seal(shop.token(T0, T0, day(30))));
    to(day(days));
    Standing standing = book.standing(Shop.APP);
    assertThat(standing.state()).isEqualTo(expected);
    assertThat(standing.level()).isEqualTo("basic");
    assertThat(standing.paidUntil()).contains(day(30));
    assertThat(standing.stopsAt()).contains(day(42));
    assertThat(standing.features().contains("basic-feature")).isEqualTo(standing.mayAct());
    restart();
    book.admit(shop.listing(Shop.paid()));
    assertThat(book.standing(Shop.APP)).isEqualTo(standing);
  }

  /** A fortnight's trial: no grace, its quarter is 3.5 days; no bound burns it. */
  @ParameterizedTest
  @CsvSource({
    "0, ACTIVE",
    "10.4, ACTIVE",
    "10.6, RENEW_DUE",
    "13.99, RENEW_DUE",
    "14.01, DEGRADED",
    "20.99, DEGRADED",
    "21.01, STOPPED",
  })
  void aTrialIsCountedInRunningTime(double days, State expected) throws Exception {
    book.admit(shop.listing(Shop.paid()));
    assertThat(state()).isEqualTo(State.NONE);
    assertThat(book.standing(Shop.APP).trialLeft()).isTrue();
    book.startTrial(Shop.APP, "basic");
    clock.atLeast(day(1000), "catalogue:x");
    hub.advance(Duration.ofSeconds(Math.round(days * 86_400)));
    Standing standing = book.standing(Shop.APP);
    assertThat(standing.state()).isEqualTo(expected);
    assertThat(standing.trial()).isTrue();
    assertThat(standing.trialLeft()).isFalse();
  }

  @Test
  void aTrialIsHadOnceAlsoAfterRemovalAndRestart() throws Exception {
    book.admit(shop.listing(Shop.paid()));
    assertThatThrownBy(() -> book.startTrial(Shop.APP, "pro")).hasMessageContaining("tried");
    assertThatThrownBy(() -> book.startTrial(Shop.APP, "none")).hasMessageContaining("tried");
    assertThatThrownBy(() -> book.startTrial(new AppId("org.example.other"), "basic"))
        .hasMessageContaining("not installed");
    book.startTrial(Shop.APP, "basic");
    assertThat(book.standing(Shop.APP).features()).containsExactly("basic-feature");
    book.dismiss(Shop.APP);
    assertThat(state()).isEqualTo(State.NONE);
    restart();
    book.admit(shop.listing(Shop.paid()));
    assertThat(state()).isEqualTo(State.ACTIVE);
    assertThatThrownBy(() -> book.startTrial(Shop.APP, "basic")).hasMessageContaining("once");
  }

  @Test
  void freeAppsAreActiveForEverAndAFreeLevelCatchesWhatRunsOut() throws Exception {
    book.admit(
        shop.listing(Shop.manifest("1.0.0", "P1D", "P1M", Shop.level("all", 0, "P1M", "P0D", 3))));
    to(day(50_000));
    assertThat(state()).isEqualTo(State.ACTIVE);
    assertThat(book.standing(Shop.APP).level()).isEqualTo("all");
    assertThat(book.standing(Shop.APP).trialLeft()).isFalse();
    restart();
    clock = new TrustedTimeClock(hub::monotonicNanos, new Shop.Memory());
    book = new LicenceBook(clock, disk, () -> did);
    book.admit(
        shop.listing(
            Shop.manifest(
                "1.0.0",
                "P1D",
                "P1M",
                Shop.level("all", 0, "P1M", "P0D", 3),
                Shop.level("basic", 1, "P1M", "P0D", 9))));
    assertThat(book.standing(Shop.APP).level()).isEqualTo("all");
    book.add(shop.seal(shop.token(T0, T0, day(30))));
    assertThat(book.standing(Shop.APP).level()).isEqualTo("basic");
    assertThat(book.standing(Shop.APP).stopsAt()).isEmpty();
    to(day(30.5));
    assertThat(state()).isEqualTo(State.GRACE);
    to(day(31.5));
    assertThat(state()).isEqualTo(State.ACTIVE);
    assertThat(book.standing(Shop.APP).level()).isEqualTo("all");
  }

  @Test
  void anEarlyRenewalWaitsForItsTime() throws Exception {
    book.admit(shop.listing(Shop.paid()));
    book.add(shop.seal(shop.token(T0, T0, day(30))));
    to(day(25));
    assertThat(state()).isEqualTo(State.RENEW_DUE);
    assertThat(book.request(Shop.APP, "basic").paidUntil()).contains(day(30));
    assertThat(book.request(Shop.APP, "pro").paidUntil()).isEmpty();
    book.add(shop.seal(shop.token(day(25), day(30), day(60))));
    assertThat(state()).isEqualTo(State.ACTIVE);
    assertThat(book.standing(Shop.APP).paidUntil()).contains(day(60));
    // A new lease of the first, as its serial is higher, takes nothing from the second.
    book.add(shop.seal(shop.token(day(26), T0, day(30))));
    assertThat(book.standing(Shop.APP).paidUntil()).contains(day(60));
    to(day(59.9));
    assertThat(state()).isEqualTo(State.RENEW_DUE);
  }

  @Test
  void anotherLevelCountsFromItsDayAndTheRestIsLeft() throws Exception {
    book.admit(shop.listing(Shop.paid()));
    book.add(shop.seal(shop.token(T0, T0, day(30))));
    book.add(shop.seal(shop.token("pro", day(0), day(10), day(20), day(20))));
    for (String[] expected :
        new String[][] {{"9", "basic"}, {"11", "pro"}, {"21", "basic"}, {"29", "basic"}}) {
      to(day(Double.parseDouble(expected[0])));
      assertThat(book.standing(Shop.APP).level()).isEqualTo(expected[1]);
      assertThat(book.standing(Shop.APP).paidUntil()).contains(day(30));
    }
  }

  @Test
  void aLeaseEndsWhatIsPaidForLongerUntilItIsRenewed() throws Exception {
    book.admit(shop.listing(Shop.paid()));
    book.add(shop.seal(shop.token("basic", T0, T0, day(365), day(28))));
    assertThat(book.standing(Shop.APP).paidUntil()).contains(day(28));
    to(day(20.9));
    assertThat(state()).isEqualTo(State.ACTIVE);
    to(day(21.1));
    assertThat(state()).isEqualTo(State.RENEW_DUE);
    assertThat(book.request(Shop.APP, "basic").paidUntil()).contains(day(365));
    to(day(29));
    assertThat(state()).isEqualTo(State.GRACE);
    book.add(shop.seal(shop.token("basic", day(29), T0, day(365), day(57))));
    assertThat(state()).isEqualTo(State.ACTIVE);
    to(day(55));
    assertThat(state()).isEqualTo(State.RENEW_DUE);
    for (int week = 0; week < 80; week++) {
      book.add(shop.seal(shop.token("basic", day(55), T0, day(365), day(60).plusSeconds(week))));
    }
    assertThat(book.standing(Shop.APP).paidUntil()).contains(day(60).plusSeconds(79));
  }

  @Test
  void aRevocationTakesAllBackAndNothingOldReturns() throws Exception {
    book.admit(shop.listing(Shop.paid()));
    LicenceToken first = shop.token(T0, T0, day(30));
    String text = shop.seal(first);
    book.add(text);
    book.add(shop.seal(shop.token(T0, day(30), day(60))));
    LicenceToken revoked = first.revoke(day(3), day(-400), ++shop.serial);
    to(day(2));
    book.add(shop.seal(revoked));
    assertThat(clock.now()).isEqualTo(day(3));
    assertThat(state()).isEqualTo(State.STOPPED);
    refused(text, "older one");
    to(day(40));
    assertThat(state()).isEqualTo(State.STOPPED);
    book.add(shop.seal(shop.token(day(40), day(40), day(70))));
    assertThat(state()).isEqualTo(State.ACTIVE);
    restart();
    book.admit(shop.listing(Shop.paid()));
    assertThat(state()).isEqualTo(State.ACTIVE);
    refused(text, "older one");
  }

  @Test
  void aWithdrawnAppStopsAndOneThatComesBackGoesOn() throws Exception {
    book.admit(shop.listing(Shop.paid()));
    book.add(shop.seal(shop.token(T0, T0, day(30))));
    book.admit(shop.listing(Shop.paid(), Optional.of("it lied")));
    assertThat(state()).isEqualTo(State.STOPPED);
    refused(shop.seal(shop.token(T0, T0, day(30))), "it lied");
    assertThatThrownBy(() -> book.startTrial(Shop.APP, "basic")).hasMessageContaining("it lied");
    book.admit(shop.listing(Shop.paid()));
    assertThat(state()).isEqualTo(State.ACTIVE);
  }

  @Test
  void refusesWhatIsNotForThisHubAppVersionLevelOrTooLong() throws Exception {
    String good = shop.seal(shop.token(T0, T0, day(30)));
    refused(good, "not installed");
    book.admit(shop.listing(Shop.paid()));
    did = Optional.empty();
    refused(good, "key is not there");
    did = Optional.of(Shop.HUB.replace("Qm", "Qn"));
    refused(good, "another hub");
    did = Optional.of(Shop.HUB);
    refused(shop.seal(shop.token("basic", T0, T0, day(365), day(40))), "longer at a time");
    refused(shop.seal(shop.token("gold", T0, T0, day(30), day(30))), "gold");
    refused(good.substring(0, 300), "copy it");
    refused(new Shop().seal(shop.token(T0, T0, day(30))), "not signed");
    disk.full = true;
    refused(good, "nothing was changed");
    disk.full = false;
    assertThat(state()).isEqualTo(State.NONE);

    book.add(good);
    book.add(good);
    refused(shop.seal(shop.token(T0, T0, day(30)).renewLease(T0, day(30), 1)), "older one");
    // 2.0.0 is another thing: what was bought does not count there, and does again after going
    // back.
    AppManifest two = Shop.manifest("2.0.0", "P5D", "P1M", Shop.level("basic", 1, "P1M", "P0D", 0));
    book.admit(shop.listing(two));
    assertThat(state()).isEqualTo(State.NONE);
    refused(shop.seal(shop.token(T0, T0, day(30))), "versions");
    book.admit(shop.listing(Shop.paid()));
    assertThat(state()).isEqualTo(State.ACTIVE);
  }

  @Test
  void aFloodOfLicencesForTheFutureEnds() throws Exception {
    book.admit(shop.listing(Shop.paid()));
    for (int i = 0; i < Account.MOST_TOKENS; i++) {
      book.add(shop.seal(shop.token(T0, day(i * 30), day(i * 30 + 30))));
    }
    refused(shop.seal(shop.token(T0, day(4000), day(4030))), "already");
    to(day(65));
    book.add(shop.seal(shop.token(T0, day(4000), day(4030))));
    assertThat(state()).isEqualTo(State.ACTIVE);
  }

  @Test
  void unitsAreCountedPerPeriodAndLevel() throws Exception {
    book.admit(shop.listing(Shop.paid()));
    assertThat(book.use(Shop.APP, "plans", 1)).isFalse();
    book.add(
        shop.seal(
            shop.token(T0, T0, T0.plus(Duration.ofDays(90)))
                .renewLease(T0, day(28), ++shop.serial)));
    assertThat(book.use(Shop.APP, "plans", 8)).isTrue();
    assertThat(book.use(Shop.APP, "plans", 3)).isFalse();
    assertThat(book.use(Shop.APP, "plans", Long.MAX_VALUE)).isFalse();
    assertThat(book.use(Shop.APP, "plans", 0)).isFalse();
    assertThat(book.use(Shop.APP, "plans", -5)).isFalse();
    assertThat(book.use(Shop.APP, "other", 1)).isFalse();
    assertThat(book.use(new AppId("org.example.other"), "plans", 1)).isFalse();
    assertThat(book.standing(Shop.APP).used()).containsEntry("plans", 8L);
    book.saveUsed(true);
    restart();
    book.admit(shop.listing(Shop.paid()));
    assertThat(book.use(Shop.APP, "plans", 2)).isTrue();
    assertThat(book.use(Shop.APP, "plans", 1)).isFalse();
    hub.advance(Duration.ofMinutes(9));
    book.saveUsed(false);
    restart();
    book.admit(shop.listing(Shop.paid()));
    assertThat(book.use(Shop.APP, "plans", 1)).isFalse();
    to(day(31.1)); // 15 February: a new period, in grace
    assertThat(state()).isEqualTo(State.GRACE);
    assertThat(book.use(Shop.APP, "plans", 10)).isTrue();
    to(day(34));
    assertThat(state()).isEqualTo(State.DEGRADED);
    assertThat(book.use(Shop.APP, "plans", 1)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-31T00:00:00Z, P1M, 2026-02-27T23:59:59Z, 2026-01-31T00:00:00Z",
    "2026-01-31T00:00:00Z, P1M, 2026-02-28T00:00:00Z, 2026-02-28T00:00:00Z",
    "2026-01-31T00:00:00Z, P1M, 2026-03-31T00:00:00Z, 2026-03-31T00:00:00Z",
    "2020-01-01T00:00:00Z, P1D, 2099-12-31T23:00:00Z, 2099-12-31T00:00:00Z",
    "2020-01-01T00:00:00Z, P1Y, 2026-06-01T00:00:00Z, 2026-01-01T00:00:00Z",
    "2024-02-29T00:00:00Z, P1Y, 2026-02-28T00:00:00Z, 2026-02-28T00:00:00Z",
    "2026-01-01T00:00:00Z, P1M, 1970-01-01T00:00:00Z, 2026-01-01T00:00:00Z",
  })
  void aPeriodBeginsOnItsCalendarDay(Instant since, Period period, Instant now, Instant begin) {
    assertThat(Sheet.periodBegin(since, period, now)).isEqualTo(begin);
  }

  @Test
  void tellsEveryChangeOnce() throws Exception {
    book.admit(shop.listing(Shop.paid()));
    assertThat(book.changes()).extracting(Standing::state).containsExactly(State.NONE);
    assertThat(book.changes()).isEmpty();
    book.add(shop.seal(shop.token(T0, T0, day(30))));
    assertThat(book.changes()).extracting(Standing::state).containsExactly(State.ACTIVE);
    book.use(Shop.APP, "plans", 1);
    assertThat(book.changes()).isEmpty();
    to(day(29));
    assertThat(book.changes()).extracting(Standing::state).containsExactly(State.RENEW_DUE);
    to(day(100));
    assertThat(book.changes()).extracting(Standing::state).containsExactly(State.STOPPED);
  }

  @Test
  void aBackupBringsBackWhatWasBoughtAndTriedOnceItIsVerified() throws Exception {
    book.admit(shop.listing(Shop.paid()));
    book.startTrial(Shop.APP, "basic");
    book.add(shop.seal(shop.token(T0, T0, day(30))));
    byte[] backup = book.backup();

    disk.bytes = null;
    restart();
    book.restore(backup);
    book.admit(new Shop().listing(Shop.paid())); // keys of somebody else
    assertThat(book.standing(Shop.APP).trial()).isTrue(); // tried, but nothing is paid

    disk.bytes = null;
    restart();
    did = Optional.empty();
    book.admit(shop.listing(Shop.paid()));
    book.restore(backup);
    assertThat(book.standing(Shop.APP).trial()).isTrue(); // of the trial, nothing is paid yet
    did = Optional.of(Shop.HUB);
    book.checkRestored();
    assertThat(book.standing(Shop.APP).trial()).isFalse();
    assertThat(state()).isEqualTo(State.ACTIVE);
    assertThatThrownBy(() -> book.startTrial(Shop.APP, "basic")).hasMessageContaining("once");

    LicenceToken revoked = shop.token(T0, T0, day(30)).revoke(day(1), day(-99), ++shop.serial);
    book.add(shop.seal(revoked));
    book.restore(backup);
    assertThat(state()).isEqualTo(State.ACTIVE); // the trial runs on
    assertThat(book.standing(Shop.APP).trial()).isTrue();
    for (int length = 0; length < backup.length; length += 11) {
      byte[] cut = Arrays.copyOf(backup, length);
      assertThatThrownBy(() -> book.restore(cut)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aLostMarkIsFoundAgainFromTheTokens() throws Exception {
    book.admit(shop.listing(Shop.paid()));
    book.add(shop.seal(shop.token(day(10), day(10), day(40))));
    marks.bytes = null;
    clock = new TrustedTimeClock(hub::monotonicNanos, marks);
    assertThat(clock.known()).isFalse();
    book = new LicenceBook(clock, disk, () -> did);
    assertThat(clock.now()).isEqualTo(day(10));
  }

  @Test
  void whatCannotBeReadIsNoLicenceAndIsNotWrittenOver() {
    for (String odd : List.of("", "{}", "{\"apps\":{},\"book\":2,\"used\":{}}", "x")) {
      disk.bytes = odd.getBytes(java.nio.charset.StandardCharsets.UTF_8);
      restart();
      book.admit(shop.listing(Shop.paid()));
      assertThat(state()).isEqualTo(State.NONE);
      refused(shop.seal(shop.token(T0, T0, day(30))), "cannot be read");
      book.saveUsed(true);
      assertThat(disk.bytes).asString().isEqualTo(odd);
    }
  }
}
