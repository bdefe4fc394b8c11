package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceRegistry;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.Endpoint;

/** Drivers and devices: add with a test read, discovery, change, remove. */
final class DevicesApi {
  /** Shown in place of a stored secret; sent back, it means "keep it". */
  static final String MASK = "***";

  private static final Duration TEST_TIME = Duration.ofSeconds(30);
  private static final Duration DISCOVERY_TIME = Duration.ofMinutes(2);
  private static final Duration HAND_BACK = Duration.ofSeconds(3);

  private final Services services;
  private final Deferred deferred;

  /**
   * @param background writes answers that come late; never a metering thread
   */
  DevicesApi(Services services, Executor background) {
    this.services = services;
    this.deferred =
        new Deferred(background, 4, "Four tests or searches are running. Wait for one to end.");
  }

  Router register(Router router) {
    return router
        .add("GET", "/drivers", Access.HEALTH, this::drivers)
        .add("GET", "/devices", Access.HEALTH, this::list)
        .add("POST", "/devices", Access.PERSON, this::add)
        .add("POST", "/devices/test", Access.DATA, this::test)
        .add("POST", "/devices/discover", Access.PERSON, this::discover)
        .add("GET", "/devices/{id}", Access.HEALTH, this::read)
        .add("PUT", "/devices/{id}", Access.PERSON, this::update)
        .add("DELETE", "/devices/{id}", Access.PERSON, this::remove);
  }

  private Response drivers(Request request) {
    DeviceRegistry registry = services.registry();
    List<DriverDescription> drivers = registry.drivers();
    return Response.json(
        g -> {
          g.writeStartArray();
          for (DriverDescription driver : drivers) {
            driver(g, driver, registry.lines(driver.id()));
          }
          g.writeEndArray();
        });
  }

