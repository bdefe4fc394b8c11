package org.commonshub.ledger.plausibility;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.Contradictions.Check;
import org.commonshub.ledger.api.Contradictions.Contradiction;
import org.commonshub.measure.api.DeviceId;

/**
 * A contradiction from begin to end, and what of it stands in the journal. Immutable but for the
 * latter and the end; guarded by {@link Episodes}.
 */
final class Episode {
  /** Not over. */
  static final long OPEN = Long.MAX_VALUE;

  private static final int MAX_DEVICES = 256;

  final Check check;
  final List<DeviceId> devices;
  final long from;
  final String text;
  final long shown;
  final long allowed;
  long to = OPEN;
  boolean beginRecorded;
  boolean endRecorded;

  /**
   * An open one.
   *
   * @param devices whose readings take part, the meter first
   * @param from ms
   * @param text for people
   * @param shown what was seen: mWh, mW, mA or thousandths of the register's unit
   * @param allowed what it contradicts, in the same unit
   */
  Episode(Check check, List<DeviceId> devices, long from, String text, long shown, long allowed) {
    this.check = check;
    this.devices = List.copyOf(devices.subList(0, Math.min(MAX_DEVICES, devices.size())));
    this.from = from;
    this.text = text;
    this.shown = shown;
    this.allowed = allowed;
  }

  boolean open() {
    return to == OPEN;
  }

  Contradiction contradiction() {
    return new Contradiction(
        check,
        devices,
        Instant.ofEpochMilli(from),
        open() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(to)),
        text);
  }

  /** What the journal keeps of its begin, or of begin and end. */
  byte[] entry(boolean ended) {
    return Cbor.encode(fields(ended));
  }

  private Map<Object, Object> fields(boolean ended) {
    Map<Object, Object> fields = new HashMap<>();
    fields.put(1L, (long) check.number());
    fields.put(2L, devices.stream().map(Episode::bytes).toList());
    fields.put(3L, from);
    if (ended) {
      fields.put(4L, to);
    }
    fields.put(5L, shown);
    fields.put(6L, allowed);
    return fields;
  }

  /** Form in the state file: the journal's, and the text and what is recorded. */
  Map<Object, Object> state() {
    Map<Object, Object> state = fields(!open());
    state.put(7L, text);
    state.put(8L, (beginRecorded ? 1L : 0) | (endRecorded ? 2L : 0));
    return state;
  }

  /** Reads {@link #state}; throws any RuntimeException if it is something else. */
  static Episode of(Map<?, ?> state) {
    Check check = null;
    for (Check known : Check.values()) {
      check = state.get(1L).equals((long) known.number()) ? known : check;
    }
    List<DeviceId> devices = new ArrayList<>();
    for (Object device : (List<?>) state.get(2L)) {
      devices.add(device((byte[]) device));
    }
    Episode episode =
        new Episode(
            java.util.Objects.requireNonNull(check, "check"),
            devices,
            (Long) state.get(3L),
            (String) state.get(7L),
            (Long) state.get(5L),
            (Long) state.get(6L));
    episode.to = state.get(4L) instanceof Long end ? end : OPEN;
    long recorded = (Long) state.get(8L);
    episode.beginRecorded = (recorded & 1) != 0;
    episode.endRecorded = (recorded & 2) != 0;
    return episode;
  }

  static byte[] bytes(DeviceId device) {
    return java.nio.ByteBuffer.allocate(16)
        .putLong(device.value().getMostSignificantBits())
        .putLong(device.value().getLeastSignificantBits())
        .array();
  }

  static DeviceId device(byte[] bytes) {
    java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(bytes);
    return new DeviceId(new UUID(buffer.getLong(), buffer.getLong()));
  }
}
