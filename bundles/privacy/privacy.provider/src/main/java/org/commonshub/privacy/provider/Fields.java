package org.commonshub.privacy.provider;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the gate's own files.
 *
 * @param map an object of JSON
 */
record Fields(Map<?, ?> map) {
  String text(String name) {
    return optional(name).orElseThrow(() -> new IllegalArgumentException(name + " is missing"));
  }

  Optional<String> optional(String name) {
    return Optional.ofNullable((String) map.get(name));
  }

  long number(String name) {
    Object value = map.get(name);
    if (value instanceof Long number) {
      return number;
    }
    throw new IllegalArgumentException(name + " is missing");
  }

  Instant instant(String name) {
    return Instant.parse(text(name));
  }

  Object object(String name) {
    return map.get(name);
  }

  Fields fields(String name) {
    return new Fields((Map<?, ?>) map.get(name));
  }

  List<Fields> list(String name) {
    List<Fields> list = new ArrayList<>();
    if (map.get(name) instanceof List<?> members) {
      for (Object member : members) {
        list.add(new Fields((Map<?, ?>) member));
      }
    }
    return list;
  }
}
