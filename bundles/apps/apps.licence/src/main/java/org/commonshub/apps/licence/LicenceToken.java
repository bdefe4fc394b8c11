package org.commonshub.apps.licence;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.Json;
import org.commonshub.identity.api.Jws;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;

/**
 * What a provider says: this hub may use this app, from then till then. Its JSON (JCS, RFC 8785) is
 * the payload of a compact JWS (RFC 7515); see {@link SealedLicence} for the operator's signature
 * around it. Needs no OSGi.
 *
 * <p>A token paints its paid time over what tokens with lower serials said about that time, and
 * leaves theirs outside of it: a renewal may come early, and a new lease need not repeat what was
 * bought for later. One whose paid time is over when it is issued takes back all before it.
 *
 * @param app app
 * @param hub DID of the hub
 * @param level service level of the manifest
 * @param from first version it is for
 * @param before first version it is not for any more
 * @param features what it adds to the level's
 * @param limits metric → units in a period; instead of the level's
 * @param issued when it was signed; the hub's trusted time is at least that from then on
 * @param paidFrom beginning of what is paid
 * @param paidUntil its end
 * @param leaseUntil until when it holds unless the provider says so again with a new token
 * @param serial rises with every token of one app and hub
 * @param currency ISO 4217
 * @param priceMicros what was paid with this token, micro-units; 0 in one that only renews a lease
 */
