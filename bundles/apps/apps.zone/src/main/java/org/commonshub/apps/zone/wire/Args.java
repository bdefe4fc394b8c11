package org.commonshub.apps.zone.wire;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The parts of a list in their order, each checked as it is taken. */
public final class Args {
  private static final int MAX_DECIMAL = 52;

  private final List<?> list;
  private int at;

  Args(List<?> list) {
    this.list = list;
  }

  /** Parts of a decoded list. */
  public static Args of(Object value) throws WireException {
    if (value instanceof List<?> list) {
      return new Args(list);
    }
    throw new WireException("something else where a list belongs");
  }

  /** How many are left. */
  public int left() {
    return list.size() - at;
  }

  /** Anything. */
  public Object any() throws WireException {
    if (at >= list.size()) {
      throw new WireException("a list that is too short");
    }
    return list.get(at++);
  }

  /** Says that nothing may be left. */
  public void end() throws WireException {
    if (at < list.size()) {
      throw new WireException("a list that is too long");
    }
  }

  private <T> T take(Class<T> type) throws WireException {
    Object value = any();
    if (!type.isInstance(value)) {
      throw new WireException("something else where a " + type.getSimpleName() + " belongs");
    }
    return type.cast(value);
  }

  /** Whether the next is null, which is taken then. */
  public boolean absent() throws WireException {
    if (at < list.size() && list.get(at) == null) {
      at++;
      return true;
    }
    return false;
  }

  /** A text of at most so many characters. */
  public String text(int max) throws WireException {
    String text = take(String.class);
    if (text.length() > max) {
      throw new WireException("a text of more than " + max + " characters");
    }
    return text;
  }

  /** A text, or null for none. */
  public Optional<String> optionalText(int max) throws WireException {
    return absent() ? Optional.empty() : Optional.of(text(max));
  }

  /** A number within bounds, both inclusive. */
  public long number(long min, long max) throws WireException {
    long number = take(Long.class);
    if (number < min || number > max) {
      throw new WireException("a number out of its range");
    }
    return number;
  }

  /** Yes or no. */
  public boolean flag() throws WireException {
    return take(Boolean.class);
  }

  /** At most so many bytes. */
  public byte[] bytes(int max) throws WireException {
    byte[] bytes = take(byte[].class);
    if (bytes.length > max) {
      throw new WireException("more than " + max + " bytes");
    }
    return bytes;
  }

  /** A list. */
  public List<?> list() throws WireException {
    return take(List.class);
  }

  /** A list as parts. */
  public Args args() throws WireException {
    return new Args(list());
  }

  /** Texts by texts. */
  public Map<String, String> texts(int max, int maxKey, int maxValue) throws WireException {
    Map<?, ?> map = take(Map.class);
    if (map.size() > max) {
      throw new WireException("a map of more than " + max);
    }
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getKey() instanceof String key)
          || !(entry.getValue() instanceof String value)
          || key.length() > maxKey
          || value.length() > maxValue) {
        throw new WireException("a map with something else than short texts");
      }
      texts.put(key, value);
    }
    return texts;
  }

  /** A map. */
  public Map<?, ?> map() throws WireException {
    return take(Map.class);
  }

  /** A constant by its name. */
  public <E extends Enum<E>> E constant(Class<E> type) throws WireException {
    String name = text(64);
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(name)) {
        return constant;
      }
    }
    throw new WireException("a word that is not known");
  }

  /** A decimal number. */
  public BigDecimal decimal() throws WireException {
    return decimal(text(MAX_DECIMAL));
  }

  static BigDecimal decimal(String text) throws WireException {
    try {
      if (text.length() <= MAX_DECIMAL) {
        return Values.checked(new BigDecimal(text));
      }
    } catch (ArithmeticException | IllegalArgumentException e) {
      // Said below.
    }
    throw new WireException("a number that is none, or has more than 24 digits");
  }

  /** An instant: seconds and nanoseconds. */
  public Instant instant() throws WireException {
    Args args = args();
    long seconds = args.number(-62_167_219_200L, 253_402_300_799L);
    long nanos = args.number(0, 999_999_999);
    args.end();
    return Instant.ofEpochSecond(seconds, nanos);
  }
}
