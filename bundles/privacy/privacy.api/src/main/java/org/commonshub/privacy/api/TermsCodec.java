package org.commonshub.privacy.api;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.regex.Pattern;
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
  private static final Pattern DEVICE =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

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
    try {
      Fields fields = new Fields(document, "terms");
      if (fields.number("version").orElse(-1L) != VERSION) {
        throw new IllegalArgumentException("version: is not " + VERSION);
      }
      Terms terms =
          new Terms(
              fields.text("recipient", Recipient::parse),
              fields.set("purposes", t -> constant(Purpose.class, t)),
              fields.set("kinds", t -> constant(DataKind.class, t)),
              fields.set("quantities", t -> t),
              fields.set("devices", TermsCodec::device),
              fields.set("roles", t -> constant(DeviceRole.class, t)),
              fields.text("mode", t -> constant(Mode.class, t)).orElseThrow(() -> absent("mode")),
              fields
                  .number("resolution_s", Granularity::ofSeconds)
                  .orElseThrow(() -> absent("resolution_s")),
              fields.number("delay_s", Duration::ofSeconds).orElse(Duration.ZERO),
              quantum(fields),
              fields.number("history_s", Duration::ofSeconds),
              fields.text("from", TermsCodec::instant),
              fields.text("until", TermsCodec::instant),
              noise(fields),
              fields.number("pseudonym_rotation_s", Duration::ofSeconds),
              fields.number("cohort", Math::toIntExact).orElse(0),
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
                    .forEach(unit -> quantum.put(unit(unit), object.number(unit).orElseThrow())));
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
                          .text("unit", t -> constant(Noise.Unit.class, t))
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
                      object
                          .number("days", Math::toIntExact)
                          .orElseThrow(() -> absent("price.days")));
              object.end();
              return price;
            });
  }

  private static Instant instant(String text) {
    try {
      Instant instant = Instant.parse(text);
      if (instant.toString().equals(text) && instant.getNano() == 0) {
        return instant;
      }
    } catch (DateTimeParseException e) {
      // Said below.
    }
    throw new IllegalArgumentException("is not an instant such as 2027-01-31T00:00:00Z");
  }

  private static DeviceId device(String text) {
    if (!DEVICE.matcher(text).matches()) {
      throw new IllegalArgumentException("a device is not a UUID in lower case");
    }
    return DeviceId.parse(text);
  }

  private static Unit unit(String symbol) {
    for (Unit unit : Unit.values()) {
      if (unit.symbol().equals(symbol)) {
        return unit;
      }
    }
    throw new IllegalArgumentException("quantum_milli: a unit is not known");
  }

  private static <T> void texts(
      Map<String, Object> map, String name, Optional<Set<T>> set, Function<T, String> form) {
    set.ifPresent(s -> map.put(name, s.stream().map(form).sorted().toList()));
  }

  /** {@code GRID_METER} as {@code grid-meter}. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String word) {
    for (E constant : type.getEnumConstants()) {
      if (word(constant).equals(word)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        "not known; there are "
            + String.join(
                ", ", Arrays.stream(type.getEnumConstants()).map(TermsCodec::word).toList()));
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

    <T> Optional<T> number(String field, LongFunction<T> form) {
      return number(field).map(number -> named(field, () -> form.apply(number)));
    }

    <T> Optional<T> text(String field, Function<String, T> form) {
      return text(field).map(text -> named(field, () -> form.apply(text)));
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
                  if (!set.add(named(field, () -> form.apply(text)))) {
                    throw new IllegalArgumentException(field + ": a member is there twice");
                  }
                }
                return set;
              });
    }

    private <T> T named(String field, Supplier<T> form) {
      try {
        return form.get();
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw new IllegalArgumentException(path(field) + ": " + e.getMessage());
      }
    }

    void end() {
      if (!left.isEmpty()) {
        throw new IllegalArgumentException(
            name + ": a field is not known: " + shown(left.keySet().iterator().next()));
      }
    }

    private String path(String field) {
      return name.equals("terms") ? field : name + "." + shown(field);
    }

    /** A stranger's words reach people and logs only if they are short and plain. */
    private static String shown(String text) {
      return text.matches("[A-Za-z0-9_.%/-]{1,40}") ? text : "(unprintable)";
    }

    private <T> Optional<T> take(String field, Class<T> type, String form) {
      if (!left.containsKey(field)) {
        return Optional.empty();
      }
      Object value = left.remove(field);
      if (!type.isInstance(value)) {
        throw new IllegalArgumentException(path(field) + ": is not " + form);
      }
      return Optional.of(type.cast(value));
    }
  }
}
