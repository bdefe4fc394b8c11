package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.SlotRegisters;
import org.commonshub.ledger.api.SlotRegisters.Register;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;

/** The signed entry behind a figure, and the file that proves it. Readings: the prosumer's own. */
final class ReceiptsApi {
  private static final long SLOT = 900;

  /** Within this time after its end a slot is written, on an ordinary day. */
  private static final Duration LATE = Duration.ofMinutes(2);

  /** Entries looked at before and after the time when a slot is written. */
  private static final int AROUND = 450;

  /** Entries looked at for backfill. */
  private static final int MOST_ENTRIES = 1_000;

  /** Contents read. */
  private static final int MOST_CONTENTS = 256;

  /** A meter's registers and the entry that holds them. */
  private record Signed(Journal.Entry entry, SlotRegisters content) {
    /** The instant that the registers stand for. */
    Instant end() {
      return content.slot().plusSeconds(SLOT);
    }
  }

  private final Services services;
  private final Semaphore exports = new Semaphore(1);

  ReceiptsApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router
        .add("GET", "/receipts", Access.DATA, this::covering)
        .add("GET", "/journal/export", Access.DATA, this::export)
        .add("GET", "/journal/{index}/receipt", Access.DATA, this::file);
  }

  private Response covering(Request request) throws IOException {
    Journal journal = services.journal();
    Instant at = request.instant("at");
    Optional<DeviceId> device = request.parameter("device").map(ReceiptsApi::device);
    Optional<String> quantity = request.parameter("quantity");
    Instant now = services.clock().now();
    Instant end = Instant.ofEpochSecond(Math.floorDiv(at.getEpochSecond(), SLOT) * SLOT);
    if (!end.plus(LATE).isBefore(now)) {
      // The newest ones may not be written yet: the last that are.
      end = newest(journal, now).orElse(end);
    }
    List<Signed> meters = new ArrayList<>();
    for (Signed each : search(journal, end, now)) {
      boolean wanted = device.isEmpty() || device.get().value().equals(each.content().device());
      boolean measures =
          quantity.isEmpty()
              || each.content().registers().stream()
                  .anyMatch(register -> name(register).equals(quantity));
      if (wanted && measures) {
        meters.add(each);
      }
    }
    if (meters.isEmpty()) {
      throw Problem.notFound(
          "The journal has no register of that kind for "
              + end
              + ": the journal began later, the meter did not answer, or it was erased.");
    }
    Instant slot = end;
    Optional<Anchor> anchor = services.anchor();
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeStringField("slot", slot.toString());
          g.writeArrayFieldStart("meters");
          for (Signed each : meters) {
            write(g, each, anchor);
          }
          g.writeEndArray();
          g.writeEndObject();
        });
  }

  /** End of the newest slot that has registers. */
  private static Optional<Instant> newest(Journal journal, Instant now) throws IOException {
    Optional<Journal.Entry> last = journal.newest(EntryKind.READINGS, now.plus(LATE));
    if (last.isEmpty()) {
      return Optional.empty();
    }
    long to = last.get().index() + 1;
    List<Journal.Entry> entries = journal.entries(Math.max(0, to - AROUND), to);
    int read = 0;
    for (int i = entries.size() - 1; i >= 0 && read < MOST_CONTENTS; i--) {
      if (entries.get(i).kind() == EntryKind.READINGS && !entries.get(i).erased()) {
        read++;
        Optional<Signed> signed = read(journal, entries.get(i));
        if (signed.isPresent()) {
          return Optional.of(signed.get().end());
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Entries of the meters for a slot: written with the first frame after its end, after a stop
   * later, or as backfill. One per meter, the first one found.
   */
  private static List<Signed> search(Journal journal, Instant end, Instant now) throws IOException {
    Map<UUID, Signed> found = new LinkedHashMap<>();
    Optional<Journal.Entry> near = journal.newest(EntryKind.READINGS, end.plus(LATE));
    long middle = near.map(Journal.Entry::index).orElse(0L);
    collect(journal, EntryKind.READINGS, middle - AROUND, middle + AROUND, end, found);
    Optional<Journal.Entry> late = journal.newest(EntryKind.BACKFILL, now.plus(LATE));
    if (late.isPresent()) {
      long last = late.get().index();
      collect(journal, EntryKind.BACKFILL, last - MOST_ENTRIES + 1, last + 1, end, found);
    }
    return List.copyOf(found.values());
  }

  private static void collect(
      Journal journal, EntryKind kind, long from, long to, Instant end, Map<UUID, Signed> found)
      throws IOException {
    int read = 0;
    List<Journal.Entry> entries =
        journal.entries(Math.max(0, from), Math.min(journal.size(), Math.max(0, to)));
    for (int i = entries.size() - 1; i >= 0 && read < MOST_CONTENTS; i--) {
      Journal.Entry entry = entries.get(i);
      if (entry.kind() == kind && !entry.erased() && !entry.instant().isBefore(end)) {
        read++;
        Optional<Signed> signed = read(journal, entry);
        if (signed.isPresent() && signed.get().end().equals(end)) {
          found.putIfAbsent(signed.get().content().device(), signed.get());
        }
      }
    }
  }

  private static Optional<Signed> read(Journal journal, Journal.Entry entry) throws IOException {
    Optional<byte[]> content = journal.content(entry.index());
    try {
      return content.isEmpty()
          ? Optional.empty()
          : Optional.of(new Signed(entry, SlotRegisters.of(content.get())));
    } catch (MalformedCborException e) {
      return Optional.empty();
    }
  }

  private void write(JsonGenerator g, Signed signed, Optional<Anchor> anchor) throws IOException {
    SlotRegisters content = signed.content();
    g.writeStartObject();
    g.writeObjectFieldStart("entry");
    TrustApi.entry(g, signed.entry());
    g.writeEndObject();
    g.writeStringField("device", content.device().toString());
    NowApi.text(g, "name", nameOf(content.device()));
    g.writeNumberField("meterEpoch", content.meterEpoch());
    g.writeArrayFieldStart("registers");
    for (Register register : content.registers()) {
      Optional<Quantity> quantity = Quantity.byObis(register.obis());
      g.writeStartObject();
      g.writeStringField("obis", register.obis());
      NowApi.text(g, "quantity", name(register));
      g.writeStringField("unit", quantity.map(q -> q.unit().symbol()).orElse("Wh"));
      g.writeStringField(
          "value", BigDecimal.valueOf(register.mantissa(), -register.exponent()).toPlainString());
      g.writeStringField("instant", register.instant().toString());
      g.writeFieldName("quality");
      Json.write(g, new Quality(register.quality()).names());
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeArrayFieldStart("anchors");
    for (Anchor.Anchored each :
        anchor.map(a -> a.covering(signed.entry().index())).orElse(List.of())) {
      TrustApi.anchored(g, each, services.ledgers());
    }
    g.writeEndArray();
    g.writeEndObject();
  }

  private static Optional<String> name(Register register) {
    return Quantity.byObis(register.obis()).map(Quantity::toString);
  }

  private Optional<String> nameOf(UUID device) {
    return services
        .registryIfPresent()
        .flatMap(
            registry ->
                registry.devices().stream()
                    .filter(entry -> entry.id().value().equals(device))
                    .map(entry -> entry.definition().name())
                    .findFirst());
  }

  private static DeviceId device(String id) {
    try {
      return DeviceId.parse(id);
    } catch (IllegalArgumentException e) {
      throw Problem.invalid("device", "The device must be given by its id, a UUID.");
    }
  }

  private Response export(Request request) {
    Journal journal = services.journal();
    services.audit(request.caller().actor(), "journal.export", "", "ok");
    return Response.stream(
            "application/vnd.commonshub.journal",
            out -> {
              if (!exports.tryAcquire()) {
                throw Problem.tooMany(10, "The journal is being exported already. Wait for it.");
              }
              try {
                journal.export(out);
              } finally {
                exports.release();
              }
            })
        .header("Content-Disposition", "attachment; filename=\"hub.journal\"");
  }

  private Response file(Request request) {
    long index;
    try {
      index = Long.parseLong(request.variable("index"));
    } catch (NumberFormatException e) {
      throw Problem.notFound("The journal has no such entry.");
    }
    Journal journal = services.journal();
    if (index < 0 || index >= journal.size()) {
      throw Problem.notFound("The journal has no such entry.");
    }
    byte[] receipt;
    try {
      receipt = journal.receipt(index);
    } catch (IOException e) {
      throw new Problem(500, e.getMessage());
    }
    return Response.bytes("application/vnd.commonshub.receipt+cbor", receipt)
        .header("Content-Disposition", "attachment; filename=\"" + index + ".receipt\"");
  }
}
