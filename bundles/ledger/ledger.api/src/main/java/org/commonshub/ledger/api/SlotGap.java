package org.commonshub.ledger.api;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/**
 * Content of an entry of kind {@link EntryKind#GAP}: a stretch of quarters of an hour for which
 * nothing can be said of a meter. Deterministic CBOR {@code {1: device, 2: from in ms, 3: to in ms,
 * ? 4: reason}}.
 *
 * @param device which meter, by the hub's name for it
 * @param from start of the first slot
 * @param to end of the last slot, exclusive
 * @param reason number as in docs/data-structure.md section 1; empty if nobody knows
 */
public record SlotGap(UUID device, Instant from, Instant to, Optional<Integer> reason) {
  /** As CBOR. */
  public byte[] encode() {
    Map<Object, Object> map = new HashMap<>();
    map.put(1L, SlotRegisters.bytes(device));
    map.put(2L, from.toEpochMilli());
    map.put(3L, to.toEpochMilli());
    reason.ifPresent(number -> map.put(4L, (long) number));
    return Cbor.encode(map);
  }

  /**
   * Reads {@link #encode()} back.
   *
   * @throws MalformedCborException if it is anything else
   */
  public static SlotGap of(byte[] content) throws MalformedCborException {
    if (Cbor.decode(content) instanceof Map<?, ?> map
        && map.get(1L) instanceof byte[] device
        && map.get(2L) instanceof Long from
        && map.get(3L) instanceof Long to) {
      return new SlotGap(
          SlotRegisters.uuid(device),
          Instant.ofEpochMilli(from),
          Instant.ofEpochMilli(to),
          map.get(4L) instanceof Long reason ? Optional.of(reason.intValue()) : Optional.empty());
    }
    throw new MalformedCborException("not a gap: {1: device, 2: from, 3: to}");
  }
}
