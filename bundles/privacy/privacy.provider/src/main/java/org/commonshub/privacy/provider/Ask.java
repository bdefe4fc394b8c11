package org.commonshub.privacy.provider;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;

/**
 * What somebody asked for.
 *
 * @param asked complete
 * @param refused when the prosumer said no
 */
record Ask(
    String id,
    String name,
    String text,
    Terms asked,
    Instant instant,
    Optional<String> signedBy,
    Optional<Instant> refused) {

  Recipient recipient() {
    return asked.recipient().orElseThrow();
  }

  Purpose purpose() {
    return Bounds.purpose(asked);
  }

  boolean by(Recipient recipient, Purpose purpose) {
    return recipient().equals(recipient) && purpose() == purpose;
  }

  Ask refused(Instant when) {
    return new Ask(id, name, text, asked, instant, signedBy, Optional.of(when));
  }

  Map<String, Object> map() {
    Map<String, Object> map = new TreeMap<>();
    map.put("id", id);
    map.put("name", name);
    map.put("text", text);
    map.put("asked", TermsCodec.map(asked));
    map.put("instant", instant.toString());
    signedBy.ifPresent(s -> map.put("signed_by", s));
    refused.ifPresent(r -> map.put("refused", r.toString()));
    return map;
  }

  static Ask of(Fields fields) throws TermsException {
    return new Ask(
        fields.text("id"),
        fields.text("name"),
        fields.text("text"),
        Bounds.complete(TermsCodec.of(fields.object("asked"))),
        fields.instant("instant"),
        fields.optional("signed_by"),
        fields.optional("refused").map(Instant::parse));
  }
}
