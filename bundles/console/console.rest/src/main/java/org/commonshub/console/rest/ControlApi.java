package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.commonshub.control.api.Arbiter;
import org.commonshub.control.api.Intent;
import org.commonshub.control.api.Outcome;
import org.commonshub.control.api.Priority;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.Actuator;

/**
 * What devices can be told, by the people who live here: an intent of priority PERSON through the
 * arbiter, as everybody else's. Neither operators nor tokens.
 */
final class ControlApi {
  private static final Duration TIME = Duration.ofSeconds(30);
  private static final String REASON = "set by hand";

  private final Services services;
  private final Deferred deferred;

  /**
   * @param background writes answers that come late
   */
  ControlApi(Services services, Executor background) {
    this.services = services;
    this.deferred =
        new Deferred(background, 16, "Sixteen devices are being told something. Try again.");
  }

  Router register(Router router) {
    return router
        .add("GET", "/control", Access.OWNER, this::list)
        .add("POST", "/control/{device}/{actuator}", Access.OWNER, this::set)
        .add("DELETE", "/control/{device}/{actuator}", Access.OWNER, this::release);
  }

  /** The holder that stands for a person. */
  static String holder(String user) {
    String holder = "user:" + user;
    return holder.substring(0, Math.min(Intent.LONGEST_HOLDER, holder.length()));
  }

  private Response list(Request request) {
    Optional<Arbiter> arbiter = services.arbiter();
    List<Arbiter.State> states = arbiter.map(Arbiter::states).orElse(List.of());
    String me = holder(request.caller().actor());
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeBooleanField("running", arbiter.isPresent());
          g.writeArrayFieldStart("actuators");
          for (Arbiter.State state : states) {
            state(g, state, me);
          }
          g.writeEndArray();
          g.writeEndObject();
        });
  }

  private static void state(JsonGenerator g, Arbiter.State state, String me) throws IOException {
    g.writeStartObject();
    g.writeStringField("device", state.device().toString());
    g.writeStringField("deviceName", state.deviceName());
    g.writeBooleanField("readOnly", state.readOnly());
    Actuator actuator = state.actuator();
    g.writeStringField("id", actuator.id());
    g.writeStringField("title", actuator.title());
    g.writeStringField("description", actuator.description());
    g.writeStringField("unit", actuator.unit());
    number(g, "min", actuator.min());
    number(g, "max", actuator.max());
    number(g, "step", actuator.step());
    g.writeArrayFieldStart("choices");
    for (Map.Entry<BigDecimal, String> choice : actuator.choices().entrySet()) {
      g.writeStartObject();
      number(g, "value", choice.getKey());
      g.writeStringField("label", choice.getValue());
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeStringField("rest", actuator.rest());
    number(g, "value", state.value().orElse(null));
    g.writeFieldName("holding");
    if (state.holding().isEmpty()) {
      g.writeNull();
    } else {
      Intent intent = state.holding().get();
      g.writeStartObject();
      g.writeStringField("holder", intent.holder());
      g.writeBooleanField("mine", intent.holder().equals(me));
      g.writeStringField("priority", intent.priority().name());
      g.writeStringField("reason", intent.reason());
      number(g, "value", intent.value());
      g.writeNumberField("remaining_s", state.remaining().orElse(Duration.ZERO).toSeconds());
      g.writeEndObject();
    }
    g.writeNumberField("waiting", state.waiting());
    NowApi.text(g, "problem", state.problem());
    g.writeEndObject();
  }

  private static void number(JsonGenerator g, String name, BigDecimal value) throws IOException {
    g.writeFieldName(name);
    if (value == null) {
      g.writeNull();
    } else {
      g.writeNumber(value.toPlainString());
    }
  }

  private Response set(Request request) throws IOException {
    Arbiter arbiter = arbiter();
    Body body = request.json();
    BigDecimal value = body.decimal("value");
    long seconds =
        body.integer(
            "seconds", Intent.SHORTEST.toSeconds(), Intent.LONGEST.toSeconds(), Optional.empty());
    String reason = body.optionalString("reason", 200).map(String::strip).orElse("");
    body.done();
    Intent intent;
    try {
      intent =
          new Intent(
              device(request),
              request.variable("actuator"),
              value,
              Priority.PERSON,
              holder(request.caller().actor()),
              reason.isEmpty() ? REASON : reason,
              Duration.ofSeconds(seconds));
    } catch (IllegalArgumentException e) {
      throw new Problem(422, e.getMessage());
    }
    return deferred.later(
        () -> arbiter.state(intent),
        TIME,
        outcome ->
            outcome.state() == Outcome.State.REFUSED ? refused(422, outcome) : answer(outcome));
  }

  private Response release(Request request) {
    Arbiter arbiter = arbiter();
    DeviceId device = device(request);
    String actuator = request.variable("actuator");
    String holder = holder(request.caller().actor());
    return deferred.later(
        () -> arbiter.withdraw(device, actuator, holder),
        TIME,
        outcome ->
            outcome.state() == Outcome.State.REFUSED ? refused(404, outcome) : answer(outcome));
  }

  private Arbiter arbiter() {
    return services
        .arbiter()
        .orElseThrow(
            () ->
                new Problem(
                    503, "Control is switched off. Switch it on in Settings, Features: Control."));
  }

  private static DeviceId device(Request request) {
    try {
      return DeviceId.parse(request.variable("device"));
    } catch (IllegalArgumentException e) {
      throw Problem.notFound("There is no device of this id.");
    }
  }

  private static Response refused(int status, Outcome outcome) {
    return new Problem(status, outcome.message()).response();
  }

  private static Response answer(Outcome outcome) {
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeStringField("state", outcome.state().name());
          g.writeStringField("message", outcome.message());
          g.writeEndObject();
        });
  }
}
