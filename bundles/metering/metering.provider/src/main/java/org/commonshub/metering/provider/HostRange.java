package org.commonshub.metering.provider;

import java.util.ArrayList;
import java.util.List;
import org.commonshub.metering.api.Endpoint;

/** {@code tcp://192.0.2.1-20:502}: the addresses a person asked to be searched. Pure. */
final class HostRange {
  /** Most addresses of one search. */
  static final int LIMIT = 256;

  private HostRange() {}

  /**
   * The endpoints meant.
   *
   * @throws IllegalArgumentException with a sentence for people
   */
  static List<Endpoint> parse(String where) {
    String text = where.strip();
    int authority = text.indexOf("://");
    int dash = text.indexOf('-', Math.max(0, authority));
    int colon = text.lastIndexOf(':');
    int dot = dash < 0 ? -1 : text.lastIndexOf('.', dash);
    // A dash in a host name or a device path is no range: that needs numbers around it.
    if (authority < 0 || dot < authority || colon < dash || !digits(text, dot + 1, dash)) {
      return List.of(Endpoint.parse(text));
    }
    String last = text.substring(dash + 1, colon);
    if (last.contains(".")) {
      String prefix = text.substring(authority + 3, dot + 1);
      if (!last.startsWith(prefix)) {
        throw new IllegalArgumentException(
            "Cannot search '"
                + where
                + "': both ends must be in the same network of 256 addresses.");
      }
      last = last.substring(prefix.length());
    }
    if (!digits(last, 0, last.length())) {
      return List.of(Endpoint.parse(text));
    }
    int from = Integer.parseInt(text.substring(dot + 1, dash));
    int to = Integer.parseInt(last);
    if (from > to || to > 255) {
      throw new IllegalArgumentException(
          "Cannot search '" + where + "': expected a rising range such as tcp://192.0.2.1-20:502.");
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (int host = from; host <= to && endpoints.size() < LIMIT; host++) {
      endpoints.add(Endpoint.parse(text.substring(0, dot + 1) + host + text.substring(colon)));
    }
    return endpoints;
  }

  private static boolean digits(String text, int from, int to) {
    return from < to
        && to - from <= 3
        && text.substring(from, to).chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
