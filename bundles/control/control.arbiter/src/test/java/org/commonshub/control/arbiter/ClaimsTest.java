package org.commonshub.control.arbiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.commonshub.control.api.Outcome.State.APPLIED;
import static org.commonshub.control.api.Outcome.State.PENDING;
import static org.commonshub.control.api.Outcome.State.REFUSED;
import static org.commonshub.control.api.Outcome.State.WAITING;
import static org.commonshub.control.api.Priority.APP;
import static org.commonshub.control.api.Priority.GRID;
import static org.commonshub.control.api.Priority.PERSON;
import static org.commonshub.control.api.Priority.SAFETY;
import static org.commonshub.control.api.Priority.STRATEGY;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.commonshub.control.api.Intent;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.DeviceException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClaimsTest {
  private static final Key LIMIT = Bench.LIMIT;
  private final Bench bench = new Bench().there(LIMIT, null);

  @Test
  void aPersonSetsAValueAndItsLeaseEnds() {
    long asked = bench.state(LIMIT, "user:ada", PERSON, 16, 60);
    assertThat(bench.answer(asked)).as("not before the device has confirmed").isNull();
    assertThat(bench.last().lease().holder()).isEqualTo("user:ada");
    assertThat(bench.last().lease().reason()).isEqualTo("because");
    assertThat(bench.claims.held()).containsExactly(LIMIT);
    bench.confirm();
    assertThat(bench.answer(asked)).isEqualTo(APPLIED);
    assertThat(bench.claims.views().get(LIMIT).value()).contains(BigDecimal.valueOf(16));
    bench.pass(Duration.ofSeconds(59));
    assertThat(bench.values()).containsExactly("16");
    assertThat(bench.told.get(0).lease().held()).isTrue();
    bench.pass(Duration.ofSeconds(1));
    assertThat(bench.told.get(0).lease().held()).isFalse();
    assertThat(bench.values()).containsExactly("16", "rest");
    assertThat(bench.claims.held()).as("until it has confirmed").isNotEmpty();
    bench.confirm();
    assertThat(bench.claims.held()).isEmpty();
    assertThat(bench.claims.views()).isEmpty();
    assertThat(bench.verbs()).containsExactly("write", "expire", "release");
    assertThat(bench.last().lease().held()).isFalse();
  }

  @Test
  void renewingExtendsTheLeaseWithoutAWrite() {
    bench.state(LIMIT, "s", STRATEGY, 16, 10);
    bench.confirm();
    for (int i = 0; i < 20; i++) {
      bench.pass(Duration.ofSeconds(9));
      assertThat(bench.answer(bench.state(LIMIT, "s", STRATEGY, 16, 10))).isEqualTo(APPLIED);
    }
    assertThat(bench.values()).containsExactly("16");
    assertThat(bench.told.get(0).lease().held()).isTrue();
    assertThat(bench.answer(bench.state(LIMIT, "s", STRATEGY, 10, 10))).isNull();
    assertThat(bench.told.get(0).lease().held()).as("the one for 16").isFalse();
    bench.confirm();
    assertThat(bench.values()).containsExactly("16", "10");
  }

  @Test
  void theStrongerOverrulesAndTheWeakerComesBack() {
    bench.state(LIMIT, "s", STRATEGY, 10, 600);
    bench.confirm();
    long person = bench.state(LIMIT, "user:ada", PERSON, 32, 300);
    assertThat(bench.told.get(0).lease().held()).as("overruled").isFalse();
    bench.confirm();
    assertThat(bench.answer(person)).isEqualTo(APPLIED);
    long app = bench.state(LIMIT, "app:x", APP, 6, 600);
    assertThat(bench.answer(app)).isEqualTo(WAITING);
    assertThat(bench.said(app)).contains("user:ada").contains("PERSON");
    long again = bench.state(LIMIT, "s", STRATEGY, 12, 600);
    assertThat(bench.answer(again)).isEqualTo(WAITING);
    assertThat(bench.claims.views().get(LIMIT).waiting()).isEqualTo(2);
    long grid = bench.state(LIMIT, "grid", GRID, 8, 60);
    bench.confirm();
    assertThat(bench.answer(grid)).isEqualTo(APPLIED);
    bench.pass(Duration.ofSeconds(60)).confirm();
    bench.pass(Duration.ofSeconds(240)).confirm();
    assertThat(bench.values()).containsExactly("10", "32", "8", "32", "12");
    bench.withdraw(LIMIT, "s");
    bench.confirm();
    assertThat(bench.values()).endsWith("12", "6");
    bench.pass(Duration.ofSeconds(600)).confirm();
    assertThat(bench.values()).endsWith("6", "rest");
  }

  @Test
  void withinAPriorityTheFirstHolderStays() {
    bench.state(LIMIT, "user:ada", PERSON, 16, 60);
    bench.confirm();
    assertThat(bench.answer(bench.state(LIMIT, "user:bob", PERSON, 32, 60))).isEqualTo(WAITING);
    // Ada's own later one replaces hers, and keeps its place.
    long later = bench.state(LIMIT, "user:ada", PERSON, 20, 60);
    bench.confirm();
    assertThat(bench.answer(later)).isEqualTo(APPLIED);
    long left = bench.withdraw(LIMIT, "user:ada");
    bench.confirm();
    assertThat(bench.answer(left)).isEqualTo(APPLIED);
    assertThat(bench.said(left)).contains("user:bob");
    assertThat(bench.values()).containsExactly("16", "20", "32");
  }

  @Test
  void aHolderMayChangeItsPriorityAndLosesItsPlace() {
    bench.state(LIMIT, "a", STRATEGY, 16, 60);
    bench.confirm();
    bench.state(LIMIT, "b", STRATEGY, 10, 60);
    bench.state(LIMIT, "a", APP, 16, 60);
    bench.confirm();
    assertThat(bench.values()).containsExactly("16", "10");
    assertThat(bench.claims.views().get(LIMIT).holding().orElseThrow().holder()).isEqualTo("b");
    assertThat(bench.claims.views().get(LIMIT).waiting()).isEqualTo(1);
  }

  @Test
  void refusalsSayWhyAndHoldNothing() {
    Key other = new Key(DeviceId.random(), "current-limit");
    Key locked = new Key(DeviceId.random(), "current-limit");
    bench.readOnly(locked);
    record Case(Key key, int value, String said) {}
    for (Case each :
        List.of(
            new Case(other, 16, "nothing called 'current-limit'"),
            new Case(new Key(LIMIT.device(), "speed"), 16, "nothing called 'speed'"),
            new Case(locked, 99, "read-only"),
            new Case(LIMIT, 99, "6 to 32 A"),
            new Case(LIMIT, 5, "6 to 32 A"))) {
      long asked = bench.state(each.key, "user:ada", PERSON, each.value, 60);
      assertThat(bench.answer(asked)).as(each.said).isEqualTo(REFUSED);
      assertThat(bench.said(asked)).contains(each.said);
    }
    assertThat(bench.told).isEmpty();
    assertThat(bench.claims.views()).isEmpty();
    assertThat(bench.verbs()).hasSize(5).containsOnly("refuse");
  }

  @Test
  void absurdNumbersAreRefusedAtOnce() {
    for (String value : List.of("1E+999999999", "1E-999999999", "1".repeat(40))) {
      bench.claims.state(
          77,
          new Intent(
              LIMIT.device(),
              LIMIT.actuator(),
              new BigDecimal(value),
              PERSON,
              "user:ada",
              "r",
              Duration.ofSeconds(5)),
          bench.now);
      bench.collect();
      assertThat(bench.answer(77)).isEqualTo(REFUSED);
      bench.answers.clear();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"REFUSED", "SETTINGS", "FORBIDDEN"})
  void whatTheDeviceRefusesIsNotHeld(Kind kind) {
    long asked = bench.state(LIMIT, "user:ada", PERSON, 16, 60);
    bench.fail(kind);
    assertThat(bench.answer(asked)).isEqualTo(REFUSED);
    assertThat(bench.said(asked)).isEqualTo("It says " + kind + ".");
    assertThat(bench.claims.held()).isEmpty();
    assertThat(bench.values()).as("there is nothing to hand back").containsExactly("16");
  }

  @Test
  void aRefusedValueGivesWayToTheNextInLine() {
    bench.state(LIMIT, "s", STRATEGY, 10, 600);
    bench.confirm();
    long asked = bench.state(LIMIT, "user:ada", PERSON, 16, 60);
    bench.fail(Kind.REFUSED);
    assertThat(bench.answer(asked)).isEqualTo(REFUSED);
    // The device still does what it was told before; nothing need be repeated.
    assertThat(bench.values()).containsExactly("10", "16");
    assertThat(bench.claims.views().get(LIMIT).holding().orElseThrow().holder()).isEqualTo("s");
    assertThat(bench.claims.views().get(LIMIT).value()).contains(BigDecimal.TEN);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"UNREACHABLE", "TIMEOUT", "DISCONNECTED", "INVALID_ANSWER"})
  void anUnreachableDeviceIsTriedAgainUntilTheLeaseEnds(Kind kind) {
    long asked = bench.state(LIMIT, "user:ada", PERSON, 16, 300);
    bench.fail(kind);
    assertThat(bench.answer(asked)).isEqualTo(PENDING);
    assertThat(bench.said(asked)).contains("It says " + kind);
    assertThat(bench.claims.views().get(LIMIT).problem()).contains("It says " + kind + ".");
    int tries = 1;
    for (int second = 0; second < 290; second++) {
      bench.pass(Duration.ofSeconds(1));
      if (bench.told.size() > tries) {
        tries++;
        bench.fail(kind);
      }
    }
    assertThat(tries).as("1, 2, 4 … 60 s").isBetween(8, 11);
    bench.pass(Duration.ofSeconds(10));
    assertThat(bench.values()).endsWith("rest");
    bench.fail(kind);
    bench.pass(Duration.ofSeconds(1));
    assertThat(bench.values()).endsWith("rest", "rest");
    bench.confirm();
    assertThat(bench.claims.held()).isEmpty();
    assertThat(bench.verbs()).containsExactly("fail", "expire", "release", "release");
  }

  @Test
  void aDeviceThatWasAwayIsToldAgain() {
    bench.state(LIMIT, "user:ada", PERSON, 16, 3_600);
    bench.confirm();
    bench.gone(LIMIT);
    assertThat(bench.claims.views().get(LIMIT).value()).isEmpty();
    assertThat(bench.answer(bench.state(LIMIT, "user:ada", PERSON, 16, 3_600))).isEqualTo(PENDING);
    assertThat(bench.answer(bench.state(LIMIT, "user:bob", SAFETY, 6, 10))).isEqualTo(PENDING);
    bench.pass(Duration.ofSeconds(60));
    assertThat(bench.values()).containsExactly("16");
    bench.there(LIMIT, null).confirm();
    assertThat(bench.values()).containsExactly("16", "16");
    bench.claims.returned(LIMIT.device(), bench.now);
    bench.collect().confirm();
    assertThat(bench.values()).containsExactly("16", "16", "16");
    assertThat(bench.notes.get(bench.notes.size() - 1).outcome()).contains("came back");
  }

  @Test
  void aLeaseThatEndsWhileTheDeviceIsAwayIsHandedBackWhenItReturns() {
    bench.state(LIMIT, "user:ada", PERSON, 16, 60);
    bench.confirm();
    bench.gone(LIMIT);
    bench.pass(Duration.ofHours(1));
    assertThat(bench.claims.held()).containsExactly(LIMIT);
    assertThat(bench.values()).containsExactly("16");
    bench.there(LIMIT, null).confirm();
    assertThat(bench.values()).containsExactly("16", "rest");
    assertThat(bench.claims.held()).isEmpty();
  }

  @Test
  void aWatchdogIsFedInHalfItsTimeAndNotNotedEveryTime() {
    bench.there(LIMIT, Duration.ofSeconds(10));
    bench.state(LIMIT, "user:ada", PERSON, 16, 60);
    bench.confirm();
    for (int i = 0; i < 59; i++) {
      int before = bench.told.size();
      bench.pass(Duration.ofSeconds(1));
      if (bench.told.size() > before) {
        bench.confirm();
      }
    }
    assertThat(bench.values()).hasSize(1 + 11).containsOnly("16");
    bench.pass(Duration.ofSeconds(1)).confirm();
    assertThat(bench.verbs()).containsExactly("write", "expire", "release");
    assertThat(bench.notes.get(2).outcome()).contains("after 11 repeats").contains("user:ada");
  }

  @Test
  void whatWasConfirmedOnceIsHeldOnToWhenTheDeviceRefusesLater() {
    bench.there(LIMIT, Duration.ofSeconds(10));
    bench.state(LIMIT, "user:ada", PERSON, 16, 600);
    bench.confirm();
    bench.pass(Duration.ofSeconds(5));
    bench.fail(Kind.REFUSED);
    assertThat(bench.claims.views().get(LIMIT).holding()).isPresent();
    assertThat(bench.claims.views().get(LIMIT).problem()).contains("It says REFUSED.");
    bench.pass(Duration.ofSeconds(1)).confirm();
    assertThat(bench.claims.views().get(LIMIT).problem()).isEmpty();
    assertThat(bench.verbs()).containsExactly("write", "fail", "write");
  }

  @Test
  void overruledOnTheWayIsNoFailure() {
    long weak = bench.state(LIMIT, "s", STRATEGY, 10, 60);
    Action.Tell first = bench.last();
    long strong = bench.state(LIMIT, "user:ada", PERSON, 16, 60);
    assertThat(bench.answer(weak)).isEqualTo(WAITING);
    assertThat(first.lease().held()).isFalse();
    assertThat(bench.told).as("one at a time").hasSize(1);
    bench.fail(Kind.FORBIDDEN);
    assertThat(bench.values()).containsExactly("10", "16");
    bench.confirm();
    assertThat(bench.answer(strong)).isEqualTo(APPLIED);
    assertThat(bench.verbs()).containsExactly("wait", "write");
  }

  @Test
  void withdrawnOnTheWayIsHandedBack() {
    long asked = bench.state(LIMIT, "s", STRATEGY, 10, 60);
    long left = bench.withdraw(LIMIT, "s");
    assertThat(bench.answer(asked)).isEqualTo(REFUSED);
    assertThat(bench.answer(left)).isNull();
    bench.confirm();
    assertThat(bench.values()).containsExactly("10", "rest");
    bench.confirm();
    assertThat(bench.answer(left)).isEqualTo(APPLIED);
    assertThat(bench.said(left)).contains("as set on the device");
  }

  @Test
  void withdrawing() {
    assertThat(bench.answer(bench.withdraw(LIMIT, "nobody"))).isEqualTo(REFUSED);
    bench.state(LIMIT, "a", PERSON, 16, 60);
    bench.confirm();
    bench.state(LIMIT, "b", STRATEGY, 10, 60);
    assertThat(bench.answer(bench.withdraw(LIMIT, "b"))).isEqualTo(APPLIED);
    long left = bench.withdraw(LIMIT, "a");
    bench.fail(Kind.UNREACHABLE);
    assertThat(bench.answer(left)).isEqualTo(PENDING);
  }

  @Test
  void anIntentThatRunsOutBeforeTheDeviceAnswersIsHandedBack() {
    long asked = bench.state(LIMIT, "s", STRATEGY, 10, 2);
    bench.pass(Duration.ofSeconds(2));
    assertThat(bench.answer(asked)).isEqualTo(REFUSED);
    assertThat(bench.said(asked)).contains("lease ended");
    bench.confirm(); // It was told all the same.
    assertThat(bench.values()).containsExactly("10", "rest");
  }

  @Test
  void aDeviceThatNeverAnswersIsGivenUp() {
    long asked = bench.state(LIMIT, "s", STRATEGY, 10, 600);
    bench.pass(Duration.ofSeconds(61));
    assertThat(bench.answer(asked)).isEqualTo(PENDING);
    Action.Tell lost = bench.last();
    bench.pass(Duration.ofSeconds(1));
    assertThat(bench.told).hasSize(2);
    bench.claims.done(lost.ticket(), null, bench.now); // Too late.
    bench.collect();
    assertThat(bench.claims.views().get(LIMIT).value()).isEmpty();
  }

  @Test
  void whatAnEarlierRunHeldIsHandedBack() {
    Bench after = new Bench();
    after.claims.restore(List.of(LIMIT, new Key(DeviceId.random(), "x")));
    after.collect().pass(Duration.ofSeconds(10));
    assertThat(after.told).as("not there yet").isEmpty();
    assertThat(after.claims.held()).hasSize(2);
    after.there(LIMIT, null).confirm();
    assertThat(after.values()).containsExactly("rest");
    assertThat(after.claims.held()).hasSize(1);
    assertThat(after.notes.get(0).outcome()).contains("when the hub stopped");
  }

  @Test
  void whoClaimsItFirstAfterACrashSparesTheHandBack() {
    Bench after = new Bench();
    after.claims.restore(List.of(LIMIT));
    after.there(LIMIT, null);
    assertThat(after.values()).containsExactly("rest");
    long asked = after.state(LIMIT, "s", STRATEGY, 10, 60);
    after.confirm();
    assertThat(after.values()).containsExactly("rest", "10");
    after.confirm();
    assertThat(after.answer(asked)).isEqualTo(APPLIED);
  }

  @Test
  void closingHandsEverythingBack() {
    bench.state(LIMIT, "user:ada", PERSON, 16, 60);
    bench.confirm();
    bench.state(LIMIT, "s", STRATEGY, 10, 60);
    bench.claims.close(bench.now);
    bench.collect();
    assertThat(bench.claims.busy()).isTrue();
    bench.confirm();
    assertThat(bench.claims.busy()).isFalse();
    assertThat(bench.values()).containsExactly("16", "rest");
    assertThat(bench.claims.held()).isEmpty();
    assertThat(bench.answer(bench.state(LIMIT, "s", STRATEGY, 10, 60))).isEqualTo(REFUSED);
  }

  @Test
  void whileDevicesCannotBeToldLeasesRunOnAndNothingIsHeld() {
    bench.state(LIMIT, "user:ada", PERSON, 16, 60);
    bench.confirm();
    bench.claims.suspend(bench.now);
    bench.collect();
    assertThat(bench.told.get(0).lease().held()).isFalse();
    bench.confirm();
    assertThat(bench.claims.held()).isEmpty();
    bench.gone(LIMIT);
    assertThat(bench.answer(bench.state(LIMIT, "s", STRATEGY, 10, 600))).isEqualTo(WAITING);
    bench.claims.resume(bench.now);
    bench.collect();
    bench.there(LIMIT, null).confirm();
    assertThat(bench.values()).containsExactly("16", "rest", "16");
    bench.claims.suspend(bench.now);
    bench.collect().confirm().gone(LIMIT).pass(Duration.ofSeconds(60));
    bench.claims.resume(bench.now);
    bench.collect().there(LIMIT, null).confirm();
    assertThat(bench.values()).endsWith("rest", "10");
  }

  @Test
  void aDeviceAboutToChangeIsCleared() {
    Key second = new Key(LIMIT.device(), "pause");
    Key other = new Key(DeviceId.random(), "current-limit");
    bench.there(second, null).there(other, null);
    assertThat(bench.answer(bench.clear(LIMIT.device()))).isEqualTo(APPLIED);
    for (Key key : List.of(LIMIT, second, other)) {
      bench.state(key, "s", STRATEGY, 10, 60);
      bench.confirm();
    }
    long asked = bench.clear(LIMIT.device());
    assertThat(bench.values()).containsExactly("10", "10", "10", "rest", "rest");
    bench.claims.done(bench.told.get(3).ticket(), null, bench.now);
    bench.collect();
    assertThat(bench.answer(asked)).as("one is left").isNull();
    bench.confirm();
    assertThat(bench.answer(asked)).isEqualTo(APPLIED);
    assertThat(bench.claims.held()).containsExactly(other);
  }

  @Test
  void aRemovedDeviceIsForgotten() {
    long asked = bench.state(LIMIT, "s", STRATEGY, 10, 600);
    bench.gone(LIMIT);
    bench.claims.forget(LIMIT.device(), bench.now);
    bench.collect();
    assertThat(bench.answer(asked)).isEqualTo(REFUSED);
    assertThat(bench.claims.held()).isEmpty();
    assertThat(bench.claims.views()).isEmpty();
    assertThat(bench.answer(bench.state(LIMIT, "s", STRATEGY, 10, 600))).isEqualTo(REFUSED);
  }

  @Test
  void intentsAreBounded() {
    for (int i = 0; i < Claims.PER_ACTUATOR; i++) {
      bench.state(LIMIT, "h" + i, STRATEGY, 10, 60);
    }
    long asked = bench.state(LIMIT, "one more", SAFETY, 10, 60);
    assertThat(bench.answer(asked)).isEqualTo(REFUSED);
    assertThat(bench.said(asked)).contains("64 intents on it");
    assertThat(bench.answer(bench.state(LIMIT, "h3", STRATEGY, 12, 60)))
        .as("a renewal")
        .isEqualTo(WAITING);
    for (int device = 1; device < 20; device++) {
      Key key = new Key(DeviceId.random(), "current-limit");
      bench.there(key, null);
      for (int i = 0; i < Claims.PER_ACTUATOR; i++) {
        asked = bench.state(key, "h" + i, STRATEGY, 10, 60);
      }
    }
    assertThat(bench.said(asked)).contains("1024 intents");
    int waiting =
        bench.claims.views().values().stream().mapToInt(Claims.View::waiting).sum()
            + bench.claims.views().size();
    assertThat(waiting).isEqualTo(Claims.IN_ALL);
    bench.pass(Duration.ofSeconds(60));
    assertThat(bench.answer(bench.state(LIMIT, "again", STRATEGY, 10, 60))).isNull();
  }

  @Test
  void theNextThingDueIsKnown() {
    assertThat(bench.claims.next(bench.now)).isEmpty();
    bench.there(LIMIT, Duration.ofSeconds(10));
    bench.state(LIMIT, "s", STRATEGY, 10, 600);
    assertThat(bench.claims.next(bench.now))
        .isEqualTo(Optional.of(bench.now + Duration.ofSeconds(600).toNanos()));
    bench.confirm();
    assertThat(bench.claims.next(bench.now))
        .isEqualTo(Optional.of(bench.now + Duration.ofSeconds(5).toNanos()));
    bench.claims.returned(LIMIT.device(), bench.now);
    bench.collect().fail(Kind.TIMEOUT);
    assertThat(bench.claims.next(bench.now))
        .isEqualTo(Optional.of(bench.now + Duration.ofSeconds(1).toNanos()));
  }
}
