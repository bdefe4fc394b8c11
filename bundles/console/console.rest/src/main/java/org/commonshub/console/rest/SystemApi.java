package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.measure.api.ReadingBus;

/** The hub itself: version, memory, sinks, and the description of this API. */
final class SystemApi {
  private final Services services;
  private final String version;
  private final LongSupplier nanos;
  private final long started;

  SystemApi(Services services, String version, LongSupplier nanos) {
    this.services = services;
    this.version = version;
    this.nanos = nanos;
    this.started = nanos.getAsLong();
  }

  Router register(Router router) {
    return router
        .add("GET", "/system", Access.HEALTH, request -> Response.json(this::write))
        .add(
            "GET",
            "/openapi.json",
            Access.PUBLIC,
            request -> Response.bytes("application/json", openapi()));
  }

  /** Read each time: it is asked for rarely, and 80 kB need not stay in memory. */
  static byte[] openapi() {
    try (InputStream in = SystemApi.class.getResourceAsStream("openapi.json")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(JsonGenerator g) throws IOException {
    g.writeStartObject();
    g.writeStringField("version", version);
    g.writeStringField("java", Runtime.version().toString());
    g.writeNumberField("uptime_s", uptimeSeconds());
    g.writeFieldName("rss_mb");
    Json.write(g, residentMegabytes().orElse(null));
    g.writeFieldName("clock");
    Json.write(g, services.clockIfPresent().map(clock -> clock.quality().name()).orElse(null));
    g.writeArrayFieldStart("sinks");
    for (ReadingBus.SinkStatus sink : services.bus().map(ReadingBus::sinks).orElse(List.of())) {
      g.writeStartObject();
      g.writeStringField("name", sink.name());
      g.writeStringField("kind", sink.kind());
      g.writeBooleanField("connected", sink.connected());
      g.writeNumberField("queued", sink.queued());
      g.writeNumberField("spilledBytes", sink.spilledBytes());
      g.writeNumberField("accepted", sink.accepted());
      g.writeNumberField("dropped", sink.dropped());
      g.writeNumberField("oldestQueued_ms", sink.oldestQueuedMillis());
      g.writeStringField("problem", sink.problem());
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeFieldName("store");
    Optional<HistoryStore.Status> store = services.historyIfPresent().map(HistoryStore::status);
    if (store.isPresent()) {
      HistoryApi.status(g, store.get());
    } else {
      g.writeNull();
    }
    g.writeEndObject();
  }

  /** Since the start of the process where Linux tells, else since the start of this bundle. */
  private long uptimeSeconds() {
    try {
      // proc(5): the name in brackets may hold spaces; field 22 counts 1/100 s since boot.
      String stat = Files.readString(Path.of("/proc/self/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      String uptime = Files.readString(Path.of("/proc/uptime"));
      double sinceBoot = Double.parseDouble(uptime.substring(0, uptime.indexOf(' ')));
      return Math.max(0, (long) (sinceBoot - Long.parseLong(fields[19]) / 100.0));
    } catch (IOException | RuntimeException e) {
      return (nanos.getAsLong() - started) / 1_000_000_000L;
    }
  }

  private static Optional<Long> residentMegabytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Optional.of(Long.parseLong(line.substring(6).replace("kB", "").strip()) / 1024);
        }
      }
    } catch (IOException | RuntimeException e) {
      // Not Linux.
    }
    return Optional.empty();
  }
}
