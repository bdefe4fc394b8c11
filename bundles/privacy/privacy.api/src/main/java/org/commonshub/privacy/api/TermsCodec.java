package org.commonshub.privacy.api;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.Json;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Unit;

/**
 * Terms as JSON (canonical, RFC 8785) and as deterministic CBOR with the same names; the schema is
 * {@code terms.schema.json} beside this class. Strict: a field that is unknown, malformed, twice
 * there or contradicts another refuses the whole. Pure functions; any thread.
 */
public final class TermsCodec {
  /** Longest document in bytes. */
  public static final int MAX_BYTES = 64 * 1024;

  private static final long VERSION = 1;

  private TermsCodec() {}

  /** Canonical JSON. */
  public static String json(Terms terms) {
    return Json.canonical(map(terms));
  }

  /** Deterministic CBOR. */
  public static byte[] cbor(Terms terms) {
    return Cbor.encode(map(terms));
  }

  /**
   * Reads either form.
   *
   * @throws TermsException naming what is wrong
   */
  public static Terms read(byte[] document) throws TermsException {
    if (document.length == 0 || document.length > MAX_BYTES) {
      throw new TermsException("terms have 1 to " + MAX_BYTES + " bytes");
    }
    try {
      // A CBOR map begins with 0xA0 to 0xBF, which no JSON text does.
      if ((document[0] & 0xE0) == 0xA0) {
        return of(Cbor.decode(document));
      }
      return of(Json.object(document));
    } catch (MalformedCborException e) {
      throw new TermsException("terms are not CBOR: " + e.getMessage());
    } catch (IOException e) {
      throw new TermsException("terms are not JSON: " + e.getMessage());
    }
  }

  /** The document as maps and lists, sorted. */
  public static Map<String, Object> map(Terms terms) {
    Map<String, Object> map = new TreeMap<>();
    map.put("version", VERSION);
    terms.recipient().ifPresent(r -> map.put("recipient", r.toString()));
    texts(map, "purposes", terms.purposes(), TermsCodec::word);
    texts(map, "kinds", terms.kinds(), TermsCodec::word);
    texts(map, "quantities", terms.quantities(), q -> q);
    texts(map, "devices", terms.devices(), DeviceId::toString);
    texts(map, "roles", terms.roles(), TermsCodec::word);
    map.put("mode", word(terms.mode()));
    map.put("resolution_s", (long) terms.resolution().seconds());
    if (!terms.delay().isZero()) {
      map.put("delay_s", terms.delay().toSeconds());
    }
    if (!terms.quantum().isEmpty()) {
      Map<String, Object> quantum = new TreeMap<>();
      terms.quantum().forEach((unit, milli) -> quantum.put(unit.symbol(), milli));
      map.put("quantum_milli", quantum);
    }
    terms.history().ifPresent(h -> map.put("history_s", h.toSeconds()));
    terms.from().ifPresent(i -> map.put("from", i.toString()));
    terms.until().ifPresent(i -> map.put("until", i.toString()));
    terms
        .noise()
        .ifPresent(
            noise -> {
              Map<String, Object> fields = new TreeMap<>();
              fields.put("micro_epsilon", noise.microEpsilon());
              fields.put("unit", word(noise.unit()));
              fields.put("daily_micro_epsilon", noise.dailyMicroEpsilon());
              fields.put("lowest", noise.lowest());
              fields.put("highest", noise.highest());
              map.put("noise", fields);
            });
    terms.pseudonymRotation().ifPresent(d -> map.put("pseudonym_rotation_s", d.toSeconds()));
    if (terms.cohort() > 0) {
      map.put("cohort", (long) terms.cohort());
    }
    texts(map, "hosts", terms.hosts(), h -> h);
    terms
        .price()
        .ifPresent(
            price -> {
              Map<String, Object> fields = new TreeMap<>();
              fields.put("micro_units", price.microUnits());
              fields.put("currency", price.currency());
              fields.put("days", (long) price.days());
              map.put("price", fields);
            });
    if (!terms.policies().isEmpty()) {
      map.put("policies", new TreeMap<>(terms.policies()));
    }
    return map;
  }

  /**
   * Terms of a decoded document.
   *
   * @throws TermsException naming what is wrong
   */
  public static Terms of(Object document) throws TermsException {
    Fields fields = new Fields(document, "terms");
    try {
      if (fields.number("version").orElse(-1L) != VERSION) {
        throw new IllegalArgumentException("version: is not " + VERSION);
      }
      Terms terms =
          new Terms(
              fields.text("recipient").map(Recipient::parse),
              fields.set("purposes", t -> constant(Purpose.class, t)),
              fields.set("kinds", t -> constant(DataKind.class, t)),
              fields.set("quantities", t -> t),
              fields.set("devices", DeviceId::parse),
              fields.set("roles", t -> constant(DeviceRole.class, t)),
              fields
                  .text("mode")
                  .map(t -> constant(Mode.class, t))
                  .orElseThrow(() -> absent("mode")),
              Granularity.ofSeconds(
                  fields.number("resolution_s").orElseThrow(() -> absent("resolution_s"))),
              seconds(fields, "delay_s").orElse(Duration.ZERO),
              quantum(fields),
              seconds(fields, "history_s"),
              instant(fields, "from"),
              instant(fields, "until"),
              noise(fields),
              seconds(fields, "pseudonym_rotation_s"),
              Math.toIntExact(fields.number("cohort").orElse(0L)),
              fields.set("hosts", t -> t),
              price(fields),
              policies(fields));
      fields.end();
      return terms;
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new TermsException(e.getMessage());
    }
  }

