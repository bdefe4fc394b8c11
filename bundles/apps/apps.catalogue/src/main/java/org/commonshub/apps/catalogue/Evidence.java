package org.commonshub.apps.catalogue;

import java.util.List;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/**
 * What vouched for a package when it was fetched; kept beside it. Deterministic CBOR: {@code [1,
 * source, fingerprint, provider, path, root, targets, provider's targets]}.
 *
 * @param source name of the catalogue
 * @param fingerprint of the root it was followed with
 * @param provider id
 * @param path of the target
 * @param root metadata
 * @param targets the operator's metadata
 * @param own the provider's metadata
 */
record Evidence(
    String source,
    String fingerprint,
    String provider,
    String path,
    byte[] root,
    byte[] targets,
    byte[] own) {
  private static final int MAX = Metadata.MAX_ROOT + 2 * Metadata.MAX_TARGETS + 4096;

  byte[] encode() {
    return Cbor.encode(List.of(1L, source, fingerprint, provider, path, root, targets, own));
  }

  static Evidence decode(byte[] bytes) throws MetadataException {
    if (bytes.length > MAX) {
      throw new MetadataException("the evidence is larger than " + MAX + " bytes");
    }
    try {
      if (Cbor.decode(bytes) instanceof List<?> parts
          && parts.size() == 8
          && parts.get(0).equals(1L)) {
        return new Evidence(
            (String) parts.get(1),
            (String) parts.get(2),
            (String) parts.get(3),
            (String) parts.get(4),
            (byte[]) parts.get(5),
            (byte[]) parts.get(6),
            (byte[]) parts.get(7));
      }
    } catch (MalformedCborException | ClassCastException | NullPointerException e) {
      throw new MetadataException("the evidence is damaged", e);
    }
    throw new MetadataException("the evidence is damaged");
  }
}
