package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.commonshub.apps.catalogue.Metadata.Pointer;
import org.commonshub.apps.catalogue.Metadata.Root;
import org.commonshub.apps.catalogue.Metadata.Snapshot;
import org.commonshub.apps.catalogue.Metadata.Targets;
import org.commonshub.apps.catalogue.Metadata.Timestamp;
import org.commonshub.apps.catalogue.State.Complete;

/**
 * The client's work of TUF 1.0, section 5: root after root, then timestamp, snapshot, targets and
 * what providers sign. Whatever is wrong ends it, and what was trusted before stays.
 */
final class Updater {
  /** Most roots in one refresh; the next one goes on. */
  private static final int MAX_ROTATIONS = 64;

  /** Keeps what must not be forgotten if the refresh ends early. */
  interface Keeper {
    /** Durable when it returns. */
    void keep(State state) throws IOException;
  }

  private final Transport transport;
  private final Keeper keeper;
  private final Instant start;
  private State state;

  /**
   * A refresh.
   *
   * @param start what time it is; stays so for the whole refresh (section 5.1)
   */
  Updater(State before, Transport transport, Keeper keeper, Instant start) {
    this.state = before;
    this.transport = transport;
    this.keeper = keeper;
    this.start = start;
  }

  /**
   * Refreshes.
   *
   * @throws IOException if something could not be fetched or kept
   * @throws MetadataException if something is not what it has to be
   */
  State run() throws IOException, MetadataException {
    roots();
    Root root = state.root();
    unexpired("root", root);
    Optional<Complete> old = state.complete();

    Timestamp timestamp = Timestamp.parse(get("timestamp.json", Metadata.MAX_TIMESTAMP));
    root.role("timestamp").verify(timestamp.envelope());
    notBelow("timestamp", timestamp.version());
    notBelow("snapshot", timestamp.snapshot().version());
    if (old.isPresent() && old.get().timestamp().version() == timestamp.version()) {
      timestamp = old.get().timestamp();
    }
    unexpired("timestamp", timestamp);
    see(Map.of("timestamp", timestamp.version(), "snapshot", timestamp.snapshot().version()));

    Pointer wanted = timestamp.snapshot();
    Snapshot snapshot = old.map(Complete::snapshot).filter(s -> is(wanted, s)).orElse(null);
    if (snapshot == null) {
      snapshot = Snapshot.parse(get("snapshot", wanted, Metadata.MAX_SNAPSHOT));
      root.role("snapshot").verify(snapshot.envelope());
      wanted.demand("snapshot", snapshot);
    }
    Map<String, Long> versions = new TreeMap<>();
    snapshot.meta().forEach((role, pointer) -> versions.put(role, pointer.version()));
    for (String role : state.floors().keySet()) {
      if (!role.equals("timestamp") && !role.equals("snapshot")) {
        if (!versions.containsKey(role)) {
          throw new MetadataException("the snapshot lost the metadata of " + role);
        }
        notBelow(role, versions.get(role));
      }
    }
    unexpired("snapshot", snapshot);
    see(versions);

    Pointer top = snapshot.meta().get("targets");
    Targets targets = old.map(Complete::targets).filter(t -> is(top, t)).orElse(null);
    if (targets == null) {
      targets = Targets.parse(get("targets", top, Metadata.MAX_TARGETS));
    }
    root.role("targets").verify(targets.envelope());
    top.demand("targets", targets);
    unexpired("targets", targets);

    SortedMap<String, Targets> providers = new TreeMap<>();
    for (Map.Entry<String, Role> delegation : targets.delegations().entrySet()) {
      String name = delegation.getKey();
      Pointer pointer = snapshot.meta().get(name);
      if (pointer == null) {
        continue; // published nothing yet
      }
      Targets provider =
          old.map(set -> set.providers().get(name)).filter(t -> is(pointer, t)).orElse(null);
      if (provider == null) {
        provider = Targets.parse(get(name, pointer, Metadata.MAX_TARGETS));
      }
      delegation.getValue().verify(provider.envelope());
      pointer.demand(name, provider);
      // One that ran out is a matter of that provider alone: nothing of it is installed.
      providers.put(name, provider);
    }
    Complete set = new Complete(timestamp, snapshot, targets, providers);
    // So the key of the timestamp alone moves trusted time no further than the others allow.
    if (timestamp.issued().filter(issued -> !issued.isBefore(set.expires(root))).isPresent()) {
      throw new MetadataException("the timestamp metadata was issued after the rest of it ended");
    }
    state = state.complete(set, start);
    keeper.keep(state);
    return state;
  }

  private void roots() throws IOException, MetadataException {
    for (int i = 0; i < MAX_ROTATIONS; i++) {
      long version = state.root().version() + 1;
      Optional<byte[]> bytes = fetch(version + ".root.json", Metadata.MAX_ROOT);
      if (bytes.isEmpty()) {
        return;
      }
      Root next = Root.parse(bytes.get());
      state.root().role("root").verify(next.envelope());
      next.role("root").verify(next.envelope());
      if (next.version() != version) {
        throw new MetadataException(
            "the root metadata has version " + next.version() + ", not " + version);
      }
      state = state.root(next);
      keeper.keep(state);
    }
  }

  private static boolean is(Pointer pointer, Metadata document) {
    try {
      pointer.demand("kept", document);
      return true;
    } catch (MetadataException e) {
      return false;
    }
  }

  private void see(Map<String, Long> versions) throws IOException {
    State seen = state.seen(versions);
    if (!seen.floors().equals(state.floors())) {
      state = seen;
      keeper.keep(state);
    }
  }

  private void notBelow(String role, long version) throws MetadataException {
    long floor = state.floors().getOrDefault(role, 0L);
    if (version < floor) {
      throw new MetadataException(
          "the " + role + " metadata went back from version " + floor + " to " + version);
    }
  }

  private void unexpired(String role, Metadata document) throws MetadataException {
    if (!start.isBefore(document.expires())) {
      throw new MetadataException("the " + role + " metadata ended at " + document.expires());
    }
  }

  private byte[] get(String role, Pointer pointer, int max) throws IOException, MetadataException {
    byte[] bytes = get(pointer.version() + "." + role + ".json", pointer.length().orElse(max));
    pointer.bytes(role, bytes);
    return bytes;
  }

  private byte[] get(String file, int max) throws IOException {
    return fetch(file, max).orElseThrow(() -> new IOException("there is no " + file));
  }

  private Optional<byte[]> fetch(String file, int max) throws IOException {
    return transport.get(state.url().resolve(file), max);
  }
}
