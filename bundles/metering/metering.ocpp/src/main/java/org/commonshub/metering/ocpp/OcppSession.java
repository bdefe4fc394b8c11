package org.commonshub.metering.ocpp;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.Actuating;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.WriteLease;

/** A connector of a charge point as a device. Thread-safe. */
final class OcppSession implements PushSession, Actuating {
  /** Where a session is known while it listens. */
  interface Register {
    /** Begins to listen. */
    Station add(OcppSession session);

    /** Ends it. */
    void remove(OcppSession session);
  }

  private final Register register;
  private final Settings settings;
  private final Control control;
  private volatile Station station;
  private volatile Receiver receiver;
  private volatile boolean closed;

  OcppSession(Register register, Settings settings, Control.Clock clock) {
    this.register = register;
    this.settings = settings;
    this.control = new Control(settings, clock);
  }

  Settings settings() {
    return settings;
  }

  /**
   * Whether a password is the right one. Some charge points send the octets that the key's
   * hexadecimal digits stand for (OCPP 1.6 security white paper, A00.FR.205).
   */
  boolean opens(byte[] password) {
    byte[] mine = settings.password().getBytes(StandardCharsets.UTF_8);
    boolean opens = MessageDigest.isEqual(mine, password);
    if (settings.password().matches("([0-9A-Fa-f]{2}){8,32}")) {
      opens |=
          MessageDigest.isEqual(
              HexFormat.of().parseHex(settings.password().toLowerCase(Locale.ROOT)), password);
    }
    return opens && mine.length > 0;
  }

  @Override
  public void start(Receiver to) {
    if (closed) {
      return;
    }
    receiver = to;
    station = register.add(this);
    if (closed) {
      register.remove(this);
    }
  }

  @Override
  public Duration quiet() {
    return Station.QUIET;
  }

  @Override
  public Map<String, String> identity() {
    Station mine = station;
    return mine == null ? Map.of() : mine.facts();
  }

  void deliver(Optional<Instant> at, List<Measurement> values) {
    Receiver to = receiver;
    if (!closed && to != null) {
      to.values(at, values);
    }
  }

  void failed(DeviceException why) {
    Receiver to = receiver;
    if (!closed && to != null) {
      to.failed(why);
    }
  }

  @Override
  public List<Actuator> actuators() {
    return control.actuators(station);
  }

  @Override
  public CompletionStage<Void> write(WriteLease lease, String actuator, BigDecimal value) {
    return control.write(station, lease, actuator, value);
  }

  @Override
  public CompletionStage<Void> release(WriteLease lease, String actuator) {
    return control.release(station, lease, actuator);
  }

  @Override
  public void close() {
    closed = true;
    register.remove(this);
  }
}
