package org.commonshub.metering.messaging;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Topic names and filters (MQTT 3.1.1 §4.7). */
final class TopicFilter {
  /** Longest topic or filter in bytes of UTF-8. */
  static final int MAX_BYTES = 1024;

  private TopicFilter() {}

  /** What is wrong with a filter, in words; empty if nothing. */
  static Optional<String> refusal(String filter) {
    Optional<String> text = textRefusal(filter);
    if (text.isPresent()) {
      return text;
    }
    for (int i = 0; i < filter.length(); i++) {
      char c = filter.charAt(i);
      boolean first = i == 0 || filter.charAt(i - 1) == '/';
      boolean last = i == filter.length() - 1;
      if (c == '#' && !(first && last)) {
        return Optional.of("'#' stands alone in its level and last");
      }
      if (c == '+' && !(first && (last || filter.charAt(i + 1) == '/'))) {
        return Optional.of("'+' stands alone in its level");
      }
    }
    return Optional.empty();
  }

  /** What is wrong with a topic name, in words; empty if nothing. */
  static Optional<String> topicRefusal(String topic) {
    Optional<String> text = textRefusal(topic);
    if (text.isPresent()) {
      return text;
    }
    return topic.indexOf('#') >= 0 || topic.indexOf('+') >= 0
        ? Optional.of("a topic to publish to has no wildcards")
        : Optional.empty();
  }

  private static Optional<String> textRefusal(String text) {
    if (text.isEmpty()) {
      return Optional.of("it is empty");
    }
    if (text.indexOf('\0') >= 0
        || !StandardCharsets.UTF_8.newEncoder().canEncode(text)
        || text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      return Optional.of("it is Unicode text of at most " + MAX_BYTES + " bytes without U+0000");
    }
    return Optional.empty();
  }

  /** Whether a topic matches a valid filter. */
  static boolean matches(String filter, String topic) {
    int f = 0;
    int t = 0;
    if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) {
      return false;
    }
    while (true) {
      char wanted = f < filter.length() ? filter.charAt(f) : '/';
      if (wanted == '#') {
        return true;
      }
      if (wanted == '+') {
        f++;
        while (t < topic.length() && topic.charAt(t) != '/') {
          t++;
        }
      } else {
        while (f < filter.length()
            && t < topic.length()
            && filter.charAt(f) == topic.charAt(t)
            && topic.charAt(t) != '/') {
          f++;
          t++;
        }
        if ((f < filter.length() && filter.charAt(f) != '/')
            || (t < topic.length() && topic.charAt(t) != '/')) {
          return false;
        }
      }
      if (t == topic.length()) {
        return f == filter.length() || filter.startsWith("/#", f);
      }
      if (f == filter.length()) {
        return false;
      }
      f++;
      t++;
    }
  }
}
