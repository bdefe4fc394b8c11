package org.commonshub.metering.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.ShellyStatus;
import org.commonshub.metering.mapping.api.TasmotaEnergy;

/**
 * Finds out what answers at an address: asks for {@code /shelly}, then for what the presets
 * recognise their devices by, then for Tasmota's status. Each request once, one after the other.
 */
final class Prober {
  private static final Duration TIMEOUT = Duration.ofMillis(900);
  private static final int MAX_PARTS = 16;

  private final Web web;
  private final List<Preset> presets;
  private final Map<String, JsonValue> answers = new LinkedHashMap<>();

  /** It does not even say no: further questions would take a second each. */
  private boolean silent;

  Prober(Web web, List<Preset> presets) {
    this.web = web;
    this.presets = presets;
  }

  CompletionStage<List<Candidate>> probe() {
    return web.get("/shelly", TIMEOUT)
        .handle(
            (info, failure) -> {
              if (failure == null && !info.get("gen").missing()) {
                return shelly(info);
              }
              if (failure == null && !info.get("type").missing()) {
                return shellyGen1(info);
              }
              return failure == null || answered(failure)
                  ? others()
                  : CompletableFuture.<List<Candidate>>failedFuture(Web.cause(failure));
            })
        .thenCompose(stage -> stage);
  }

  /** Whether something is there, but not this. */
  private static boolean answered(Throwable failure) {
    return Web.cause(failure) instanceof DeviceException e
        && (e.kind() == Kind.INVALID_ANSWER
            || e.kind() == Kind.REFUSED
            || e.kind() == Kind.DISCONNECTED);
  }

  // ---------------------------------------------------------------- Shelly

  private CompletionStage<List<Candidate>> shelly(JsonValue info) {
    return web.call("Shelly.GetStatus", "{}", TIMEOUT)
        .handle(
            (status, failure) -> {
              // One with a password is proposed all the same.
              List<String> parts = failure == null ? ShellyStatus.metering(status) : List.of("");
              return candidates(
                  HttpSettings.SHELLY, name(info, "app"), parts, ShellySession.identity(info));
            });
  }

  private CompletionStage<List<Candidate>> shellyGen1(JsonValue info) {
    Map<String, String> identity = new HashMap<>();
    identity.put("maker", "Shelly");
    identity.put("model", info.get("type").label(32));
    identity.put("serial", info.get("mac").label(32));
    identity.put("firmware", info.get("fw").label(64));
    return web.get("/status", TIMEOUT)
        .handle(
            (status, failure) -> {
              List<String> parts =
                  failure == null ? ShellyStatus.meteringGen1(status) : List.of("");
              if (parts.size() == 3 && ShellyStatus.type(parts.get(0)).equals("emeter")) {
                parts = List.of("emeters");
              }
              return candidates(
                  HttpSettings.SHELLY_GEN1, name(info, "type"), parts, Map.copyOf(identity));
            });
  }

  private static String name(JsonValue info, String member) {
    String given = info.get("name").label(40);
    return given.isEmpty() ? "Shelly " + info.get(member).label(32) : given;
  }

  private static List<Candidate> candidates(
      String preset, String name, List<String> parts, Map<String, String> identity) {
    List<Candidate> found = new ArrayList<>();
    for (String part : parts.subList(0, Math.min(MAX_PARTS, parts.size()))) {
      Map<String, String> settings = new HashMap<>();
      settings.put(HttpSettings.PRESET, preset);
      if (!part.isEmpty()) {
        settings.put(HttpSettings.PART, part);
      }
      found.add(
          new Candidate(
              parts.size() > 1 ? name + " " + part : name, role(part), settings, identity));
    }
    return List.copyOf(found);
  }

  /** A three-phase meter mostly sits at the grid connection. */
  private static DeviceRole role(String part) {
    String type = part.equals("emeters") ? "em" : ShellyStatus.type(part);
    return switch (type) {
      case "em" -> DeviceRole.GRID_METER;
      case "em1", "emeter", "pm1" -> DeviceRole.SUB_METER;
      default -> DeviceRole.LOAD;
    };
  }

  // ---------------------------------------------------------------- presets

  private CompletionStage<List<Candidate>> others() {
    Set<String> targets = new LinkedHashSet<>();
    List<Preset> usual = presets.stream().map(preset -> preset.with("")).toList();
    usual.forEach(
        preset -> preset.detect().forEach(condition -> targets.add(condition.place().target())));
    CompletionStage<Void> asked = CompletableFuture.completedFuture(null);
    for (String target : targets) {
      asked = asked.thenCompose(nothing -> ask(target));
    }
    return asked.thenCompose(
        nothing -> {
          List<Candidate> found = new ArrayList<>();
          for (Preset preset : usual) {
            if (!preset.detect().isEmpty()
                && preset.detect().stream()
                    .allMatch(
                        condition ->
                            condition.holds(
                                answers.getOrDefault(
                                    condition.place().target(), JsonValue.MISSING)))) {
              found.add(
                  new Candidate(
                      preset.title(),
                      preset.role(),
                      Map.of(HttpSettings.PRESET, preset.name()),
                      Map.of("maker", preset.facts().get("maker"))));
            }
          }
          return found.isEmpty()
              ? tasmota()
              : CompletableFuture.completedFuture(List.copyOf(found));
        });
  }

  private CompletionStage<Void> ask(String target) {
    if (silent) {
      return CompletableFuture.completedFuture(null);
    }
    return web.get(target, TIMEOUT)
        .handle(
            (answer, failure) -> {
              if (failure == null) {
                answers.put(target, answer);
              }
              silent = failure != null && !answered(failure);
              return null;
            });
  }

  private CompletionStage<List<Candidate>> tasmota() {
    if (silent) {
      return CompletableFuture.completedFuture(List.of());
    }
    return web.get("/cm?cmnd=Status%200", TIMEOUT)
        .handle(
            (answer, failure) -> {
              if (failure != null
                  || TasmotaEnergy.values(answer.get("StatusSNS"), 0).list().isEmpty()) {
                return List.<Candidate>of();
              }
              Map<String, String> identity = TasmotaSession.identity(answer);
              return List.of(
                  new Candidate(
                      identity.getOrDefault("name", "Tasmota"),
                      DeviceRole.LOAD,
                      Map.of(HttpSettings.PRESET, HttpSettings.TASMOTA),
                      identity));
            });
  }
}
