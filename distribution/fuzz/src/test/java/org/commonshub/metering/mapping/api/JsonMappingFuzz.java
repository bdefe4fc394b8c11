package org.commonshub.metering.mapping.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * JSON of devices, and mappings of people: up to the first zero byte a mapping, then a document.
 */
public final class JsonMappingFuzz {
  private JsonMappingFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    int zero = 0;
    while (zero < data.length && data[zero] != 0) {
      zero++;
    }
    String text = new String(data, 0, zero, StandardCharsets.UTF_8);
    byte[] document = Arrays.copyOfRange(data, Math.min(data.length, zero + 1), data.length);
    JsonValue json;
    try {
      json = JsonValue.parseOrText(document);
    } catch (MalformedJsonException e) {
      return; // As declared.
    }
    for (Mapping.Inputs inputs : Mapping.Inputs.values()) {
      try {
        Measurements values = new Measurements();
        Mapping.parse(text, inputs).lines().forEach(line -> line.take(json, values));
        values.list();
      } catch (IllegalArgumentException e) {
        // A mistake, as declared.
      }
    }
    ShellyStatus.metering(json).forEach(key -> ShellyStatus.withRegisters(key, json).list());
    ShellyStatus.meteringGen1(json).forEach(key -> ShellyStatus.valuesGen1(key, json).list());
    ShellyStatus.valuesGen1("emeters", json).list();
    TasmotaEnergy.values(json, 0).list();
    TasmotaEnergy.values(json, 2).list();
  }
}
