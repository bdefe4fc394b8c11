package org.commonshub.metering.vedirect;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a device says it is: fields PID, SER#, FW and FWE. */
final class Product {
  private static final List<String> LABELS = List.of("PID", "SER#", "FW", "FWE", "BMV");
  private static final Map<String, String> NAMES = names();

  private Product() {}

  private static Map<String, String> names() {
    try (InputStream list = Product.class.getResourceAsStream("/vedirect-products.txt")) {
      Map<String, String> names = new HashMap<>();
      for (String line : new String(list.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          names.put(line.substring(0, 4), line.substring(5).strip());
        }
      }
      return Map.copyOf(names);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read vedirect-products.txt of this bundle", e);
    }
  }

  /** What the identity is made of; equal for equal devices. */
  static List<String> said(Block block) {
    List<String> said = new ArrayList<>();
    for (String label : LABELS) {
      said.add(block.fields().getOrDefault(label, ""));
    }
    return said;
  }

  /** Maker, model, serial number and firmware, as far as the block has them. */
  static Map<String, String> identity(Block block) {
    Map<String, String> identity = new LinkedHashMap<>();
    String number = block.text("PID");
    if (number.isEmpty()) {
      return Map.of();
    }
    identity.put("maker", "Victron Energy");
    String hex = number.replaceFirst("^0[xX]", "").toUpperCase(java.util.Locale.ROOT);
    String name = hex.length() > 4 ? null : NAMES.get("0".repeat(4 - hex.length()) + hex);
    String said = block.text("BMV");
    identity.put("model", name != null ? name : said.isEmpty() ? "product " + number : said);
    if (!block.text("SER#").isEmpty()) {
      identity.put("serial", block.text("SER#"));
    }
    firmware(block.text("FW"), identity);
    firmware(block.text("FWE"), identity);
    return identity;
  }

  /** {@code 119} is version 1.19; 24 bits have two digits more for the release candidate. */
  private static void firmware(String text, Map<String, String> identity) {
    if (text.matches("[0-9A-F]{3,8}")) {
      int digits = text.length() > 4 ? text.length() - 4 : text.length() - 2;
      identity.put(
          "firmware", text.substring(0, digits) + "." + text.substring(digits, digits + 2));
    }
  }
}
