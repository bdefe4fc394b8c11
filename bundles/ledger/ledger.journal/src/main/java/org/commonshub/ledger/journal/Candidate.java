package org.commonshub.ledger.journal;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.ledger.api.SlotRegisters;
import org.commonshub.ledger.api.SlotRegisters.Register;
import org.commonshub.measure.api.DeviceId;

/** What a slot's entry will say: the newest registers of one device so far. Not thread-safe. */
final class Candidate {
  final DeviceId device;
  final long slot;
  int meterEpoch;
  final Map<String, Register> registers = new TreeMap<>();

  /** Monotonic time of the last change. */
  long touched;

  /** Newest instant that is in the file, per register; unsaved ones are missing. */
  private final Map<String, Register> saved = new HashMap<>();

  Candidate(DeviceId device, long slot, int meterEpoch) {
    this.device = device;
    this.slot = slot;
    this.meterEpoch = meterEpoch;
  }

  void put(Register register) {
    Register known = registers.get(register.obis());
    if (known == null || !known.instant().isAfter(register.instant())) {
      registers.put(register.obis(), register);
    }
  }

  /** Another meter took over: what the old one said no longer counts. */
  void meter(int epoch) {
    if (epoch > meterEpoch) {
      meterEpoch = epoch;
      registers.clear();
      saved.clear();
    }
  }

  /** Whether a value is not in the file yet, or its instant there is older than a minute. */
  boolean unsaved() {
    for (Register register : registers.values()) {
      Register known = saved.get(register.obis());
      if (known == null
          || known.mantissa() != register.mantissa()
          || known.exponent() != register.exponent()
          || known.quality() != register.quality()
          || register.instant().isAfter(known.instant().plusSeconds(60))) {
        return true;
      }
    }
    return false;
  }

  void markSaved() {
    saved.putAll(registers);
  }

  void forgetSaved() {
    saved.clear();
  }

  /** What the entry says; {@code gap} is the entry that a backfill refers to. */
  SlotRegisters content(Optional<Long> gap) {
    return new SlotRegisters(
        device.value(),
        Instant.ofEpochMilli(slot),
        meterEpoch,
        List.copyOf(registers.values()),
        gap);
  }

  /** An open slot from the file. */
  static Candidate of(SlotRegisters saved) {
    Candidate candidate =
        new Candidate(
            new DeviceId(saved.device()), saved.slot().toEpochMilli(), saved.meterEpoch());
    saved.registers().forEach(candidate::put);
    candidate.markSaved();
    return candidate;
  }
}
