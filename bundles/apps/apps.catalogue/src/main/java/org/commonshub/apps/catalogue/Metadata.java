package org.commonshub.apps.catalogue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.commonshub.identity.api.VerificationKey;

/** The four kinds of documents of TUF 1.0, section 4, read strictly where they matter here. */
sealed interface Metadata {
  /** Largest root. */
  int MAX_ROOT = 256 << 10;

  /** Largest timestamp. */
  int MAX_TIMESTAMP = 16 << 10;

  /** Largest snapshot. */
  int MAX_SNAPSHOT = 256 << 10;

  /** Largest metadata of the operator's or a provider's targets. */
  int MAX_TARGETS = 2 << 20;

  /** Most targets in one document. */
  int MAX_ENTRIES = 4096;

  /** Most providers in a catalogue. */
  int MAX_PROVIDERS = 256;

  /** Largest package. */
  long MAX_PACKAGE = 32 << 20;

  long MAX_VERSION = 1L << 40;
  Pattern PROVIDER = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+");

  /** As it came. */
  Envelope envelope();

  /** Rises with every change. */
  long version();

  /** When it is void. */
  Instant expires();

  private static void head(Envelope envelope, String type) throws MetadataException {
    Fields signed = envelope.signed();
    if (!signed.text("_type", 32).equals(type)) {
      throw signed.wrong("_type", "is not " + type);
    }
    if (!signed.text("spec_version", 16).matches("1\\.[0-9]+(\\.[0-9]+)?")) {
      throw signed.wrong("spec_version", "only TUF 1 is known");
    }
  }

  private static long version(Envelope envelope) throws MetadataException {
    return envelope.signed().integer("version", 1, MAX_VERSION);
  }

  /**
   * Who is trusted with what.
   *
   * @param operator who runs the catalogue, for people
   * @param licenceKeys that counter-sign licences
   * @param frozenDays age of a timestamp at which apps may act no more
   */
  record Root(
      Envelope envelope,
      long version,
      Instant expires,
      Map<String, Role> roles,
      String operator,
      List<VerificationKey> licenceKeys,
      int frozenDays)
      implements Metadata {
    static Root parse(byte[] raw) throws MetadataException {
      Envelope envelope = Envelope.parse(raw);
      head(envelope, "root");
      Fields signed = envelope.signed();
      if (!signed.truth("consistent_snapshot")) {
        throw signed.wrong("consistent_snapshot", "has to be true");
      }
      Map<String, VerificationKey> keys = Role.keys(signed.object("keys"));
      Map<String, Role> roles = new TreeMap<>();
      for (String name : List.of("root", "timestamp", "snapshot", "targets")) {
        roles.put(name, Role.of(name, signed.object("roles").object(name), keys));
      }
      Optional<Fields> custom = signed.maybe("custom");
      String operator = "unnamed";
      List<VerificationKey> licenceKeys = new ArrayList<>();
      int frozenDays = 90;
      if (custom.isPresent()) {
        Fields own = custom.get();
        if (own.has("operator")) {
          operator = own.text("operator", 80);
        }
        if (own.has("frozen_days")) {
          frozenDays = (int) own.integer("frozen_days", 7, 365);
        }
        if (own.has("licence_keys")) {
          for (String key : own.texts("licence_keys", 16, 80)) {
            try {
              licenceKeys.add(VerificationKey.parse(key));
            } catch (IllegalArgumentException e) {
              throw new MetadataException(
                  own.wrong("licence_keys", e.getMessage()).getMessage(), e);
            }
          }
        }
      }
      return new Root(
          envelope,
          Metadata.version(envelope),
          signed.instant("expires"),
          Map.copyOf(roles),
          operator,
          List.copyOf(licenceKeys),
          frozenDays);
    }

    Role role(String name) {
      return roles.get(name);
    }

    /** SHA-256 of what is signed, first 16 bytes in groups of four digits, for people. */
    String fingerprint() {
      return Keys.sha256(envelope.payload()).substring(0, 32).replaceAll("(.{4})(?=.)", "$1 ");
    }
  }

  /**
   * Which document a document points at.
   *
   * @param length at most, in bytes, if said
   * @param sha256 hex, if said
   */
  record Pointer(long version, Optional<Integer> length, Optional<String> sha256) {
    private static Pointer of(Fields fields, int max) throws MetadataException {
      return new Pointer(
          fields.integer("version", 1, MAX_VERSION),
          fields.has("length")
              ? Optional.of((int) fields.integer("length", 1, max))
              : Optional.empty(),
          fields.has("hashes")
              ? Optional.of(fields.object("hashes").hex("sha256", 32))
              : Optional.empty());
    }

    /** Demands that a document is the one. */
    void demand(String name, Metadata document) throws MetadataException {
      if (document.version() != version) {
        throw new MetadataException(
            "the " + name + " metadata has version " + document.version() + ", not " + version);
      }
      bytes(name, document.envelope().raw());
    }

