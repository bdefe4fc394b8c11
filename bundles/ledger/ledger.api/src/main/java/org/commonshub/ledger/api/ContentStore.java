package org.commonshub.ledger.api;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.commonshub.measure.api.DeviceId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Batches of readings, encrypted to named recipients and kept as content-addressed files (CAR v1,
 * CIDv1). Implemented by {@code ledger.content}; nothing leaves the hub through it. Methods read
 * and write the disk; any thread, but not a polling one.
 */
@ProviderType
public interface ContentStore {
  /** Most recipients of one batch. */
  int MAX_RECIPIENTS = 32;

  /** Longest time that one batch spans, in days. */
  int MAX_DAYS = 31;

  /**
   * Somebody who may open a batch.
   *
   * @param name what people call them, 1 to 64 characters; stays on the hub
   * @param key X25519 public key as did:key or multikey ({@code z6LS…}; multicodec 0xec)
   */
  record Recipient(String name, String key) {}

  /**
   * A batch that is kept. Everything but {@code cid} and {@code bytes} stays on the hub.
   *
   * @param cid CIDv1 of its root, base32: the only name that others see
   * @param sealed when it was made
   * @param devices whose readings are in it
   * @param from begin, inclusive
   * @param to end, exclusive
   * @param recipients names of those who can open it
   * @param records readings and gaps in it
   * @param bytes size of the CAR file
   */
  record Sealed(
      String cid,
      Instant sealed,
      List<DeviceId> devices,
      Instant from,
      Instant to,
      List<String> recipients,
      long records,
      long bytes) {
    public Sealed {
      devices = List.copyOf(devices);
      recipients = List.copyOf(recipients);
    }
  }

  /** What is kept, newest first. */
  List<Sealed> list();

  /**
   * Seals the readings of devices with {@code from} ≤ instant &lt; {@code to}; durable when it
   * returns. When the store is full the oldest batches go.
   *
   * @throws IllegalArgumentException if there is no device or recipient, or more than {@link
   *     #MAX_RECIPIENTS}, a key is not an X25519 key, or the time is empty or longer than {@link
   *     #MAX_DAYS}
   * @throws IOException if nothing was sealed: no history, no readings, larger than the whole
   *     store, or the disk refused
   */
  Sealed seal(List<DeviceId> devices, Instant from, Instant to, List<Recipient> recipients)
      throws IOException;

  /** The CAR file; the caller closes it. Empty if it is not kept. */
  Optional<InputStream> open(String cid) throws IOException;

  /** Deletes a batch; nothing happens if it is not kept. */
  void delete(String cid) throws IOException;
}
