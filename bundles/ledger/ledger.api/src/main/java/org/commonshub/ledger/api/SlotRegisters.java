package org.commonshub.ledger.api;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/**
 * Content of an entry of kind {@link EntryKind#READINGS} or {@link EntryKind#BACKFILL}: what the
 * registers of one meter said at the end of a quarter of an hour, or last before it. Deterministic
 * CBOR {@code {1: device, 2: slot in ms, 3: meter epoch, 4: [register, …], ? 5: gap}}.
 *
 * @param device which meter, by the hub's name for it
 * @param slot UTC start of the 15 minutes
 * @param meterEpoch rises when the physical meter is swapped or reset
 * @param registers at most 64
 * @param gap backfill only: index of the entry that had recorded that there was nothing
 */
public record SlotRegisters(
    UUID device, Instant slot, int meterEpoch, List<Register> registers, Optional<Long> gap) {
  private static final int MOST = 64;

  /**
   * One register as it was read: {@code [OBIS code, instant in ms, mantissa, exponent, quality]}.
   *
   * @param obis code in reduced form, {@code 1-0:1.8.0} (IEC 62056-6-1): 1.8.x energy taken, 2.8.x
   *     energy given
   * @param instant of the reading, within the slot or at its very end
   * @param mantissa value = mantissa × 10^exponent in Wh
   * @param exponent power of ten
   * @param quality flags, docs/data-structure.md section 2
   */
  public record Register(String obis, Instant instant, long mantissa, int exponent, int quality) {}

  public SlotRegisters {
    registers = List.copyOf(registers);
    if (registers.size() > MOST) {
      throw new IllegalArgumentException("at most " + MOST + " registers of a meter");
    }
  }

  /** As CBOR. */
  public byte[] encode() {
    List<Object> list = new ArrayList<>();
    for (Register each : registers) {
      list.add(
          List.of(
              each.obis(),
              each.instant().toEpochMilli(),
              each.mantissa(),
              (long) each.exponent(),
              (long) each.quality()));
    }
    Map<Object, Object> map = new HashMap<>();
    map.put(1L, bytes(device));
    map.put(2L, slot.toEpochMilli());
    map.put(3L, (long) meterEpoch);
    map.put(4L, list);
    gap.ifPresent(index -> map.put(5L, index));
    return Cbor.encode(map);
  }

  /**
   * Reads {@link #encode()} back.
   *
   * @throws MalformedCborException if it is anything else
   */
  public static SlotRegisters of(byte[] content) throws MalformedCborException {
    if (Cbor.decode(content) instanceof Map<?, ?> map
        && map.get(1L) instanceof byte[] device
        && map.get(2L) instanceof Long slot
        && map.get(3L) instanceof Long epoch
        && map.get(4L) instanceof List<?> list
        && list.size() <= MOST) {
      List<Register> registers = new ArrayList<>();
      for (Object element : list) {
        if (!(element instanceof List<?> parts
            && parts.size() == 5
            && parts.get(0) instanceof String obis
            && obis.length() <= 32
            && parts.get(1) instanceof Long instant
            && parts.get(2) instanceof Long mantissa
            && parts.get(3) instanceof Long exponent
            && Math.abs(exponent) <= 18
            && parts.get(4) instanceof Long quality)) {
          throw new MalformedCborException("a register is [OBIS, instant, mantissa, …]");
        }
        registers.add(
            new Register(
                obis,
                Instant.ofEpochMilli(instant),
                mantissa,
                exponent.intValue(),
                quality.intValue()));
      }
      return new SlotRegisters(
          uuid(device),
          Instant.ofEpochMilli(slot),
          epoch.intValue(),
          registers,
          map.get(5L) instanceof Long gap ? Optional.of(gap) : Optional.empty());
    }
    throw new MalformedCborException("not the registers of a slot: {1: device, 2: slot, …}");
  }

  static byte[] bytes(UUID device) {
    return ByteBuffer.allocate(16)
        .putLong(device.getMostSignificantBits())
        .putLong(device.getLeastSignificantBits())
        .array();
  }

  static UUID uuid(byte[] bytes) throws MalformedCborException {
    if (bytes.length != 16) {
      throw new MalformedCborException("a device has 16 bytes");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new UUID(buffer.getLong(), buffer.getLong());
  }
}
