package org.commonshub.metering.web;

import java.util.HashMap;
import java.util.Map;

/** Who serves which path: the longest one that leads to a request wins. */
final class Routes<T> {
  /** A served path. */
  record Route<T>(String path, T service) {}

  private final Map<String, Route<T>> routes = new HashMap<>();

  /**
   * Adds a path.
   *
   * @throws IllegalArgumentException if it is none
   * @throws IllegalStateException if it is served already
   */
  synchronized Route<T> add(String path, T service) {
    if (!path.startsWith("/") || (path.length() > 1 && path.endsWith("/"))) {
      throw new IllegalArgumentException(
          "'" + path + "' is no path: expected for example /emoncms, without a slash at its end.");
    }
    Route<T> route = new Route<>(path, service);
    if (routes.putIfAbsent(path, route) != null) {
      throw new IllegalStateException("The path " + path + " is served already.");
    }
    return route;
  }

  /** Removes a path; whether it was there. */
  synchronized boolean remove(Route<T> route) {
    return routes.remove(route.path, route);
  }

  synchronized boolean isEmpty() {
    return routes.isEmpty();
  }

  synchronized void clear() {
    routes.clear();
  }

  /** Who serves a path; null if nobody. */
  synchronized Route<T> find(String path) {
    for (String prefix = path; ; ) {
      Route<T> route = routes.get(prefix);
      if (route != null) {
        return route;
      }
      int slash = prefix.lastIndexOf('/');
      if (slash < 0) {
        return routes.get("/");
      }
      prefix = prefix.substring(0, slash);
    }
  }
}
