package org.commonshub.control.arbiter;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.commonshub.control.api.Intent;
import org.commonshub.control.api.Outcome;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;

/**
 * Who may tell which actuator what: the decisions, without threads, files or devices. Every method
 * is an event; what follows from it comes out of {@link #actions()}. Times are of the monotonic
 * clock, in nanoseconds. Not thread-safe.
 */
final class Claims {
  /** Intents on one actuator. */
  static final int PER_ACTUATOR = 64;

  /** Intents on all. */
  static final int IN_ALL = 1_024;

  /** Actuators that may be held, or waiting to be handed back. */
  static final int ACTUATORS = 1_024;

  /** Actuators remembered while their device is away. */
  static final int KNOWN = 8_192;

  static final long FIRST_RETRY = Duration.ofSeconds(1).toNanos();
  static final long LAST_RETRY = Duration.ofMinutes(1).toNanos();

  /** Nothing under way takes longer; metering gives up after 15 s itself. */
  static final long ANSWER_LIMIT = Duration.ofSeconds(60).toNanos();

  private static final long SHORTEST_REPEAT = Duration.ofMillis(500).toNanos();

  /** No device takes numbers longer than this; and arithmetic on them would take for ever. */
  private static final int DIGITS = 30;

  private static final String HUB = "hub";

  /**
   * An actuator that is claimed, for people.
   *
   * @param value value confirmed by the device
   * @param holding intent in force
   * @param until end of its lease
   * @param waiting further intents
   * @param problem last failure
   */
  record View(
      Optional<BigDecimal> value,
      Optional<Intent> holding,
      long until,
      int waiting,
      Optional<String> problem) {}

  /** An intent on the list. */
  private static final class Held {
    Intent intent;
    final long seniority;
    long until;

    /** While it is in force. */
    Lease lease;

    /** The device has confirmed its value once. */
    boolean applied;

    final List<Long> questions = new ArrayList<>();

    Held(Intent intent, long seniority) {
      this.intent = intent;
      this.seniority = seniority;
    }
  }

  /** What a device is being told. */
  private record Flight(
      long ticket, Held held, BigDecimal value, Lease lease, long since, boolean heldBefore) {}

  private static final class Claim {
    final Key key;
    final List<Held> intents = new ArrayList<>();
    final List<Long> leaving = new ArrayList<>();
    Sight sight;
    boolean present;
    Held top;

    /** The device may do what it was told rather than its default. */
    boolean held;

    BigDecimal told;
    String lastHolder = HUB;
    String lastReason = "it was held when the hub stopped";
    Flight flight;
    int failures;
    long retryAt;
    long repeatAt;
    long repeats;
    boolean again;
    String problem;

    Claim(Key key) {
      this.key = key;
    }
  }

  private static final Comparator<Held> ORDER =
      Comparator.<Held, Integer>comparing(held -> held.intent.priority().ordinal())
          .thenComparing(held -> held.seniority);

  private final LongSupplier nanos;
  private final Map<Key, Claim> claims = new LinkedHashMap<>();
  private final Map<Long, Claim> flights = new HashMap<>();
  private final Set<Key> present = new HashSet<>();
  private final Map<Key, Sight> sights = new LinkedHashMap<>();
  private final Map<Long, Integer> shared = new HashMap<>();
  private List<Action> actions = new ArrayList<>();
  private long tickets;
  private long seniority;
  private int intents;
  private boolean suspended;
  private boolean closed;

