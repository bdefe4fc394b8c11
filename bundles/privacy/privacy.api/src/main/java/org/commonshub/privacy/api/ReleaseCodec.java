package org.commonshub.privacy.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.Json;

/**
 * A release on the wire, as uplinks send it and the console shows it, so that what people see in
 * the preview is what leaves, byte for byte. Integers only: value × 10^exponent in the unit of the
 * quantity (docs/data-structure.md). Pure functions; any thread.
 */
public final class ReleaseCodec {
  private ReleaseCodec() {}

  /** Canonical JSON (RFC 8785). */
  public static String json(Release release) {
    return Json.canonical(map(release, true));
  }

  /** Deterministic CBOR with the same names; instants as milliseconds since 1970. */
  public static byte[] cbor(Release release) {
    return Cbor.encode(map(release, false));
  }

  private static Map<String, Object> map(Release release, boolean json) {
    Map<String, Object> map = new TreeMap<>();
    map.put("version", 1L);
    map.put("consent", release.consent());
    map.put("recipient", release.recipient().toString());
    map.put("purpose", TermsCodec.word(release.purpose()));
    map.put(
        "instant", json ? release.instant().toString() : (Object) release.instant().toEpochMilli());
    List<Object> blocks = new ArrayList<>();
    for (Block block : release.blocks()) {
      blocks.add(block(block));
    }
    map.put("series", blocks);
    return map;
  }

  private static Map<String, Object> block(Block block) {
    Map<String, Object> map = new TreeMap<>();
    map.put("subject", block.subject());
    map.put("quantity", block.quantity());
    map.put("statistic", TermsCodec.word(block.statistic()));
    if (block.intervalSeconds() > 0) {
      map.put("interval_s", (long) block.intervalSeconds());
    }
    map.put("exponent", (long) block.exponent());
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < block.size(); i++) {
      values.add(
          block.qualities()[i] == 0
              ? List.of(block.starts()[i], block.mantissas()[i])
              : List.of(block.starts()[i], block.mantissas()[i], (long) block.qualities()[i]));
    }
    map.put("values", values);
    return map;
  }
}
