package org.commonshub.metering.ocpp;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.ocpp.OcppError.Code;

/**
 * OCPP 1.6 edition 2, with the messages that its security white paper adds. The hub never resets a
 * charge point, unlocks a connector or changes firmware.
 */
final class Ocpp16 implements Dialect {
  private static final int TAG = 20;
  private static final int ENTRIES = 64;
  private static final int LAST_ENTRIES = 16;
  private static final String INTERVAL = "MeterValueSampleInterval";
  private static final String MEASURANDS = "MeterValuesSampledData";

  /** What the hub wants to be told, the most first; charge points refuse lists they cannot fill. */
  static final List<String> WANTED =
      List.of(
          "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,"
              + "Current.Offered,SoC",
          "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage",
          "Energy.Active.Import.Register,Power.Active.Import,Current.Import",
          "Energy.Active.Import.Register,Power.Active.Import",
          "Energy.Active.Import.Register");

  @Override
  public Map<String, Object> answer(String action, JsonValue payload, Station station)
      throws OcppError {
    return switch (action) {
      case "BootNotification" -> boot(payload, station);
      case "Heartbeat" -> Map.of("currentTime", station.time());
      case "StatusNotification" -> status(payload, station);
      case "Authorize" ->
          Map.of("idTagInfo", verdict(station.admits(Fields.text(payload, "idTag", TAG))));
      case "StartTransaction" -> start(payload, station);
      case "MeterValues" -> values(payload, station);
      case "StopTransaction" -> stop(payload, station);
      case "DataTransfer" -> {
        Fields.text(payload, "vendorId", 255);
        yield Map.of("status", "UnknownVendorId");
      }
      case "SignCertificate" -> Map.of("status", "Rejected");
      case "FirmwareStatusNotification",
          "DiagnosticsStatusNotification",
          "SecurityEventNotification",
          "LogStatusNotification",
          "SignedFirmwareStatusNotification" ->
          Map.of();
      default -> throw new OcppError(Code.NOT_IMPLEMENTED, "the hub does not know this call");
    };
  }

  private static Map<String, Object> verdict(boolean admitted) {
    return Map.of("status", admitted ? "Accepted" : "Invalid");
  }

  private static Map<String, Object> boot(JsonValue payload, Station station) throws OcppError {
    Map<String, String> identity = new LinkedHashMap<>();
    identity.put("maker", Fields.text(payload, "chargePointVendor", 100).strip());
    identity.put("model", Fields.text(payload, "chargePointModel", 100).strip());
    String serial = payload.get("chargePointSerialNumber").label(50);
    identity.put(
        "serial", serial.isEmpty() ? payload.get("chargeBoxSerialNumber").label(50) : serial);
    identity.put("firmware", payload.get("firmwareVersion").label(50));
    identity.put("meter", payload.get("meterSerialNumber").label(50));
    station.booted(identity);
    return Map.of(
        "status", "Accepted", "currentTime", station.time(), "interval", Station.HEARTBEAT);
  }

  private static Map<String, Object> status(JsonValue payload, Station station) throws OcppError {
    EvState state =
        switch (Fields.text(payload, "status", 20)) {
          case "Available", "Reserved" -> EvState.A;
          case "Preparing", "SuspendedEV", "SuspendedEVSE", "Finishing" -> EvState.B;
          case "Charging" -> EvState.C;
          case "Unavailable" -> EvState.F;
          case "Faulted" -> EvState.E;
          default -> throw new OcppError(Code.PROPERTY, "status is none of OCPP 1.6");
        };
    station.state(Fields.integer(payload, "connectorId"), state);
    return Map.of();
  }

  private static Map<String, Object> start(JsonValue payload, Station station) throws OcppError {
    int connector = Fields.integer(payload, "connectorId");
    String tag = Fields.text(payload, "idTag", TAG);
    int register = Fields.integer(payload, "meterStart");
    boolean admitted = station.admits(connector, tag);
    int transaction = station.started(connector, tag, register, Fields.time(payload, "timestamp"));
    return Map.of("transactionId", transaction, "idTagInfo", verdict(admitted));
  }

  private static Map<String, Object> values(JsonValue payload, Station station) throws OcppError {
    int connector = Fields.integer(payload, "connectorId");
    List<JsonValue> entries = Fields.list(payload, "meterValue").items();
    Fields.optional(payload, "transactionId")
        .filter(id -> id > 0)
        .ifPresent(id -> station.adopt(connector, Integer.toString(id)));
    for (JsonValue entry : entries.subList(0, Math.min(ENTRIES, entries.size()))) {
      station.samples(connector, Fields.time(entry, "timestamp"), Sample.read(entry, Version.V16));
    }
    return Map.of();
  }

