package org.commonshub.metering.vedirect;

import java.util.Map;
import java.util.OptionalLong;

/**
 * A block of text mode whose check sum is right: values by label. A device that has much to tell
 * sends several blocks by turns, each with some of its fields.
 *
 * @param fields values as sent, the first of each label
 */
record Block(Map<String, String> fields) {
  /** Longer numbers are none. */
  private static final int DIGITS = 12;

  /** A decimal field; empty if it is not there, not a number, or {@code ---}: not available. */
  OptionalLong number(String label) {
    String text = fields.getOrDefault(label, "");
    int digits = text.startsWith("-") || text.startsWith("+") ? text.length() - 1 : text.length();
    if (digits < 1 || digits > DIGITS) {
      return OptionalLong.empty();
    }
    for (int i = text.length() - digits; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return OptionalLong.empty();
      }
    }
    return OptionalLong.of(Long.parseLong(text));
  }

  /** Whether a field is there, whatever its value. */
  boolean has(String label) {
    return fields.containsKey(label);
  }

  /** A field as text, of printable characters; empty if it is not there. */
  String text(String label) {
    return fields.getOrDefault(label, "").replaceAll("[^\\x20-\\x7E]", "").strip();
  }
}
