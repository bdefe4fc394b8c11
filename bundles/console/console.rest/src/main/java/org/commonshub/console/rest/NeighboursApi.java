package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.commonshub.neighbour.api.Neighbour;
import org.commonshub.neighbour.api.Neighbours;

/** The hubs this one talks to, as people enter them. */
final class NeighboursApi {
  private final Services services;

  NeighboursApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router
        .add("GET", "/neighbours", Access.PERSON, this::list)
        .add("POST", "/neighbours", Access.OWNER, this::add)
        .add("DELETE", "/neighbours/{did}", Access.OWNER, this::remove);
  }

  private Response list(Request request) {
    Optional<Neighbours> neighbours = services.neighboursIfPresent();
    List<Neighbour> all = neighbours.map(Neighbours::list).orElse(List.of());
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeBooleanField("running", neighbours.isPresent());
          g.writeArrayFieldStart("neighbours");
          for (Neighbour neighbour : all) {
            write(g, neighbour);
          }
          g.writeEndArray();
          g.writeEndObject();
        });
  }

  private static void write(JsonGenerator g, Neighbour neighbour) throws IOException {
    g.writeStartObject();
    g.writeStringField("did", neighbour.did());
    g.writeStringField("name", neighbour.name());
    g.writeStringField("host", neighbour.host());
    g.writeNumberField("port", neighbour.port());
    NowApi.text(g, "heard", neighbour.heard());
    NowApi.text(g, "problem", neighbour.problem());
    g.writeEndObject();
  }

  private Response add(Request request) throws IOException {
    Body body = request.json();
    String card = body.string("card", 512).strip();
    String name = body.string("name", 64).strip();
    String host = body.string("host", 253).strip();
    int port = (int) body.integer("port", 1, 65_535, Optional.empty());
    body.done();
    Neighbour neighbour;
    try {
      neighbour = services.neighbours().add(card, name, host, port);
    } catch (IOException | IllegalArgumentException e) {
      throw new Problem(422, e.getMessage());
    }
    services.audit(request.caller().actor(), "neighbour.add", neighbour.did(), "ok");
    return Response.json(201, "application/json", g -> write(g, neighbour));
  }

  private Response remove(Request request) throws IOException {
    Neighbours neighbours = services.neighbours();
    String did = request.variable("did");
    if (neighbours.find(did).isEmpty()) {
      throw Problem.notFound("There is no neighbour of this name.");
    }
    try {
      neighbours.remove(did);
    } catch (IOException e) {
      throw new Problem(500, e.getMessage());
    }
    services.audit(request.caller().actor(), "neighbour.remove", did, "ok");
    return Response.noContent();
  }
}
