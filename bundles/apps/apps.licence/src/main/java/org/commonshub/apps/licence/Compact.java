package org.commonshub.apps.licence;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import org.commonshub.identity.api.Jws;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;

/** Compact JWS in the one form in which they are made, so that one document is one text. */
final class Compact {
  private Compact() {}

  /** As pasted, out of a mail or a file: without line breaks, blanks and marks nobody sees. */
  static String squeeze(String pasted, int max, String what) throws LicenceException {
    if (pasted.length() > 2 * max) {
      throw new LicenceException(what + " has at most " + max + " characters");
    }
    String text = strip(pasted);
    if (text.length() > max) {
      throw new LicenceException(what + " has at most " + max + " characters");
    }
    return text;
  }

  static String strip(String pasted) {
    StringBuilder text = new StringBuilder(pasted.length());
    for (int i = 0; i < pasted.length(); i++) {
      char c = pasted.charAt(i);
      if (!Character.isWhitespace(c) && c != '\u00a0' && c != '\u200b' && c != '\ufeff') {
        text.append(c);
      }
    }
    return text.toString();
  }

  static Jws parse(String compact, String what) throws LicenceException {
    try {
      for (String part : compact.split("\\.", -1)) {
        byte[] bytes = Base64.getUrlDecoder().decode(part);
        if (!Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
          throw new LicenceException(what + " was changed on its way: copy it once more");
        }
      }
      return Jws.parse(compact);
    } catch (IOException | IllegalArgumentException e) {
      throw new LicenceException(
          what + " is incomplete, or something else; copy it once more, from first to last letter",
          e);
    }
  }

  /** Finds the key that signed among those that may. */
  static void verify(
      Jws jws, SigningPurpose purpose, List<VerificationKey> keys, String what, String whose)
      throws LicenceException {
    VerificationKey key =
        keys.stream()
            .filter(k -> k.multikey().equals(jws.keyId()))
            .findFirst()
            .orElseThrow(
                () -> new LicenceException(what + " is not signed with a key of " + whose));
    if (!jws.verify(key, purpose)) {
      throw new LicenceException("The signature of " + whose + " over " + what + " does not hold");
    }
  }
}
