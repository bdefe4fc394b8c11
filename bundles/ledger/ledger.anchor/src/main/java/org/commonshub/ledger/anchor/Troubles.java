package org.commonshub.ledger.anchor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is wrong now: a warning when it begins, words for people while it lasts. An alarm is also
 * recorded in the journal, as entry of kind HUB {@code {1: word, 2: …}}, once per subject until the
 * next start or until it is over. Any thread.
 */
final class Troubles {
  private static final Logger LOG = LoggerFactory.getLogger(Troubles.class);
  private static final int MAX = 256;

  private final Journal journal;
  private final Map<String, String> texts = new LinkedHashMap<>();

  Troubles(Journal journal) {
    this.journal = journal;
  }

  /** Something that ends by itself. */
  void say(String subject, String text) {
    if (put(subject, text)) {
      LOG.warn("{}", text);
    }
  }

  /**
   * Something that must not be overlooked.
   *
   * @param word for programs
   * @param about DID of whom it is about
   * @param parts further parts of the entry
   */
  void alarm(String word, String about, String text, Object... parts) {
    if (!put(word + " " + about, text)) {
      return;
    }
    LOG.error("{}", text);
    List<Object> all = new ArrayList<>(List.of(word, about));
    all.addAll(List.of(parts));
    Map<Object, Object> content = new LinkedHashMap<>();
    for (int i = 0; i < all.size(); i++) {
      content.put(1L + i, all.get(i));
    }
    try {
      journal.append(EntryKind.HUB, Cbor.encode(content));
    } catch (IOException e) {
      LOG.error("This alarm could not be recorded in the journal: {}", e.getMessage());
    }
  }

  private synchronized boolean put(String subject, String text) {
    return (texts.size() < MAX || texts.containsKey(subject)) && texts.put(subject, text) == null;
  }

  synchronized void over(String subject) {
    texts.remove(subject);
  }

  /** All of it, oldest first; empty on a good day. */
  synchronized Optional<String> text() {
    return texts.isEmpty()
        ? Optional.empty()
        : Optional.of(String.join(" ", texts.values().stream().limit(8).toList()));
  }
}
