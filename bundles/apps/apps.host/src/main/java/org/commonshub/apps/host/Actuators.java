package org.commonshub.apps.host;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest.ActuatorRequest;
import org.commonshub.control.api.Arbiter;
import org.commonshub.control.api.Intent;
import org.commonshub.control.api.Outcome;
import org.commonshub.control.api.Priority;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.Actuator;

/**
 * Wishes of one app, through the arbiter and with the least priority. Any thread. Its lock is held
 * while the arbiter takes a wish or its end, so that handing back comes last.
 */
final class Actuators implements AppActuators {
  /** Wishes in a minute. */
  static final int PER_MINUTE = 30;

  private static final Duration SHORTEST = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final int DIGITS = 24;

  private record Key(DeviceId device, String actuator) {}

  private record Sight(Available available, Actuator actuator) {}

  private final String holder;
  private final Supplier<Arbiter> arbiter;
  private final Supplier<DeviceDirectory> directory;
  private final Predicate<String> granted;
  private final Supplier<Optional<String>> refusal;
  private final Agenda agenda;
  private final AppThread thread;
  private final Day day;
  private final Runnable alive;
  private final Set<Key> held = new HashSet<>();
  private long minute;
  private int inMinute;

  /**
   * @param granted whether the person said yes to {@link ActuatorRequest#key()}
   * @param refusal why nothing may be wished now
   */
  Actuators(
      AppId app,
      Supplier<Arbiter> arbiter,
      Supplier<DeviceDirectory> directory,
      Predicate<String> granted,
      Supplier<Optional<String>> refusal,
      Agenda agenda,
      AppThread thread,
      Day day,
      Runnable alive) {
    this.holder = holder(app);
    this.arbiter = arbiter;
    this.directory = directory;
    this.granted = granted;
    this.refusal = refusal;
    this.agenda = agenda;
    this.thread = thread;
    this.day = day;
    this.alive = alive;
    this.minute = agenda.now();
  }

