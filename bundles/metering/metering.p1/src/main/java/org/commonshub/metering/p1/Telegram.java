package org.commonshub.metering.p1;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One P1 telegram: {@code /XXXZ identification}, an empty line, COSEM objects, {@code !} and a
 * check sum (IEC 62056-21 mode D as narrowed by DSMR P1 Companion Standard 5.0.2, 6).
 *
 * @param identification first line without its slash
 * @param objects values in parentheses by reduced OBIS code, {@code 1-0:1.8.1}
 */
record Telegram(String identification, Map<String, List<String>> objects) {
  /** Longest telegram. */
  static final int LONGEST = 8 * 1024;

  /** Longest line: a text message of 1,024 characters is 2,048 in hexadecimal. */
  static final int LONGEST_LINE = 2 * 1024 + 32;

  /** Most objects. */
  static final int MOST_OBJECTS = 256;

  private static final int MOST_VALUES = 64;
  private static final int LONGEST_IDENTIFICATION = 128;

  /** Objects that came with the same version of the standard as the check sum. */
  private static final List<String> SINCE_CHECKSUM =
      List.of("1-3:0.2.8", "0-0:96.1.4", "0-0:1.0.0");

  /** How far what is in a telegram can be believed. */
  enum Integrity {
    /** A check sum was right, or it was authenticated: lines that make no sense are passed over. */
    PROVEN,
    /**
     * Nothing but its form speaks for it: every line must be well-formed, no byte may be out of
     * place, and what belongs together must all be there.
     */
    BY_FORM
  }

  /**
   * Reads a telegram.
   *
   * @param bytes holds it
   * @param from its slash
   * @param to behind the '!'
   */
  static Telegram parse(byte[] bytes, int from, int to, Integrity integrity) throws Malformed {
    return new Parser(bytes, from, to, integrity == Integrity.BY_FORM).parse();
  }

  /** The values of an object; empty if it is not there. */
  List<String> values(String obis) {
    return objects.getOrDefault(obis, List.of());
  }

  /** Whether it has an object. */
  boolean has(String obis) {
    return objects.containsKey(obis);
  }

  /**
   * Refuses a telegram that came without a check sum though its version of the standard has one.
   */
  void refuseIfOneWasLost() throws Malformed {
    for (String obis : SINCE_CHECKSUM) {
      if (has(obis)) {
        throw new Malformed("it has lost its check sum");
      }
    }
  }

  /** Maker, model, serial and version as far as the meter tells. */
  Map<String, String> identity() {
    Map<String, String> identity = new HashMap<>();
    String text = printable(identification);
    String maker = text.length() > 3 ? text.substring(0, 3) : "";
    if (maker.chars().allMatch(Character::isLetter) && !maker.isEmpty()) {
      identity.put("maker", maker.toUpperCase(Locale.ROOT));
      text = text.substring(Character.isDigit(text.charAt(3)) ? 4 : 3);
    }
    // A backslash and the digit behind it are the mode, not the name (IEC 62056-21, 6.3.2).
    text = text.replaceFirst("^\\\\[0-9]", "").replaceFirst("^[-/\\\\ ]+", "").strip();
    if (!text.isEmpty()) {
      identity.put("model", text);
    }
    for (String obis : List.of("0-0:96.1.1", "0-0:96.1.0", "0-0:42.0.0")) {
      serial(obis).ifPresent(serial -> identity.putIfAbsent("serial", serial));
    }
    List<String> dutch = values("1-3:0.2.8");
    List<String> belgian = values("0-0:96.1.4");
    if (!dutch.isEmpty() && dutch.get(0).matches("[0-9]{2}")) {
      identity.put("version", "DSMR " + dutch.get(0).charAt(0) + "." + dutch.get(0).charAt(1));
    } else if (!belgian.isEmpty() && belgian.get(0).matches("[0-9]{3,8}")) {
      identity.put("version", "e-MUCS " + belgian.get(0));
    }
    return Map.copyOf(identity);
  }

