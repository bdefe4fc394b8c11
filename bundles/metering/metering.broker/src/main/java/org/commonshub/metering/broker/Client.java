package org.commonshub.metering.broker;

import java.util.List;

/**
 * Who may connect.
 *
 * @param user user name
 * @param filters what it may publish to and read from
 */
record Client(String user, List<String> filters) {
  Client {
    filters = List.copyOf(filters);
  }

  boolean mayPublish(String topic) {
    return filters.stream().anyMatch(filter -> Topics.matches(filter, topic));
  }

  /** Whether all that a filter can match is its own. */
  boolean mayRead(String filter) {
    return filters.stream().anyMatch(own -> Topics.covers(own, filter));
  }
}
