package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.platform.api.Settings;
import org.commonshub.platform.api.SettingsException;

/** Settings of all components, with optimistic locking. */
final class SettingsApi {
  private final Services services;

  SettingsApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router
        .add("GET", "/settings", Access.SETTINGS, this::list)
        .add("GET", "/settings/{pid}", Access.SETTINGS, this::read)
        .add("PUT", "/settings/{pid}", Access.SETTINGS, this::write);
  }

  private Response list(Request request) {
    List<Settings.Component> components = services.settings().components();
    return Response.json(
        g -> {
          g.writeStartArray();
          for (Settings.Component component : components) {
            component(g, component);
          }
          g.writeEndArray();
        });
  }

  private Response read(Request request) {
    return answer(
        services
            .settings()
            .component(request.variable("pid"))
            .orElseThrow(() -> Problem.notFound("There is no component of this name.")));
  }

  private Response write(Request request) throws IOException {
    Settings settings = services.settings();
    String pid = request.variable("pid");
    Optional<String> revision =
        request.header("If-None-Match").map(String::strip).filter("*"::equals).isPresent()
            ? Optional.empty()
            : Optional.of(request.ifMatch());
    Body body = request.json();
    Map<String, Object> values = body.object("values", 1000);
    body.done();
    String actor = request.caller().actor();
    try {
      Settings.Component written = settings.write(pid, values, revision);
      services.audit(actor, "settings.write", pid + " " + values.keySet(), "ok");
      return answer(written);
    } catch (SettingsException e) {
      services.audit(actor, "settings.write", pid, e.reason().name());
      throw switch (e.reason()) {
        case INVALID -> new Problem(422, e.key(), e.getMessage());
        case STALE -> new Problem(412, e.getMessage());
        case UNKNOWN -> Problem.notFound(e.getMessage());
        case STORAGE -> new Problem(500, e.getMessage());
      };
    }
  }

  private static Response answer(Settings.Component component) {
    return Response.json(g -> component(g, component))
        .header("ETag", Request.etag(component.revision()));
  }

  private static void component(JsonGenerator g, Settings.Component component) throws IOException {
    g.writeStartObject();
    g.writeStringField("pid", component.pid());
    NowApi.text(g, "factoryPid", component.factoryPid());
    g.writeStringField("name", component.name());
    g.writeStringField("description", component.description());
    g.writeStringField("revision", component.revision());
    g.writeFieldName("values");
    Json.write(g, component.values());
    NowApi.text(g, "problem", component.problem());
    g.writeArrayFieldStart("options");
    for (Settings.Option option : component.options()) {
      g.writeStartObject();
      g.writeStringField("key", option.key());
      g.writeStringField("name", option.name());
      g.writeStringField("description", option.description());
      g.writeStringField("type", option.type().name());
      g.writeBooleanField("list", option.list());
      g.writeBooleanField("required", option.required());
      g.writeFieldName("default");
      Json.write(g, option.defaultValue().orElse(null));
      g.writeFieldName("options");
      Json.write(g, option.options());
      g.writeFieldName("min");
      Json.write(g, option.min().orElse(null));
      g.writeFieldName("max");
      Json.write(g, option.max().orElse(null));
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeEndObject();
  }
}
