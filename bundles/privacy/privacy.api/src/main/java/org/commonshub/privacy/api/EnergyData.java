package org.commonshub.privacy.api;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The energy data of this home as the bundle that holds this service may see it. Scope {@code
 * bundle}: the registry tells the gate who asks, so nobody can ask as another. Any thread; reads
 * wait for the disk.
 */
@ProviderType
public interface EnergyData {
  /** Most values of one read. */
  int MAX_VALUES = 100_000;

  /** Who the gate takes this bundle for. */
  Recipient recipient();

  /**
   * Asks for access. The prosumer sees it in the console; nothing is released before they say yes.
   * Asking again for the same purpose replaces an unanswered request, and leaves a consent as it is
   * if it is as wide as asked.
   *
   * @param asked must miss nothing ({@link Terms#missing()}); the recipient may be left out
   * @param text what for, in plain words of the person, at most 500 characters
   * @throws TermsException if the terms can't be, ask for another recipient, or the operator's
   *     floor or the law leave nothing
   */
  Grant ask(Terms asked, String text) throws TermsException;

  /** What stands for this recipient, one per purpose asked. */
  List<Grant> grants();

  /**
   * Reads what is released of {@code from} ≤ start &lt; {@code to}. Recorded in the disclosure log.
   *
   * @throws RefusedException if there is no consent for that purpose, or it is paused, at its end
   *     or closed
   */
  Release read(Purpose purpose, Instant from, Instant to) throws RefusedException;

  /**
   * Gets each value as soon as it is released, one call at a time on a thread of the gate's. While
   * the listener is busy releases wait, at most 64; then the oldest are dropped and counted. Ends
   * with the consent, with {@code close}, and with the bundle.
   *
   * @throws RefusedException see {@link #read}
   */
  Flow subscribe(Purpose purpose, Consumer<Release> listener) throws RefusedException;

  /** What stands for one purpose. */
  record Grant(Purpose purpose, State state, Terms terms, String reason) {
    /** Where it stands. */
    public enum State {
      /** Waits for the prosumer. */
      ASKED,
      /** Data is released under {@code terms}. */
      OPEN,
      /** The prosumer paused everything. */
      PAUSED,
      /** Nothing is released; {@code reason} says why. */
      CLOSED
    }
  }

  /** A running subscription. */
  interface Flow extends AutoCloseable {
    @Override
    void close();
  }
}
