package org.commonshub.metering.broker;

/** Topic names and filters (MQTT 3.1.1 §4.7). */
final class Topics {
  /** Longest topic or filter in characters; their bytes of UTF-8 are bounded by {@link #MAX}. */
  static final int MAX = 256;

  /** Most levels of a topic or filter. */
  static final int LEVELS = 16;

  private Topics() {}

  /** Whether it is a filter (§4.7.1), whatever its length. */
  static boolean isFilter(String filter) {
    if (filter.isEmpty()) {
      return false;
    }
    for (int i = 0; i < filter.length(); i++) {
      char c = filter.charAt(i);
      boolean first = i == 0 || filter.charAt(i - 1) == '/';
      boolean last = i == filter.length() - 1;
      if (c == '#' && !(first && last)) {
        return false;
      }
      if (c == '+' && !(first && (last || filter.charAt(i + 1) == '/'))) {
        return false;
      }
    }
    return true;
  }

  /** Whether it is the name of a topic: not empty, no wildcards. */
  static boolean isTopic(String topic) {
    return !topic.isEmpty() && topic.indexOf('#') < 0 && topic.indexOf('+') < 0;
  }

  /** Whether it is short and flat enough to be taken. */
  static boolean fits(String topicOrFilter) {
    int bytes = 0;
    int levels = 1;
    for (int i = 0; i < topicOrFilter.length(); i++) {
      char c = topicOrFilter.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
      levels += c == '/' ? 1 : 0;
    }
    return bytes <= MAX && levels <= LEVELS;
  }

  /** Whether a topic matches a filter. */
  static boolean matches(String filter, String topic) {
    return (!topic.startsWith("$") || !(filter.startsWith("+") || filter.startsWith("#")))
        && covers(filter, topic);
  }

  /**
   * Whether everything that {@code other} matches is matched by {@code filter}, too. Like {@link
   * #matches} with a filter in place of the topic: its {@code +} is covered by {@code +} and {@code
   * #} only, its {@code #} by {@code #} only.
   */
  static boolean covers(String filter, String other) {
    int f = 0;
    int t = 0;
    while (true) {
      char wanted = f < filter.length() ? filter.charAt(f) : '/';
      if (wanted == '#') {
        return true;
      }
      if (wanted == '+') {
        if (t < other.length() && other.charAt(t) == '#') {
          return false;
        }
        f++;
        while (t < other.length() && other.charAt(t) != '/') {
          t++;
        }
      } else {
        while (f < filter.length()
            && t < other.length()
            && filter.charAt(f) == other.charAt(t)
            && other.charAt(t) != '/') {
          f++;
          t++;
        }
        if ((f < filter.length() && filter.charAt(f) != '/')
            || (t < other.length() && other.charAt(t) != '/')) {
          return false;
        }
      }
      if (t == other.length()) {
        return f == filter.length() || filter.startsWith("/#", f);
      }
      if (f == filter.length()) {
        return false;
      }
      f++;
      t++;
    }
  }

  /** For a log: short, and without what could break a line. */
  static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < text.length() && i < 64; i++) {
      char c = text.charAt(i);
      shown.append(c < ' ' || c == 0x7F || Character.isSurrogate(c) || !isShown(c) ? '?' : c);
    }
    return text.length() > 64 ? shown + "…" : shown.toString();
  }

  private static boolean isShown(char c) {
    int type = Character.getType(c);
    return type != Character.CONTROL
        && type != Character.FORMAT
        && type != Character.LINE_SEPARATOR
        && type != Character.PARAGRAPH_SEPARATOR;
  }
}
