package org.commonshub.ledger.journal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.ledger.api.Journal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is wrong, once per subject; at most {@value #MOST}. Any thread. */
final class Alarms {
  private static final Logger LOG = LoggerFactory.getLogger(Alarms.class);
  static final String ROW = "row-tampered";
  static final String TRUNCATED = "truncated";
  static final String TWO_HUBS = "two-hubs";
  static final String CLOCK_BACK = "clock-back";
  static final String CONTRADICTION = "meter-contradiction";
  private static final int MOST = 100;

  private final Map<String, Journal.Alarm> alarms = new LinkedHashMap<>();

  synchronized void raise(Instant since, String word, String subject, String text) {
    if (alarms.size() < MOST
        && alarms.putIfAbsent(word + ' ' + subject, new Journal.Alarm(since, word, text)) == null) {
      LOG.warn("{}: {}", word, text);
    }
  }

  synchronized void clear(String word, String subject) {
    alarms.remove(word + ' ' + subject);
  }

  synchronized List<Journal.Alarm> list() {
    List<Journal.Alarm> list = new ArrayList<>(alarms.values());
    list.sort(Comparator.comparing(Journal.Alarm::since).reversed());
    return list;
  }
}
