package org.commonshub.tools.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.commonshub.apps.catalogue.MetadataException;
import org.commonshub.apps.catalogue.OperatorTargets;
import org.commonshub.apps.catalogue.PackageCheck;
import org.commonshub.apps.catalogue.ProviderTargets;
import org.commonshub.apps.catalogue.RepositoryWriter;
import org.commonshub.apps.catalogue.SigningKey;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.identity.api.VerificationKey;

/**
 * A catalogue in a folder of this machine in which one key plays provider and operator: for the
 * emulator, benchmarks and tests. Nobody else trusts it.
 */
public final class LocalCatalogue {
  private static final Duration YEAR = Duration.ofDays(365);

  private final Path folder;
  private final SigningKey key;
  private final RepositoryWriter catalogue;

  /**
   * Opens one; makes it if it is not there.
   *
   * @param operator its name, for people
   */
  public LocalCatalogue(Path folder, String operator) throws IOException, MetadataException {
    this.folder = Files.createDirectories(folder);
    Path file = folder.resolve("local.key");
    boolean fresh = !Files.exists(file);
    if (fresh) {
      SigningKey.generate().write(file, new char[0]);
    }
    key = SigningKey.read(file, new char[0]);
    catalogue = new RepositoryWriter(folder);
    if (fresh) {
      List<VerificationKey> keys = List.of(key.key());
      catalogue.publishRoot(
          key.signDocument(
              catalogue.draftRoot(
                  operator,
                  new RepositoryWriter.Roles(keys, 1, keys, 1, keys, keys),
                  keys,
                  90,
                  Instant.now().plus(YEAR.multipliedBy(10)))));
    }
  }

  /** The one key. */
  public SigningKey key() {
    return key;
  }

  /** What a hub follows it with: a file for its folder of settings. */
  public String settings() {
    Path root = folder.resolve("metadata/1.root.json").toAbsolutePath().normalize();
    return "{\n  \"allow.files\": true,\n  \"follow\": [\"local "
        + root.getParent().toUri()
        + " "
        + root
        + "\"]\n}\n";
  }

  /** Lists a package; offered to hubs when it returns. */
  public AppManifest list(Path jar) throws IOException, MetadataException {
    AppManifest manifest = PackageCheck.check(jar).manifest();
    String provider = manifest.provider().id();
    Instant expires = Instant.now().plus(YEAR);
    ProviderTargets edition = ProviderTargets.next(provider, catalogue.providerDocument(provider));
    edition.add(jar);
    byte[] signed = key.signDocument(edition.draft(expires));
    OperatorTargets next = catalogue.targets();
    next.delegate(provider, List.of(key.key()), 1);
    catalogue.countersign(next, provider, signed, path -> jar, 0);
    catalogue.publishTargets(key.signDocument(next.draft(expires)));
    catalogue.publishProvider(provider, signed);
    offer();
    return manifest;
  }

  /** Takes a version back. */
  public void withdraw(AppManifest manifest, String reason) throws IOException, MetadataException {
    OperatorTargets next = catalogue.targets();
    next.withdraw(
        manifest.provider().id() + "/" + manifest.id() + "-" + manifest.version() + ".jar", reason);
    catalogue.publishTargets(key.signDocument(next.draft(Instant.now().plus(YEAR))));
    offer();
  }

  private void offer() throws IOException, MetadataException {
    Instant now = Instant.now();
    catalogue.snapshot(key, now.plus(YEAR));
    catalogue.timestamp(key, now, now.plus(YEAR));
  }

  /** The key of one that is there; empty if there is none. */
  public static Optional<SigningKey> keyOf(Path folder) throws IOException {
    Path file = folder.resolve("local.key");
    return Files.exists(file) ? Optional.of(SigningKey.read(file, new char[0])) : Optional.empty();
  }
}
