package org.commonshub.ledger.journal;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.SlotGap;
import org.commonshub.ledger.api.SlotRegisters;
import org.commonshub.ledger.api.SlotRegisters.Register;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.platform.api.HubClock;

/**
 * Turns readings into the journal's entries: one per meter and quarter of an hour (UTC). The
 * journal itself says which slots are closed; open ones are in the file {@code slots}, so a batch
 * that comes again, and a start after a power cut, change nothing. Not thread-safe.
 */
final class Slots {
  static final long SLOT = Duration.ofMinutes(15).toMillis();

  /** How old a slot may be that is filled after the fact. */
  static final long BACKFILL = Duration.ofDays(31).toMillis();

  /** How long the end of a slot waits for its last readings. */
  static final Duration GRACE = Duration.ofSeconds(60);

  private static final int MOST = 4096;
  private static final int FILE = 256 * 1024;
  private static final long AHEAD = Duration.ofMinutes(1).toMillis();

  /** A stretch without readings that is in the journal. */
  private record Hole(long from, long to, long index) {}

  /** What the journal has of one meter. */
  private static final class Meter {
    /** End of the newest closed slot; {@link Long#MIN_VALUE} before the first. */
    long closed = Long.MIN_VALUE;

    final TreeMap<Long, Hole> holes = new TreeMap<>();
    final TreeMap<Long, Boolean> filled = new TreeMap<>();
    final TreeMap<Long, Candidate> open = new TreeMap<>();
    Gap gap;
    long refusedDay = Long.MIN_VALUE;

    Optional<Hole> hole(long slot) {
      Map.Entry<Long, Hole> hole = holes.floorEntry(slot);
      return hole == null || hole.getValue().to() <= slot || filled.containsKey(slot)
          ? Optional.empty()
          : Optional.of(hole.getValue());
    }
  }

  /** What is needed of the journal. */
  interface Log {
    long append(EntryKind kind, byte[] content) throws IOException;

    long size() throws IOException;

    List<Journal.Entry> entries(long from, long to) throws IOException;

    /** Empty if it was erased or is damaged. */
    Optional<byte[]> content(long index) throws IOException;
  }

  private final Log journal;
  private final RecordLog file;
  private final HubClock clock;
  private final DeviceDirectory devices;
  private final long started;
  private final Map<DeviceId, Meter> meters = new HashMap<>();
  private int candidates;

  Slots(Log journal, Disk disk, HubClock clock, DeviceDirectory devices) throws IOException {
    this.journal = journal;
    this.clock = clock;
    this.devices = devices;
    started = clock.monotonicNanos();
    readJournal();
    file = new RecordLog(disk, "slots");
    for (byte[] record : file.recover()) {
      try {
        Candidate saved = Candidate.of(SlotRegisters.of(record));
        Meter meter = meter(saved.device);
        if (saved.slot >= meter.closed || meter.hole(saved.slot).isPresent()) {
          saved.touched = started;
          candidates += meter.open.put(saved.slot, saved) == null ? 1 : 0;
        }
      } catch (MalformedCborException e) {
        throw new IOException("The file of open slots cannot be read: " + e.getMessage(), e);
      }
    }
  }

  private Meter meter(DeviceId device) {
    return meters.computeIfAbsent(device, d -> new Meter());
  }

  // ------------------------------------------------------------------------------ start

  /** Learns from the journal's last month which slots are closed and which are holes. */
  private void readJournal() throws IOException {
    long size = journal.size();
    if (size == 0) {
      return;
    }
    // Counted from the last entry: a clock that is wrong at start must not have all of it read.
    long newest = journal.entries(size - 1, size).get(0).instant().toEpochMilli();
    long oldest = newest - BACKFILL - Duration.ofDays(1).toMillis();
    for (long end = size; end > 0; ) {
      long from = Math.max(0, end - 1000);
      List<Journal.Entry> block = journal.entries(from, end);
      for (int i = block.size() - 1; i >= 0; i--) {
        Journal.Entry entry = block.get(i);
        boolean slot =
            entry.kind() == EntryKind.READINGS
                || entry.kind() == EntryKind.GAP
                || entry.kind() == EntryKind.BACKFILL;
        if (slot && !entry.erased()) {
          Optional<byte[]> content = journal.content(entry.index());
          if (content.isPresent()) {
            learn(entry, content.get());
          }
        }
      }
      if (!block.isEmpty() && block.get(0).instant().toEpochMilli() < oldest) {
        return;
      }
      end = from;
    }
  }

