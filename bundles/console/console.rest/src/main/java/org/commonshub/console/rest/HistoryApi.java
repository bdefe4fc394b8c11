package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;

/** Stored readings: series, points, export, state of the store. */
final class HistoryApi {
  private static final int MAX_POINTS = 20_000;

  private final Services services;
  private final Semaphore exports = new Semaphore(2);

  HistoryApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router
        .add("GET", "/history", Access.DATA, this::query)
        .add("GET", "/history/series", Access.DATA, this::series)
        .add("GET", "/history/export", Access.DATA, this::export)
        .add(
            "GET",
            "/history/status",
            Access.HEALTH,
            request -> {
              HistoryStore.Status status = services.history().status();
              return Response.json(g -> status(g, status));
            });
  }

  private Response series(Request request) {
    List<HistoryStore.SeriesInfo> series = services.history().series();
    return Response.json(
        g -> {
          g.writeStartArray();
          for (HistoryStore.SeriesInfo info : series) {
            g.writeStartObject();
            g.writeStringField("device", info.device().toString());
            g.writeStringField("quantity", info.quantity().toString());
            g.writeStringField("unit", info.quantity().unit().symbol());
            g.writeStringField("nature", info.quantity().nature().name());
            g.writeStringField("first", info.first().toString());
            g.writeStringField("last", info.last().toString());
            g.writeEndObject();
          }
          g.writeEndArray();
        });
  }

  private Response query(Request request) {
    HistoryStore history = services.history();
    DeviceId device = device(request.required("device"));
    Quantity quantity = quantity(history, device, request.required("quantity"));
    Instant from = request.instant("from");
    Instant to = request.instant("to");
    String name = request.required("resolution");
    Resolution resolution = resolution(name);
    if (!from.isBefore(to)) {
      throw Problem.invalid("to", "The parameter 'to' must be later than 'from'.");
    }
    List<Point> points;
    try {
      points = history.query(device, quantity, from, to, resolution, MAX_POINTS);
    } catch (IllegalArgumentException e) {
      throw Problem.invalid("resolution", e.getMessage());
    }
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeStringField("device", device.toString());
          g.writeStringField("quantity", quantity.toString());
          g.writeStringField("unit", quantity.unit().symbol());
          g.writeStringField("resolution", name);
          g.writeArrayFieldStart("points");
          for (Point point : points) {
            point(g, point);
          }
          g.writeEndArray();
          g.writeEndObject();
        });
  }

  private static void point(JsonGenerator g, Point point) throws IOException {
    boolean gap = point.count() == 0;
    g.writeStartObject();
    g.writeStringField("start", point.start().toString());
    figure(g, "min", point.min(), gap);
    figure(g, "mean", point.mean(), gap);
    figure(g, "max", point.max(), gap);
    figure(g, "first", point.first(), gap);
    figure(g, "last", point.last(), gap);
    figure(g, "delta", point.delta(), gap);
    g.writeNumberField("count", point.count());
    g.writeFieldName("quality");
    Json.write(g, new Quality(point.quality()).names());
    g.writeEndObject();
  }

  private static void figure(JsonGenerator g, String name, double value, boolean gap)
      throws IOException {
    g.writeFieldName(name);
    if (gap) {
      g.writeNull();
    } else {
      Json.number(g, value);
    }
  }

  private Response export(Request request) {
    HistoryStore history = services.history();
    String name = request.required("format");
    HistoryStore.Format format =
        switch (name) {
          case "csv" -> HistoryStore.Format.CSV;
          case "json" -> HistoryStore.Format.JSON;
          default -> throw Problem.invalid("format", "The format must be csv or json.");
        };
    List<DeviceId> devices = new ArrayList<>();
    for (String id : request.parameters("device")) {
      devices.add(device(id));
    }
    Instant from = request.instant("from");
    Instant to = request.instant("to");
    services.audit(request.caller().actor(), "history.export", from + "/" + to, "ok");
    boolean csv = format == HistoryStore.Format.CSV;
    return Response.stream(
            csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
            out -> {
              if (!exports.tryAcquire()) {
                throw Problem.tooMany(10, "Two exports are running already. Wait for one to end.");
              }
              try {
                history.export(devices, from, to, format, out);
              } finally {
                exports.release();
              }
            })
        .header(
            "Content-Disposition",
            "attachment; filename=\"history." + (csv ? "csv" : "ndjson") + "\"");
  }

  /** Writes the state of the store. */
  static void status(JsonGenerator g, HistoryStore.Status status) throws IOException {
    g.writeStartObject();
    g.writeNumberField("bytes", status.bytes());
    g.writeNumberField("records", status.records());
    g.writeNumberField("lagP99_ms", status.lagMillisP99());
    NowApi.text(g, "oldest", status.oldest());
    NowApi.text(g, "problem", status.problem());
    g.writeFieldName("repairs");
    Json.write(g, status.repairs());
    g.writeObjectFieldStart("retentionDays");
    for (Resolution resolution : Resolution.values()) {
      Integer days = status.retentionDays().get(resolution);
      if (days != null) {
        g.writeNumberField(name(resolution), days);
      }
    }
    g.writeEndObject();
    g.writeEndObject();
  }

  private static String name(Resolution resolution) {
    return resolution == Resolution.QUARTER_HOUR
        ? "quarter"
        : resolution.name().toLowerCase(Locale.ROOT);
  }

  private static Resolution resolution(String name) {
    for (Resolution resolution : Resolution.values()) {
      if (name(resolution).equals(name)) {
        return resolution;
      }
    }
    throw Problem.invalid(
        "resolution", "The resolution must be raw, minute, quarter, hour or day.");
  }

  private static DeviceId device(String id) {
    try {
      return DeviceId.parse(id);
    } catch (IllegalArgumentException e) {
      throw Problem.invalid("device", "The device must be given by its id, a UUID.");
    }
  }

  private static Quantity quantity(HistoryStore history, DeviceId device, String text) {
    Map<String, Quantity> known = new java.util.HashMap<>();
    Quantity.byName(text).ifPresent(quantity -> known.put(text, quantity));
    if (known.isEmpty()) {
      for (HistoryStore.SeriesInfo info : history.series()) {
        if (info.device().equals(device)) {
          known.put(info.quantity().toString(), info.quantity());
        }
      }
    }
    Quantity quantity = known.get(text);
    if (quantity == null) {
      throw Problem.invalid("quantity", "This device has no stored quantity of that name.");
    }
    return quantity;
  }
}
