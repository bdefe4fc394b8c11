package org.commonshub.apps.catalogue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Canonical JSON as repositories of The Update Framework sign it (TUF 1.0, section 4.2.1): names
 * sorted, no white space, only quote and backslash escaped. It differs from JCS in control
 * characters, which stand as they are; so it is hashed and signed, never published.
 */
final class Canonical {
  private Canonical() {}

  static byte[] bytes(Object value) {
    StringBuilder out = new StringBuilder(4096);
    write(out, value);
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void write(StringBuilder out, Object value) {
    if (value instanceof Map<?, ?> map) {
      char before = '{';
      for (Map.Entry<?, ?> entry : new TreeMap<>(map).entrySet()) {
        write(out.append(before), entry.getKey());
        write(out.append(':'), entry.getValue());
        before = ',';
      }
      out.append(map.isEmpty() ? "{}" : "}");
    } else if (value instanceof List<?> list) {
      char before = '[';
      for (Object element : list) {
        write(out.append(before), element);
        before = ',';
      }
      out.append(list.isEmpty() ? "[]" : "]");
    } else if (value instanceof String text) {
      out.append('"');
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '"' || c == '\\') {
          out.append('\\');
        }
        out.append(c);
      }
      out.append('"');
    } else {
      out.append(value);
    }
  }
}
