package org.commonshub.privacy.provider;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The policies that are there, and the way of blocks through them. Any thread. */
final class Policies {
  private static final Logger LOG = LoggerFactory.getLogger(Policies.class);
  private static final int MAX_LANES = 64;
  private static final Pattern NAME = Pattern.compile("[a-z0-9.-]{1,64}");

  private final Secret secret;
  private final Map<Long, Offer> offers = new HashMap<>();
  private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
  private final Map<String, Long> chosen = new HashMap<>();
  private boolean closed;

  /** A policy's service. */
  record Offer(long id, int ranking, String name, PrivacyPolicy policy) {}

  Policies(Secret secret) {
    this.secret = secret;
  }

  /**
   * Takes a service.
   *
   * @param ours whether its bundle is the hub's; others' policies have a domain in their name
   */
  synchronized void add(Offer offer, boolean ours) {
    if (!NAME.matcher(offer.name()).matches() || !ours && !offer.name().contains(".")) {
      LOG.warn(
          "A policy named {} is not called: names without a dot are the hub's own",
          Texts.plain(offer.name(), 64));
      return;
    }
    offers.put(offer.id(), offer);
    choose(offer.name());
  }

  synchronized void remove(long id) {
    Offer offer = offers.remove(id);
    if (offer != null) {
      choose(offer.name());
    }
  }

  private void choose(String name) {
    Optional<Offer> best =
        offers.values().stream()
            .filter(o -> o.name().equals(name))
            .max(
                Comparator.comparingInt(Offer::ranking)
                    .thenComparing(Comparator.comparingLong(Offer::id).reversed()));
    Long id = best.map(Offer::id).orElse(null);
    if (closed || id == null || !id.equals(chosen.get(name))) {
      Lane old = lanes.remove(name);
      chosen.remove(name);
      if (old != null) {
        old.close();
      }
      if (best.isPresent() && !closed && lanes.size() < MAX_LANES) {
        chosen.put(name, id);
        lanes.put(name, new Lane(name, best.get().policy(), secret));
      }
    }
  }

  /** What keeps terms from being applied now, for people. */
  Optional<String> missing(Terms terms) {
    for (String name : Chain.of(terms)) {
      Lane lane = lanes.get(name);
      if (lane == null) {
        return Optional.of("Policy " + name + " is not installed, and this consent rests on it.");
      }
      if (lane.problem().isPresent()) {
        return lane.problem();
      }
    }
    return Optional.empty();
  }

  /** Makes blocks fit for release; answers on whatever thread, perhaps before it returns. */
  void run(List<Block> blocks, Round round, Lane.Done done) {
    List<String> chain = Chain.of(round.terms());
    // Where intervals are made of raw values, the value before the first one counts, too.
    boolean aggregates = !chain.isEmpty() && chain.get(0).equals(Chain.AGGREGATE);
    step(chain, 0, aggregates ? blocks : Cut.window(blocks, round), round, done);
  }

  private void step(List<String> chain, int at, List<Block> blocks, Round round, Lane.Done done) {
    if (at == chain.size()) {
      try {
        new OutcomeCheck(round.terms(), round.now(), round.zone()).last(blocks);
      } catch (Fault fault) {
        done.failed(fault);
        return;
      }
      done.done(blocks);
      return;
    }
    Lane lane = lanes.get(chain.get(at));
    if (lane == null) {
      done.failed(Fault.passing("Policy " + chain.get(at) + " is not installed."));
      return;
    }
    boolean aggregates = chain.get(at).equals(Chain.AGGREGATE);
    lane.submit(
        chain.get(at).equals(Chain.PSEUDONYM) ? Cut.rotations(blocks, round.terms()) : blocks,
        round,
        new Lane.Done() {
          @Override
          public void done(List<Block> made) {
            step(chain, at + 1, aggregates ? Cut.window(made, round) : made, round, done);
          }

          @Override
          public void failed(Fault fault) {
            done.failed(fault);
          }
        });
  }

  /** Calls all policies on new threads, with keys made of the secret as it is now. */
  synchronized void restart() {
    for (String name : new ArrayList<>(lanes.keySet())) {
      chosen.remove(name);
      choose(name);
    }
  }

  /** Looks after policies that overrun their time. */
  void watch() {
    lanes.values().forEach(Lane::watch);
  }

  synchronized void close() {
    closed = true;
    for (String name : new ArrayList<>(lanes.keySet())) {
      choose(name);
    }
  }
}