  /** An equipment identifier: octets in hexadecimal, mostly of ASCII characters. */
  Optional<String> serial(String obis) {
    List<String> values = values(obis);
    if (values.isEmpty() || values.get(0).isBlank() || values.get(0).length() > 96) {
      return Optional.empty();
    }
    String text = values.get(0).strip();
    if (text.length() % 2 == 0 && text.matches("[0-9A-Fa-f]+")) {
      StringBuilder decoded = new StringBuilder();
      for (int i = 0; i < text.length(); i += 2) {
        decoded.append((char) Integer.parseInt(text.substring(i, i + 2), 16));
      }
      String characters = decoded.toString();
      if (characters.chars().allMatch(c -> c >= ' ' && c < 0x7F) && !characters.isBlank()) {
        return Optional.of(characters.strip());
      }
    }
    text = printable(text);
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private static String printable(String text) {
    StringBuilder clean = new StringBuilder();
    text.chars().filter(c -> c >= ' ' && c < 0x7F).limit(64).forEach(c -> clean.append((char) c));
    return clean.toString().strip();
  }

  /** One pass over the lines. */
  private static final class Parser {
    private final String text;
    private final boolean strict;
    private final Map<String, List<String>> objects = new LinkedHashMap<>();

    /**
     * Values of the object of the line before, for those that go on; null if it was passed over.
     */
    private List<String> open;

    private int line;

    Parser(byte[] bytes, int from, int to, boolean strict) {
      text = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
      this.strict = strict;
    }

    Telegram parse() throws Malformed {
      int begin = 0;
      String identification = null;
      while (begin < text.length()) {
        int end = begin;
        while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
          end++;
        }
        String content = text.substring(begin, end);
        begin = end + (text.startsWith("\r\n", end) ? 2 : 1);
        line++;
        if (identification == null) {
          identification = identification(content);
        } else if (content.equals("!") && begin > text.length()) {
          break;
        } else if (!content.isBlank()) {
          object(content);
        }
      }
      if (objects.isEmpty()) {
        throw new Malformed("it is empty");
      }
      Map<String, List<String>> copy = new LinkedHashMap<>();
      objects.forEach((obis, values) -> copy.put(obis, List.copyOf(values)));
      Telegram telegram = new Telegram(identification, Collections.unmodifiableMap(copy));
      if (strict) {
        Completeness.check(telegram);
      }
      return telegram;
    }

    private String identification(String content) throws Malformed {
      String name = content.startsWith("/") ? content.substring(1).strip() : "";
      boolean good = name.length() >= 3 && name.length() <= LONGEST_IDENTIFICATION;
      for (int i = 0; good && strict && i < name.length(); i++) {
        char c = name.charAt(i);
        good = c >= ' ' && c < 0x7F && c != '/' && c != '!' && c != '(';
      }
      if (!good) {
        throw new Malformed("its first line is no identification");
      }
      return name;
    }

    private void object(String content) throws Malformed {
      if (content.length() > LONGEST_LINE) {
        passOver("is too long");
        return;
      }
      String stripped = content.strip();
      int parenthesis = stripped.indexOf('(');
      String obis = parenthesis == 0 ? "" : reduced(stripped, parenthesis);
      List<String> values = obis == null ? null : values(stripped, Math.max(0, parenthesis));
      if (obis == null || values == null) {
        if (strict || obis == null || parenthesis >= 0) {
          passOver("is no object");
          return;
        }
        values = List.of(); // The code alone: its values come with the next line.
      }
      if (obis.isEmpty()) {
        if (open == null) {
          passOver("goes on where nothing began");
        } else if (open.size() + values.size() > MOST_VALUES) {
          passOver("has too many values");
        } else {
          open.addAll(values);
        }
        return;
      }
      open = new ArrayList<>(values);
      if (objects.putIfAbsent(obis, open) != null) {
        if (strict) {
          throw new Malformed("line " + line + " is there twice");
        }
        open = new ArrayList<>(values); // The first counts.
      }
      if (objects.size() > MOST_OBJECTS) {
        throw new Malformed("it has more than " + MOST_OBJECTS + " objects");
      }
    }

    private void passOver(String why) throws Malformed {
      open = null;
      if (strict) {
        throw new Malformed("line " + line + " " + why);
      }
    }

    /** {@code A-B:C.D.E}, of {@code A-B:C.D.E[.F]} or {@code A-B:C.D.E*F}; null if it is none. */
    private static String reduced(String line, int parenthesis) {
      int end = parenthesis < 0 ? line.length() : parenthesis;
      String separators = "-:..";
      int groups = 0;
      int digits = 0;
      int cut = end;
      for (int i = 0; i < end; i++) {
        char c = line.charAt(i);
        if (c >= '0' && c <= '9') {
          if (++digits > 3) {
            return null;
          }
          continue;
        }
        boolean expected =
            groups < 4 ? c == separators.charAt(groups) : groups == 4 && (c == '.' || c == '*');
        if (!expected || digits == 0) {
          return null;
        }
        if (++groups == 5) {
          cut = i;
        }
        digits = 0;
      }
      if (digits == 0 || groups < 4) {
        return null;
      }
      // Billing periods that are over are objects of their own: never taken for what is now.
      String period = line.substring(cut, end);
      return period.equals(".255") || period.equals("*255")
          ? line.substring(0, cut)
          : line.substring(0, end);
    }

    /** What is in the parentheses; null if there is anything else. */
    private List<String> values(String content, int from) {
      if (from >= content.length() || content.charAt(from) != '(') {
        return null;
      }
      List<String> values = new ArrayList<>();
      int i = from;
      while (i < content.length()) {
        int close = content.indexOf(')', i);
        if (content.charAt(i) != '(' || close < 0 || values.size() == MOST_VALUES) {
          return null;
        }
        String value = content.substring(i + 1, close);
        if (value.indexOf('(') >= 0 || strict && !wellFormed(value)) {
          return null;
        }
        values.add(value.strip());
        i = close + 1;
      }
      return values;
    }

    private static boolean wellFormed(String value) {
      return value.chars().allMatch(c -> c >= ' ' && c < 0x7F && c != '/' && c != '!');
    }
  }