  private void learn(Journal.Entry entry, byte[] content) {
    try {
      if (entry.kind() == EntryKind.GAP) {
        SlotGap gap = SlotGap.of(content);
        Hole hole = new Hole(gap.from().toEpochMilli(), gap.to().toEpochMilli(), entry.index());
        Meter meter = meter(new DeviceId(gap.device()));
        meter.closed = meter.closed == Long.MIN_VALUE ? hole.to() : meter.closed;
        meter.holes.put(hole.from(), hole);
        return;
      }
      SlotRegisters known = SlotRegisters.of(content);
      Meter meter = meter(new DeviceId(known.device()));
      long slot = known.slot().toEpochMilli();
      if (entry.kind() == EntryKind.BACKFILL) {
        meter.filled.put(slot, true);
      } else {
        meter.closed = meter.closed == Long.MIN_VALUE ? slot + SLOT : meter.closed;
      }
    } catch (MalformedCborException e) {
      // Somebody else's form.
    }
  }

  // ------------------------------------------------------------------------------ readings

  /** Takes a batch; when it returns, what matters of it is durable. */
  void accept(List<MeterRecord> batch) throws IOException {
    long now = clock.now().toEpochMilli();
    List<Candidate> changed = new ArrayList<>();
    for (MeterRecord record : batch) {
      if (!billing(record.device())) {
        continue;
      }
      if (record instanceof Gap gap) {
        Meter meter = meters.get(gap.device());
        if (meter != null) {
          meter.gap = gap;
        }
      } else if (record instanceof ReadingFrame frame
          && frame.instant().toEpochMilli() <= now + AHEAD) {
        frame(frame, now, changed);
      }
    }
    List<byte[]> records = new ArrayList<>();
    for (Candidate candidate : changed) {
      if (candidate.unsaved()) {
        records.add(candidate.content(Optional.empty()).encode());
        candidate.markSaved();
      }
    }
    if (!records.isEmpty()) {
      save(records);
    }
    if (candidates > MOST) {
      closeAll(now, true);
    }
  }

  /**
   * Electrical devices; and meters of which the journal has something while they are not in the
   * directory: at start readings may come before it is complete.
   */
  private boolean billing(DeviceId id) {
    Optional<Device> device = devices.device(id);
    return device.isPresent() ? device.get().role().electrical() : meters.containsKey(id);
  }

  private void save(List<byte[]> records) throws IOException {
    try {
      if (file.size() > FILE) {
        List<byte[]> all = new ArrayList<>();
        meters
            .values()
            .forEach(
                m -> m.open.values().forEach(c -> all.add(c.content(Optional.empty()).encode())));
        file.rewrite(all);
      } else {
        file.append(records);
      }
    } catch (IOException e) {
      meters.values().forEach(m -> m.open.values().forEach(Candidate::forgetSaved));
      throw e;
    }
  }

  private void frame(ReadingFrame frame, long now, List<Candidate> changed) throws IOException {
    long millis = frame.instant().toEpochMilli();
    long slot = Math.floorDiv(millis - 1, SLOT) * SLOT; // a reading at its end belongs to a slot
    List<Register> registers = new ArrayList<>();
    for (Measurement value : frame.values()) {
      Optional<String> obis = value.quantity().obis();
      if (obis.isPresent()
          && obis.get().matches("1-\\d{1,3}:[12]\\.8\\.\\d")
          && !value.quality().has(Quality.OUT_OF_RANGE)) {
        registers.add(
            new Register(
                obis.get(),
                frame.instant(),
                value.mantissa(),
                value.exponent(),
                value.quality().flags()));
      }
    }
    if (registers.isEmpty()) {
      return;
    }
    Meter meter = meter(frame.device());
    comeBack(meter, now);
    if (slot < meter.closed) {
      if (meter.hole(slot).isEmpty()) {
        if (slot < now - BACKFILL) {
          refuse(frame.device(), meter, slot, now);
        }
        return; // closed already, or from before this meter's first entry
      }
      if (slot < now - BACKFILL) {
        refuse(frame.device(), meter, slot, now);
        return;
      }
    } else {
      closeBefore(meter, slot);
    }
    Candidate candidate = meter.open.get(slot);
    if (candidate == null) {
      candidate = new Candidate(frame.device(), slot, frame.meterEpoch());
      meter.open.put(slot, candidate);
      candidates++;
    }
    candidate.meter(frame.meterEpoch());
    if (frame.meterEpoch() == candidate.meterEpoch) {
      registers.forEach(candidate::put);
      candidate.touched = clock.monotonicNanos();
      if (!changed.contains(candidate)) {
        changed.add(candidate);
      }
    }
  }

