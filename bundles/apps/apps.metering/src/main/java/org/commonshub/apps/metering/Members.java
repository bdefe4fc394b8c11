package org.commonshub.apps.metering;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.identity.api.Json;

/** The members of an object; every one has to be taken. */
final class Members {
  private final String what;
  private final Map<String, Object> members;

  private Members(String what, Map<String, Object> members) {
    this.what = what;
    this.members = members;
  }

  static Members of(String what, byte[] json) throws ReportException {
    try {
      return new Members(what, Json.object(json));
    } catch (IOException e) {
      throw new ReportException(what + " is not JSON: " + e.getMessage(), e);
    }
  }

  Members object(Object value) throws ReportException {
    if (!(value instanceof Map<?, ?> map)) {
      throw new ReportException(what + " is damaged: something is not an object");
    }
    Map<String, Object> copy = new TreeMap<>();
    map.forEach((name, member) -> copy.put((String) name, member));
    return new Members(what, copy);
  }

  Object take(String name) throws ReportException {
    Object value = members.remove(name);
    if (value == null) {
      throw new ReportException(what + " lacks " + name);
    }
    return value;
  }

  boolean has(String name) {
    return members.containsKey(name);
  }

  List<String> names() {
    return List.copyOf(members.keySet());
  }

  String text(String name, int max) throws ReportException {
    if (take(name) instanceof String text && text.length() <= max) {
      return text;
    }
    throw new ReportException(
        what + " is damaged: " + name + " is not a text of at most " + max + " characters");
  }

  String text(String name, String form) throws ReportException {
    String text = text(name, 400);
    if (!text.matches(form)) {
      throw new ReportException(what + " is damaged: " + name + " has not its form");
    }
    return text;
  }

  long integer(String name, long max) throws ReportException {
    if (take(name) instanceof Long value && value >= 0 && value <= max) {
      return value;
    }
    throw new ReportException(
        what + " is damaged: " + name + " is not a whole number up to " + max);
  }

  AppId app(String name) throws ReportException {
    try {
      return new AppId(name);
    } catch (IllegalArgumentException e) {
      throw new ReportException(what + " names an app that is none", e);
    }
  }

  List<?> list(String name, int max) throws ReportException {
    if (take(name) instanceof List<?> list && list.size() <= max) {
      return list;
    }
    throw new ReportException(what + " is damaged: " + name + " is not a list of at most " + max);
  }

  Map<String, Long> counts(String name) throws ReportException {
    Members numbers = object(take(name));
    Map<String, Long> counts = new TreeMap<>();
    for (String metric : numbers.names()) {
      if (!ChainLine.METRIC.matcher(metric).matches() || counts.size() == ChainLine.MOST_METRICS) {
        throw new ReportException(what + " is damaged: it counts what is not known, or too much");
      }
      counts.put(metric, numbers.integer(metric, ChainLine.MAX_INTEGER));
    }
    return counts;
  }

  void end() throws ReportException {
    if (!members.isEmpty()) {
      throw new ReportException(what + " has a member that is not known: " + names().get(0));
    }
  }
}
