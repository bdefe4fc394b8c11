package org.commonshub.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;

/**
 * A driver with a device for {@link DriversBench}.
 *
 * @param name name of its figures
 * @param driver the driver
 * @param endpoint where the n-th device is
 * @param settings settings of a device
 * @param topic MQTT topic of its messages, or empty
 * @param messages what it sends, each different; empty for one that is asked
 * @param answers what it answers to a request
 */
record DriverCase(
    String name,
    MeterDriver driver,
    IntFunction<Endpoint> endpoint,
    Map<String, String> settings,
    String topic,
    List<byte[]> messages,
    UnaryOperator<byte[]> answers) {

  /** A device that sends by itself. */
  static DriverCase push(
      String name,
      MeterDriver driver,
      String endpoint,
      Map<String, String> settings,
      IntFunction<byte[]> message) {
    return push(name, driver, endpoint, settings, "", message);
  }

  /** A device that sends by itself to a topic. */
  static DriverCase push(
      String name,
      MeterDriver driver,
      String endpoint,
      Map<String, String> settings,
      String topic,
      IntFunction<byte[]> message) {
    return new DriverCase(
        name,
        driver,
        number -> Endpoint.parse(endpoint.replace("%", Integer.toString(1 + number))),
        settings,
        topic,
        java.util.stream.IntStream.range(0, DriversBench.MESSAGES).mapToObj(message).toList(),
        request -> request);
  }

  /** A device that is asked. */
  static DriverCase poll(
      String name,
      MeterDriver driver,
      String endpoint,
      Map<String, String> settings,
      UnaryOperator<byte[]> answers) {
    return new DriverCase(
        name,
        driver,
        number -> Endpoint.parse(endpoint.replace("%", Integer.toString(1 + number))),
        settings,
        "",
        List.of(),
        answers);
  }

  /** Whether the device sends by itself. */
  boolean pushes() {
    return !messages.isEmpty();
  }
}