  /** Says once a day and meter that readings came too late. */
  private void refuse(DeviceId device, Meter meter, long slot, long now) throws IOException {
    long day = Math.floorDiv(now, Duration.ofDays(1).toMillis());
    if (meter.refusedDay != day) {
      journal.append(
          EntryKind.HUB, HubEntry.of(HubEntry.BACKFILL_REFUSED, device.toString(), slot));
      meter.refusedDay = day;
    }
  }

  // ------------------------------------------------------------------------------ closing

  /**
   * Closes what is over.
   *
   * @return whether the journal grew
   */
  boolean tick() throws IOException {
    long before = journal.size();
    long now = clock.now().toEpochMilli();
    closeAll(now, false);
    long nanos = clock.monotonicNanos();
    if (nanos - started >= GRACE.toNanos()) {
      long border = Math.floorDiv(now - GRACE.toMillis(), SLOT) * SLOT;
      for (Map.Entry<DeviceId, Meter> each : meters.entrySet()) {
        Meter meter = each.getValue();
        if (meter.closed != Long.MIN_VALUE
            && meter.closed < border
            && devices.device(each.getKey()).isPresent()) {
          hole(each.getKey(), meter, border);
        }
      }
    }
    return journal.size() != before;
  }

  /** Closes slots whose end is a while ago, and late ones that nothing more came for. */
  private void closeAll(long now, boolean pressed) throws IOException {
    long nanos = clock.monotonicNanos();
    for (Meter meter : meters.values()) {
      comeBack(meter, now);
      long border = Math.floorDiv(now - GRACE.toMillis(), SLOT) * SLOT;
      if (nanos - started >= GRACE.toNanos()) {
        closeBefore(meter, border);
      }
      Iterator<Candidate> late = meter.open.headMap(Math.max(meter.closed, 0)).values().iterator();
      while (late.hasNext()) {
        Candidate candidate = late.next();
        if (pressed || nanos - candidate.touched >= GRACE.toNanos()) {
          Optional<Hole> hole = meter.hole(candidate.slot);
          if (hole.isPresent()) {
            journal.append(EntryKind.BACKFILL, candidate.content(hole.map(Hole::index)).encode());
            meter.filled.put(candidate.slot, true);
          }
          late.remove();
          candidates--;
        }
      }
      long oldest = now - BACKFILL - SLOT;
      meter.holes.headMap(oldest).values().removeIf(hole -> hole.to() < oldest);
      meter.filled.headMap(oldest).clear();
    }
  }

  /**
   * After the clock was set back by more than two slots, slots are recorded anew: the later entry
   * counts. What was open is recorded first.
   */
  private void comeBack(Meter meter, long now) throws IOException {
    long newest = meter.open.isEmpty() ? meter.closed : meter.open.lastKey();
    if (Math.max(newest, meter.closed) > now + 2 * SLOT) {
      closeBefore(meter, Long.MAX_VALUE);
      meter.closed = Math.floorDiv(now, SLOT) * SLOT;
      meter.holes.tailMap(meter.closed).clear();
      meter.filled.tailMap(meter.closed).clear();
    }
  }

  /** Closes a meter's open slots that begin before a slot, in order. */
  private void closeBefore(Meter meter, long slot) throws IOException {
    while (true) {
      Map.Entry<Long, Candidate> next = meter.open.ceilingEntry(meter.closed);
      if (next == null || next.getKey() >= slot) {
        return;
      }
      Candidate candidate = next.getValue();
      if (meter.closed != Long.MIN_VALUE && meter.closed < candidate.slot) {
        hole(candidate.device, meter, candidate.slot);
      }
      journal.append(EntryKind.READINGS, candidate.content(Optional.empty()).encode());
      meter.closed = candidate.slot + SLOT;
      meter.open.remove(candidate.slot);
      candidates--;
    }
  }

  /** Records that there is nothing from the last closed slot up to here. */
  private void hole(DeviceId device, Meter meter, long to) throws IOException {
    long from = meter.closed;
    Optional<Integer> reason =
        Optional.ofNullable(meter.gap)
            .filter(
                gap ->
                    gap.from().isBefore(Instant.ofEpochMilli(to))
                        && gap.to().isAfter(Instant.ofEpochMilli(from)))
            .map(gap -> gap.reason().ordinal());
    SlotGap gap =
        new SlotGap(device.value(), Instant.ofEpochMilli(from), Instant.ofEpochMilli(to), reason);
    long index = journal.append(EntryKind.GAP, gap.encode());
    meter.closed = to;
    meter.holes.put(from, new Hole(from, to, index));
  }
}
