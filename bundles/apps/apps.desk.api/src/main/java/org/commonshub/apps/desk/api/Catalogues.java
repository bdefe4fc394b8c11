package org.commonshub.apps.desk.api;

import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The catalogues this hub follows: repositories in the shape of The Update Framework 1.0, each
 * trusted for itself from the root that was entered with it. Any thread.
 */
@ProviderType
public interface Catalogues {
  /**
   * A followed catalogue.
   *
   * @param name given here, {@code [a-z0-9-]{1,32}}
   * @param url folder of its metadata
   * @param operator who runs it, from its signed root
   * @param fingerprint of its first root, to compare
   * @param state what it is good for
   * @param updated last time it was refreshed and all was well, trusted time
   * @param expires when the first of its metadata ends
   * @param problem why the last refresh failed, for people
   */
  record Source(
      String name,
      URI url,
      String operator,
      String fingerprint,
      State state,
      Optional<Instant> updated,
      Optional<Instant> expires,
      Optional<String> problem) {
    /** What a catalogue is good for. */
    public enum State {
      /** Nothing was fetched yet, or nothing of it holds. */
      NEW,
      /** All is well. */
      FRESH,
      /** Its metadata ran out: nothing new is installed from it, what runs goes on. */
      EXPIRED,
      /**
       * Its metadata is older than the operator's limit: apps from it get no network and no
       * actuators until it is refreshed.
       */
      FROZEN
    }
  }

  /** All followed catalogues, by name. */
  List<Source> sources();

  /**
   * What {@link Source#fingerprint()} will be of a catalogue that is followed with a root, so that
   * a person can compare it before.
   *
   * @throws AppException if the root does not hold
   */
  String fingerprint(byte[] root) throws AppException;

  /**
   * Follows a catalogue.
   *
   * @param root its root metadata, signed by its threshold; the person compared its fingerprint
   * @throws AppException if the root does not hold, or the name is taken
   */
  void follow(String name, URI url, byte[] root, String actor) throws AppException;

  /** Follows it no more; apps that came from it stop at their next check. */
  void unfollow(String name, String actor) throws AppException;

  /**
   * Fetches its metadata now; otherwise every six hours.
   *
   * @return completes with what came out; never fails
   */
  CompletionStage<Source> refresh(String name);

  /** Everything listed by catalogues that are followed, also withdrawn; by app, newest first. */
  List<Listing> listings();

  /**
   * Fetches a package into a file: at most its signed length, at least 1 KiB/s, then compared with
   * its digest. Blocks.
   *
   * @return evidence to keep beside the file: the signed metadata that vouches for it
   * @throws AppException if the source is not {@code FRESH}, the listing withdrawn, or the file not
   *     what was signed; the file is gone then
   */
  byte[] fetch(Listing listing, Path file) throws AppException;

  /**
   * Whether a kept file is still what was signed: no network, for every boot.
   *
   * @param evidence from {@link #fetch}
   * @return what it is, {@code withdrawn} as far as is known now
   * @throws AppException if it is not, or its source is not followed any more
   */
  Listing verify(Path file, byte[] evidence) throws AppException;

  /** Told after anything of {@link #sources()} or {@link #listings()} changed. Whiteboard. */
  @org.osgi.annotation.versioning.ConsumerType
  interface Listener {
    /** A source changed; called on a thread of the catalogue's, return soon. */
    void catalogueChanged(String source);
  }
}
