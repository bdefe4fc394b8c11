package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.identity.api.VerificationKey;

/** An operator with its catalogue, and providers, for tests. Root and targets take two of three. */
final class Operator {
  static final Instant START = Instant.parse("2026-01-15T12:00:00Z");

  final String name;
  final Path folder;
  final Path work;
  final RepositoryWriter writer;
  final List<SigningKey> root =
      List.of(SigningKey.generate(), SigningKey.generate(), SigningKey.generate());
  final List<SigningKey> targets = List.of(SigningKey.generate(), SigningKey.generate());
  final SigningKey licence = SigningKey.generate();
  SigningKey snapshot = SigningKey.generate();
  SigningKey timestamp = SigningKey.generate();
  final Map<String, SigningKey> providers = new TreeMap<>();
  final byte[] first;
  Instant now;

  Operator(Path base, String name) throws Exception {
    this(base, name, START);
  }

  Operator(Path base, String name, Instant now) throws Exception {
    this.name = name;
    this.now = now;
    folder = base.resolve(name);
    work = Files.createDirectories(base.resolve(name + "-work"));
    writer = new RepositoryWriter(folder);
    first = publishRoot();
  }

  static List<VerificationKey> keys(List<SigningKey> keys) {
    return keys.stream().map(SigningKey::key).toList();
  }

  byte[] draftRoot() throws IOException {
    return writer.draftRoot(
        name,
        new RepositoryWriter.Roles(
            keys(root), 2, keys(targets), 2, List.of(snapshot.key()), List.of(timestamp.key())),
        List.of(licence.key()),
        90,
        now.plus(Duration.ofDays(1000)));
  }

  byte[] publishRoot() throws Exception {
    byte[] signed = root.get(2).signDocument(root.get(0).signDocument(draftRoot()));
    writer.publishRoot(signed);
    return signed;
  }

  void delegate(String provider) throws Exception {
    providers.computeIfAbsent(provider, p -> SigningKey.generate());
    OperatorTargets next = writer.targets();
    next.delegate(provider, List.of(providers.get(provider).key()), 1);
    publish(next);
  }

  void publish(OperatorTargets next) throws Exception {
    byte[] draft = next.draft(now.plus(Duration.ofDays(200)));
    for (SigningKey key : targets) {
      draft = key.signDocument(draft);
    }
    writer.publishTargets(draft);
  }

  /** A provider releases a version, and it is counter-signed; not offered yet. */
  Path release(String provider, String app, String version) throws Exception {
    Path jar = Packages.jar(work, provider, app, version);
    byte[] edition = edition(provider, jar);
    OperatorTargets next = writer.targets();
    writer.countersign(
        next, provider, edition, path -> work.resolve(path.substring(path.indexOf('/') + 1)), 150);
    publish(next);
    writer.publishProvider(provider, edition);
    return jar;
  }

  byte[] edition(String provider, Path jar) throws Exception {
    ProviderTargets edition = ProviderTargets.next(provider, writer.providerDocument(provider));
    edition.add(jar);
    return sign(provider, edition);
  }

  byte[] sign(String provider, ProviderTargets edition) throws Exception {
    return providers.get(provider).signDocument(edition.draft(now.plus(Duration.ofDays(300))));
  }

  void offer() throws Exception {
    writer.snapshot(snapshot, now.plus(Duration.ofDays(30)));
    stamp();
  }

  void stamp() throws Exception {
    writer.timestamp(timestamp, now, now.plus(Duration.ofDays(7)));
  }

  void pass(Duration time) {
    now = now.plus(time);
  }

  /** With one app of one provider. */
  Operator ready() throws Exception {
    delegate("org.example");
    release("org.example", "coach", "1.0.0");
    offer();
    return this;
  }

  byte[] file(String path) throws IOException {
    return Files.readAllBytes(folder.resolve(path));
  }

  Path metadata(String file) {
    return folder.resolve("metadata").resolve(file);
  }

  long version(String role) throws Exception {
    return switch (role) {
      case "timestamp" ->
          Metadata.Timestamp.parse(Files.readAllBytes(metadata("timestamp.json"))).version();
      case "snapshot" -> newest("snapshot");
      default -> newest(role);
    };
  }

  private long newest(String role) {
    long version = 0;
    while (Files.exists(metadata((version + 1) + "." + role + ".json"))) {
      version++;
    }
    return version;
  }

  static <T> T only(List<T> list) {
    if (list.size() != 1) {
      throw new AssertionError(list.toString());
    }
    return list.get(0);
  }

  static Optional<byte[]> none() {
    return Optional.empty();
  }
}
