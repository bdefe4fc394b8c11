package org.commonshub.identity.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Key logs of other hubs; also with the hashes made right, to get past them. */
public final class KeyLogFuzz {
  private KeyLogFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      KeyLog.verify(data);
    } catch (IOException e) {
      // The declared refusal.
    }
    try {
      Map<String, Object> entry = new TreeMap<>(Json.object(data));
      if (!Json.canonical(Json.object(Json.canonical(entry).getBytes(StandardCharsets.UTF_8)))
          .equals(Json.canonical(entry))) {
        throw new AssertionError("two canonical forms");
      }
      Object proof = entry.remove("proof");
      entry.put("versionId", KeyLogReader.versionId(entry, 1, KeyLogReader.PLACEHOLDER));
      String scid = KeyLogReader.scid(entry, KeyLogReader.PLACEHOLDER);
      entry.put("proof", proof);
      KeyLog.verify(
          Json.canonical(entry)
              .replace(KeyLogReader.PLACEHOLDER, scid)
              .getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // The declared refusal.
    }
  }
}
