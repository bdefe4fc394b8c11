package org.commonshub.metering.mqtt;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;

/**
 * What the messages of one ecosystem mean for one device. Used by one session, under its lock: not
 * thread-safe.
 */
interface Profile {
  /** Takes what a message said. */
  interface Sink {
    /**
     * Values of one instant.
     *
     * @param at the device's time, if it sends one that can be believed
     */
    void values(Optional<Instant> at, List<Measurement> values);

    /** Whether the device, or what speaks for it, is there. */
    void online(boolean online);

    /** Something about the device: maker, model, serial, firmware, name. */
    void fact(String fact, JsonValue value);

    /** Topics that have to be listened to from now on, beside the others. */
    void listen(List<String> filters);
  }

  /**
   * A switch of the device.
   *
   * @param watchdog time after which the device switches back to its rest by itself, if it does
   */
  record Switch(Optional<Duration> watchdog) {}

  /**
   * How a switch is told something.
   *
   * @param messages published one after the other
   * @param replies topic on which the device confirms
   * @param confirms whether a message of that topic confirms it
   * @param refuses whether a message of that topic refuses it
   */
  record Order(
      List<Message> messages,
      String replies,
      Predicate<JsonValue> confirms,
      Predicate<JsonValue> refuses) {}

  /** Topics to listen to from the beginning, 1 to 32. */
  List<String> filters();

  /**
   * Takes a message.
   *
   * @throws MalformedJsonException if it is the device's, and cannot be read
   */
  void take(Message message, Sink sink) throws MalformedJsonException;

  /** How long the device may say nothing although all is well. */
  Duration quiet();

  /** The device's switch, if it has one; may be known only once it was heard. */
  default Optional<Switch> relay() {
    return Optional.empty();
  }

  /**
   * How the switch is told something.
   *
   * @param on state wanted
   * @param rest whether that is the state at rest, which lasts
   */
  default Order order(boolean on, boolean rest) {
    throw new IllegalStateException("no switch");
  }
}
