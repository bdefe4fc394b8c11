package org.commonshub.metering.dlms;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who made a meter, by system title or list identification. */
final class Makers {
  static final String KAMSTRUP = "KAM";
  static final String LANDIS_GYR = "LGZ";
  static final String KAIFA = "KFM";

  private static final Map<String, String> NAMES =
      Map.of(
          KAMSTRUP,
          "Kamstrup",
          LANDIS_GYR,
          "Landis+Gyr",
          "AID",
          "Aidon",
          "KFM",
          "Kaifa",
          "SAG",
          "Sagemcom",
          "ISK",
          "Iskraemeco",
          "SMS",
          "Siemens",
          "EMB",
          "Landis+Gyr");

  private Makers() {}

  /** Flag letters; empty if nothing tells. */
  static String of(byte[] systemTitle, Data body) {
    String title = Messages.maker(systemTitle);
    if (!title.isEmpty()) {
      return title;
    }
    if (Lists.pushSetup(body).equals("0-8:25.9.0")) {
      return LANDIS_GYR; // Their push setup for the customer interface.
    }
    String first = firstText(body, 0);
    String start = first.toUpperCase(java.util.Locale.ROOT);
    return NAMES.keySet().stream().filter(start::startsWith).findFirst().orElse("");
  }

  /** The first string in it that is no logical name: the list identification of most makers. */
  private static String firstText(Data data, int depth) {
    for (Data item : data.items()) {
      if (item.obis().isEmpty() && item.clock().isEmpty() && item.text().isPresent()) {
        return item.text().get();
      }
      if (!item.items().isEmpty() && depth < 3) {
        String inner = firstText(item, depth + 1);
        if (!inner.isEmpty()) {
          return inner;
        }
      }
    }
    return "";
  }

  /** What a list says about its meter. */
  static Map<String, String> identity(String maker, List<Entry> entries) {
    Map<String, String> facts = new LinkedHashMap<>();
    if (!maker.isEmpty()) {
      facts.put("maker", NAMES.getOrDefault(maker, maker));
    }
    for (Entry entry : entries) {
      String fact =
          switch (entry.obis().reduced()) {
            case "96.1.0", "0.0.5" -> "serial";
            case "96.1.1", "96.1.7" -> "model";
            case "0.2.129" -> "firmware";
            default -> "";
          };
      if (!fact.isEmpty()) {
        entry
            .value()
            .text()
            .filter(text -> !text.isEmpty())
            .ifPresent(text -> facts.putIfAbsent(fact, text));
      }
    }
    return Map.copyOf(facts);
  }
}
