package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.identity.api.Json;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.privacy.api.Disclosure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much went out under each consent, and when last: the sum of the log's lines, kept beside it
 * with the number up to which it goes, so that a start reads only the lines since. Any thread.
 */
final class Counters {
  private static final Logger LOG = LoggerFactory.getLogger(Counters.class);
  private static final int MAX_BYTES = 4 * 1024 * 1024;

  private final Path file;
  private final Map<String, Count> counts = new HashMap<>();
  private long next;
  private boolean dirty;

  /** Values so far, and the last release. */
  record Count(long values, Instant last) {}

  Counters(Path file) {
    this.file = file;
    try {
      Fields fields = new Fields(Json.object(DurableFiles.read(file, MAX_BYTES)));
      for (Fields count : fields.list("consents")) {
        counts.put(count.text("consent"), new Count(count.number("values"), count.instant("last")));
      }
      next = fields.number("next");
    } catch (NoSuchFileException e) {
      next = 0;
    } catch (IOException | RuntimeException e) {
      LOG.warn("The counts of releases are made afresh from the log: {}", Texts.reason(e));
      counts.clear();
      next = 0;
    }
  }

  /** The first line that is not counted yet. */
  synchronized long next() {
    return next;
  }

  synchronized void add(Disclosure line) {
    if (line.number() >= next) {
      next = line.number() + 1;
      if (line.values() > 0) {
        counts.merge(
            line.consent(),
            new Count(line.values(), line.instant()),
            (a, b) ->
                new Count(
                    a.values() + b.values(), a.last().isAfter(b.last()) ? a.last() : b.last()));
      }
      dirty = true;
    }
  }

  synchronized Count of(String consent) {
    return counts.get(consent);
  }

  /** Writes the counts of consents that are kept. */
  synchronized void save() throws IOException {
    if (!dirty) {
      return;
    }
    List<Object> list = new ArrayList<>();
    counts.forEach(
        (consent, count) -> {
          Map<String, Object> map = new TreeMap<>();
          map.put("consent", consent);
          map.put("values", count.values());
          map.put("last", count.last().toString());
          list.add(map);
        });
    Map<String, Object> map = new TreeMap<>();
    map.put("next", next);
    map.put("consents", list);
    DurableFiles.write(file, Json.canonical(map).getBytes(StandardCharsets.UTF_8), true);
    dirty = false;
  }

  /** Forgets consents that are not kept any more. */
  synchronized void retain(java.util.Set<String> consents) {
    dirty |= counts.keySet().retainAll(consents);
  }
}
