package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.commonshub.apps.catalogue.Metadata.Root;
import org.commonshub.apps.catalogue.Metadata.Snapshot;
import org.commonshub.apps.catalogue.Metadata.Target;
import org.commonshub.apps.catalogue.Metadata.Targets;
import org.commonshub.apps.catalogue.Metadata.Timestamp;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.ManifestCodec;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.platform.api.DurableFiles;

/**
 * Writes a catalogue into a folder that any web server can offer: {@code metadata/} and {@code
 * targets/}. Root, targets and providers' editions are drafted here, signed wherever the keys are
 * ({@link SigningKey#signDocument}), and published here once enough have signed; hubs see nothing
 * of it before {@link #snapshot} and {@link #timestamp}. One thread, one process.
 */
public final class RepositoryWriter {
  private static final Pattern NUMBERED = Pattern.compile("([1-9][0-9]{0,12})\\.(.+)\\.json");

  private final Path metadata;
  private final Path packages;

  /**
   * Who signs what.
   *
   * @param root offline keys
   * @param rootThreshold how many of them
   * @param targets offline keys for listings
   * @param targetsThreshold how many of them
   * @param snapshot keys, one signs
   * @param timestamp keys, one signs; may be on the web server
   */
  public record Roles(
      List<VerificationKey> root,
      int rootThreshold,
      List<VerificationKey> targets,
      int targetsThreshold,
      List<VerificationKey> snapshot,
      List<VerificationKey> timestamp) {}

  /** A writer; makes the folder if it is not there. */
  public RepositoryWriter(Path folder) throws IOException {
    metadata = Files.createDirectories(folder.resolve("metadata"));
    packages = Files.createDirectories(folder.resolve("targets"));
  }

  /**
   * Drafts the first or the next root. It has to be signed by the threshold of the root before, and
   * by its own.
   *
   * @param operator who runs the catalogue, for people
   * @param licenceKeys that counter-sign licences
   * @param frozenDays age of the timestamp at which apps may act no more, 7 to 365; usually 90
   */
  public byte[] draftRoot(
      String operator,
      Roles roles,
      List<VerificationKey> licenceKeys,
      int frozenDays,
      Instant expires)
      throws IOException {
    Map<String, Object> keys = new TreeMap<>();
    Map<String, Object> named = new TreeMap<>();
    named.put("root", Documents.role(roles.root, roles.rootThreshold, keys));
    named.put("targets", Documents.role(roles.targets, roles.targetsThreshold, keys));
    named.put("snapshot", Documents.role(roles.snapshot, 1, keys));
    named.put("timestamp", Documents.role(roles.timestamp, 1, keys));
    Map<String, Object> custom = new TreeMap<>();
    custom.put("operator", operator);
    custom.put("frozen_days", (long) frozenDays);
    custom.put("licence_keys", licenceKeys.stream().map(VerificationKey::multikey).toList());
    Map<String, Object> signed = Documents.signed("root", newest("root").orElse(0) + 1, expires);
    signed.put("consistent_snapshot", true);
    signed.put("keys", keys);
    signed.put("roles", named);
    signed.put("custom", custom);
    return Documents.draft(signed);
  }

  /**
   * Publishes a root.
   *
   * @throws MetadataException if it is not the next one, or too few have signed
   */
  public void publishRoot(byte[] document) throws IOException, MetadataException {
    Root next = Root.parse(document);
    next.role("root").verify(next.envelope());
    if (newest("root").isPresent()) {
      root().role("root").verify(next.envelope());
    }
    publish("root", next, newest("root").orElse(0) + 1);
  }

  /** The newest root. */
  public byte[] rootDocument() throws IOException, MetadataException {
    return root().envelope().raw();
  }

  /** What people compare when they follow a catalogue with a root. */
  public static String fingerprint(byte[] root) throws MetadataException {
    return Root.parse(root).fingerprint();
  }

  private Root root() throws IOException, MetadataException {
    return Root.parse(read("root", Metadata.MAX_ROOT));
  }

  /** The next list, to be changed. */
  public OperatorTargets targets() throws IOException, MetadataException {
    return new OperatorTargets(
        newest("targets").isEmpty()
            ? Optional.empty()
            : Optional.of(Targets.parse(read("targets", Metadata.MAX_TARGETS))));
  }

  /**
   * Counter-signs what a provider signed: looks at each package, keeps it and lists it.
   *
   * @param next list that gets the entries
   * @param edition signed by the provider
   * @param jars gives the package for a path
   * @param feePermille share of what the provider earns
   * @return paths that are new
   * @throws MetadataException if the provider did not sign, or a package is not what it signed;
   *     {@code next} is to be thrown away then
   */
  public List<String> countersign(
      OperatorTargets next,
      String provider,
      byte[] edition,
      Function<String, Path> jars,
      int feePermille)
      throws IOException, MetadataException {
    if (feePermille < 0 || feePermille > 1000) {
      throw new MetadataException("a fee is 0 to 1000 per mille");
    }
    Targets own = Targets.parse(edition);
    next.role(provider).verify(own.envelope());
    List<String> fresh = new ArrayList<>();
    for (Map.Entry<String, Target> entry : own.targets().entrySet()) {
      String path = entry.getKey();
      Target target = entry.getValue();
      if (next.lists(path, target) || Offers.withdrawn(target).isPresent()) {
        continue;
      }
      PackageCheck.Found found = PackageCheck.check(jars.apply(path));
      if (found.length() != target.length()
          || !found.sha256().equals(target.sha256())
          || !Offers.path(found.manifest()).equals(path)
          || !found.manifest().provider().id().equals(provider)
          || !ManifestCodec.json(found.manifest())
              .equals(ManifestCodec.json(Offers.manifest(target)))) {
        throw new MetadataException(path + " is not what " + provider + " signed");
      }
      Path kept = packages.resolve(provider);
      Files.createDirectories(kept);
      Files.copy(
          jars.apply(path),
          kept.resolve(target.sha256() + "." + path.substring(path.indexOf('/') + 1)),
          StandardCopyOption.REPLACE_EXISTING);
      next.list(path, target, feePermille);
      fresh.add(path);
    }
    return fresh;
  }