    /** Demands that bytes are the ones. */
    void bytes(String name, byte[] raw) throws MetadataException {
      if (length.isPresent() && raw.length != length.get()) {
        throw new MetadataException(
            "the " + name + " metadata has " + raw.length + " bytes, not " + length.get());
      }
      if (sha256.isPresent() && !sha256.get().equals(Keys.sha256(raw))) {
        throw new MetadataException("the " + name + " metadata has another digest than was signed");
      }
    }
  }

  /**
   * What the newest snapshot is.
   *
   * @param issued when it was signed, if it says so
   */
  record Timestamp(
      Envelope envelope, long version, Instant expires, Pointer snapshot, Optional<Instant> issued)
      implements Metadata {
    static Timestamp parse(byte[] raw) throws MetadataException {
      Envelope envelope = Envelope.parse(raw);
      head(envelope, "timestamp");
      Fields signed = envelope.signed();
      Optional<Instant> issued =
          signed.has("issued") ? Optional.of(signed.instant("issued")) : Optional.empty();
      Instant expires = signed.instant("expires");
      if (issued.isPresent() && issued.get().isAfter(expires)) {
        throw signed.wrong("issued", "is after its end");
      }
      Fields meta = signed.object("meta");
      if (!meta.names(1).contains("snapshot.json")) {
        throw signed.wrong("meta", "names snapshot.json");
      }
      return new Timestamp(
          envelope,
          Metadata.version(envelope),
          expires,
          Pointer.of(meta.object("snapshot.json"), MAX_SNAPSHOT),
          issued);
    }
  }

  /**
   * Which documents belong together.
   *
   * @param meta by role
   */
  record Snapshot(Envelope envelope, long version, Instant expires, SortedMap<String, Pointer> meta)
      implements Metadata {
    static Snapshot parse(byte[] raw) throws MetadataException {
      Envelope envelope = Envelope.parse(raw);
      head(envelope, "snapshot");
      Fields all = envelope.signed().object("meta");
      SortedMap<String, Pointer> meta = new TreeMap<>();
      for (String file : all.names(4 * MAX_PROVIDERS)) {
        if (!file.endsWith(".json") || file.length() > 120) {
          throw all.wrong(file, "is not the name of metadata");
        }
        meta.put(file.substring(0, file.length() - 5), Pointer.of(all.object(file), MAX_TARGETS));
      }
      if (!meta.containsKey("targets")) {
        throw all.wrong("targets.json", "is missing");
      }
      return new Snapshot(
          envelope, Metadata.version(envelope), envelope.signed().instant("expires"), meta);
    }
  }

  /**
   * A file that is vouched for.
   *
   * @param length bytes
   * @param sha256 hex
   * @param custom what the signer adds
   */
  record Target(long length, String sha256, Fields custom) {
    boolean sameFile(Target other) {
      return length == other.length && sha256.equals(other.sha256);
    }
  }

  /**
   * What somebody vouches for.
   *
   * @param targets by path
   * @param delegations providers, by id; the operator's only
   */
  record Targets(
      Envelope envelope,
      long version,
      Instant expires,
      SortedMap<String, Target> targets,
      SortedMap<String, Role> delegations)
      implements Metadata {
    static Targets parse(byte[] raw) throws MetadataException {
      Envelope envelope = Envelope.parse(raw);
      head(envelope, "targets");
      Fields signed = envelope.signed();
      SortedMap<String, Target> targets = new TreeMap<>();
      Fields all = signed.object("targets");
      for (String path : all.names(MAX_ENTRIES)) {
        Fields target = all.object(path);
        targets.put(
            path,
            new Target(
                target.integer("length", 0, Long.MAX_VALUE),
                target.object("hashes").hex("sha256", 32),
                target
                    .maybe("custom")
                    .orElseGet(() -> new Fields("targets." + path + ".custom", Map.of()))));
      }
      return new Targets(
          envelope,
          Metadata.version(envelope),
          signed.instant("expires"),
          targets,
          delegations(signed));
    }

    private static SortedMap<String, Role> delegations(Fields signed) throws MetadataException {
      SortedMap<String, Role> roles = new TreeMap<>();
      Optional<Fields> delegations = signed.maybe("delegations");
      if (delegations.isEmpty()) {
        return roles;
      }
      Map<String, VerificationKey> keys = Role.keys(delegations.get().object("keys"));
      for (Fields role : delegations.get().objects("roles", MAX_PROVIDERS)) {
        String name = role.text("name", 64);
        if (!PROVIDER.matcher(name).matches()) {
          throw role.wrong("name", "a provider is a domain turned round, such as org.example");
        }
        if (!role.texts("paths", 1, 66).equals(List.of(name + "/*"))
            || !role.truth("terminating")) {
          throw role.wrong("paths", "a provider has " + name + "/* and ends there");
        }
        if (roles.put(name, Role.of(name, role, keys)) != null) {
          throw role.wrong("name", "a provider stands there twice");
        }
      }
      for (String name : roles.keySet()) {
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
          if (roles.containsKey(name.substring(0, dot))) {
            throw new MetadataException(
                "delegations: the names of " + name + " lie within another provider's");
          }
        }
      }
      return roles;
    }
  }
}