  /**
   * What must be in a telegram without check sum, so that a cut or thinned-out one is not taken for
   * whole: total or all tariffs of what was taken and given, power both ways, and numbers of the
   * same length where the standard gives them one format (F9(3,3), F4(2,2)).
   */
  private static final class Completeness {
    private static final Set<String> TARIFFS = Set.of("1", "2");

    private Completeness() {}

    static void check(Telegram telegram) throws Malformed {
      boolean dutch = !telegram.has("1-0:1.8.0");
      require(!dutch || all(telegram, "1-0:1.8."), "the registers of energy taken");
      require(
          all(telegram, "1-0:2.8.") == any(telegram, "1-0:2.8.") || telegram.has("1-0:2.8.0"),
          "a register of energy given");
      require(!dutch || telegram.has("1-0:1.7.0"), "the power taken");
      require(!all(telegram, "1-0:2.8.") || !dutch || telegram.has("1-0:2.7.0"), "the power given");
      sameLength(telegram, "1-0:[12]\\.8\\.[0-9]");
      sameLength(telegram, "1-0:[12]\\.7\\.0");
    }

    private static boolean all(Telegram telegram, String group) {
      return TARIFFS.stream().allMatch(tariff -> telegram.has(group + tariff));
    }

    private static boolean any(Telegram telegram, String group) {
      return TARIFFS.stream().anyMatch(tariff -> telegram.has(group + tariff));
    }

    private static void require(boolean there, String what) throws Malformed {
      if (!there) {
        throw new Malformed("it lacks " + what);
      }
    }

    private static void sameLength(Telegram telegram, String pattern) throws Malformed {
      int length = 0;
      for (Map.Entry<String, List<String>> object : telegram.objects().entrySet()) {
        if (object.getKey().matches(pattern)) {
          String value = object.getValue().size() == 1 ? object.getValue().get(0) : "";
          if (Amount.parse(value).filter(amount -> amount.number().signum() >= 0).isEmpty()
              || length != 0 && value.length() != length) {
            throw new Malformed("a number has lost or won digits");
          }
          length = value.length();
        }
      }
    }
  }
}