  /**
   * Publishes the operator's list.
   *
   * @throws MetadataException if it is not the next one, or too few have signed
   */
  public void publishTargets(byte[] document) throws IOException, MetadataException {
    Targets next = Targets.parse(document);
    root().role("targets").verify(next.envelope());
    publish("targets", next, newest("targets").orElse(0) + 1);
  }

  /**
   * Publishes a provider's edition.
   *
   * @throws MetadataException if the published list does not delegate to its keys, or it is not
   *     newer than the one before
   */
  public void publishProvider(String provider, byte[] document)
      throws IOException, MetadataException {
    Targets next = Targets.parse(document);
    targets().role(provider).verify(next.envelope());
    if (next.version() <= newest(provider).orElse(0)) {
      throw new MetadataException("the edition is not newer than the one before");
    }
    publish(provider, next, next.version());
  }

  /** The newest edition of a provider; empty if there is none. */
  public Optional<byte[]> providerDocument(String provider) throws IOException {
    return newest(provider).isEmpty()
        ? Optional.empty()
        : Optional.of(read(provider, Metadata.MAX_TARGETS));
  }

  /** Writes which documents belong together. */
  public void snapshot(SigningKey key, Instant expires) throws IOException, MetadataException {
    Map<String, Object> meta = new TreeMap<>();
    if (newest("snapshot").isPresent()) {
      // Whatever was listed stays listed (TUF 1.0, section 5.5.5).
      Snapshot.parse(read("snapshot", Metadata.MAX_SNAPSHOT))
          .meta()
          .keySet()
          .forEach(role -> meta.put(role + ".json", null));
    }
    meta.put("targets.json", null);
    targets().providers().keySet().forEach(provider -> meta.put(provider + ".json", null));
    for (String file : List.copyOf(meta.keySet())) {
      String role = file.substring(0, file.length() - 5);
      if (newest(role).isEmpty()) {
        meta.remove(file);
      } else {
        meta.put(file, pointer(newest(role).getAsLong(), read(role, Metadata.MAX_TARGETS)));
      }
    }
    long version = newest("snapshot").orElse(0) + 1;
    Map<String, Object> signed = Documents.signed("snapshot", version, expires);
    signed.put("meta", meta);
    Snapshot next = Snapshot.parse(key.signDocument(Documents.draft(signed)));
    root().role("snapshot").verify(next.envelope());
    publish("snapshot", next, version);
  }

  /** Offers the newest snapshot to hubs. */
  public void timestamp(SigningKey key, Instant issued, Instant expires)
      throws IOException, MetadataException {
    Path file = metadata.resolve("timestamp.json");
    long version =
        Files.exists(file)
            ? Timestamp.parse(DurableFiles.read(file, Metadata.MAX_TIMESTAMP)).version() + 1
            : 1;
    Map<String, Object> signed = Documents.signed("timestamp", version, expires);
    signed.put("issued", Documents.instant(issued));
    signed.put(
        "meta",
        new TreeMap<>(
            Map.of(
                "snapshot.json",
                pointer(
                    newest("snapshot").orElseThrow(() -> new MetadataException("no snapshot yet")),
                    read("snapshot", Metadata.MAX_SNAPSHOT)))));
    Timestamp next = Timestamp.parse(key.signDocument(Documents.draft(signed)));
    root().role("timestamp").verify(next.envelope());
    DurableFiles.write(file, next.envelope().raw(), false);
  }

  private static Map<String, Object> pointer(long version, byte[] raw) {
    return new TreeMap<>(
        Map.of(
            "version",
            version,
            "length",
            (long) raw.length,
            "hashes",
            new TreeMap<>(Map.of("sha256", Keys.sha256(raw)))));
  }

  /**
   * What a hub sees that follows the catalogue from a root.
   *
   * @param first root that is followed
   * @param now what time it is
   * @throws MetadataException if a hub would refuse the catalogue
   */
  public List<Listing> listings(byte[] first, Instant now) throws IOException, MetadataException {
    URI url = metadata.toUri();
    State state = new Updater(State.first(url, first), new FileTransport(), kept -> {}, now).run();
    List<String> problems = new ArrayList<>();
    List<Listing> listings =
        Offers.all(
            "check",
            state.root(),
            state.complete().orElseThrow().targets(),
            state.complete().orElseThrow().providers(),
            problems);
    if (!problems.isEmpty()) {
      throw new MetadataException(problems.get(0));
    }
    return listings;
  }

  private void publish(String role, Metadata document, long version)
      throws IOException, MetadataException {
    if (document.version() != version) {
      throw new MetadataException(
          "the " + role + " metadata has version " + document.version() + ", not " + version);
    }
    DurableFiles.write(
        metadata.resolve(version + "." + role + ".json"), document.envelope().raw(), false);
  }

  private byte[] read(String role, int max) throws IOException {
    long version = newest(role).orElseThrow(() -> new IOException("there is no " + role + " yet"));
    return DurableFiles.read(metadata.resolve(version + "." + role + ".json"), max);
  }

  private OptionalLong newest(String role) throws IOException {
    try (Stream<Path> files = Files.list(metadata)) {
      return files
          .map(file -> NUMBERED.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .filter(matcher -> matcher.group(2).equals(role))
          .mapToLong(matcher -> Long.parseLong(matcher.group(1)))
          .max();
    }
  }
}
