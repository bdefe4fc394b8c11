package org.commonshub.privacy.provider;

import java.util.Locale;
import java.util.function.Predicate;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.PrivacyDesk.Search;

/** Which lines of the log somebody looks for. */
final class LogFilter {
  private LogFilter() {}

  static Predicate<Disclosure> of(Search search) {
    return d ->
        search.recipient().map(d.recipient()::equals).orElse(true)
            && search.consent().map(d.consent()::equals).orElse(true)
            && search.from().map(f -> !d.instant().isBefore(f)).orElse(true)
            && search.to().map(d.instant()::isBefore).orElse(true)
            && search.text().map(t -> contains(d, t)).orElse(true);
  }

  private static boolean contains(Disclosure d, String text) {
    return (d.recipient() + " " + d.purpose() + " " + d.what())
        .toLowerCase(Locale.ROOT)
        .contains(text.toLowerCase(Locale.ROOT));
  }
}
