package org.commonshub.privacy.provider;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.EnergyData.Grant;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.RefusedException.Reason;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;

/** Reads the past for recipients, a few at a time; the caller's thread waits. */
final class Reads {
  private static final int AT_ONCE = 4;
  private static final long PATIENCE = 30;

  private final Consents consents;
  private final Policies policies;
  private final Disclosures disclosures;
  private final Flows flows;
  private final Budget budget;
  private final Semaphore places = new Semaphore(AT_ONCE, true);

  Reads(Consents consents, Policies policies, Disclosures disclosures, Flows flows, Budget budget) {
    this.consents = consents;
    this.policies = policies;
    this.disclosures = disclosures;
    this.flows = flows;
    this.budget = budget;
  }

  Release read(Recipient recipient, Purpose purpose, Instant from, Instant to)
      throws RefusedException {
    Standing standing = consents.standing(recipient, purpose);
    try {
      standing.orRefuse();
      if (standing.terms().mode() == Mode.AGGREGATE) {
        throw new RefusedException(
            Reason.OUT_OF_BOUNDS, "Values of this home alone are not released, only their sum.");
      }
      Instant now = flows.now();
      List<Block> blocks =
          blocks(standing.terms(), from, to, now, standing.given().oldest(), budget);
      Release release = new Release(standing.given().id(), recipient, purpose, now, blocks);
      consents.admit(standing, () -> disclosures.read(standing, release));
      disclosures.force();
      return release;
    } catch (RefusedException e) {
      disclosures.refused(recipient, refusal(standing, e));
      throw e;
    } catch (java.io.UncheckedIOException e) {
      throw new RefusedException(
          Reason.POLICY, "The disclosure log cannot be written: " + Texts.reason(e));
    }
  }

  private static Standing refusal(Standing standing, RefusedException e) {
    return new Standing(
        standing.purpose(),
        Grant.State.CLOSED,
        e.reason(),
        e.getMessage(),
        standing.given(),
        standing.terms());
  }

  /** What terms release of a time; whole intervals only. */
  List<Block> blocks(
      Terms terms, Instant from, Instant to, Instant now, Instant oldest, Budget source)
      throws RefusedException {
    ZoneId zone = flows.zone();
    Instant low = later(from, oldest);
    Instant high = earlier(to, now.minus(terms.delay()));
    if (!low.isBefore(high)) {
      return List.of();
    }
    Instant begin = begin(terms, low, zone);
    Instant end = end(terms, high, zone);
    try {
      if (!places.tryAcquire(PATIENCE, TimeUnit.SECONDS)) {
        throw new RefusedException(Reason.POLICY, "Too many are reading: try again.");
      }
      try {
        return fit(terms, begin, end, now, zone, source);
      } finally {
        places.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException(Reason.POLICY, "The read was interrupted.");
    }
  }

  private List<Block> fit(
      Terms terms, Instant begin, Instant end, Instant now, ZoneId zone, Budget source)
      throws RefusedException, InterruptedException {
    long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
    List<Block> blocks = new ArrayList<>();
    int values = 0;
    try {
      Instant first = flows.past().oldest(terms).orElse(end);
      Instant at = first.isAfter(begin) ? whole(terms, first, zone) : begin;
      while (at.isBefore(end)) {
        Instant next = earlier(end, whole(terms, at.plus(Past.slice(terms)), zone));
        for (Batch batch : flows.past().batches(terms, at, next, zone, Past.MOST)) {
          for (Block block :
              run(batch.blocks(), new Round(terms, now, zone, batch.from(), batch.to(), source))) {
            values += block.size();
            blocks.add(block);
          }
        }
        if (values > EnergyData.MAX_VALUES || System.nanoTime() - patience > 0) {
          throw new RefusedException(
              Reason.OUT_OF_BOUNDS,
              "More than "
                  + EnergyData.MAX_VALUES
                  + " values or too long a time at once: read less.");
        }
        at = next;
      }
      return blocks;
    } catch (Fault fault) {
      throw new RefusedException(Reason.POLICY, fault.getMessage());
    }
  }

  /** Start of the interval that an instant is in; raw values have none. */
  private static Instant whole(Terms terms, Instant instant, ZoneId zone) {
    return terms.mode() == Mode.RAW ? instant : terms.resolution().start(instant, zone);
  }

  private List<Block> run(List<Block> blocks, Round round) throws Fault, InterruptedException {
    CompletableFuture<List<Block>> answer = new CompletableFuture<>();
    policies.run(
        blocks,
        round,
        new Lane.Done() {
          @Override
          public void done(List<Block> made) {
            answer.complete(made);
          }

          @Override
          public void failed(Fault fault) {
            answer.completeExceptionally(fault);
          }
        });
    try {
      return answer.get(PATIENCE + blocks.size(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Fault fault ? fault : Fault.passing(Texts.reason(e.getCause()));
    } catch (TimeoutException e) {
      throw Fault.passing("The policies have too much to do: try again.");
    }
  }

  private static Instant begin(Terms terms, Instant from, ZoneId zone) {
    if (terms.mode() == Mode.RAW) {
      return from;
    }
    Granularity resolution = terms.resolution();
    Instant start = resolution.start(from, zone);
    return start.equals(from) ? from : resolution.next(from, zone);
  }

  private static Instant end(Terms terms, Instant to, ZoneId zone) {
    return whole(terms, to, zone);
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}
