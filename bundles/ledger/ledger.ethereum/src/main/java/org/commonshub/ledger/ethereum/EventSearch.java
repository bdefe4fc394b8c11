package org.commonshub.ledger.ethereum;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.ledger.api.LedgerException;

/**
 * Reads the events of one kind from a block on, range by range, and remembers where it was as
 * (number, hash): after a reorganisation it goes back to the last place that is still there. Keeps
 * the newest 4,096 events.
 */
final class EventSearch {
  private static final int KEPT = 4_096;
  private static final int PLACES = 128;
  private static final int RANGE = 5_000;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Place(long number, byte[] hash) {}

  private final Chain chain;
  private final byte[] contract;
  private final List<String> topics;
  private final long start;
  private final Deque<Place> places = new ArrayDeque<>();
  private final Map<String, Chain.Event> events =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Chain.Event> eldest) {
          return size() > KEPT;
        }
      };
  private int range = RANGE;

  EventSearch(Chain chain, byte[] contract, List<String> topics, long start) {
    this.chain = chain;
    this.contract = contract;
    this.topics = topics;
    this.start = start;
  }

  /**
   * Looks for the event of an effect.
   *
   * @throws LedgerException {@code UNREACHABLE} if there was not time enough to read up to the
   *     newest block; the next call goes on from there
   */
  Optional<Chain.Event> find(Deadline deadline, Effect effect, long head)
      throws LedgerException, InterruptedException {
    goBack(deadline);
    while (place() < head) {
      long from = place() + 1;
      if (!deadline.early()) {
        throw new LedgerException(
            LedgerException.Kind.UNREACHABLE,
            "Still looking for what this hub did before: at block " + from + " of " + head + ".");
      }
      read(deadline, from, Math.min(head, from + range - 1));
    }
    for (Chain.Event event : events.values()) {
      if (effect.is(event.log())) {
        return Optional.of(event);
      }
    }
    return Optional.empty();
  }

  /** The event of an effect in one block; empty if no node shows it. */
  static Optional<Chain.Event> at(Chain chain, Deadline deadline, Effect effect, long block)
      throws LedgerException, InterruptedException {
    try {
      return chain.events(deadline, effect.to(), effect.topics(), block, block).stream()
          .filter(event -> effect.is(event.log()))
          .findFirst();
    } catch (RpcException e) {
      return Optional.empty();
    }
  }

  private long place() {
    return places.isEmpty() ? start - 1 : places.getLast().number();
  }

  private void goBack(Deadline deadline) throws LedgerException, InterruptedException {
    while (!places.isEmpty()) {
      Place last = places.getLast();
      Optional<Header> header = chain.header(deadline, last.number());
      if (header.isPresent() && Arrays.equals(header.get().hash(), last.hash())) {
        return;
      }
      places.removeLast();
      long kept = place();
      Iterator<Chain.Event> all = events.values().iterator();
      while (all.hasNext()) {
        if (all.next().block() > kept) {
          all.remove();
        }
      }
    }
  }

  private void read(Deadline deadline, long from, long to)
      throws LedgerException, InterruptedException {
    // The end's hash is read before the events, so a change between them is seen by the next call.
    Optional<Header> end = chain.header(deadline, to);
    if (end.isEmpty()) {
      throw new LedgerException(
          LedgerException.Kind.UNREACHABLE, "Block " + to + " is not there yet.");
    }
    try {
      for (Chain.Event event : chain.events(deadline, contract, topics, from, to)) {
        events.put(Bytes.hex(event.transaction()) + Bytes.hex(event.log().data()), event);
      }
    } catch (RpcException e) {
      if (range == 1) {
        throw new LedgerException(
            LedgerException.Kind.UNREACHABLE, "A node refuses to list events: " + e.getMessage());
      }
      range = Math.max(1, range / 4); // nodes limit the range to all sorts of lengths
      return;
    }
    places.addLast(new Place(to, end.get().hash()));
    if (places.size() > PLACES) {
      places.removeFirst();
    }
  }
}
