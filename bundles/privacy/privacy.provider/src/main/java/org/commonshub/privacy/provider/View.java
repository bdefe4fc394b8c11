package org.commonshub.privacy.provider;

import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsException;

/** One recipient's view. Dead once its bundle has given it back or stopped. */
final class View implements EnergyData {
  private final Gate gate;
  private final Recipient recipient;
  private final Set<Subscription> flows = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  View(Gate gate, Recipient recipient) {
    this.gate = gate;
    this.recipient = recipient;
  }

  @Override
  public Recipient recipient() {
    return recipient;
  }

  @Override
  public Grant ask(Terms asked, String text) throws TermsException {
    alive();
    if (gate.callers().ambiguous(recipient)) {
      throw new TermsException("recipient: two bundles have that name");
    }
    return gate.asking()
        .ask(recipient, gate.callers().name(recipient), asked, text, Optional.empty())
        .grant();
  }

  @Override
  public List<Grant> grants() {
    alive();
    Set<Purpose> purposes = EnumSet.noneOf(Purpose.class);
    Book book = gate.consents().book();
    book.asks().stream()
        .filter(a -> a.recipient().equals(recipient))
        .forEach(a -> purposes.add(a.purpose()));
    book.consents().stream()
        .filter(g -> g.recipient().equals(recipient))
        .forEach(g -> purposes.add(g.purpose()));
    return purposes.stream().map(p -> gate.consents().standing(recipient, p).grant()).toList();
  }

  @Override
  public Release read(Purpose purpose, Instant from, Instant to) throws RefusedException {
    alive();
    return gate.reads().read(recipient, purpose, from, to);
  }

  @Override
  public Flow subscribe(Purpose purpose, Consumer<Release> listener) throws RefusedException {
    alive();
    java.util.Objects.requireNonNull(listener, "listener");
    Subscription flow = gate.flows().subscribe(recipient, purpose, listener);
    flows.add(flow);
    if (closed) {
      flow.close();
    }
    flows.removeIf(Subscription::closed);
    return flow;
  }

  private void alive() {
    if (closed) {
      throw new IllegalStateException("this view was given back");
    }
  }

  /** Ends it and its flows. */
  void close() {
    closed = true;
    flows.forEach(Subscription::close);
    flows.clear();
  }
}
