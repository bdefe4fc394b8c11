package org.commonshub.metering.ocpp;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.metering.mapping.api.Measurements;

/**
 * What is known of one connector (1.6) or EVSE (2.0.1). Belongs to its station's lock. Each method
 * that takes something returns what is to be delivered.
 */
final class Connector {
  private static final int FLOWS = 32;

  /**
   * A charging session under way.
   *
   * @param id as the hub (1.6) or the charge point (2.0.1) gave it
   * @param begun register when it began, if known
   */
  record Transaction(String id, Optional<BigDecimal> begun) {}

  /** How a transaction began, so that a repeated message is known again. */
  record Start(Optional<Instant> at, String tag, int register) {}

  private EvState state;
  private Transaction transaction;
  private Start start;
  private BigDecimal register;
  private final Set<Quantity> flows = new LinkedHashSet<>();

  Optional<Transaction> transaction() {
    return Optional.ofNullable(transaction);
  }

  Optional<EvState> state() {
    return Optional.ofNullable(state);
  }

  /** Whether a transaction began with this very message. */
  boolean startedBy(Start message) {
    return message.equals(start);
  }

  void started(String id, Optional<BigDecimal> begun, Start message) {
    transaction = new Transaction(id, begun);
    start = message;
  }

  /** A transaction that the hub did not see begin. */
  void adopt(String id) {
    if (transaction == null || !transaction.id.equals(id)) {
      transaction = new Transaction(id, Optional.empty());
    }
  }

  void stopped() {
    transaction = null;
  }

  /** Takes a state; empty if it is no news. */
  List<Measurement> state(EvState now) {
    if (now == state) {
      return List.of();
    }
    boolean opened = now != EvState.C;
    state = now;
    if (now == EvState.A) {
      stopped();
    }
    List<Measurement> news = new ArrayList<>();
    news.add(now.measurement());
    if (opened) {
      // Nothing flows any more, and charge points do not say so: their samples end.
      for (Quantity flow : flows) {
        news.add(new Measurement(flow, 0, 0, Quality.MEASURED.with(Quality.ESTIMATED)));
      }
    }
    return news;
  }

  /** The state, for a sign of life. */
  List<Measurement> life() {
    return state == null ? List.of() : List.of(state.measurement());
  }

  /** Takes samples of one instant. */
  List<Measurement> samples(List<Sample> samples) {
    List<Measurement> values = Sample.measurements(samples);
    for (Measurement value : values) {
      if (flow(value.quantity()) && flows.size() < FLOWS) {
        flows.add(value.quantity());
      }
    }
    Optional<Measurement> energy =
        values.stream().filter(v -> v.quantity().equals(Quantity.ENERGY_IMPORT)).findFirst();
    if (energy.isEmpty()) {
      return values;
    }
    register = energy.get().decimalValue();
    if (transaction != null && transaction.begun.isEmpty()) {
      if (samples.stream().anyMatch(s -> s.begins() && s.measurand().equals(Sample.ENERGY))) {
        transaction = new Transaction(transaction.id, Optional.of(register));
      }
    }
    return session(values);
  }

  private static boolean flow(Quantity quantity) {
    return quantity.nature() == Nature.INSTANTANEOUS
        && (quantity.unit() == Unit.WATT
            || quantity.unit() == Unit.VAR
            || quantity.unit() == Unit.AMPERE)
        && !quantity.equals(Quantity.EV_CURRENT_LIMIT)
        && !quantity.equals(Sample.POWER_OFFERED);
  }

  /**
   * Takes the register at the begin or end of a transaction; some charge points give it only there.
   * One that falls behind what was sampled is of another meter, and left out.
   */
  List<Measurement> register(BigDecimal wattHours) {
    if (wattHours.signum() < 0 || (register != null && wattHours.compareTo(register) < 0)) {
      return List.of();
    }
    register = wattHours;
    return session(new Measurements().add(Quantity.ENERGY_IMPORT, wattHours, "").list());
  }

  private List<Measurement> session(List<Measurement> values) {
    if (transaction == null || transaction.begun.isEmpty()) {
      return values;
    }
    BigDecimal charged = register.subtract(transaction.begun.get());
    return charged.signum() < 0
        ? values
        : new Measurements().addAll(values).add(Quantity.EV_SESSION_ENERGY, charged, "").list();
  }
}
