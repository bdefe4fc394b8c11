package org.commonshub.metering.ocpp;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.ocpp.OcppError.Code;

/**
 * OCPP 2.0.1 edition 2. The hub never resets a charging station, unlocks a connector or changes
 * firmware.
 */
final class Ocpp201 implements Dialect {
  private static final int TOKEN = 36;
  private static final int ENTRIES = 64;
  private static final String SAMPLED = "SampledDataCtrlr";
  private static final String SMART = "SmartChargingCtrlr";
  private static final String INTERVAL = "TxUpdatedInterval";
  private static final String MEASURANDS = "TxUpdatedMeasurands";

  @Override
  public Map<String, Object> answer(String action, JsonValue payload, Station station)
      throws OcppError {
    return switch (action) {
      case "BootNotification" -> boot(payload, station);
      case "Heartbeat" -> Map.of("currentTime", station.time());
      case "StatusNotification" -> status(payload, station);
      case "Authorize" -> authorize(payload, station);
      case "TransactionEvent" -> transaction(payload, station);
      case "MeterValues" -> {
        samples(Fields.integer(payload, "evseId"), Fields.list(payload, "meterValue"), station);
        yield Map.of();
      }
      case "NotifyEVChargingNeeds" -> needs(payload, station);
      case "NotifyEVChargingSchedule" -> Map.of("status", "Accepted");
      case "DataTransfer" -> {
        Fields.text(payload, "vendorId", 255);
        yield Map.of("status", "UnknownVendorId");
      }
      case "SignCertificate" -> Map.of("status", "Rejected");
      case "GetCertificateStatus" -> Map.of("status", "Failed");
      case "NotifyReport",
          "NotifyEvent",
          "NotifyMonitoringReport",
          "NotifyCustomerInformation",
          "NotifyDisplayMessages",
          "NotifyChargingLimit",
          "ClearedChargingLimit",
          "ReportChargingProfiles",
          "ReservationStatusUpdate",
          "SecurityEventNotification",
          "LogStatusNotification",
          "FirmwareStatusNotification",
          "PublishFirmwareStatusNotification" ->
          Map.of();
      case "Get15118EVCertificate" ->
          throw new OcppError(Code.NOT_SUPPORTED, "the hub hands out no certificates");
      default -> throw new OcppError(Code.NOT_IMPLEMENTED, "the hub does not know this call");
    };
  }

  private static Map<String, Object> boot(JsonValue payload, Station station) throws OcppError {
    JsonValue charging = Fields.object(payload, "chargingStation");
    Map<String, String> identity = new LinkedHashMap<>();
    identity.put("maker", Fields.text(charging, "vendorName", 100).strip());
    identity.put("model", Fields.text(charging, "model", 100).strip());
    identity.put("serial", charging.get("serialNumber").label(50));
    identity.put("firmware", charging.get("firmwareVersion").label(50));
    station.booted(identity);
    return Map.of(
        "status", "Accepted", "currentTime", station.time(), "interval", Station.HEARTBEAT);
  }

  private static Map<String, Object> status(JsonValue payload, Station station) throws OcppError {
    int evse = Fields.integer(payload, "evseId");
    switch (Fields.text(payload, "connectorStatus", 20)) {
      case "Available", "Reserved" -> station.state(evse, EvState.A);
      case "Occupied" -> {
        // Whether it charges is told by the transaction.
        if (station.stateOf(evse).filter(s -> s == EvState.C).isEmpty()) {
          station.state(evse, EvState.B);
        }
      }
      case "Unavailable" -> station.state(evse, EvState.F);
      case "Faulted" -> station.state(evse, EvState.E);
      default -> throw new OcppError(Code.PROPERTY, "connectorStatus is none of OCPP 2.0.1");
    }
    return Map.of();
  }

  private static Map<String, Object> authorize(JsonValue payload, Station station)
      throws OcppError {
    JsonValue token = Fields.object(payload, "idToken");
    return Map.of("idTokenInfo", verdict(admits(token, station, -1)));
  }

  private static Map<String, Object> verdict(boolean admitted) {
    return Map.of("status", admitted ? "Accepted" : "Invalid");
  }

  private static boolean admits(JsonValue token, Station station, int evse) throws OcppError {
    Fields.text(token, "type", 20);
    String id = Fields.text(token, "idToken", TOKEN);
    return evse < 0 ? station.admits(id) : station.admits(evse, id);
  }