public record LicenceToken(
    AppId app,
    String hub,
    String level,
    AppVersion from,
    AppVersion before,
    Set<String> features,
    Map<String, Long> limits,
    Instant issued,
    Instant paidFrom,
    Instant paidUntil,
    Instant leaseUntil,
    long serial,
    String currency,
    long priceMicros) {
  /** Number of the form. */
  public static final long FORM = 1;

  /** Most characters of the provider's JWS. */
  public static final int MAX = 5 * 1024;

  static final long MAX_INTEGER = (1L << 53) - 1;
  static final long MAX_LIMIT = 1_000_000_000;
  static final long MAX_PRICE = 1_000_000_000_000L;
  private static final Duration LONGEST = Duration.ofDays(3660);
  private static final Pattern HUB =
      Pattern.compile("did:webvh:[1-9A-HJ-NP-Za-km-z]{46}:[A-Za-z0-9._%:-]{1,253}");
  private static final Pattern LEVEL = Pattern.compile("[a-z][a-z0-9-]{0,31}");
  private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
  private static final String WHAT = "The licence";

  public LicenceToken {
    features = Set.copyOf(features);
    limits = Map.copyOf(limits);
    require(HUB.matcher(hub).matches(), "hub: a did:webvh");
    require(LEVEL.matcher(level).matches(), "level: lower case with hyphens");
    require(from.compareTo(before) < 0, "versions: the first before the second");
    require(
        features.size() <= Fields.MOST && limits.size() <= Fields.MOST,
        "features, limits: at most " + Fields.MOST);
    for (Set<String> names : List.of(features, limits.keySet())) {
      require(
          names.stream().allMatch(name -> Fields.WORD.matcher(name).matches()),
          "features, limits: names in lower case with hyphens");
    }
    require(
        limits.values().stream().allMatch(units -> units >= 0 && units <= MAX_LIMIT),
        "limits: 0 to " + MAX_LIMIT);
    for (Instant instant : List.of(issued, paidFrom, paidUntil, leaseUntil)) {
      require(Fields.plausible(instant), "instants: whole seconds between 2020 and 2100");
    }
    require(!paidUntil.isBefore(paidFrom), "paid_until: not before paid_from");
    require(
        Duration.between(paidFrom, paidUntil).compareTo(LONGEST) <= 0,
        "paid_until: at most ten years after paid_from");
    require(serial >= 1 && serial <= MAX_INTEGER, "serial: 1 to 2^53-1");
    require(CURRENCY.matcher(currency).matches(), "currency: an ISO 4217 code");
    require(priceMicros >= 0 && priceMicros <= MAX_PRICE, "price_micros: 0 to " + MAX_PRICE);
  }

  private static void require(boolean holds, String form) {
    if (!holds) {
      throw new IllegalArgumentException(form);
    }
  }

  /**
   * A sale: one period of a level, from now or from the end of what is paid already, for all
   * versions of the manifest's major number, under the longest lease the manifest allows.
   *
   * @throws LicenceException if the manifest is another app's or has no such level
   */
  public static LicenceToken sale(
      LicenceRequest request, AppManifest manifest, Instant issued, long serial)
      throws LicenceException {
    if (!manifest.id().equals(request.app())) {
      throw new LicenceException("The request is for " + request.app() + ", not " + manifest.id());
    }
    AppManifest.Level level =
        manifest.levels().stream()
            .filter(l -> l.id().equals(request.level()))
            .findFirst()
            .orElseThrow(
                () ->
                    new LicenceException(
                        manifest.id()
                            + " "
                            + manifest.version()
                            + " has no level "
                            + request.level()));
    Instant from = request.paidUntil().filter(issued::isBefore).orElse(issued);
    Instant until = from.atOffset(ZoneOffset.UTC).plus(level.period()).toInstant();
    Instant lease = from.atOffset(ZoneOffset.UTC).plus(manifest.lease()).toInstant();
    int major = manifest.version().major();
    return new LicenceToken(
        request.app(),
        request.hub(),
        level.id(),
        new AppVersion(major, 0, 0),
        new AppVersion(major + 1, 0, 0),
        Set.of(),
        Map.of(),
        issued,
        from,
        until,
        lease.isBefore(until) ? lease : until,
        serial,
        level.currency(),
        level.priceMicros());
  }

  /** The same, said again: holds until {@code lease} at most, costs nothing. */
  public LicenceToken renewLease(Instant now, Instant lease, long number) {
    return with(now, paidFrom, paidUntil, lease.isBefore(paidUntil) ? lease : paidUntil, number);
  }

  /** Takes back this and all before: over at {@code end}, which is not after {@code now}. */
  public LicenceToken revoke(Instant now, Instant end, long number) {
    Instant over = end.isAfter(now) ? now : end;
    return with(now, over, over, over, number);
  }

  private LicenceToken with(
      Instant issuedNow, Instant paid, Instant until, Instant lease, long number) {
    return new LicenceToken(
        app, hub, level, from, before, features, limits, issuedNow, paid, until, lease, number,
        currency, 0);
  }

  /** Name of this token in reports of usage. */
  public String id() {
    return app + "/" + serial;
  }

  /** Whether it takes back all before it. */
  public boolean revokes() {
    return !paidUntil.isAfter(issued);
  }

  /** Whether it is for that version. */
  public boolean covers(AppVersion version) {
    return from.compareTo(version) <= 0 && version.compareTo(before) < 0;
  }

  /** The canonical form. */
  public String json() {
    Map<String, Object> map = new TreeMap<>();
    map.put("licence", FORM);
    map.put("app", app.name());
    map.put("hub", hub);
    map.put("level", level);
    map.put("versions", List.of(from.toString(), before.toString()));
    map.put("features", new ArrayList<>(new TreeSet<>(features)));
    map.put("limits", new TreeMap<>(limits));
    map.put("issued", issued.toString());
    map.put("paid_from", paidFrom.toString());
    map.put("paid_until", paidUntil.toString());
    map.put("lease_until", leaseUntil.toString());
    map.put("serial", serial);
    map.put("currency", currency);
    map.put("price_micros", priceMicros);
    return Json.canonical(map);
  }

  /** Signs it as the provider: a compact JWS, for the operator to counter-sign. */
  public String sign(VerificationKey key, CoseSign1.Signer signer) {
    return Jws.sign(
        key.algorithm(),
        SigningPurpose.LICENCE_TOKEN,
        key.multikey(),
        json().getBytes(StandardCharsets.UTF_8),
        signer);
  }

  /**
   * Reads a provider's token as pasted and checks its signature, for the operator.
   *
   * @throws LicenceException saying what is wrong
   */
  public static LicenceToken verify(String pasted, List<VerificationKey> providerKeys)
      throws LicenceException {
    Jws jws = Compact.parse(Compact.squeeze(pasted, MAX, WHAT), WHAT);
    Compact.verify(
        jws, SigningPurpose.LICENCE_TOKEN, providerKeys, "the licence", "the app's provider");
    return read(jws.payload());
  }

  /** Reads the payload; its signature is somebody else's. */
  static LicenceToken read(byte[] payload) throws LicenceException {
    Fields fields = Fields.of(WHAT, payload);
    try {
      fields.integer("licence", FORM, FORM);
      AppId app = new AppId(fields.text("app", 96));
      List<String> versions = fields.texts("versions", 2);
      if (versions.size() != 2) {
        throw fields.wrong("versions", "a first version, and the first it is not for");
      }
      LicenceToken token =
          new LicenceToken(
              app,
              fields.text("hub", 400),
              fields.text("level", 32),
              AppVersion.parse(versions.get(0)),
              AppVersion.parse(versions.get(1)),
              Set.copyOf(fields.texts("features", Fields.MOST)),
              fields.numbers("limits", MAX_LIMIT),
              fields.instant("issued"),
              fields.instant("paid_from"),
              fields.instant("paid_until"),
              fields.instant("lease_until"),
              fields.integer("serial", 1, MAX_INTEGER),
              fields.text("currency", 3),
              fields.integer("price_micros", 0, MAX_PRICE));
      fields.end();
      return token;
    } catch (IllegalArgumentException e) {
      throw new LicenceException(WHAT + " is damaged: " + e.getMessage(), e);
    }
  }
}
