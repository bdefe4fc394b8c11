package org.commonshub.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;

/**
 * A driver with a device for {@link DriversBench}.
 *
 * @param name name of its figures
 * @param driver the driver
 * @param endpoint where the n-th device is; {@code %} stands for its number
 * @param settings settings of a device
 * @param messages what it sends, each different; empty for one that is asked
 * @param frames deliveries that a message makes
 * @param peer how it sends
 * @param answers what it answers to a request
 */
record DriverCase(
    String name,
    MeterDriver driver,
    String endpoint,
    Map<String, String> settings,
    List<byte[]> messages,
    int frames,
    Peer peer,
    UnaryOperator<byte[]> answers) {

  /** The device's side of a line. */
  interface Peer {
    /** Whether it can send now; one that connects to the hub does it here. */
    default boolean ready(Wire wire, String number) {
      return wire.listened();
    }

    /** Sends. */
    void send(Wire wire, String number, byte[] message);
  }

  /** A device that sends by itself, one delivery a message. */
  static DriverCase push(
      String name,
      MeterDriver driver,
      String endpoint,
      Map<String, String> settings,
      IntFunction<byte[]> message,
      Peer peer) {
    List<byte[]> messages = IntStream.range(0, DriversBench.MESSAGES).mapToObj(message).toList();
    return new DriverCase(name, driver, endpoint, settings, messages, 1, peer, request -> request);
  }

  /** A device that sends by itself on a stream or in datagrams. */
  static DriverCase push(
      String name,
      MeterDriver driver,
      String endpoint,
      Map<String, String> settings,
      IntFunction<byte[]> message) {
    return push(name, driver, endpoint, settings, message, topic(""));
  }

  /** A device that is asked. */
  static DriverCase poll(
      String name,
      MeterDriver driver,
      String endpoint,
      Map<String, String> settings,
      UnaryOperator<byte[]> answers) {
    return new DriverCase(
        name, driver, endpoint, settings, List.of(), 1, (wire, number, message) -> {}, answers);
  }

  /** The same whose every message makes several deliveries. */
  DriverCase delivering(int count) {
    return new DriverCase(name, driver, endpoint, settings, messages, count, peer, answers);
  }

  /** A peer that publishes to a topic. */
  static Peer topic(String topic) {
    return (wire, number, message) -> wire.send(topic, message);
  }

  /** Whether the device sends by itself. */
  boolean pushes() {
    return !messages.isEmpty();
  }

  /** Where the n-th device is. */
  Endpoint endpoint(int number) {
    return Endpoint.parse(endpoint.replace("%", number(number)));
  }

  /** What the n-th device calls itself. */
  static String number(int number) {
    return Integer.toString(1 + number);
  }
}
