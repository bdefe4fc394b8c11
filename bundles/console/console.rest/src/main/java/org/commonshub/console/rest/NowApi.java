package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.EnergyBalance;
import org.commonshub.measure.api.LiveState;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Reading;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceRegistry;

/** What the home does now. */
final class NowApi {
  private static final Comparator<Quantity> ORDER =
      Comparator.comparingInt(Quantity::key)
          .thenComparing(Quantity::name)
          .thenComparingInt(Quantity::channel);

  private final Services services;

  NowApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router.add("GET", "/now", Access.DATA, request -> Response.json(this::write));
  }

  /** Writes the object of {@code GET /now}. */
  void write(JsonGenerator g) throws IOException {
    Instant now = services.clock().now().truncatedTo(ChronoUnit.MILLIS);
    LiveState live = services.live();
    g.writeStartObject();
    g.writeStringField("time", now.toString());
    g.writeFieldName("power");
    Optional<EnergyBalance.Power> power = services.balance().flatMap(EnergyBalance::now);
    if (power.isPresent()) {
      power(g, power.get());
    } else {
      g.writeNull();
    }
    g.writeArrayFieldStart("devices");
    Optional<DeviceRegistry> registry = services.registryIfPresent();
    if (registry.isPresent()) {
      for (DeviceRegistry.Entry entry : registry.get().devices()) {
        DeviceDefinition d = entry.definition();
        device(
            g,
            now,
            live,
            new Device(entry.id(), d.name(), d.role(), d.parent(), d.meterEpoch()),
            entry.health().state().name(),
            entry.health().lastError());
      }
    } else {
      for (Device device : services.directory().devices()) {
        device(g, now, live, device, DeviceRegistry.State.STARTING.name(), Optional.empty());
      }
    }
    g.writeEndArray();
    g.writeEndObject();
  }

  private static void power(JsonGenerator g, EnergyBalance.Power power) throws IOException {
    g.writeStartObject();
    g.writeFieldName("production");
    Json.number(g, power.production());
    g.writeFieldName("consumption");
    Json.number(g, power.consumption());
    g.writeFieldName("gridImport");
    Json.number(g, power.gridImport());
    g.writeFieldName("gridExport");
    Json.number(g, power.gridExport());
    g.writeFieldName("charge");
    Json.number(g, power.charge());
    g.writeFieldName("discharge");
    Json.number(g, power.discharge());
    g.writeFieldName("residual");
    Json.number(g, power.residual());
    g.writeBooleanField("complete", power.complete());
    g.writeStringField("at", power.instant().toString());
    g.writeEndObject();
  }

  private static void device(
      JsonGenerator g,
      Instant now,
      LiveState live,
      Device device,
      String state,
      Optional<String> lastError)
      throws IOException {
    Map<Quantity, Reading> readings = live.of(device.id());
    g.writeStartObject();
    identity(g, device.id(), device.name(), device.role(), device.parent());
    g.writeStringField("state", state);
    Instant newest = null;
    for (Reading reading : readings.values()) {
      if (newest == null || reading.instant().isAfter(newest)) {
        newest = reading.instant();
      }
    }
    g.writeFieldName("age_ms");
    if (newest == null) {
      g.writeNull();
    } else {
      // A clock that stepped back must not show an age below zero.
      g.writeNumber(Math.max(0, Duration.between(newest, now).toMillis()));
    }
    g.writeArrayFieldStart("values");
    List<Quantity> quantities = readings.keySet().stream().sorted(ORDER).toList();
    // Values of one frame share their instant: its text is made once.
    Map<Instant, String> texts = new HashMap<>();
    for (Quantity quantity : quantities) {
      Reading reading = readings.get(quantity);
      if (reading == null) {
        continue;
      }
      value(g, reading.measurement());
      g.writeStringField("at", texts.computeIfAbsent(reading.instant(), Instant::toString));
      g.writeArrayFieldStart("quality");
      if (reading.measurement().quality().flags() != 0) {
        for (String name : reading.measurement().quality().names()) {
          g.writeString(name);
        }
      }
      g.writeEndArray();
      g.writeEndObject();
    }
    g.writeEndArray();
    text(g, "lastError", lastError);
    g.writeEndObject();
  }

  /** Opens an object with quantity, unit and value; the caller closes it. */
  static void value(JsonGenerator g, Measurement measurement) throws IOException {
    g.writeStartObject();
    g.writeStringField("quantity", measurement.quantity().toString());
    g.writeStringField("unit", measurement.quantity().unit().symbol());
    g.writeFieldName("value");
    Json.number(g, measurement.doubleValue());
  }

  static void identity(
      JsonGenerator g, DeviceId id, String name, DeviceRole role, Optional<DeviceId> parent)
      throws IOException {
    g.writeStringField("id", id.toString());
    g.writeStringField("name", name);
    g.writeStringField("role", role.name());
    text(g, "parent", parent);
  }

  /** A string field, null when absent. */
  static void text(JsonGenerator g, String name, Optional<?> value) throws IOException {
    if (value.isPresent()) {
      g.writeStringField(name, value.get().toString());
    } else {
      g.writeNullField(name);
    }
  }
}
