package org.commonshub.metering.iec62056;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.api.DeviceException;

/**
 * All that a meter says at once.
 *
 * @param meter how it names itself
 * @param values its values in the order sent
 */
record Readout(Identification meter, List<DataSet> values) {
  /** Most values of a readout. */
  static final int VALUES = 1_024;

  private static final int TEXT = 48;

  static final int STX = 0x02;
  static final int ETX = 0x03;

  private static final Map<String, String> MAKERS =
      Map.ofEntries(
          Map.entry("ACE", "Actaris"),
          Map.entry("APA", "Apator"),
          Map.entry("EBZ", "eBZ"),
          Map.entry("ELS", "Elster"),
          Map.entry("EMH", "EMH metering"),
          Map.entry("ESY", "EasyMeter"),
          Map.entry("HAG", "Hager"),
          Map.entry("ISK", "Iskraemeco"),
          Map.entry("ITR", "Itron"),
          Map.entry("KAM", "Kamstrup"),
          Map.entry("LGZ", "Landis+Gyr"),
          Map.entry("LOG", "Logarex"),
          Map.entry("PAF", "Pafal"),
          Map.entry("SEN", "Sensus"));

  /** Codes under which meters tell their number, the likeliest first. */
  private static final List<String> NUMBERS =
      List.of("C.1.0", "0.0.0", "96.1.0", "96.1.255", "0.0.9", "C.1.1");

  private static final List<String> VERSIONS = List.of("0.2.0", "C.90.2");

  /**
   * Reads a data message (IEC 62056-21, 6.3.7): STX, lines, {@code !}, ETX, check character.
   *
   * @param message seven-bit characters from STX to the check character
   * @throws DeviceException if its check character is wrong
   */
  static Readout of(Identification meter, byte[] message) throws DeviceException {
    int last = message.length - 1;
    if (last < 2 || message[0] != STX || message[last - 1] != ETX) {
      throw SevenBit.spoilt("its message has no beginning or no end");
    }
    int check = 0;
    for (int i = 1; i < last; i++) {
      check ^= message[i];
    }
    if (check != message[last]) {
      throw SevenBit.spoilt("the check character is wrong");
    }
    List<DataSet> values = new ArrayList<>();
    for (String line : lines(message, 1, last - 1)) {
      // What a maker puts between the values is not ours to judge: the check character was right.
      DataSet.of(line).ifPresent(values::addAll);
      if (values.size() > VALUES) {
        throw SevenBit.spoilt("it has too many values");
      }
    }
    return new Readout(meter, List.copyOf(values));
  }

  /**
   * Reads a message that has no check at all: every character must make sense (mode D; IEC
   * 62056-21, 6.4.4).
   *
   * @param telegram seven-bit characters from {@code /} to {@code !}
   * @return empty if it cannot have been sent like that
   */
  static Optional<Readout> unchecked(byte[] telegram) {
    for (byte b : telegram) {
      if ((b < 0x20 && b != '\r' && b != '\n') || b > 0x7E) {
        return Optional.empty();
      }
    }
    List<String> lines = lines(telegram, 0, telegram.length);
    byte[] first = lines.isEmpty() ? new byte[0] : lines.get(0).getBytes(StandardCharsets.US_ASCII);
    Optional<Identification> meter = Identification.of(first, 0, first.length);
    if (meter.isEmpty() || !lines.get(lines.size() - 1).equals("!")) {
      return Optional.empty();
    }
    List<DataSet> values = new ArrayList<>();
    for (String line : lines.subList(1, lines.size() - 1)) {
      Optional<List<DataSet>> sets = DataSet.of(line);
      if (sets.isEmpty() || values.size() + sets.get().size() > VALUES) {
        return Optional.empty();
      }
      values.addAll(sets.get());
    }
    return values.isEmpty()
        ? Optional.empty()
        : Optional.of(new Readout(meter.get(), List.copyOf(values)));
  }

  /** Lines that are not empty, without their ends. */
  private static List<String> lines(byte[] text, int from, int to) {
    List<String> lines = new ArrayList<>();
    new String(text, from, to - from, StandardCharsets.US_ASCII)
        .lines()
        .filter(line -> !line.isBlank())
        .map(line -> line.length() > DataSet.LINE ? line.substring(0, DataSet.LINE) : line)
        .forEach(lines::add);
    return lines;
  }

  /** Facts for people. */
  Map<String, String> identity() {
    Map<String, String> identity = new LinkedHashMap<>();
    identity.put("maker", MAKERS.getOrDefault(meter.maker(), meter.maker()));
    if (!meter.model().isEmpty()) {
      identity.put("model", meter.model());
    }
    Map<String, String> texts = new HashMap<>();
    for (DataSet set : values) {
      String text = set.value().strip();
      if (set.unit().isEmpty() && !text.isEmpty() && text.length() <= TEXT) {
        Obis.of(set.code()).ifPresent(obis -> texts.putIfAbsent(obis.rest(), text));
      }
    }
    put(identity, "serial", NUMBERS, texts);
    put(identity, "firmware", VERSIONS, texts);
    return Map.copyOf(identity);
  }

  private static void put(
      Map<String, String> identity, String key, List<String> codes, Map<String, String> texts) {
    for (String code : codes) {
      if (texts.containsKey(code)) {
        identity.put(key, texts.get(code));
        return;
      }
    }
  }
}
