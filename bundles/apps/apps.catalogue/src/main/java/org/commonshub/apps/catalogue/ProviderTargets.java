package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.commonshub.apps.catalogue.Metadata.Target;
import org.commonshub.apps.catalogue.Metadata.Targets;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.identity.api.Json;

/**
 * What a provider signs, made by the provider alone, offline: which packages are its own. Not for
 * several threads.
 */
public final class ProviderTargets {
  private final String provider;
  private final long version;
  private final Map<String, Object> targets;

  private ProviderTargets(String provider, long version, Map<String, Object> targets) {
    this.provider = provider;
    this.version = version;
    this.targets = targets;
  }

  /**
   * Begins the next edition.
   *
   * @param provider id, {@code org.example}
   * @param previous edition as it was signed; empty for the first
   * @throws MetadataException if that is none of the provider's
   */
  public static ProviderTargets next(String provider, Optional<byte[]> previous)
      throws MetadataException {
    if (!Metadata.PROVIDER.matcher(provider).matches()) {
      throw new MetadataException("a provider is a domain turned round, such as org.example");
    }
    if (previous.isEmpty()) {
      return new ProviderTargets(provider, 1, new TreeMap<>());
    }
    Targets before = Targets.parse(previous.get());
    for (String path : before.targets().keySet()) {
      if (!path.startsWith(provider + "/")) {
        throw new MetadataException(path + " is not of " + provider);
      }
    }
    return new ProviderTargets(provider, before.version() + 1, Documents.targets(before));
  }

  /**
   * Adds a package.
   *
   * @return its manifest
   * @throws MetadataException if it is not what a package has to be, of another provider, or
   *     another file than one of that version that stands there already
   */
  public AppManifest add(Path jar) throws IOException, MetadataException {
    PackageCheck.Found found = PackageCheck.check(jar);
    AppManifest manifest = found.manifest();
    if (!manifest.provider().id().equals(provider)) {
      throw new MetadataException(jar + " is of " + manifest.provider().id());
    }
    String path = Offers.path(manifest);
    Map<String, Object> target =
        Documents.target(
            found.length(),
            found.sha256(),
            new TreeMap<>(Map.of("manifest", Json.object(PackageCheck.canonical(manifest)))));
    if (targets.get(path) instanceof Map<?, ?> before
        && !before.get("hashes").equals(target.get("hashes"))) {
      throw new MetadataException(
          manifest.id() + " " + manifest.version() + " was another file; give it a new version");
    }
    targets.putIfAbsent(path, target);
    return manifest;
  }

  /** Paths that stand there. */
  public Set<String> paths() {
    return Set.copyOf(targets.keySet());
  }

  /** Takes a package back: hubs stop it. */
  public void withdraw(String path, String reason) throws MetadataException {
    Documents.withdraw(targets, path, reason);
  }

  /** Lists a package no more: hubs that have it keep it. */
  public void remove(String path) {
    targets.remove(path);
  }

  /** The edition, still to be signed with {@link SigningKey#signDocument}. */
  public byte[] draft(Instant expires) {
    Map<String, Object> signed = Documents.signed("targets", version, expires);
    signed.put("targets", targets);
    return Documents.draft(signed);
  }

  /**
   * What an edition lists.
   *
   * @param document signed or not
   * @return manifests by path
   */
  public static Map<String, AppManifest> manifests(byte[] document) throws MetadataException {
    Map<String, AppManifest> manifests = new TreeMap<>();
    for (Map.Entry<String, Target> target : Targets.parse(document).targets().entrySet()) {
      manifests.put(target.getKey(), Offers.manifest(target.getValue()));
    }
    return manifests;
  }

  /** Who signed an edition, as far as signatures hold. */
  public static List<String> signers(
      byte[] document, List<org.commonshub.identity.api.VerificationKey> keys)
      throws MetadataException {
    Envelope envelope = Envelope.parse(document);
    return keys.stream()
        .filter(key -> envelope.signatures().containsKey(Keys.id(key)))
        .filter(key -> key.verify(envelope.payload(), envelope.signatures().get(Keys.id(key))))
        .map(org.commonshub.identity.api.VerificationKey::multikey)
        .toList();
  }
}