  private static Map<Unit, Long> quantum(Fields fields) {
    Map<Unit, Long> quantum = new TreeMap<>();
    fields
        .object("quantum_milli")
        .ifPresent(
            object ->
                object
                    .names()
                    .forEach(
                        unit ->
                            quantum.put(Unit.ofSymbol(unit), object.number(unit).orElseThrow())));
    return quantum;
  }

  private static Map<String, String> policies(Fields fields) {
    Map<String, String> policies = new TreeMap<>();
    fields
        .object("policies")
        .ifPresent(
            object ->
                object
                    .names()
                    .forEach(name -> policies.put(name, object.text(name).orElseThrow())));
    return policies;
  }

  private static Optional<Noise> noise(Fields fields) {
    return fields
        .object("noise")
        .map(
            object -> {
              Noise noise =
                  new Noise(
                      object.required("micro_epsilon"),
                      object
                          .text("unit")
                          .map(t -> constant(Noise.Unit.class, t))
                          .orElseThrow(() -> absent("noise.unit")),
                      object.required("daily_micro_epsilon"),
                      object.required("lowest"),
                      object.required("highest"));
              object.end();
              return noise;
            });
  }

  private static Optional<Price> price(Fields fields) {
    return fields
        .object("price")
        .map(
            object -> {
              Price price =
                  new Price(
                      object.required("micro_units"),
                      object.text("currency").orElseThrow(() -> absent("price.currency")),
                      Math.toIntExact(object.required("days")));
              object.end();
              return price;
            });
  }

  private static Optional<Duration> seconds(Fields fields, String name) {
    return fields.number(name).map(Duration::ofSeconds);
  }

  private static Optional<Instant> instant(Fields fields, String name) {
    return fields
        .text(name)
        .map(
            text -> {
              try {
                return Instant.parse(text);
              } catch (DateTimeParseException e) {
                throw new IllegalArgumentException(
                    name + ": is not an instant such as 2027-01-31T00:00:00Z");
              }
            });
  }

  private static <T> void texts(
      Map<String, Object> map, String name, Optional<Set<T>> set, Function<T, String> form) {
    set.ifPresent(s -> map.put(name, s.stream().map(form).sorted().toList()));
  }

  /** {@code GRID_METER} as {@code grid-meter}. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String word) {
    for (E constant : type.getEnumConstants()) {
      if (word(constant).equals(word)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        word(type.getSimpleName())
            + ": one of them is not known; known are "
            + String.join(
                ", ",
                java.util.Arrays.stream(type.getEnumConstants()).map(TermsCodec::word).toList()));
  }

  private static String word(String typeName) {
    return typeName.toLowerCase(Locale.ROOT);
  }

  private static IllegalArgumentException absent(String name) {
    return new IllegalArgumentException(name + ": is missing");
  }

  /** Fields of an object, each taken once; {@link #end} refuses what nobody took. */
  private static final class Fields {
    private final Map<String, Object> left = new TreeMap<>();
    private final String name;

    Fields(Object object, String name) {
      this.name = name;
      if (!(object instanceof Map<?, ?> map)) {
        throw new IllegalArgumentException(name + ": is not an object");
      }
      map.forEach(
          (key, value) -> {
            if (!(key instanceof String text)) {
              throw new IllegalArgumentException(name + ": a name is not a text");
            }
            left.put(text, value);
          });
    }

    Collection<String> names() {
      if (left.size() > Terms.MAX_MEMBERS) {
        throw new IllegalArgumentException(name + ": at most " + Terms.MAX_MEMBERS);
      }
      return new ArrayList<>(left.keySet());
    }

    Optional<Long> number(String field) {
      return take(field, Long.class, "an integer");
    }

    long required(String field) {
      return number(field).orElseThrow(() -> absent(name + "." + field));
    }

    Optional<String> text(String field) {
      return take(field, String.class, "a text");
    }

    Optional<Fields> object(String field) {
      return take(field, Map.class, "an object").map(map -> new Fields(map, field));
    }

    <T> Optional<Set<T>> set(String field, Function<String, T> form) {
      return take(field, List.class, "a list")
          .map(
              list -> {
                if (list.size() > Terms.MAX_MEMBERS) {
                  throw new IllegalArgumentException(field + ": at most " + Terms.MAX_MEMBERS);
                }
                Set<T> set = new HashSet<>();
                for (Object element : list) {
                  if (!(element instanceof String text)) {
                    throw new IllegalArgumentException(field + ": a member is not a text");
                  }
                  if (!set.add(form.apply(text))) {
                    throw new IllegalArgumentException(field + ": a member is there twice");
                  }
                }
                return set;
              });
    }

    void end() {
      if (!left.isEmpty()) {
        String unknown = left.keySet().iterator().next();
        throw new IllegalArgumentException(
            name
                + ": a field is not known: "
                + (unknown.matches("[A-Za-z0-9_.-]{1,40}") ? unknown : "(unprintable)"));
      }
    }

    private <T> Optional<T> take(String field, Class<T> type, String form) {
      if (!left.containsKey(field)) {
        return Optional.empty();
      }
      Object value = left.remove(field);
      if (!type.isInstance(value)) {
        throw new IllegalArgumentException(field + ": is not " + form);
      }
      return Optional.of(type.cast(value));
    }
  }
}
