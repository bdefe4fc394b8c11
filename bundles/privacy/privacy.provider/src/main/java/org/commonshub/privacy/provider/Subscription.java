package org.commonshub.privacy.provider;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.Executor;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;

/**
 * A running subscription. One round at a time: collect, policies, mailbox. It follows its consent:
 * narrower terms count from the next round on, and a consent that is gone closes it.
 */
final class Subscription implements EnergyData.Flow {
  private final Flows flows;
  private final Recipient recipient;
  private final Purpose purpose;
  private final boolean cohort;
  private final Mailbox mailbox;
  private Standing standing;
  private Collector collector;
  private ZoneId zone;
  private boolean busy;
  private boolean closed;

  /**
   * Begins with the next tick.
   *
   * @param cohort whether the values go into a sum: what may only go there never goes elsewhere,
   *     and the other way round
   */
  Subscription(Flows flows, Recipient recipient, Purpose purpose, boolean cohort, Mailbox mailbox) {
    this.flows = flows;
    this.recipient = recipient;
    this.purpose = purpose;
    this.cohort = cohort;
    this.mailbox = mailbox;
  }

  synchronized boolean closed() {
    return closed;
  }

  boolean cohort() {
    return cohort;
  }

  Recipient recipient() {
    return recipient;
  }

  Purpose purpose() {
    return purpose;
  }

  Mailbox mailbox() {
    return mailbox;
  }

  /** Looks whether there is something to do; never waits. */
  void turn(Executor disk) {
    mailbox.kick();
    Instant now = flows.now();
    Standing at = flows.standing(this);
    Collector from;
    synchronized (this) {
      if (closed || busy) {
        return;
      }
      if (at.over()) {
        close();
        return;
      }
      if (!at.open() || cohort != (at.terms().mode() == Mode.AGGREGATE)) {
        stop();
        return;
      }
      follow(at, now);
      if (!collector.due(now)) {
        return;
      }
      busy = true;
      from = collector;
    }
    if (!from.disk()) {
      round(from, at, now);
      return;
    }
    try {
      disk.execute(() -> round(from, at, now));
    } catch (java.util.concurrent.RejectedExecutionException e) {
      rest();
    }
  }

  /** Terms in force have changed, or it begins. */
  private void follow(Standing at, Instant now) {
    ZoneId today = flows.zone();
    if (collector == null || !same(at, standing) || !today.equals(zone)) {
      stop();
      zone = today;
      collector = collector(at, now);
    }
    standing = at;
  }

  private static boolean same(Standing a, Standing b) {
    return a.given().id().equals(b.given().id())
        && (a.terms() == b.terms() || a.terms().equals(b.terms()));
  }

  private Collector collector(Standing at, Instant now) {
    Terms terms = at.terms();
    if (terms.mode() == Mode.RAW && terms.delay().isZero()) {
      return new RawCollector(terms, flows.live(), flows.directory());
    }
    return terms.mode() != Mode.RAW && RingCollector.fits(terms)
        ? new RingCollector(terms, flows.live(), flows.directory(), zone, now)
        : new HistoryCollector(terms, flows.past(), zone, now, at.given().oldest());
  }

  private void stop() {
    if (collector != null) {
      collector.close();
      collector = null;
    }
  }

  private void round(Collector from, Standing at, Instant now) {
    Batch batch;
    try {
      batch = from.collect(now);
    } catch (Fault fault) {
      flows.held(this, fault);
      rest();
      return;
    }
    if (batch.blocks().isEmpty()) {
      from.advance(batch);
      rest();
      return;
    }
    flows.run(
        at,
        batch,
        now,
        new Lane.Done() {
          @Override
          public void done(List<Block> blocks) {
            from.advance(batch);
            if (!blocks.isEmpty()) {
              mailbox.put(
                  new Mailbox.Parcel(
                      at, new Release(at.given().id(), recipient, purpose, now, blocks)));
            }
            rest();
          }

          @Override
          public void failed(Fault fault) {
            if (fault.passing()) {
              flows.held(Subscription.this, fault);
              rest();
            } else {
              flows.failed(Subscription.this, at, fault);
              close();
            }
          }
        });
  }

  private synchronized void rest() {
    busy = false;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      stop();
    }
    mailbox.close();
    flows.gone(this);
  }
}