  /** {@code app:ID}; a long id is cut and told apart by its digest. */
  static String holder(AppId app) {
    String name = "app:" + app.name();
    if (name.length() <= Intent.LONGEST_HOLDER) {
      return name;
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(app.name().getBytes(StandardCharsets.US_ASCII));
      return name.substring(0, Intent.LONGEST_HOLDER - 17)
          + "~"
          + HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }

  @Override
  public List<Available> available() {
    alive.run();
    return sights().stream().map(Sight::available).toList();
  }

  private List<Sight> sights() {
    Arbiter by = arbiter.get();
    DeviceDirectory devices = directory.get();
    List<Sight> sights = new ArrayList<>();
    if (by == null || devices == null) {
      return sights;
    }
    for (Arbiter.State state : by.states()) {
      Optional<Device> device = devices.device(state.device());
      Actuator actuator = state.actuator();
      if (device.isPresent()
          && !state.readOnly()
          && granted.test(
              new ActuatorRequest(device.get().role(), actuator.id(), java.util.Map.of()).key())) {
        sights.add(
            new Sight(
                new Available(
                    state.device(),
                    device.get().name(),
                    device.get().role(),
                    actuator.id(),
                    actuator.unit(),
                    actuator.min(),
                    actuator.max(),
                    actuator.step()),
                actuator));
      }
    }
    return sights;
  }

  @Override
  public CompletionStage<Result> set(
      DeviceId device, String actuator, BigDecimal value, String reason, Duration lease) {
    alive.run();
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(actuator, "actuator");
    String why = Log.plain(reason, 200);
    if (why.isBlank() || reason.length() > 200) {
      throw new IllegalArgumentException("A reason has 1 to 200 characters.");
    }
    if (lease.compareTo(SHORTEST) < 0 || lease.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("A lease lasts 10 s to 1 h, not " + lease + ".");
    }
    BigDecimal number = plain(value);
    Optional<Sight> sight =
        sights().stream()
            .filter(
                s ->
                    s.available().device().equals(device)
                        && s.available().actuator().equals(actuator))
            .findFirst();
    if (sight.isEmpty()) {
      return refused("There is no such actuator that this app was granted.");
    }
    Optional<String> wrong = sight.get().actuator().refusal(number);
    if (wrong.isPresent()) {
      return refused(wrong.get());
    }
    return ask(
        by -> {
          held.add(new Key(device, actuator));
          return by.state(new Intent(device, actuator, number, Priority.APP, holder, why, lease));
        },
        true);
  }

  @Override
  public CompletionStage<Result> release(DeviceId device, String actuator) {
    alive.run();
    Key key = new Key(Objects.requireNonNull(device), Objects.requireNonNull(actuator));
    synchronized (this) {
      if (!held.contains(key)) {
        return refused("This app holds nothing there.");
      }
    }
    return ask(
        by -> {
          held.remove(key);
          return by.withdraw(device, actuator, holder);
        },
        false);
  }

  private CompletionStage<Result> ask(
      Function<Arbiter, CompletionStage<Outcome>> question, boolean wish) {
    CompletionStage<Outcome> outcome;
    synchronized (this) {
      // Under the lock, so that what ends the app or restricts it comes before or after.
      alive.run();
      Optional<String> no = wish ? refusal.get() : Optional.empty();
      Arbiter by = arbiter.get();
      if (no.isEmpty() && by == null) {
        no = Optional.of("Devices cannot be told anything now; the hub's control is not running.");
      }
      if (no.isEmpty() && wish && !counted()) {
        no = Optional.of("An app wishes at most " + PER_MINUTE + " times a minute.");
      }
      if (no.isPresent()) {
        return refused(no.get());
      }
      outcome = question.apply(by);
    }
    CompletableFuture<Result> answer = new CompletableFuture<>();
    outcome.whenComplete(
        (o, failure) -> {
          Result result = result(o);
          if (wish && result.accepted()) {
            day.action();
          }
          thread.execute(() -> answer.complete(result));
        });
    return answer;
  }

  private static Result result(Outcome outcome) {
    if (outcome == null) {
      return new Result(false, false, "The hub's control failed.");
    }
    return switch (outcome.state()) {
      case APPLIED -> new Result(true, true, outcome.message());
      case WAITING, PENDING -> new Result(true, false, outcome.message());
      case REFUSED -> new Result(false, false, outcome.message());
    };
  }

  private boolean counted() {
    long now = agenda.now();
    if (now - minute >= MINUTE_NANOS) {
      minute = now;
      inMinute = 0;
    }
    return ++inMinute <= PER_MINUTE;
  }

  private CompletionStage<Result> refused(String message) {
    CompletableFuture<Result> answer = new CompletableFuture<>();
    thread.execute(() -> answer.complete(new Result(false, false, message)));
    return answer;
  }

  /** A number of the hub's own making: what apps pass may be of a class of theirs. */
  private static BigDecimal plain(BigDecimal value) {
    String text = value.toString();
    if (text.length() <= 2 * DIGITS) {
      BigDecimal number = new BigDecimal(text);
      if (number.precision() <= DIGITS && Math.abs(number.scale()) <= DIGITS) {
        return number;
      }
    }
    throw new IllegalArgumentException("A value has at most " + DIGITS + " digits.");
  }

  /** Hands back what it holds and is not granted any more, or everything. */
  synchronized void handBack(boolean everything) {
    Arbiter by = arbiter.get();
    DeviceDirectory devices = directory.get();
    for (Key key : List.copyOf(held)) {
      Optional<Device> device = devices == null ? Optional.empty() : devices.device(key.device());
      boolean stays =
          !everything
              && device.isPresent()
              && granted.test(
                  new ActuatorRequest(device.get().role(), key.actuator(), java.util.Map.of())
                      .key());
      if (!stays) {
        held.remove(key);
        if (by != null) {
          by.withdraw(key.device(), key.actuator(), holder);
        }
      }
    }
  }
}
