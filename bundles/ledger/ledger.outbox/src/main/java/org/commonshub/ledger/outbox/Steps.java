package org.commonshub.ledger.outbox;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerClient.Observation;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.Submission;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to one submission: prepared, stored, sent, looked at, replaced, staged. Called by
 * the outbox's thread; no lock is held while a client is called.
 */
abstract class Steps extends Forgetting {
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
  private static final long FIRST_LOOK = Limits.SECOND;
  private static final long PENDING_LOOK = 5 * 60 * Limits.SECOND;

  final Caller line;
  final Outage reach;
  final Outage pay;

  /** Changes that listeners have not heard of. */
  final Deque<Status> news = new ArrayDeque<>();

  Steps(String name, Log log, HubClock clock, Duration watch) throws IOException {
    super(name, log, clock, watch);
    this.line = new Caller(name, clock);
    this.reach = new Outage(LOG, name);
    this.pay = new Outage(LOG, name);
  }

  /** Whether something may be sent now. */
  abstract boolean maySend(long now);

  private <T> T call(Caller.Call<T> call) throws LedgerException, InterruptedException {
    return line.call(call);
  }

  void prepare(Entry entry) throws IOException, LedgerException, InterruptedException {
    Submission submission;
    List<Attempt> others;
    Optional<byte[]> newest;
    synchronized (this) {
      submission = submission(entry);
      others = openAttempts(entry);
      newest = last;
    }
    if (entry.fenced) {
      Observation effect = observe(submission, List.of());
      if (effect.seen() != Seen.NOTHING && effect.seen() != Seen.VOID) {
        apply(entry, effect);
        return;
      }
      synchronized (this) {
        entry.fenced = false;
      }
    }
    byte[] bytes = call(to -> to.prepare(submission, others, newest));
    Attempt attempt = store(entry, bytes);
    send(entry, attempt);
  }

  /** An attempt's bytes are on the disk when this returns. */
  synchronized Attempt store(Entry entry, byte[] bytes) throws IOException, LedgerException {
    if (bytes == null || bytes.length == 0 || bytes.length > Limits.ATTEMPT_BYTES) {
      throw new LedgerException(
          Kind.UNREACHABLE,
          "The client of ledger " + name + " made an attempt of a size that is not allowed.");
    }
    int number = entry.tries.isEmpty() ? 0 : entry.tries.get(entry.tries.size() - 1).number + 1;
    Record.Tried record = new Record.Tried(entry.key, number, bytes.clone(), entry.unprepared);
    long at = log.append(record);
    unplace(entry);
    entry.tries.add(attempt(record, at));
    entry.unprepared = false;
    entry.sent = false;
    entry.due = clock.monotonicNanos();
    last = record.prepared() ? Optional.of(record.bytes()) : last;
    place(entry);
    return new Attempt(entry.key, number, bytes.clone());
  }

  void send(Entry entry, Attempt attempt) throws LedgerException, InterruptedException {
    call(
        to -> {
          to.send(attempt);
          return null;
        });
    synchronized (this) {
      reach.over();
      pay.over();
      unplace(entry);
      entry.sent = true;
      if (!gone.contains(entry)) {
        entry.problem = Optional.empty();
      }
      entry.due =
          clock.monotonicNanos() + Math.max(FIRST_LOOK, Limits.backOff(entry.waits, PENDING_LOOK));
      place(entry);
    }
  }

  Observation observe(Submission submission, List<Attempt> attempts)
      throws LedgerException, InterruptedException {
    Observation seen;
    try {
      seen = call(to -> to.observe(submission, attempts));
    } catch (LedgerException e) {
      if (e.kind() != Kind.REFUSED) {
        throw e;
      }
      seen =
          new Observation(
              Seen.FAILED,
              0,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.ofNullable(e.getMessage()));
    }
    if (seen == null || seen.seen() == null) {
      throw new LedgerException(
          Kind.NOT_BELIEVED, "The client of ledger " + name + " answered nothing.");
    }
    synchronized (this) {
      reach.over();
    }
    return seen;
  }