  private static Map<String, Object> stop(JsonValue payload, Station station) throws OcppError {
    String transaction = Integer.toString(Fields.integer(payload, "transactionId"));
    int register = Fields.integer(payload, "meterStop");
    int connector = station.connectorOf(transaction);
    // Most of what is repeated here came as it was measured.
    List<JsonValue> entries = payload.get("transactionData").items();
    for (JsonValue entry :
        entries.subList(Math.max(0, entries.size() - LAST_ENTRIES), entries.size())) {
      station.samples(connector, Fields.time(entry, "timestamp"), Sample.read(entry, Version.V16));
    }
    station.stopped(
        connector,
        transaction,
        Optional.of(BigDecimal.valueOf(register)),
        Fields.time(payload, "timestamp"));
    Optional<String> tag = payload.get("idTag").text();
    return tag.isEmpty() ? Map.of() : Map.of("idTagInfo", verdict(station.admits(tag.get())));
  }

  @Override
  public Call features(int connector) {
    return new Call(
        "GetConfiguration",
        Map.of(
            "key",
            List.of(
                "SupportedFeatureProfiles",
                "ChargingScheduleAllowedChargingRateUnit",
                "ChargeProfileMaxStackLevel",
                INTERVAL,
                MEASURANDS)));
  }

  @Override
  public void features(JsonValue answer, Abilities abilities) {
    for (JsonValue each : answer.get("configurationKey").items()) {
      String value = each.get("value").text().orElse("");
      String lower = value.toLowerCase(Locale.ROOT);
      switch (each.get("key").text().orElse("")) {
        case "SupportedFeatureProfiles" -> {
          if (!value.isBlank()) {
            abilities.smartCharging = lower.contains("smartcharging");
          }
        }
        case "ChargingScheduleAllowedChargingRateUnit" -> {
          // The specification says Current and Power; many say A and W.
          if (!value.isBlank()) {
            abilities.amperes =
                lower.contains("current") || lower.matches("(.*[^a-z])?a([^a-z].*)?");
            abilities.watts = lower.contains("power") || lower.matches("(.*[^a-z])?w([^a-z].*)?");
          }
        }
        case "ChargeProfileMaxStackLevel" ->
            abilities.stackLevel =
                Fields.whole(each.get("value")).filter(n -> n > 0).isPresent() ? 1 : 0;
        case INTERVAL -> abilities.interval = Optional.of(value.strip());
        case MEASURANDS -> abilities.measurands = Optional.of(value.strip());
        default -> {
          // Not asked for.
        }
      }
    }
  }

  @Override
  public List<List<Call>> sampling(int seconds, Abilities abilities) {
    List<List<Call>> calls = new ArrayList<>();
    String interval = Integer.toString(seconds);
    if (!abilities.interval.equals(Optional.of(interval))) {
      calls.add(List.of(change(INTERVAL, interval)));
    }
    String now = abilities.measurands.orElse("");
    if (!now.contains("Power.Active.Import") || !now.contains("Energy.Active.Import.Register")) {
      calls.add(WANTED.stream().map(list -> change(MEASURANDS, list)).toList());
    }
    return calls;
  }

  private static Call change(String key, String value) {
    return new Call("ChangeConfiguration", Map.of("key", key, "value", value));
  }

  @Override
  public boolean taken(JsonValue answer) {
    String status = Rpc.status(answer);
    return status.equals("Accepted") || status.equals("RebootRequired");
  }

  @Override
  public Call trigger(String message, int connector) {
    return new Call(
        "TriggerMessage",
        message.equals("BootNotification")
            ? Map.of("requestedMessage", message)
            : Map.of("requestedMessage", message, "connectorId", connector));
  }

  @Override
  public Call start(int connector, int number) {
    return new Call(
        "RemoteStartTransaction",
        connector == 0
            ? Map.of("idTag", Settings.HUB_TAG)
            : Map.of("connectorId", connector, "idTag", Settings.HUB_TAG));
  }

  @Override
  public Call stop(String transaction) {
    return new Call(
        "RemoteStopTransaction", Map.of("transactionId", Integer.parseInt(transaction)));
  }
}