  /**
   * @param nanos the monotonic clock, for leases to look at by themselves
   */
  Claims(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** What is to be done since the last call. */
  List<Action> actions() {
    List<Action> result = actions;
    actions = new ArrayList<>();
    return result;
  }

  // ---------------------------------------------------------------- events

  /** At start: what an earlier run held when it ended. */
  void restore(Collection<Key> keys) {
    for (Key key : keys) {
      if (claims.size() < ACTUATORS) {
        claim(key).held = true;
      }
    }
  }

  /** Somebody states an intent. */
  void state(long question, Intent intent, long now) {
    expire(now);
    Key key = new Key(intent.device(), intent.actuator());
    Optional<String> refusal = refusal(key, intent);
    if (refusal.isPresent()) {
      note(
          intent.holder(), "control.refuse", key, tellable(intent), refusal.get(), intent.reason());
      answer(question, Outcome.State.REFUSED, refusal.get());
      return;
    }
    Claim claim = claim(key);
    Held mine = of(claim, intent.holder());
    if (mine == null) {
      mine = new Held(intent, ++seniority);
      claim.intents.add(mine);
      intents++;
    } else if (mine.intent.priority() != intent.priority()) {
      Held moved = new Held(intent, ++seniority);
      moved.questions.addAll(mine.questions);
      end(mine);
      claim.intents.remove(mine);
      claim.intents.add(moved);
      mine = moved;
    } else if (mine.intent.value().compareTo(intent.value()) != 0) {
      mine.applied = false;
      if (claim.top == mine) {
        fresh(claim, now); // A person who chooses another value is not made to wait.
        end(mine); // The lease was for the other value.
      }
    }
    mine.intent = intent;
    mine.until = now + intent.lease().toNanos();
    if (mine.lease != null) {
      mine.lease.until(mine.until);
    }
    mine.questions.add(question);
    decide(claim, now);
  }

  /** A holder ends an intent. */
  void withdraw(long question, Key key, String holder, long now) {
    expire(now);
    Claim claim = claims.get(key);
    Held mine = claim == null ? null : of(claim, holder);
    if (claim == null || mine == null) {
      answer(
          question, Outcome.State.REFUSED, holder + " holds nothing there; nothing was changed.");
      return;
    }
    boolean inForce = claim.top == mine;
    note(holder, "control.withdraw", key, Optional.of(mine.intent.value()), "ok", "");
    drop(claim, mine, "It was withdrawn.");
    if (inForce) {
      claim.leaving.add(question);
    } else {
      answer(question, Outcome.State.APPLIED, "Withdrawn; it was waiting and not in force.");
    }
    decide(claim, now);
  }

  /** Every intent on a device ends, because something about the device is about to change. */
  void clear(long question, DeviceId device, String actor, String reason, long now) {
    expire(now);
    List<Claim> clearing = new ArrayList<>();
    for (Claim claim : claims.values()) {
      if (claim.key.device().equals(device)) {
        clearing.add(claim);
      }
    }
    if (clearing.isEmpty()) {
      answer(question, Outcome.State.APPLIED, "Nothing was held there.");
      return;
    }
    shared.put(question, clearing.size());
    for (Claim claim : clearing) {
      for (Held held : List.copyOf(claim.intents)) {
        note(actor, "control.withdraw", claim.key, Optional.of(held.intent.value()), "ok", reason);
        drop(claim, held, "It was ended: " + reason + ".");
      }
      fresh(claim, now);
      claim.leaving.add(question);
      decide(claim, now);
    }
  }

  /** What can be told to devices now; what is not in it is not there. */
  void seen(Map<Key, Sight> there, long now) {
    expire(now);
    present.clear();
    present.addAll(there.keySet());
    sights.putAll(there);
    for (Iterator<Key> oldest = sights.keySet().iterator(); sights.size() > KNOWN; ) {
      oldest.next();
      oldest.remove();
    }
    for (Claim claim : List.copyOf(claims.values())) {
      Sight sight = there.get(claim.key);
      if (sight != null) {
        claim.sight = sight;
      }
      if (claim.present && sight == null) {
        claim.present = false;
        claim.told = null;
        claim.problem = "It is not connected at the moment.";
        decide(claim, now);
      } else if (!claim.present && sight != null) {
        claim.present = true;
        fresh(claim, now);
        decide(claim, now);
      }
    }
  }

  /** A device answers again that did not: it may have forgotten what it was told. */
  void returned(DeviceId device, long now) {
    expire(now);
    for (Claim claim : List.copyOf(claims.values())) {
      if (claim.key.device().equals(device)) {
        claim.told = null;
        claim.again = true;
        fresh(claim, now);
        decide(claim, now);
      }
    }
  }

  /** A device was removed: nothing can be told to it, or handed back, any more. */
  void forget(DeviceId device, long now) {
    expire(now);
    sights.keySet().removeIf(key -> key.device().equals(device));
    for (Claim claim : List.copyOf(claims.values())) {
      if (claim.key.device().equals(device)) {
        for (Held held : List.copyOf(claim.intents)) {
          drop(claim, held, "The device was removed.");
        }
        if (claim.flight != null) {
          flights.remove(claim.flight.ticket);
          claim.flight = null;
        }
        if (claim.held) {
          claim.held = false;
          note(HUB, "control.forget", claim.key, Optional.empty(), "the device was removed", "");
        }
        decide(claim, now);
      }
    }
  }

  /** Time has passed. */
  void tick(long now) {
    expire(now);
    for (Claim claim : List.copyOf(claims.values())) {
      Flight lost = claim.flight;
      if (lost != null && now - lost.since > ANSWER_LIMIT) {
        done(
            lost.ticket,
            new DeviceException(Kind.TIMEOUT, "The device did not confirm in time."),
            now);
        lost.lease.end(); // Should it be on its way still, it must not arrive.
        if (lost.held != null && lost.held.lease == lost.lease) {
          lost.held.lease = null;
        }
      }
      decide(claim, now);
    }
  }

  /**
   * A device was told, or not.
   *
   * @param failure null if it confirmed
   */
  void done(long ticket, DeviceException failure, long now) {
    expire(now);
    Claim claim = flights.remove(ticket);
    if (claim == null) {
      return;
    }
    Flight flight = claim.flight;
    claim.flight = null;
    if (flight.held == null) {
      handedBack(claim, flight, failure, now);
    } else if (failure == null) {
      confirmed(claim, flight, now);
    } else {
      refused(claim, flight, failure, now);
    }
    decide(claim, now);
  }

  /** Devices cannot be told anything for a while: what is held is handed back, intents stay. */
  void suspend(long now) {
    expire(now);
    suspended = true;
    for (Claim claim : List.copyOf(claims.values())) {
      claim.retryAt = now;
      decide(claim, now);
    }
  }

  /** Devices can be told again. */
  void resume(long now) {
    expire(now);
    suspended = false;
    for (Claim claim : List.copyOf(claims.values())) {
      fresh(claim, now);
      decide(claim, now);
    }
  }

  /** The end: every intent ends and what is held is handed back. */
  void close(long now) {
    closed = true;
    for (Claim claim : List.copyOf(claims.values())) {
      for (Held held : List.copyOf(claim.intents)) {
        note(
            HUB,
            "control.withdraw",
            claim.key,
            Optional.of(held.intent.value()),
            "ok",
            "control stops; " + held.intent.holder() + " held it");
        drop(claim, held, "Control is being stopped; the device is handed back.");
      }
      claim.retryAt = now;
      decide(claim, now);
    }
  }

  // ---------------------------------------------------------------- questions

  /** Actuators that may do what they were told rather than their default. */
  Set<Key> held() {
    Set<Key> keys = new LinkedHashSet<>();
    for (Claim claim : claims.values()) {
      if (claim.held) {
        keys.add(claim.key);
      }
    }
    return keys;
  }

  /** Devices with a claim. */
  Set<DeviceId> devices() {
    Set<DeviceId> devices = new LinkedHashSet<>();
    claims.keySet().forEach(key -> devices.add(key.device()));
    return devices;
  }

  /** Whether a device is being told something. */
  boolean busy() {
    return !flights.isEmpty();
  }

  /** When something is due next; empty while nothing is claimed. */
  Optional<Long> next(long now) {
    Optional<Long> next = Optional.empty();
    for (Claim claim : claims.values()) {
      for (Held held : claim.intents) {
        next = earlier(next, held.until, now);
      }
      if (claim.flight == null && claim.present) {
        if (claim.failures > 0) {
          next = earlier(next, claim.retryAt, now);
        }
        if (claim.told != null && claim.top != null && watchdog(claim).isPresent()) {
          next = earlier(next, claim.repeatAt, now);
        }
      }
    }
    return next;
  }

  private static Optional<Long> earlier(Optional<Long> one, long other, long now) {
    return one.isPresent() && one.get() - now <= other - now ? one : Optional.of(other);
  }

  /** What is claimed, for people. */
  Map<Key, View> views() {
    Map<Key, View> views = new LinkedHashMap<>();
    for (Claim claim : claims.values()) {
      views.put(
          claim.key,
          new View(
              Optional.ofNullable(claim.top == null ? null : claim.told),
              Optional.ofNullable(claim.top).map(held -> held.intent),
              claim.top == null ? 0 : claim.top.until,
              Math.max(0, claim.intents.size() - 1),
              Optional.ofNullable(claim.problem)));
    }
    return views;
  }

  /** How an actuator was last seen. */
  Optional<Sight> sight(Key key) {
    return Optional.ofNullable(sights.get(key));
  }

  // ---------------------------------------------------------------- decisions

  private Optional<String> refusal(Key key, Intent intent) {
    if (closed) {
      return Optional.of("Control is being stopped. Try again when it runs.");
    }
    Claim claim = claims.get(key);
    Sight sight = sights.get(key);
    if (sight == null) {
      return Optional.of(
          "There is nothing called '"
              + intent.actuator()
              + "' to be set on this device, or the hub has not reached it yet.");
    }
    if (sight.readOnly()) {
      return Optional.of(
          "'"
              + sight.deviceName()
              + "' is read-only: the hub may not write to it. Allow writes in the device's"
              + " settings first.");
    }
    if (tellable(intent).isEmpty()) {
      return Optional.of("A value has at most " + DIGITS + " digits.");
    }
    Optional<String> range = sight.actuator().refusal(intent.value());
    if (range.isPresent()) {
      return range;
    }
    boolean renews = claim != null && of(claim, intent.holder()) != null;
    if (!renews && intents >= IN_ALL) {
      return Optional.of(
          "There are " + IN_ALL + " intents already. Try again when some have ended.");
    }
    if (!renews && claim != null && claim.intents.size() >= PER_ACTUATOR) {
      return Optional.of(
          "There are " + PER_ACTUATOR + " intents on it already. Try again when some have ended.");
    }
    if (claim == null && claims.size() >= ACTUATORS) {
      return Optional.of("Too many actuators are held already. Try again when some are free.");
    }
    return Optional.empty();
  }

  /** The value if it is one that can be reckoned with. */
  private static Optional<BigDecimal> tellable(Intent intent) {
    BigDecimal value = intent.value();
    return Math.abs((long) value.scale()) <= DIGITS && value.precision() <= DIGITS
        ? Optional.of(value)
        : Optional.empty();
  }

  private Claim claim(Key key) {
    return claims.computeIfAbsent(
        key,
        k -> {
          Claim claim = new Claim(k);
          claim.sight = sights.get(k);
          claim.present = present.contains(k);
          return claim;
        });
  }

  private static Held of(Claim claim, String holder) {
    for (Held held : claim.intents) {
      if (held.intent.holder().equals(holder)) {
        return held;
      }
    }
    return null;
  }

  private Held wanted(Claim claim) {
    return suspended || closed ? null : claim.top;
  }

  private static void fresh(Claim claim, long now) {
    claim.failures = 0;
    claim.retryAt = now;
  }

  private static void end(Held held) {
    if (held.lease != null) {
      held.lease.end();
      held.lease = null;
    }
  }

  private void drop(Claim claim, Held held, String why) {
    claim.intents.remove(held);
    intents--;
    end(held);
    held.questions.forEach(question -> answer(question, Outcome.State.REFUSED, why));
    held.questions.clear();
  }

  private void expire(long now) {
    for (Claim claim : List.copyOf(claims.values())) {
      boolean changed = false;
      for (Held held : List.copyOf(claim.intents)) {
        if (now - held.until >= 0) {
          changed = true;
          note(
              held.intent.holder(),
              "control.expire",
              claim.key,
              Optional.of(held.intent.value()),
              "ok",
              "its lease of " + held.intent.lease().toSeconds() + " s is over");
          drop(claim, held, "Its lease ended before the device had confirmed.");
        }
      }
      if (changed) {
        decide(claim, now);
      }
    }
  }

  /** Puts the strongest in force and starts what the device must be told, if anything. */
  private void decide(Claim claim, long now) {
    claim.intents.sort(ORDER);
    Held top = claim.intents.isEmpty() ? null : claim.intents.get(0);
    if (claim.top != top) {
      if (claim.top != null) {
        end(claim.top);
      }
      claim.top = top;
      fresh(claim, now);
    }
    for (int i = 1; i < claim.intents.size(); i++) {
      Held waiting = claim.intents.get(i);
      for (long question : waiting.questions) {
        note(
            waiting.intent.holder(),
            "control.wait",
            claim.key,
            Optional.of(waiting.intent.value()),
            "behind " + top.intent.holder(),
            waiting.intent.reason());
        answer(question, Outcome.State.WAITING, waitsFor(top));
      }
      waiting.questions.clear();
    }
    if (claim.flight != null) {
      return;
    }
    Held wanted = wanted(claim);
    if (wanted == null) {
      if (top != null) {
        end(top);
        pending(claim, top, "It is held, but devices cannot be told anything at the moment.");
      }
      leave(claim, now);
    } else {
      hold(claim, wanted, now);
    }
  }

  private static String waitsFor(Held top) {
    return "Accepted, but "
        + top.intent.holder()
        + " has priority ("
        + top.intent.priority()
        + ": "
        + top.intent.reason()
        + "). It applies when that ends.";
  }

  /** Nobody wants it: hand it back if it is held. */
  private void leave(Claim claim, long now) {
    if (!claim.held) {
      for (long question : claim.leaving) {
        answer(question, Outcome.State.APPLIED, "Handed back" + rest(claim) + ".");
      }
      claim.leaving.clear();
      if (claim.intents.isEmpty()) {
        claims.remove(claim.key, claim);
      }
      return;
    }
    if (!claim.present || now - claim.retryAt < 0) {
      for (long question : claim.leaving) {
        answer(
            question,
            Outcome.State.PENDING,
            "It is handed back as soon as the device can be told"
                + (claim.problem == null ? "." : ": " + claim.problem));
      }
      claim.leaving.clear();
      return;
    }
    Lease lease = new Lease(HUB, "hand back", nanos, now + ANSWER_LIMIT);
    fly(claim, new Flight(++tickets, null, null, lease, now, true));
  }

  private static String rest(Claim claim) {
    return claim.sight == null ? "" : ": " + claim.sight.actuator().rest();
  }

  private void hold(Claim claim, Held top, long now) {
    BigDecimal value = top.intent.value();
    boolean told = claim.told != null && claim.told.compareTo(value) == 0;
    if (told) {
      if (!top.applied) {
        top.applied = true;
        if (!claim.lastHolder.equals(top.intent.holder())) {
          note(
              top.intent.holder(),
              "control.write",
              claim.key,
              Optional.of(value),
              "ok, it was so already",
              top.intent.reason());
        }
        claim.lastHolder = top.intent.holder();
        claim.lastReason = top.intent.reason();
      }
      for (long question : top.questions) {
        answer(question, Outcome.State.APPLIED, "The device has confirmed it.");
      }
      top.questions.clear();
      for (long question : claim.leaving) {
        answer(
            question,
            Outcome.State.APPLIED,
            "Withdrawn; now " + top.intent.holder() + " holds it: " + top.intent.reason());
      }
      claim.leaving.clear();
      if (watchdog(claim).isEmpty() || now - claim.repeatAt < 0) {
        return;
      }
    }
    if (!claim.present || now - claim.retryAt < 0) {
      pending(
          claim,
          top,
          "Accepted and tried again until the lease ends; now it could not be told: "
              + (claim.problem == null ? "the device is not connected." : claim.problem));
      return;
    }
    if (top.lease == null) {
      top.lease = new Lease(top.intent.holder(), top.intent.reason(), nanos, top.until);
    }
    Flight flight = new Flight(++tickets, top, value, top.lease, now, claim.held);
    claim.held = true;
    fly(claim, flight);
  }

  private void pending(Claim claim, Held top, String why) {
    for (long question : top.questions) {
      answer(question, Outcome.State.PENDING, why);
    }
    top.questions.clear();
    for (long question : claim.leaving) {
      answer(question, Outcome.State.PENDING, why);
    }
    claim.leaving.clear();
  }

  private void fly(Claim claim, Flight flight) {
    claim.flight = flight;
    flights.put(flight.ticket, claim);
    actions.add(
        new Action.Tell(claim.key, flight.ticket, Optional.ofNullable(flight.value), flight.lease));
  }

  private static Optional<Long> watchdog(Claim claim) {
    return Optional.ofNullable(claim.sight)
        .flatMap(sight -> sight.actuator().watchdog())
        .map(time -> Math.max(SHORTEST_REPEAT, time.toNanos() / 2));
  }

  private void confirmed(Claim claim, Flight flight, long now) {
    boolean repeat = claim.told != null && claim.told.compareTo(flight.value) == 0;
    claim.told = flight.value;
    claim.problem = null;
    fresh(claim, now);
    claim.repeatAt = now + watchdog(claim).orElse(0L);
    if (repeat) {
      claim.repeats++;
      return;
    }
    claim.repeats = 0;
    note(
        flight.lease.holder(),
        "control.write",
        claim.key,
        Optional.of(flight.value),
        claim.again ? "ok, told again because the device came back" : "ok",
        flight.lease.reason());
    claim.again = false;
    claim.lastHolder = flight.lease.holder();
    claim.lastReason = flight.lease.reason();
  }

  private void refused(Claim claim, Flight flight, DeviceException failure, long now) {
    Held held = flight.held;
    boolean mine = claim.intents.contains(held) && held.lease == flight.lease;
    boolean definite =
        switch (failure.kind()) {
          case REFUSED, SETTINGS, FORBIDDEN -> true;
          default -> false;
        };
    if (definite) {
      claim.held = flight.heldBefore; // It was not told.
    } else {
      claim.told = null; // Nobody knows what it does now.
    }
    if (!mine) {
      return; // Overruled meanwhile: whoever is in force now is tried afresh.
    }
    claim.problem = failure.getMessage();
    if (definite && !held.applied) {
      note(
          held.intent.holder(),
          "control.refuse",
          claim.key,
          Optional.of(flight.value),
          failure.getMessage(),
          held.intent.reason());
      drop(claim, held, failure.getMessage());
      return;
    }
    if (claim.failures == 0) {
      note(
          flight.lease.holder(),
          "control.fail",
          claim.key,
          Optional.of(flight.value),
          failure.getMessage(),
          "tried again until the lease ends");
    }
    claim.told = null; // What was confirmed before is held on to, and told again.
    claim.held = true;
    backOff(claim, now);
  }

  private void backOff(Claim claim, long now) {
    long wait = FIRST_RETRY << Math.min(claim.failures, 16);
    claim.failures++;
    claim.retryAt = now + Math.min(Math.min(wait, LAST_RETRY), watchdog(claim).orElse(LAST_RETRY));
  }

  private void handedBack(Claim claim, Flight flight, DeviceException failure, long now) {
    flight.lease.end();
    if (failure == null) {
      claim.held = false;
      claim.told = null;
      claim.problem = null;
      fresh(claim, now);
      note(
          HUB,
          "control.release",
          claim.key,
          Optional.empty(),
          claim.repeats > 0 ? "ok, after " + claim.repeats + " repeats" : "ok",
          "last held by " + claim.lastHolder + ": " + claim.lastReason);
      claim.repeats = 0;
      return;
    }
    claim.told = null;
    claim.problem = failure.getMessage();
    if (claim.failures == 0) {
      note(
          HUB,
          "control.release",
          claim.key,
          Optional.empty(),
          failure.getMessage(),
          "tried again until it succeeds");
    }
    backOff(claim, now);
  }

  // ---------------------------------------------------------------- words

  private void answer(long question, Outcome.State state, String message) {
    Integer left = shared.remove(question);
    if (left != null && left > 1 && state == Outcome.State.APPLIED) {
      shared.put(question, left - 1);
      return;
    }
    actions.add(new Action.Answer(question, new Outcome(state, message)));
  }

  private void note(
      String actor,
      String verb,
      Key key,
      Optional<BigDecimal> value,
      String outcome,
      String reason) {
    actions.add(
        new Action.Note(
            actor, verb, key, value, reason.isEmpty() ? outcome : outcome + " (" + reason + ")"));
  }
}
