package org.commonshub.metering.ocpp;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A charging profile (OCPP 1.6 §3.13, OCPP 2.0.1 K01) that limits one connector for a while: when
 * its duration is over the charge point is back at its own default. It begins a minute before now,
 * so that a charge point whose clock is a little late does not wait for it.
 *
 * @param transaction transaction that it is for; empty for those to come
 * @param watts whether the limit is power rather than current
 * @param limit limit, 0 to pause
 */
record Profile(
    int connector,
    Optional<String> transaction,
    int stackLevel,
    boolean watts,
    BigDecimal limit,
    int phases,
    Duration duration) {
  private static final Duration MARGIN = Duration.ofMinutes(1);
  private static final int FIRST_ID = 7_000;

  /** Its number: one for each connector and purpose, so that the next replaces it. */
  int id() {
    return id(connector, transaction.isPresent());
  }

  static int id(int connector, boolean transaction) {
    return FIRST_ID + 2 * connector + (transaction ? 1 : 0);
  }

  static String purpose(boolean transaction) {
    return transaction ? "TxProfile" : "TxDefaultProfile";
  }

  /** Payload of {@code SetChargingProfile}. */
  Map<String, Object> payload(Version version, Instant now) {
    Map<String, Object> period = new LinkedHashMap<>();
    period.put("startPeriod", 0);
    period.put("limit", limit.setScale(1, RoundingMode.DOWN));
    if (phases == 1) {
      period.put("numberPhases", 1);
    }
    Map<String, Object> schedule = new LinkedHashMap<>();
    if (version == Version.V201) {
      schedule.put("id", id());
    }
    schedule.put("startSchedule", time(now.minus(MARGIN)));
    schedule.put("duration", Math.toIntExact(duration.plus(MARGIN).toSeconds()));
    schedule.put("chargingRateUnit", watts ? "W" : "A");
    schedule.put("chargingSchedulePeriod", List.of(period));
    Map<String, Object> profile = new LinkedHashMap<>();
    profile.put(version == Version.V16 ? "chargingProfileId" : "id", id());
    profile.put("stackLevel", stackLevel);
    profile.put("chargingProfilePurpose", purpose(transaction.isPresent()));
    profile.put("chargingProfileKind", "Absolute");
    Map<String, Object> payload = new LinkedHashMap<>();
    if (version == Version.V16) {
      transaction.ifPresent(id -> profile.put("transactionId", Integer.parseInt(id)));
      profile.put("chargingSchedule", schedule);
      payload.put("connectorId", connector);
      payload.put("csChargingProfiles", profile);
    } else {
      transaction.ifPresent(id -> profile.put("transactionId", id));
      profile.put("chargingSchedule", List.of(schedule));
      payload.put("evseId", connector);
      payload.put("chargingProfile", profile);
    }
    return payload;
  }

  /** Payload of {@code ClearChargingProfile} for one of the two. */
  static Map<String, Object> clearing(Version version, int connector, boolean transaction) {
    return Map.of(version == Version.V16 ? "id" : "chargingProfileId", id(connector, transaction));
  }

  /** An instant as OCPP writes it. */
  static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
