package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.commonshub.apps.desk.api.AppException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Licences that wait beside a catalogue, {@code licences/HASH.jws}: HASH is the SHA-256 of the
 * hub's DID, so a list of the folder names nobody; a line is a licence. It is a file like the
 * others: any web server can hand it out, and it is believed for its signatures only.
 */
public final class LicencePost {
  /** Largest file. */
  public static final int MAX_BYTES = 256 * 1024;

  /** Most licences in it; the newest stand last. */
  public static final int MAX_LICENCES = 32;

  private static final Logger LOG = LoggerFactory.getLogger(LicencePost.class);

  /** Who takes a licence, or says why not. */
  interface Taker {
    void take(String licence) throws AppException;
  }

  private LicencePost() {}

  /** Name of a hub's file in the folder {@code licences}. */
  public static String file(String did) {
    return Keys.sha256(did.getBytes(StandardCharsets.UTF_8)) + ".jws";
  }

  /** A file with one more licence. */
  public static String with(String before, String licence) {
    List<String> lines =
        java.util.stream.Stream.concat(before.lines(), licence.lines())
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .distinct()
            .toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - MAX_LICENCES), lines.size()))
        + "\n";
  }

  /**
   * Fetches a hub's file and takes what is new in it.
   *
   * @param metadata folder of the catalogue's metadata
   * @return how many were taken
   */
  static int collect(Transport transport, URI metadata, String did, Taker taker)
      throws IOException {
    Optional<byte[]> found = transport.get(metadata.resolve("../licences/" + file(did)), MAX_BYTES);
    if (found.isEmpty()) {
      return 0;
    }
    List<String> lines =
        new String(found.get(), StandardCharsets.US_ASCII).lines().limit(MAX_LICENCES).toList();
    int taken = 0;
    for (String line : lines) {
      try {
        taker.take(line);
        taken++;
      } catch (AppException e) {
        // Most are there already, or for an app that is not here.
        LOG.debug("A licence at the catalogue is not taken: {}", e.getMessage());
      }
    }
    return taken;
  }
}