  private static Map<String, Object> transaction(JsonValue payload, Station station)
      throws OcppError {
    String type = Fields.text(payload, "eventType", 20);
    JsonValue info = Fields.object(payload, "transactionInfo");
    String transaction = Fields.text(info, "transactionId", TOKEN);
    Optional<Instant> at = Fields.time(payload, "timestamp");
    Optional<Integer> told = Fields.optional(payload.get("evse"), "id");
    int evse = told.isPresent() ? told.get() : station.connectorOf(transaction);
    switch (type) {
      case "Started" -> station.begun(evse, transaction);
      case "Updated", "Ended" -> station.adopt(evse, transaction);
      default -> throw new OcppError(Code.PROPERTY, "eventType is none of OCPP 2.0.1");
    }
    samples(evse, payload.get("meterValue"), station);
    switch (info.get("chargingState").text().orElse("")) {
      case "Charging" -> station.state(evse, EvState.C);
      case "EVConnected", "SuspendedEV", "SuspendedEVSE" -> station.state(evse, EvState.B);
      case "Idle" -> station.state(evse, EvState.A);
      default -> {
        // Not told.
      }
    }
    if (type.equals("Ended")) {
      station.stopped(evse, transaction, Optional.empty(), at);
    }
    JsonValue token = payload.get("idToken");
    return token.isObject()
        ? Map.of("idTokenInfo", verdict(admits(token, station, evse)))
        : Map.of();
  }

  private static void samples(int evse, JsonValue meterValue, Station station) {
    List<JsonValue> entries = meterValue.items();
    for (JsonValue entry : entries.subList(0, Math.min(ENTRIES, entries.size()))) {
      station.samples(evse, Fields.time(entry, "timestamp"), Sample.read(entry, Version.V201));
    }
  }

  private static Map<String, Object> needs(JsonValue payload, Station station) throws OcppError {
    int evse = Fields.integer(payload, "evseId");
    JsonValue needs = Fields.object(payload, "chargingNeeds");
    JsonValue dc = needs.get("dcChargingParameters");
    Optional<BigDecimal> energy = needs.get("acChargingParameters").get("energyAmount").number();
    station.needs(
        evse,
        energy.isPresent() ? energy : dc.get("energyAmount").number(),
        dc.get("stateOfCharge").number(),
        Fields.time(needs, "departureTime"));
    return Map.of("status", "Accepted");
  }

  private static Map<String, Object> variable(String component, String variable) {
    return Map.of("component", Map.of("name", component), "variable", Map.of("name", variable));
  }

  @Override
  public Call features(int connector) {
    return new Call(
        "GetVariables",
        Map.of(
            "getVariableData",
            List.of(
                variable(SMART, "Enabled"),
                variable(SMART, "RateUnit"),
                variable(SMART, "ProfileStackLevel"),
                variable(SAMPLED, INTERVAL),
                variable(SAMPLED, MEASURANDS))));
  }

  @Override
  public void features(JsonValue answer, Abilities abilities) {
    for (JsonValue each : answer.get("getVariableResult").items()) {
      String value = each.get("attributeValue").text().orElse("").strip();
      if (value.isEmpty() || !each.get("attributeStatus").text().orElse("").equals("Accepted")) {
        continue;
      }
      String lower = value.toLowerCase(Locale.ROOT);
      switch (each.get("component").get("name").label(50)
          + "/"
          + each.get("variable").get("name").label(50)) {
        case SMART + "/Enabled" -> abilities.smartCharging = !lower.equals("false");
        case SMART + "/RateUnit" -> {
          abilities.amperes = lower.contains("a");
          abilities.watts = lower.contains("w");
        }
        case SMART + "/ProfileStackLevel" ->
            abilities.stackLevel =
                Fields.whole(JsonValue.of(value)).filter(n -> n > 0).isPresent() ? 1 : 0;
        case SAMPLED + "/" + INTERVAL -> abilities.interval = Optional.of(value);
        case SAMPLED + "/" + MEASURANDS -> abilities.measurands = Optional.of(value);
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
      calls.add(List.of(set(INTERVAL, interval)));
    }
    String now = abilities.measurands.orElse("");
    if (!now.contains("Power.Active.Import") || !now.contains("Energy.Active.Import.Register")) {
      calls.add(Ocpp16.WANTED.stream().map(list -> set(MEASURANDS, list)).toList());
    }
    return calls;
  }

  private static Call set(String name, String value) {
    Map<String, Object> data = new LinkedHashMap<>(variable(SAMPLED, name));
    data.put("attributeValue", value);
    return new Call("SetVariables", Map.of("setVariableData", List.of(data)));
  }

  @Override
  public boolean taken(JsonValue answer) {
    String status = answer.get("setVariableResult").at(0).get("attributeStatus").label(40);
    return status.equals("Accepted") || status.equals("RebootRequired");
  }

  @Override
  public Call trigger(String message, int connector) {
    Map<String, Object> evse =
        message.equals("StatusNotification")
            ? Map.of("id", connector, "connectorId", 1)
            : Map.of("id", connector);
    return new Call(
        "TriggerMessage",
        message.equals("BootNotification")
            ? Map.of("requestedMessage", message)
            : Map.of("requestedMessage", message, "evse", evse));
  }

  @Override
  public Call start(int connector, int number) {
    Map<String, Object> payload = new LinkedHashMap<>();
    if (connector > 0) {
      payload.put("evseId", connector);
    }
    payload.put("remoteStartId", number);
    payload.put("idToken", Map.of("idToken", Settings.HUB_TAG, "type", "Central"));
    return new Call("RequestStartTransaction", payload);
  }

  @Override
  public Call stop(String transaction) {
    return new Call("RequestStopTransaction", Map.of("transactionId", transaction));
  }
}
