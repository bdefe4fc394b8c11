package org.commonshub.privacy.provider;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.privacy.api.EnergyData.Grant;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsException;

/** Takes requests, and keeps those who ask from asking too much. Any thread. */
final class Asking {
  /** After a no, the same question is not put again for so long. */
  static final Duration REFUSED = Duration.ofDays(7);

  /** Most open requests. */
  static final int MAX_REQUESTS = 256;

  private static final int TEXT = 500;
  private static final int A_DAY = 50;

  /** A consent that has so long to go is not asked to be renewed. */
  private static final Duration RENEW = Duration.ofDays(14);

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Consents consents;
  private final Map<Recipient, Integer> today = new HashMap<>();
  private long day;

  Asking(Consents consents) {
    this.consents = consents;
  }

  static String id() {
    byte[] bytes = new byte[12];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /**
   * Takes a request, unless what stands is as wide.
   *
   * @param terms complete but for the recipient
   * @throws TermsException see {@code EnergyData.ask}
   */
  synchronized Standing ask(
      Recipient recipient, String name, Terms terms, String text, Optional<String> signedBy)
      throws TermsException {
    if (text.length() > TEXT) {
      throw new TermsException("text: at most " + TEXT + " characters");
    }
    Terms asked = Bounds.complete(terms.meet(Terms.ANY.toBuilder().recipient(recipient).build()));
    Purpose purpose = Bounds.purpose(asked);
    Instant now = consents.now();
    Terms widest = consents.bounds().widest(asked, now);
    Standing standing = consents.standing(recipient, purpose);
    if (standing.given() != null && !standing.over() && asWide(standing.given(), widest, now)) {
      return standing;
    }
    Optional<Ask> before =
        consents.book().asks().stream().filter(a -> a.by(recipient, purpose)).findFirst();
    if (before.isPresent()
        && same(before.get().asked(), asked)
        && (before.get().refused().isPresent() || before.get().asked().equals(asked))) {
      return standing;
    }
    limit(recipient, now);
    Ask ask = new Ask(id(), name, Texts.plain(text, TEXT), asked, now, signedBy, Optional.empty());
    try {
      consents.widen(
          book -> {
            List<Ask> asks = new ArrayList<>(book.asks());
            asks.removeIf(a -> a.by(recipient, purpose));
            asks.add(ask);
            return book.asks(asks);
          });
    } catch (IOException e) {
      throw new TermsException("the request cannot be kept: " + Texts.reason(e));
    }
    return new Standing(
        purpose,
        Grant.State.ASKED,
        org.commonshub.privacy.api.RefusedException.Reason.NO_CONSENT,
        "The person who lives here has not answered yet.",
        null,
        widest);
  }

  private void limit(Recipient recipient, Instant now) throws TermsException {
    if (consents.book().asks().stream().filter(a -> a.refused().isEmpty()).count()
        >= MAX_REQUESTS) {
      throw new TermsException("too many requests wait for an answer; ask again later");
    }
    long epochDay = now.getEpochSecond() / 86_400;
    if (epochDay != day || today.size() > 4 * MAX_REQUESTS) {
      today.clear();
      day = epochDay;
    }
    if (today.merge(recipient, 1, Integer::sum) > A_DAY) {
      throw new TermsException("asked for other terms too often today");
    }
  }

  /** Whether there is nothing to ask: a later end alone is, near the end only. */
  private static boolean asWide(Given given, Terms widest, Instant now) {
    Instant until = given.terms().until().orElseThrow();
    Terms rest = widest.toBuilder().until(until).build();
    return (!until.isBefore(widest.until().orElseThrow()) || until.isAfter(now.plus(RENEW)))
        && rest.within(given.terms().toBuilder().until(until).build());
  }

  /** The same question, perhaps for another span of time. */
  private static boolean same(Terms a, Terms b) {
    return timeless(a).equals(timeless(b));
  }

  private static Terms timeless(Terms terms) {
    Instant always = Instant.EPOCH;
    return terms.toBuilder().from(always).until(always.plusSeconds(1)).build();
  }
}