  void look(Entry entry) throws IOException, LedgerException, InterruptedException {
    Submission submission;
    List<Attempt> attempts;
    boolean wasFinal;
    boolean fenced;
    boolean refused;
    synchronized (this) {
      if (entry.terminal() && !watched(entry)) {
        unplace(entry);
        place(entry);
        return;
      }
      submission = submission(entry);
      attempts = attempts(entry);
      wasFinal = entry.stage == Stage.FINAL;
      fenced = entry.fenced;
      refused = entry.refused.isPresent();
    }
    Observation seen = observe(submission, attempts);
    boolean nothing = seen.seen() == Seen.NOTHING;
    if (!attempts.isEmpty()
        && (seen.seen() == Seen.VOID
            || seen.seen() == Seen.FAILED
            || nothing && (fenced || refused || wasFinal))) {
      // Its attempts are not in: perhaps the effect is, by one that is not known here.
      Observation effect = observe(submission, List.of());
      if (effect.seen() != Seen.NOTHING && effect.seen() != Seen.VOID) {
        seen = effect;
      } else if (refused && !wasFinal) {
        seen = Observation.of(Seen.FAILED, seen.attempt());
      }
    }
    apply(entry, seen);
  }

  void apply(Entry entry, Observation seen)
      throws IOException, LedgerException, InterruptedException {
    switch (seen.seen()) {
      case INCLUDED -> stage(entry, Stage.INCLUDED, seen, seen.problem());
      case FINAL -> stage(entry, Stage.FINAL, seen, Optional.empty());
      case FAILED ->
          stage(
              entry,
              Stage.REJECTED,
              seen,
              Optional.of(
                  seen.problem()
                      .or(() -> entry.refused)
                      .orElse("The ledger refused it for ever and gave no reason.")));
      case PENDING -> waits(entry, seen, true);
      case STUCK -> {
        waits(entry, seen, true);
        replace(entry);
      }
      case NOTHING -> {
        waits(entry, seen, false);
        resend(entry);
      }
      case VOID -> waits(entry, seen, false);
    }
  }

  /** Reached a stage, or still there. */
  synchronized void stage(Entry entry, Stage stage, Observation seen, Optional<String> problem)
      throws IOException {
    Optional<String> reference = seen.reference().map(Outbox::text);
    Optional<byte[]> proof = seen.proof().filter(p -> p.length <= Limits.PROOF_BYTES);
    boolean news =
        entry.stage != stage
            || !entry.position.equals(seen.position())
            || proof.isPresent() && !entry.hasProof;
    if (!news) {
      later(entry, true);
      return;
    }
    if (entry.stage == Stage.REJECTED) {
      LOG.warn("Ledger {} took {} after having refused it.", name, entry.key);
    }
    record(
        entry,
        new Record.Staged(
            entry.key,
            stage,
            entry.stage == stage ? entry.since : millis(clock.now()),
            reference.or(() -> entry.reference),
            seen.position(),
            seen.cost(),
            proof,
            problem.map(Outbox::text)));
    unplace(entry);
    entry.sent = true;
    entry.unprepared = false;
    entry.fenced = false;
    gone(entry, gone.contains(entry) && !isTerminal(stage));
    entry.waits = 0;
    place(entry);
    later(entry, true);
  }

  void record(Entry entry, Record.Staged staged) throws IOException {
    boolean changed = entry.stage != staged.stage();
    long at = log.append(staged);
    unplace(entry);
    staged(entry, staged, at);
    place(entry);
    if (changed) {
      news.add(entry.status());
    }
  }

