package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.identity.api.Json;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.privacy.api.TermsException;

/**
 * What the prosumer was asked and said, all of it, as one value.
 *
 * @param paused whether nothing is released at all
 * @param asks open and refused requests, oldest first
 * @param consents oldest first
 */
record Book(boolean paused, List<Ask> asks, List<Given> consents) {
  static final Book EMPTY = new Book(false, List.of(), List.of());
  private static final int MAX_BYTES = 64 * 1024 * 1024;

  Book {
    asks = List.copyOf(asks);
    consents = List.copyOf(consents);
  }

  /**
   * Reads the file.
   *
   * @throws IOException if it is not what was written; then nobody knows what was said
   */
  static Book read(Path file) throws IOException {
    try {
      Map<String, Object> map = Json.object(DurableFiles.read(file, MAX_BYTES));
      Fields fields = new Fields(map);
      List<Ask> asks = new ArrayList<>();
      for (Fields ask : fields.list("asks")) {
        asks.add(Ask.of(ask));
      }
      List<Given> consents = new ArrayList<>();
      for (Fields given : fields.list("consents")) {
        consents.add(Given.of(given));
      }
      return new Book(fields.number("paused") == 1, asks, consents);
    } catch (NoSuchFileException e) {
      return EMPTY;
    } catch (TermsException | RuntimeException e) {
      throw new IOException(file + " cannot be read: " + Texts.reason(e), e);
    }
  }

  void write(Path file) throws IOException {
    Map<String, Object> map = new TreeMap<>();
    map.put("version", 1L);
    map.put("paused", paused ? 1L : 0L);
    map.put("asks", asks.stream().map(Ask::map).toList());
    map.put("consents", consents.stream().map(Given::map).toList());
    DurableFiles.write(file, Json.canonical(map).getBytes(StandardCharsets.UTF_8), true);
  }

  Book paused(boolean now) {
    return new Book(now, asks, consents);
  }

  Book asks(List<Ask> now) {
    return new Book(paused, now, consents);
  }

  Book consents(List<Given> now) {
    return new Book(paused, asks, now);
  }

  /** One consent. */
  Optional<Given> consent(String id) {
    return consents.stream().filter(g -> g.id().equals(id)).findFirst();
  }

  /** Consents of which each recipient has one per purpose at most: of two the newer one stands. */
  static List<Given> oneEach(Collection<Given> consents) {
    List<Given> sorted = new ArrayList<>(consents);
    sorted.sort(Comparator.comparing(Given::given).thenComparing(Given::id));
    List<Given> out = new ArrayList<>();
    for (Given given : sorted) {
      out.replaceAll(
          g ->
              g.end().isEmpty()
                      && given.end().isEmpty()
                      && g.ask().by(given.recipient(), given.purpose())
                  ? g.end(new Given.End(given.given(), given.actor(), true, -1))
                  : g);
      out.add(given);
    }
    return out;
  }

  /** The same with one consent changed. */
  Book with(Given changed) {
    List<Given> now = new ArrayList<>(consents);
    now.replaceAll(g -> g.id().equals(changed.id()) ? changed : g);
    return consents(now);
  }
}
