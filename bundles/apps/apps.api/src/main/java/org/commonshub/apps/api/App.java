package org.commonshub.apps.api;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * An app: one Declarative Services component that offers this service. It starts when it is
 * activated and stops when it is deactivated. Called on the app's thread.
 */
@ConsumerType
public interface App {
  /**
   * What the console shows for it now, at most {@link Card#MAX_CARDS} cards. Called while somebody
   * looks, every few seconds: give back what is known, fetch nothing.
   *
   * @param locale language of who looks; fall back to English
   */
  List<Card> cards(Locale locale);

  /**
   * Somebody sent a form of one of the cards.
   *
   * @param form {@link Card.Form#id()}
   * @param values by {@link Card.Field#id()}, checked by the hub against the field's kind and
   *     bounds
   * @return why it was not taken, for the person; empty if it was
   */
  default Optional<String> submit(String form, Map<String, String> values, Locale locale) {
    return Optional.of("This app has no such form.");
  }

  /**
   * Why it cannot do its work, in one sentence for people; empty if it can. Asked when it has
   * started (an update that cannot work is rolled back) and every minute.
   */
  default Optional<String> problem() {
    return Optional.empty();
  }
}
