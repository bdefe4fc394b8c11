package org.commonshub.privacy.cohort;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.privacy.api.CohortSums;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last 1,000 sums that this hub collected, in one small file. Any thread. */
final class Sums implements CohortSums {
  static final int KEPT = 1000;
  private static final int MAX_FILE = 1024 * 1024;
  private static final int MAX_TEXT = 512;

  /** End of the year 9999. */
  private static final long MAX_SECOND = 253_402_300_799L;

  private static final Logger LOG = LoggerFactory.getLogger(Sums.class);

  private final Path file;
  private final TreeMap<Instant, Window> windows = new TreeMap<>();

  /** Reads what is there; a damaged file is begun anew. */
  Sums(Path directory) throws IOException {
    file = directory.resolve("sums");
    try {
      decode(DurableFiles.read(file, MAX_FILE)).forEach(each -> windows.put(each.start(), each));
    } catch (NoSuchFileException e) {
      LOG.debug("No sums yet", e);
    } catch (MalformedCborException e) {
      LOG.warn("{} is damaged ({}): the sums before today are lost.", file, e.getMessage());
    }
  }

  /** End of the newest window. */
  synchronized Optional<Instant> end() {
    return windows.isEmpty()
        ? Optional.empty()
        : Optional.of(
            windows.lastKey().plusSeconds(windows.lastEntry().getValue().intervalSeconds()));
  }

  /** Adds a window, durably. */
  synchronized void add(Window window) throws IOException {
    windows.put(window.start(), window);
    while (windows.size() > KEPT) {
      windows.pollFirstEntry();
    }
    DurableFiles.write(file, encode(List.copyOf(windows.values())), true);
  }

  @Override
  public synchronized List<Window> sums(Instant from, Instant to) {
    return from.isAfter(to) ? List.of() : List.copyOf(windows.subMap(from, to).values());
  }

  static byte[] encode(List<Window> windows) {
    List<Object> rows = new ArrayList<>();
    for (Window each : windows) {
      rows.add(
          Arrays.asList(
              each.cohort(),
              each.start().getEpochSecond(),
              (long) each.intervalSeconds(),
              each.quantity(),
              (long) each.exponent(),
              each.sum().isPresent() ? each.sum().getAsLong() : null,
              (long) each.homes(),
              each.refusal()));
    }
    return Cbor.encode(Map.of(1L, rows));
  }

  static List<Window> decode(byte[] bytes) throws MalformedCborException {
    List<Window> windows = new ArrayList<>();
    if (Cbor.decode(bytes) instanceof Map<?, ?> map
        && map.get(1L) instanceof List<?> rows
        && rows.size() <= KEPT) {
      for (Object each : rows) {
        if (!(each instanceof List<?> row
            && row.size() == 8
            && row.get(0) instanceof String cohort
            && row.get(1) instanceof Long start
            && start >= 0
            && start <= MAX_SECOND
            && row.get(2) instanceof Long interval
            && interval > 0
            && interval <= 86_400
            && row.get(3) instanceof String quantity
            && row.get(4) instanceof Long exponent
            && exponent >= -18
            && exponent <= 18
            && (row.get(5) == null || row.get(5) instanceof Long)
            && row.get(6) instanceof Long homes
            && homes >= 0
            && homes <= Setup.MAX_MEMBERS
            && row.get(7) instanceof String refusal
            && refusal.length() <= MAX_TEXT)) {
          throw new MalformedCborException("not a sum");
        }
        windows.add(
            new Window(
                cohort,
                Instant.ofEpochSecond(start),
                interval.intValue(),
                quantity,
                exponent.intValue(),
                row.get(5) instanceof Long sum ? OptionalLong.of(sum) : OptionalLong.empty(),
                homes.intValue(),
                refusal));
      }
      return windows;
    }
    throw new MalformedCborException("not sums");
  }
}