  /** Not in: falls back to ACCEPTED if it was. */
  synchronized void waits(Entry entry, Observation seen, boolean known) throws IOException {
    if (entry.stage == Stage.REJECTED) {
      later(entry, true);
      return;
    }
    if (entry.stage != Stage.ACCEPTED) {
      boolean wasFinal = entry.stage == Stage.FINAL;
      Optional<String> problem =
          wasFinal
              ? Optional.of("The ledger had called it final and forgot it. It is being sent again.")
              : Optional.empty();
      if (wasFinal) {
        LOG.warn(
            "Ledger {} called {} final and forgot it (at {}): it is being sent again. Ask who"
                + " runs this ledger, or let more time pass before calling something final.",
            name,
            entry.key,
            entry.position.map(String::valueOf).orElse("an unknown place"));
      }
      record(
          entry,
          new Record.Staged(
              entry.key,
              Stage.ACCEPTED,
              millis(clock.now()),
              entry.reference,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              problem));
      gone(entry, wasFinal || gone.contains(entry));
      entry.waits = 0;
    }
    unplace(entry);
    entry.reference = seen.reference().map(Outbox::text).or(() -> entry.reference);
    if (!gone.contains(entry)) {
      entry.problem = seen.problem().map(Outbox::text);
    }
    entry.sent = known;
    entry.unprepared =
        seen.seen() == Seen.VOID || entry.tries.isEmpty() && seen.seen() == Seen.NOTHING;
    if (entry.tries.size() >= Limits.TRIES && entry.unprepared) {
      entry.unprepared = false;
      entry.problem =
          Optional.of("Tried " + Limits.TRIES + " times: it is only looked at from now on.");
    }
    place(entry);
    later(entry, !entry.unprepared);
  }

  /** Looks again after a while, or prepares at once. */
  void later(Entry entry, boolean wait) {
    unplace(entry);
    long now = clock.monotonicNanos();
    if (!wait) {
      entry.due = now;
      entry.waits++;
    } else if (entry.terminal()) {
      entry.due = now + FINAL_LOOK * (1L << Math.min(entry.waits++, 8));
    } else {
      long longest = entry.stage == Stage.INCLUDED ? Limits.LONGEST : PENDING_LOOK;
      entry.due = now + Limits.backOff(entry.waits++, longest);
    }
    place(entry);
  }

  void resend(Entry entry) throws IOException, LedgerException, InterruptedException {
    Attempt newest;
    synchronized (this) {
      if (entry.terminal()
          || entry.unprepared
          || entry.tries.isEmpty()
          || !maySend(clock.monotonicNanos())) {
        return;
      }
      newest = attempt(entry, entry.tries.get(entry.tries.size() - 1));
    }
    send(entry, newest);
  }

  void replace(Entry entry) throws IOException, LedgerException, InterruptedException {
    Submission submission;
    List<Attempt> stuck;
    synchronized (this) {
      if (entry.terminal()
          || entry.tries.isEmpty()
          || entry.tries.size() >= Limits.TRIES
          || !maySend(clock.monotonicNanos())) {
        return;
      }
      submission = submission(entry);
      stuck = attempts(entry);
    }
    byte[] bytes = call(to -> to.replace(submission, stuck));
    send(entry, store(entry, bytes));
  }

  void trouble(Entry entry, LedgerException e) throws IOException {
    synchronized (this) {
      long now = clock.monotonicNanos();
      String why = text(e.getMessage());
      switch (e.kind()) {
        case UNFUNDED, TOO_EXPENSIVE, PAUSED -> pay.failed(e.kind(), why, now);
        case AHEAD -> {
          String problem = why + " Nothing is sent until a person says to go on.";
          log.append(new Record.Stop(Optional.of(problem)));
          stopped = Optional.of(problem);
          LOG.warn("Ledger {} stops: {}", name, problem);
        }
        case REFUSED -> {
          refuse(entry, why);
          return;
        }
        default -> reach.failed(e.kind(), why, now);
      }
      if (!entry.terminal() && !gone.contains(entry)) {
        entry.problem = Optional.of(why);
      }
      later(entry, true);
    }
  }

  void refuse(Entry entry, String why) throws IOException {
    entry.refused = Optional.of(why);
    if (entry.tries.isEmpty() && !entry.terminal()) {
      stage(entry, Stage.REJECTED, Observation.of(Seen.FAILED, 0), Optional.of(why));
    } else {
      // Something of it may be in: looked at before it is believed.
      unplace(entry);
      entry.due = clock.monotonicNanos();
      entry.unprepared = false;
      place(entry);
      later(entry, true);
    }
  }

  static String text(String said) {
    String text = said == null ? "" : said.strip();
    return text.length() > Limits.TEXT ? text.substring(0, Limits.TEXT) : text;
  }
}