  private static void driver(
      JsonGenerator g, DriverDescription driver, Optional<List<String>> lines) throws IOException {
    g.writeStartObject();
    g.writeStringField("id", driver.id());
    g.writeStringField("title", driver.title());
    g.writeFieldName("schemes");
    Json.write(g, driver.schemes().stream().sorted().toList());
    g.writeNumberField("defaultPort", driver.defaultPort());
    g.writeBooleanField("push", driver.push());
    g.writeBooleanField("searches", lines.isPresent());
    g.writeFieldName("lines");
    Json.write(g, lines.orElse(List.of()));
    g.writeFieldName("services");
    Json.write(g, driver.services());
    g.writeArrayFieldStart("options");
    for (DriverDescription.Option option : driver.options()) {
      g.writeStartObject();
      g.writeStringField("key", option.key());
      g.writeStringField("title", option.title());
      g.writeStringField("description", option.description());
      g.writeStringField("default", option.defaultValue());
      g.writeFieldName("choices");
      Json.write(g, option.choices());
      g.writeBooleanField("required", option.required());
      g.writeBooleanField("secret", option.secret());
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeArrayFieldStart("models");
    for (DriverDescription.Model model : driver.models()) {
      g.writeStartObject();
      g.writeStringField("maker", model.maker());
      g.writeStringField("model", model.model());
      g.writeStringField("role", model.role().name());
      g.writeFieldName("settings");
      Json.write(g, model.settings());
      g.writeStringField("source", model.source());
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeEndObject();
  }

  private Response list(Request request) {
    DeviceRegistry registry = services.registry();
    return Response.json(
        g -> {
          g.writeStartArray();
          for (DeviceRegistry.Entry entry : registry.devices()) {
            device(g, registry, entry);
          }
          g.writeEndArray();
        });
  }

  private Response read(Request request) {
    DeviceRegistry registry = services.registry();
    return one(200, registry, entry(registry, id(request)));
  }

  private Response one(int status, DeviceRegistry registry, DeviceRegistry.Entry entry) {
    return Response.json(status, "application/json", g -> device(g, registry, entry))
        .header("ETag", Request.etag(entry.revision()));
  }

  private static DeviceId id(Request request) {
    try {
      return DeviceId.parse(request.variable("id"));
    } catch (IllegalArgumentException e) {
      throw Problem.notFound("There is no device of this id.");
    }
  }

  private static DeviceRegistry.Entry entry(DeviceRegistry registry, DeviceId id) {
    return registry
        .device(id)
        .orElseThrow(() -> Problem.notFound("There is no device of this id."));
  }

  private Response add(Request request) throws IOException {
    DeviceRegistry registry = services.registry();
    Body body = request.json();
    DeviceDefinition definition = definition(registry, body, Map.of());
    body.done();
    String actor = request.caller().actor();
    DeviceDefinition sealed = storeSecrets(registry, definition, DeviceId.random());
    try {
      DeviceId id = registry.add(sealed);
      services.audit(actor, "device.add", id + " " + definition.name(), "ok");
      return one(201, registry, entry(registry, id)).header("Location", "/api/v1/devices/" + id);
    } catch (DeviceException e) {
      forgetSecrets(sealed);
      services.audit(actor, "device.add", definition.name(), "refused");
      throw refused(e);
    }
  }

  private Response update(Request request) throws IOException {
    DeviceRegistry registry = services.registry();
    DeviceId id = id(request);
    DeviceRegistry.Entry entry = entry(registry, id);
    String revision = request.ifMatch();
    Body body = request.json();
    DeviceDefinition definition = definition(registry, body, entry.definition().settings());
    body.done();
    fresh(entry, revision);
    String actor = request.caller().actor();
    if (!reachedAsBefore(entry.definition(), definition)) {
      handBack(id, actor, "the device's settings are changed");
    }
    try {
      registry.update(id, storeSecrets(registry, definition, id), revision);
    } catch (DeviceException e) {
      services.audit(actor, "device.update", id.toString(), "refused");
      fresh(entry(registry, id), revision);
      throw refused(e);
    }
    services.audit(actor, "device.update", id + " " + definition.name(), "ok");
    return one(200, registry, entry(registry, id));
  }

  private static void fresh(DeviceRegistry.Entry entry, String revision) {
    if (!entry.revision().equals(revision)) {
      throw new Problem(
          412, "Somebody else changed this device meanwhile. Read it again and repeat the change.");
    }
  }

  private Response remove(Request request) {
    DeviceRegistry registry = services.registry();
    DeviceId id = id(request);
    DeviceRegistry.Entry entry = entry(registry, id);
    fresh(entry, request.ifMatch());
    handBack(id, request.caller().actor(), "the device is removed");
    try {
      registry.remove(id);
    } catch (DeviceException e) {
      services.audit(request.caller().actor(), "device.remove", id.toString(), "refused");
      throw refused(e);
    }
    services.audit(request.caller().actor(), "device.remove", id.toString(), "ok");
    forgetSecrets(entry.definition());
    return Response.noContent();
  }

  /** Whether the hub may go on telling the device what it told it before. */
  private static boolean reachedAsBefore(DeviceDefinition before, DeviceDefinition after) {
    return before.readOnly()
        || (!after.readOnly()
            && after.enabled()
            && before.driver().equals(after.driver())
            && before.endpoint().equals(after.endpoint()));
  }

  /** Lets go of a device while it can be told; a device that is away is not waited for long. */
  private void handBack(DeviceId id, String actor, String reason) {
    services
        .arbiter()
        .ifPresent(
            arbiter -> {
              try {
                arbiter
                    .handBack(id, ControlApi.holder(actor), reason)
                    .toCompletableFuture()
                    .get(HAND_BACK.toMillis(), TimeUnit.MILLISECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (ExecutionException | TimeoutException e) {
                services.audit(actor, "control.release", id.toString(), "not confirmed in time");
              }
            });
  }

  /** Those that this class stored; others may be shared and were put there by hand. */
  private void forgetSecrets(DeviceDefinition definition) {
    for (String value : definition.settings().values()) {
      if (value.startsWith("${secret:device.") && value.endsWith("}")) {
        String name = value.substring("${secret:".length(), value.length() - 1);
        services.secretsIfPresent().ifPresent(secrets -> secrets.remove(name));
      }
    }
  }

  private Response test(Request request) throws IOException {
    DeviceRegistry registry = services.registry();
    Body body = request.json();
    Map<String, String> stored =
        body.optionalString("id", 36)
            .flatMap(
                id -> {
                  try {
                    return registry.device(DeviceId.parse(id));
                  } catch (IllegalArgumentException e) {
                    return Optional.empty();
                  }
                })
            .map(entry -> entry.definition().settings())
            .orElse(Map.of());
    DeviceDefinition definition = definition(registry, body, stored);
    body.done();
    return deferred.later(
        () -> registry.test(definition),
        TEST_TIME,
        values ->
            Response.json(
                g -> {
                  g.writeStartObject();
                  g.writeArrayFieldStart("values");
                  for (Measurement value : values) {
                    NowApi.value(g, value);
                    g.writeEndObject();
                  }
                  g.writeEndArray();
                  g.writeEndObject();
                }));
  }

  private Response discover(Request request) throws IOException {
    DeviceRegistry registry = services.registry();
    Body body = request.json();
    String driver = body.string("driver", 64);
    String where = body.string("where", 256);
    body.done();
    services.audit(request.caller().actor(), "device.discover", driver + " " + shown(where), "ok");
    return deferred.later(
        () -> registry.discover(driver, where),
        DISCOVERY_TIME,
        found ->
            Response.json(
                g -> {
                  g.writeStartArray();
                  for (DeviceRegistry.Found one : found) {
                    g.writeStartObject();
                    found(g, registry, one);
                    g.writeEndObject();
                  }
                  g.writeEndArray();
                }));
  }

  static void found(JsonGenerator g, DeviceRegistry registry, DeviceRegistry.Found found)
      throws IOException {
    g.writeObjectFieldStart("definition");
    definition(g, registry, found.definition());
    g.writeEndObject();
    g.writeFieldName("identity");
    Json.write(g, found.identity());
  }

  /** A password that somebody put into an address stays out of the log. */
  private static String shown(String where) {
    return where.replaceAll("//[^/]*@", "//***@");
  }

  private static Problem refused(DeviceException e) {
    return new Problem(422, e.getMessage());
  }

  private static DeviceDefinition definition(
      DeviceRegistry registry, Body body, Map<String, String> stored) {
    String name = body.string("name", 64);
    DeviceRole role = body.choice("role", DeviceRole.class);
    Optional<DeviceId> parent =
        body.optionalString("parent", 36)
            .map(
                id -> {
                  try {
                    return DeviceId.parse(id);
                  } catch (IllegalArgumentException e) {
                    throw Problem.invalid("parent", "The parent must be the id of a device.");
                  }
                });
    String driver = body.string("driver", 64);
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(body.string("endpoint", 256));
    } catch (IllegalArgumentException e) {
      throw Problem.invalid("endpoint", e.getMessage());
    }
    Map<String, String> settings = new LinkedHashMap<>();
    body.stringMap("settings", 100)
        .forEach(
            (key, value) -> {
              if (value.startsWith("${secret:") && !value.equals(stored.get(key))) {
                // Else a device could be made to send another one's secret to anybody.
                throw Problem.invalid(
                    "settings." + key, "Enter the secret itself; references are the hub's own.");
              }
              if (!value.equals(MASK)) {
                settings.put(key, value);
              } else if (stored.containsKey(key)) {
                settings.put(key, stored.get(key));
              } else {
                throw Problem.invalid(
                    "settings." + key, "There is no stored secret '" + key + "': enter it.");
              }
            });
    for (DriverDescription.Option option : options(registry, driver)) {
      // A secret left out is kept; an empty one is removed.
      if (option.secret() && stored.containsKey(option.key())) {
        settings.putIfAbsent(option.key(), stored.get(option.key()));
      }
      if (option.secret()) {
        settings.remove(option.key(), "");
      }
    }
    Duration interval =
        Duration.ofMillis(body.integer("interval_ms", 100, 86_400_000, Optional.of(1000L)));
    boolean inverted = body.bool("inverted", Optional.of(false));
    boolean enabled = body.bool("enabled", Optional.of(true));
    boolean readOnly = body.bool("readOnly", Optional.of(true));
    int meterEpoch = (int) body.integer("meterEpoch", 0, Integer.MAX_VALUE, Optional.of(0L));
    try {
      return new DeviceDefinition(
          name,
          role,
          parent,
          driver,
          endpoint,
          settings,
          interval,
          inverted,
          enabled,
          readOnly,
          meterEpoch);
    } catch (IllegalArgumentException e) {
      throw new Problem(422, e.getMessage());
    }
  }

  /** Moves secret settings into the secret store; the definition keeps references. */
  private DeviceDefinition storeSecrets(
      DeviceRegistry registry, DeviceDefinition definition, DeviceId id) {
    Map<String, String> settings = new LinkedHashMap<>(definition.settings());
    boolean changed = false;
    for (DriverDescription.Option option : options(registry, definition.driver())) {
      String value = settings.get(option.key());
      if (option.secret() && value != null && !value.startsWith("${secret:")) {
        settings.put(
            option.key(), services.secrets().put("device." + id + "." + option.key(), value));
        changed = true;
      }
    }
    return changed
        ? new DeviceDefinition(
            definition.name(),
            definition.role(),
            definition.parent(),
            definition.driver(),
            definition.endpoint(),
            settings,
            definition.interval(),
            definition.inverted(),
            definition.enabled(),
            definition.readOnly(),
            definition.meterEpoch())
        : definition;
  }

  private static void device(JsonGenerator g, DeviceRegistry registry, DeviceRegistry.Entry entry)
      throws IOException {
    DeviceRegistry.Health health = entry.health();
    g.writeStartObject();
    g.writeStringField("id", entry.id().toString());
    g.writeStringField("revision", entry.revision());
    definition(g, registry, entry.definition());
    g.writeObjectFieldStart("health");
    g.writeStringField("state", health.state().name());
    NowApi.text(g, "lastReading", health.lastReading());
    NowApi.text(g, "lastError", health.lastError());
    NowApi.text(g, "lastErrorAt", health.lastErrorAt());
    g.writeNumberField("polls", health.polls());
    g.writeNumberField("failures", health.failures());
    g.writeNumberField("roundTrip_ms", health.roundTrip().toNanos() / 1e6);
    g.writeFieldName("retryIn_s");
    Json.write(g, health.retryIn().map(Duration::toSeconds).orElse(null));
    g.writeFieldName("identity");
    Json.write(g, health.identity());
    g.writeEndObject();
    g.writeEndObject();
  }

  private static void definition(
      JsonGenerator g, DeviceRegistry registry, DeviceDefinition definition) throws IOException {
    g.writeStringField("name", definition.name());
    g.writeStringField("role", definition.role().name());
    NowApi.text(g, "parent", definition.parent());
    g.writeStringField("driver", definition.driver());
    g.writeStringField("endpoint", definition.endpoint().toString());
    g.writeFieldName("settings");
    Json.write(g, masked(registry, definition));
    g.writeNumberField("interval_ms", definition.interval().toMillis());
    g.writeBooleanField("inverted", definition.inverted());
    g.writeBooleanField("enabled", definition.enabled());
    g.writeBooleanField("readOnly", definition.readOnly());
    g.writeNumberField("meterEpoch", definition.meterEpoch());
  }

  private static Map<String, String> masked(DeviceRegistry registry, DeviceDefinition definition) {
    Map<String, String> settings = new LinkedHashMap<>();
    definition.settings().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry ->
                settings.put(
                    entry.getKey(),
                    entry.getValue().startsWith("${secret:") ? MASK : entry.getValue()));
    for (DriverDescription.Option option : options(registry, definition.driver())) {
      if (option.secret()) {
        settings.computeIfPresent(option.key(), (key, value) -> MASK);
      }
    }
    return settings;
  }

  private static List<DriverDescription.Option> options(DeviceRegistry registry, String driver) {
    for (DriverDescription description : registry.drivers()) {
      if (description.id().equals(driver)) {
        return description.options();
      }
    }
    return List.of();
  }
}
