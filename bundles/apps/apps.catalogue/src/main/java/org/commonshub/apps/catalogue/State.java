package org.commonshub.apps.catalogue;

import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.commonshub.apps.catalogue.Metadata.Root;
import org.commonshub.apps.catalogue.Metadata.Snapshot;
import org.commonshub.apps.catalogue.Metadata.Targets;
import org.commonshub.apps.catalogue.Metadata.Timestamp;

/**
 * What is trusted of one catalogue. Immutable.
 *
 * @param url folder of its metadata
 * @param fingerprint of the root it was followed with
 * @param root newest
 * @param roots digests of all roots that were trusted, by version
 * @param floors lowest version that is still taken, by role: what was seen is never taken back
 * @param time latest instant that it vouched for
 * @param updated when it was refreshed and all was well, trusted time
 * @param complete documents that belong together; empty before the first refresh, and after keys
 *     were replaced until the next
 */
record State(
    URI url,
    String fingerprint,
    Root root,
    SortedMap<Long, String> roots,
    Map<String, Long> floors,
    Optional<Instant> time,
    Optional<Instant> updated,
    Optional<Complete> complete) {
  private static final int MAX_ROOTS = 256;

  State {
    floors = Map.copyOf(floors);
  }

  /**
   * Documents that belong together.
   *
   * @param providers by id; those that published something
   */
  record Complete(
      Timestamp timestamp,
      Snapshot snapshot,
      Targets targets,
      SortedMap<String, Targets> providers) {
    /** Demands that a root vouches for all of it. */
    void verify(Root root) throws MetadataException {
      root.role("timestamp").verify(timestamp.envelope());
      root.role("snapshot").verify(snapshot.envelope());
      timestamp.snapshot().demand("snapshot", snapshot);
      root.role("targets").verify(targets.envelope());
      snapshot.meta().get("targets").demand("targets", targets);
      for (Map.Entry<String, Targets> provider : providers.entrySet()) {
        String name = provider.getKey();
        Role role = targets.delegations().get(name);
        Metadata.Pointer pointer = snapshot.meta().get(name);
        if (role == null || pointer == null) {
          throw new MetadataException("nobody vouches for " + name);
        }
        role.verify(provider.getValue().envelope());
        pointer.demand(name, provider.getValue());
      }
    }

    /** When the first of the operator's documents ends. */
    Instant expires(Root root) {
      Instant first = root.expires();
      for (Metadata document : new Metadata[] {timestamp, snapshot, targets}) {
        first = document.expires().isBefore(first) ? document.expires() : first;
      }
      return first;
    }
  }

  /**
   * The beginning of trust.
   *
   * @throws MetadataException if the root is not signed by its own threshold
   */
  static State first(URI url, byte[] bytes) throws MetadataException {
    Root root = Root.parse(bytes);
    root.role("root").verify(root.envelope());
    return new State(
        url,
        root.fingerprint(),
        root,
        new TreeMap<>(Map.of(root.version(), Keys.sha256(bytes))),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** With the next root; what it does not vouch for is forgotten. */
  State root(Root next) {
    SortedMap<Long, String> trusted = new TreeMap<>(roots);
    trusted.put(next.version(), Keys.sha256(next.envelope().raw()));
    while (trusted.size() > MAX_ROOTS) {
      trusted.remove(trusted.firstKey());
    }
    // TUF 1.0, section 5.3.11: versions that an attacker rushed ahead end with the stolen keys.
    boolean replaced =
        !root.role("timestamp").same(next.role("timestamp"))
            || !root.role("snapshot").same(next.role("snapshot"));
    boolean holds = complete.isPresent();
    try {
      if (holds) {
        complete.get().verify(next);
      }
    } catch (MetadataException e) {
      holds = false;
    }
    return new State(
        url,
        fingerprint,
        next,
        trusted,
        replaced ? Map.of() : floors,
        time,
        updated,
        replaced || !holds ? Optional.empty() : complete);
  }

  /** With versions that were seen. */
  State seen(Map<String, Long> versions) {
    Map<String, Long> risen = new TreeMap<>(floors);
    versions.forEach((role, version) -> risen.merge(role, version, Math::max));
    return new State(url, fingerprint, root, roots, risen, time, updated, complete);
  }

  /** With all of it new. */
  State complete(Complete set, Instant now) {
    Instant vouched = set.timestamp().issued().orElse(now);
    Instant latest = time.filter(t -> t.isAfter(vouched)).orElse(vouched);
    Instant then = now.isBefore(latest) ? latest : now;
    return new State(
        url,
        fingerprint,
        root,
        roots,
        floors,
        Optional.of(latest),
        Optional.of(then),
        Optional.of(set));
  }
}
