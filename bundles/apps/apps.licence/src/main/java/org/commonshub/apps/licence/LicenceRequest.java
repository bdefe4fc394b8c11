package org.commonshub.apps.licence;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.Json;
import org.commonshub.identity.api.Jws;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;

/**
 * What a person sends to a provider to buy: which hub asks for which level of which app. A compact
 * JWS by the hub's key, with the hub's key log inside, so that the provider can check without
 * asking anybody that the hub of that name wrote it. Needs no OSGi to be read.
 *
 * @param hub DID of the hub
 * @param app app
 * @param version that is there
 * @param level asked for
 * @param at the hub's trusted time, which is not later than the true one
 * @param paidUntil until when it is paid, so that a renewal can go on from there
 * @param serial of the newest licence that is there; the next one is higher; 0 for none
 */
public record LicenceRequest(
    String hub,
    AppId app,
    AppVersion version,
    String level,
    Instant at,
    Optional<Instant> paidUntil,
    long serial) {
  /** Most characters. */
  public static final int MAX = 512 * 1024;

  private static final String TYPE = "licence-request";
  private static final String WHAT = "The request";

  /** Signs it with the hub's key. */
  String sign(HubIdentity identity) {
    Map<String, Object> map = new TreeMap<>();
    map.put("type", TYPE);
    map.put("hub", hub);
    map.put("app", app.name());
    map.put("version", version.toString());
    map.put("level", level);
    map.put("at", at.toString());
    paidUntil.ifPresent(until -> map.put("paid_until", until.toString()));
    map.put("serial", serial);
    map.put("key_log", new String(identity.keyLog(), StandardCharsets.UTF_8));
    return identity.jws(
        SigningPurpose.LICENCE, Json.canonical(map).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads a request as it was pasted and checks that the hub it names wrote it.
   *
   * @throws LicenceException saying what is wrong
   */
  public static LicenceRequest verify(String pasted) throws LicenceException {
    Jws jws = Compact.parse(Compact.squeeze(pasted, MAX, WHAT), WHAT);
    Fields fields = Fields.of(WHAT, jws.payload());
    if (!fields.text("type", 40).equals(TYPE)) {
      throw new LicenceException("This is signed, but no request for a licence");
    }
    try {
      LicenceRequest request =
          new LicenceRequest(
              fields.text("hub", 400),
              new AppId(fields.text("app", 96)),
              AppVersion.parse(fields.text("version", 20)),
              fields.text("level", 32),
              Instant.parse(fields.text("at", 40)),
              fields.optionalInstant("paid_until"),
              fields.integer("serial", 0, LicenceToken.MAX_INTEGER));
      KeyLog log =
          KeyLog.verify(fields.text("key_log", KeyLog.MAX_BYTES).getBytes(StandardCharsets.UTF_8));
      fields.end();
      VerificationKey key = log.current();
      if (!log.did().equals(request.hub())
          || !jws.keyId().equals(log.did() + "#" + key.multikey())
          || !jws.verify(key, SigningPurpose.LICENCE)) {
        throw new LicenceException("The request is not signed by the hub that it names");
      }
      return request;
    } catch (IOException | IllegalArgumentException | DateTimeException e) {
      throw new LicenceException(WHAT + " is damaged: " + e.getMessage(), e);
    }
  }
}
