package org.commonshub.measure.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What the JSON and the CBOR form have in common: fields, names and bounds. */
final class Wire {
  /** Major version written by this code; a record of another major version is refused. */
  static final int VERSION = 1;

  static final int MAX_BYTES = 1 << 20;
  static final int MAX_DEPTH = 16;
  static final int MAX_RECORDS = 16_384;
  static final int MAX_VALUES = 65_536;
  static final int MAX_TOKENS = 524_288;
  static final int MAX_TEXT = 65_536;
  static final int MAX_NAME = 256;
  static final int MAX_DIGITS = 64;
  static final long MAX_MILLIS = 253_402_300_799_999L;

  /** Fields of a record: the index is the CBOR key, the text the JSON name. */
  static final List<String> RECORD =
      List.of(
          "version",
          "device",
          "at",
          "sequence",
          "clockEpoch",
          "meterEpoch",
          "revision",
          "values",
          "from",
          "to",
          "reason");

  static final int VERSION_FIELD = 0;
  static final int DEVICE = 1;
  static final int AT = 2;
  static final int SEQUENCE = 3;
  static final int CLOCK_EPOCH = 4;
  static final int METER_EPOCH = 5;
  static final int REVISION = 6;
  static final int VALUES = 7;
  static final int FROM = 8;
  static final int TO = 9;
  static final int REASON = 10;

  /** Fields of a value; index 0 is not used, and 3 is part of the JSON number. */
  static final List<String> VALUE =
      List.of(
          "",
          "quantity",
          "value",
          "exponent",
          "quality",
          "channel",
          "unit",
          "commodity",
          "phase",
          "nature");

  static final int QUANTITY = 1;
  static final int MANTISSA = 2;
  static final int EXPONENT = 3;
  static final int QUALITY = 4;
  static final int CHANNEL = 5;
  static final int UNIT = 6;
  static final int COMMODITY = 7;
  static final int PHASE = 8;
  static final int NATURE = 9;

  private Wire() {}

  /** Name of an enum constant in both forms: {@code L1_L2} is {@code l1-l2}. */
  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The constant of that name, or null. */
  static <E extends Enum<E>> E constant(E[] constants, String name) {
    for (E constant : constants) {
      if (name(constant).equals(name)) {
        return constant;
      }
    }
    return null;
  }

  static Unit unit(String symbol) {
    for (Unit unit : Unit.values()) {
      if (unit.symbol().equals(symbol)) {
        return unit;
      }
    }
    return null;
  }

  /** Whether a name or a key in decimal belongs to a field of {@code fields}. */
  static boolean reserved(List<String> fields, String name) {
    if (fields.contains(name)) {
      return true;
    }
    return name.length() <= 2 && isInteger(name) && reservedKey(fields, Integer.parseInt(name));
  }

  private static boolean reservedKey(List<String> fields, int key) {
    return key >= 0 && key < fields.size() && !fields.get(key).isEmpty();
  }

  /**
   * Whether the text is a whole number as CBOR keys are shown: {@code 0}, {@code 42}, {@code -7}.
   */
  static boolean isInteger(String text) {
    int start = text.startsWith("-") ? 1 : 0;
    int digits = text.length() - start;
    if (digits < 1 || digits > 18 || (text.charAt(start) == '0' && (digits > 1 || start == 1))) {
      return false;
    }
    for (int i = start; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  /** Extras of a frame that belong to the record itself, without those of its values. */
  static Map<String, Object> recordExtras(Map<String, Object> extras) {
    if (!extras.containsKey(RECORD.get(VALUES))) {
      return extras;
    }
    Map<String, Object> own = new LinkedHashMap<>(extras);
    own.remove(RECORD.get(VALUES));
    return own;
  }

  /**
   * What a frame carries for its values beyond this version: by label ({@link
   * Quantity#toString()}), either more fields of a value that is understood, or a whole value that
   * is not.
   */
  static Map<String, Object> valueExtras(Map<String, Object> extras) {
    Object values = extras.get(RECORD.get(VALUES));
    return values == null ? Map.of() : map(values);
  }

  /** The map an extra must be here. */
  static Map<String, Object> map(Object extra) {
    if (!(extra instanceof Map<?, ?> raw)) {
      throw new IllegalArgumentException("extras: a map is expected where there is " + extra);
    }
    Map<String, Object> map = new LinkedHashMap<>();
    raw.forEach((key, value) -> map.put((String) key, value));
    return map;
  }

  /** Labels in {@code extras} that no value of the frame has, in order. */
  static Set<String> unknownValues(ReadingFrame frame, Map<String, Object> extras) {
    if (extras.isEmpty()) {
      return Collections.emptySet();
    }
    Set<String> labels = new TreeSet<>(extras.keySet());
    for (Measurement value : frame.values()) {
      labels.remove(value.quantity().toString());
    }
    return labels;
  }

  static long millis(java.time.Instant instant) {
    long seconds = instant.getEpochSecond();
    if (seconds < 0 || seconds > MAX_MILLIS / 1000) {
      throw new IllegalArgumentException("instant out of 1970…9999: " + instant);
    }
    return instant.toEpochMilli();
  }
}
