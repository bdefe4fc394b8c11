package org.commonshub.console.rest;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceRegistry;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.SerialPorts;

/** What helps to find a device: supported models, serial ports, and who has announced itself. */
final class FindApi {
  private record Supported(DriverDescription driver, DriverDescription.Model model) {}

  private final Services services;

  FindApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router
        .add("GET", "/drivers/models", Access.HEALTH, this::models)
        .add("GET", "/serial-ports", Access.PERSON, this::ports)
        .add("GET", "/inbox", Access.PERSON, this::inbox)
        .add("DELETE", "/inbox/{entry}", Access.PERSON, this::dismiss);
  }

  private Response models(Request request) {
    List<Supported> all = new ArrayList<>();
    for (DriverDescription driver : services.registry().drivers()) {
      driver.models().forEach(model -> all.add(new Supported(driver, model)));
    }
    all.sort(
        Comparator.<Supported, String>comparing(
                each -> each.model.maker(), String.CASE_INSENSITIVE_ORDER)
            .thenComparing(each -> each.model.model(), String.CASE_INSENSITIVE_ORDER)
            .thenComparing(each -> each.driver.id()));
    return Response.json(
        g -> {
          g.writeStartArray();
          for (Supported each : all) {
            g.writeStartObject();
            g.writeStringField("maker", each.model.maker());
            g.writeStringField("model", each.model.model());
            g.writeStringField("role", each.model.role().name());
            g.writeStringField("driver", each.driver.id());
            g.writeStringField("driverTitle", each.driver.title());
            g.writeFieldName("schemes");
            Json.write(g, each.driver.schemes().stream().sorted().toList());
            g.writeFieldName("settings");
            Json.write(g, new TreeMap<>(each.model.settings()));
            g.writeStringField("source", each.model.source());
            g.writeEndObject();
          }
          g.writeEndArray();
        });
  }

  private Response ports(Request request) {
    List<SerialPorts.Port> ports = services.registry().serialPorts();
    return Response.json(
        g -> {
          g.writeStartArray();
          for (SerialPorts.Port port : ports) {
            g.writeStartObject();
            g.writeStringField("path", port.path());
            g.writeStringField("description", port.description());
            g.writeEndObject();
          }
          g.writeEndArray();
        });
  }

  private Response inbox(Request request) {
    DeviceRegistry registry = services.registry();
    List<DeviceRegistry.Found> inbox = registry.inbox();
    return Response.json(
        g -> {
          g.writeStartArray();
          for (DeviceRegistry.Found found : inbox) {
            g.writeStartObject();
            g.writeStringField("id", id(found.definition()));
            DevicesApi.found(g, registry, found);
            g.writeEndObject();
          }
          g.writeEndArray();
        });
  }

  private Response dismiss(Request request) {
    DeviceRegistry registry = services.registry();
    DeviceRegistry.Found found =
        registry.inbox().stream()
            .filter(each -> id(each.definition()).equals(request.variable("entry")))
            .findFirst()
            .orElseThrow(() -> Problem.notFound("There is no such device in the inbox any more."));
    registry.dismiss(found);
    services.audit(
        request.caller().actor(),
        "inbox.dismiss",
        found.definition().driver() + " " + found.definition().endpoint(),
        "ok");
    return Response.noContent();
  }

  /** An entry is what its driver, address and settings are. */
  private static String id(DeviceDefinition definition) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  (definition.driver()
                          + '\n'
                          + definition.endpoint()
                          + '\n'
                          + new TreeMap<>(definition.settings()))
                      .getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every JDK has it.
    }
  }
}
