package org.commonshub.control.arbiter;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.control.api.Intent;
import org.commonshub.control.api.Outcome;
import org.commonshub.control.api.Priority;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;

/** {@link Claims} with a device in the test's hands and a clock that moves when told. */
final class Bench {
  static final DeviceId DEVICE = DeviceId.random();
  static final Key LIMIT = new Key(DEVICE, "current-limit");

  long now = Long.MAX_VALUE - Duration.ofSeconds(30).toNanos(); // It may wrap round.
  final Claims claims = new Claims(() -> now);
  final List<Action.Tell> told = new ArrayList<>();
  final List<Action.Note> notes = new ArrayList<>();
  final Map<Long, Outcome> answers = new LinkedHashMap<>();
  private final Map<Key, Sight> sights = new LinkedHashMap<>();
  private long question;

  static Actuator actuator(String id, Optional<Duration> watchdog) {
    return new Actuator(
        id,
        "Current limit",
        "How much it may take.",
        "A",
        BigDecimal.valueOf(6),
        BigDecimal.valueOf(32),
        BigDecimal.ONE,
        Map.of(),
        "as set on the device",
        watchdog);
  }

  Bench there(Key key, Duration watchdog) {
    sights.put(
        key, new Sight("Wallbox", false, actuator(key.actuator(), Optional.ofNullable(watchdog))));
    return look();
  }

  Bench readOnly(Key key) {
    sights.put(key, new Sight("Wallbox", true, actuator(key.actuator(), Optional.empty())));
    return look();
  }

  Bench gone(Key key) {
    sights.remove(key);
    return look();
  }

  Bench look() {
    claims.seen(sights, now);
    return collect();
  }

  Bench collect() {
    for (Action action : claims.actions()) {
      if (action instanceof Action.Tell tell) {
        told.add(tell);
      } else if (action instanceof Action.Note note) {
        notes.add(note);
      } else if (action instanceof Action.Answer answer) {
        if (answers.put(answer.question(), answer.outcome()) != null) {
          throw new AssertionError("answered twice");
        }
      }
    }
    return this;
  }

  long state(Key key, String holder, Priority priority, int value, int seconds) {
    long asked = ++question;
    claims.state(
        asked,
        new Intent(
            key.device(),
            key.actuator(),
            BigDecimal.valueOf(value),
            priority,
            holder,
            "because",
            Duration.ofSeconds(seconds)),
        now);
    collect();
    return asked;
  }

  long withdraw(Key key, String holder) {
    long asked = ++question;
    claims.withdraw(asked, key, holder, now);
    collect();
    return asked;
  }

  long clear(DeviceId device) {
    long asked = ++question;
    claims.clear(asked, device, "ada", "it is removed", now);
    collect();
    return asked;
  }

  Bench pass(Duration time) {
    now += time.toNanos();
    claims.tick(now);
    return collect();
  }

  /** The device confirms what it was told last. */
  Bench confirm() {
    claims.done(last().ticket(), null, now);
    return collect();
  }

  Bench fail(Kind kind) {
    claims.done(last().ticket(), new DeviceException(kind, "It says " + kind + "."), now);
    return collect();
  }

  Action.Tell last() {
    return told.get(told.size() - 1);
  }

  /** What the device was told, in order: a value, or "rest". */
  List<String> values() {
    return told.stream()
        .map(tell -> tell.value().map(BigDecimal::toPlainString).orElse("rest"))
        .toList();
  }

  List<String> verbs() {
    return notes.stream().map(note -> note.verb().substring("control.".length())).toList();
  }

  Outcome.State answer(long asked) {
    Outcome outcome = answers.get(asked);
    return outcome == null ? null : outcome.state();
  }

  String said(long asked) {
    return answers.get(asked).message();
  }
}
