package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.commonshub.identity.api.Json;

/**
 * A signed document of TUF (section 4.2.1), taken apart but not believed.
 *
 * @param raw the file
 * @param signed what is signed
 * @param payload its canonical form: what signatures are over
 * @param signatures by key id
 */
record Envelope(byte[] raw, Fields signed, byte[] payload, Map<String, byte[]> signatures) {
  private static final int MAX_SIGNATURES = 64;

  /** Takes a document apart; bound its length before. */
  static Envelope parse(byte[] raw) throws MetadataException {
    Map<String, Object> document;
    try {
      int end = raw.length; // files of others end in a line feed
      while (end > 0 && raw[end - 1] == '\n') {
        end--;
      }
      document = Json.object(Arrays.copyOf(raw, end));
    } catch (IOException e) {
      throw new MetadataException("metadata is not JSON: " + e.getMessage(), e);
    }
    Fields envelope = new Fields("document", document);
    Map<String, byte[]> signatures = new LinkedHashMap<>();
    for (Fields signature : envelope.objects("signatures", MAX_SIGNATURES)) {
      String id = signature.hex("keyid", 32);
      // An empty signature is how others write that somebody is still to sign.
      Object sig = signature.map().get("sig");
      byte[] bytes =
          "".equals(sig) ? new byte[0] : HexFormat.of().parseHex(hex(signature.text("sig", 2048)));
      if (signatures.put(id, bytes) != null) {
        throw envelope.wrong("signatures", "a key signs twice");
      }
    }
    Fields signed = envelope.object("signed");
    return new Envelope(raw, signed, Canonical.bytes(signed.map()), signatures);
  }

  private static String hex(String text) throws MetadataException {
    if (!Fields.HEX.matcher(text).matches()) {
      throw new MetadataException("document.signatures: not hex");
    }
    return text;
  }
}
