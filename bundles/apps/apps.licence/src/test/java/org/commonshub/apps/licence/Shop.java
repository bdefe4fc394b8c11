package org.commonshub.apps.licence;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.time.Period;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.VerificationKey;

/** A provider, an operator and what they sell. */
final class Shop {
  static final AppId APP = new AppId("org.example.coach");
  static final Instant START = Instant.parse("2026-01-15T12:00:00Z");
  static final String HUB = "did:webvh:QmRZr3ZsXmuCmzQhKzHqSdzsPHVpGpqkUiGfnfmPDXWVRe:hub.local";

  /** Somebody with an Ed25519 key. */
  static final class Party {
    private final KeyPair pair;

    Party() {
      try {
        pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    VerificationKey key() {
      return VerificationKey.of(pair.getPublic());
    }

    CoseSign1.Signer signer() {
      return message -> {
        try {
          Signature signer = Signature.getInstance("Ed25519");
          signer.initSign(pair.getPrivate());
          signer.update(message);
          return signer.sign();
        } catch (GeneralSecurityException e) {
          throw new IllegalStateException(e);
        }
      };
    }
  }

  final Party provider = new Party();
  final Party operator = new Party();
  String hub = HUB;
  long serial;

  static AppManifest.Level level(String id, long price, String period, String trial, long limit) {
    return new AppManifest.Level(
        id,
        Map.of("en", id),
        Set.of(id + "-feature"),
        limit == 0 ? Map.of() : Map.of("plans", limit),
        price,
        "EUR",
        Period.parse(period),
        Period.parse(trial));
  }

  static AppManifest manifest(String version, String grace, String lease, AppManifest.Level... of) {
    return new AppManifest(
        APP,
        AppVersion.parse(version),
        AppManifest.Kind.APP,
        new AppManifest.Provider(
            "org.example", "Example", URI.create("https://example.org"), "a@example.org"),
        Map.of("en", new AppManifest.Text("Coach", "Coaches", "It coaches", "")),
        new byte[0],
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        new AppManifest.Resources(1000, 16, 64, 0, 60),
        List.of(of),
        Period.parse(grace),
        Period.parse(lease));
  }

  Listing listing(AppManifest manifest) {
    return listing(manifest, Optional.empty());
  }

  Listing listing(AppManifest manifest, Optional<String> withdrawn) {
    return new Listing(
        "shop",
        "Operator",
        manifest,
        "org.example/x.jar",
        1,
        "00",
        150,
        withdrawn,
        List.of(provider.key()),
        List.of(operator.key()));
  }

  /** Two paid levels, a month each, a trial of two weeks, five days of grace, leases of 32 days. */
  static AppManifest paid() {
    return manifest(
        "1.2.0",
        "P5D",
        "P32D",
        level("basic", 2_000_000, "P1M", "P14D", 10),
        level("pro", 5_000_000, "P1M", "P0D", 100));
  }

  LicenceToken token(String level, Instant issued, Instant from, Instant until, Instant lease) {
    return new LicenceToken(
        APP,
        hub,
        level,
        new AppVersion(1, 0, 0),
        new AppVersion(2, 0, 0),
        Set.of(),
        Map.of(),
        issued,
        from,
        until,
        lease,
        ++serial,
        "EUR",
        2_000_000);
  }

  LicenceToken token(Instant issued, Instant from, Instant until) {
    return token("basic", issued, from, until, until);
  }

  String seal(LicenceToken token) {
    return SealedLicence.seal(
        token.sign(provider.key(), provider.signer()), operator.key(), operator.signer());
  }

  /** Signs any payload as both. */
  String seal(String payload) {
    String inner =
        org.commonshub.identity.api.Jws.sign(
            provider.key().algorithm(),
            org.commonshub.identity.api.SigningPurpose.LICENCE_TOKEN,
            provider.key().multikey(),
            payload.getBytes(StandardCharsets.UTF_8),
            provider.signer());
    return SealedLicence.seal(inner, operator.key(), operator.signer());
  }

  /** Memory that survives its user. */
  static final class Memory implements Store {
    byte[] bytes;
    boolean full;
    int writes;

    @Override
    public Optional<byte[]> read() {
      return Optional.ofNullable(bytes);
    }

    @Override
    public void write(byte[] content) throws java.io.IOException {
      if (full) {
        throw new java.io.IOException("no space left");
      }
      bytes = content.clone();
      writes++;
    }
  }
}
