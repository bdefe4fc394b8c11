package org.commonshub.metering.ocpp;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.mapping.api.JsonValue;

/** What differs between the versions of OCPP. Stateless; called under no lock. */
interface Dialect {
  /** A call of the hub. */
  record Call(String action, Map<String, Object> payload) {}

  /** Answers a call of the charge point. */
  Map<String, Object> answer(String action, JsonValue payload, Station station) throws OcppError;

  /** Asks what the charge point can do. */
  Call features(int connector);

  /** Takes what it can do. */
  void features(JsonValue answer, Abilities abilities);

  /**
   * Calls that make it send meter values often enough, each of which makes the later ones
   * unnecessary if it is accepted; a list of such lists.
   *
   * @param abilities what it told of itself
   */
  List<List<Call>> sampling(int seconds, Abilities abilities);

  /** Whether an answer to one of those says that it was taken. */
  boolean taken(JsonValue answer);

  /** Asks for a message now. */
  Call trigger(String message, int connector);

  /** Starts charging. */
  Call start(int connector, int number);

  /** Stops charging. */
  Call stop(String transaction);

  /**
   * What a charge point told of itself; what it did not tell is assumed to be there. Not
   * thread-safe.
   */
  final class Abilities {
    boolean smartCharging = true;
    boolean amperes = true;
    boolean watts = true;
    int stackLevel;
    Optional<String> interval = Optional.empty();
    Optional<String> measurands = Optional.empty();
  }
}
