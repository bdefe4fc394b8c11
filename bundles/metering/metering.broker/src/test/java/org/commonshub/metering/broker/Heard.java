package org.commonshub.metering.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.MqttConnection;

/** A subscriber in the hub that writes down what it hears. */
final class Heard implements MqttConnection.Listener {
  private final List<String> messages = new ArrayList<>();
  final List<DeviceException> broken = new ArrayList<>();
  int connected;

  @Override
  public synchronized void received(MqttConnection.Message message) {
    messages.add(
        message.topic()
            + "="
            + new String(message.payload(), StandardCharsets.UTF_8)
            + (message.retained() ? " retained" : ""));
    notifyAll();
  }

  @Override
  public synchronized void broken(DeviceException why) {
    broken.add(why);
    notifyAll();
  }

  @Override
  public synchronized void connected() {
    connected++;
    notifyAll();
  }

  synchronized List<String> messages() {
    return List.copyOf(messages);
  }

  synchronized List<String> await(int count) {
    await(() -> messages.size() >= count, count + " messages");
    return List.copyOf(messages);
  }

  synchronized Heard awaitConnected() {
    await(() -> connected > 0, "connected");
    return this;
  }

  synchronized DeviceException awaitBroken() {
    await(() -> !broken.isEmpty(), "broken");
    return broken.get(0);
  }

  private synchronized void await(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      long rest = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      assertThat(rest).as("waited for %s; heard %s %s", what, messages, broken).isPositive();
      try {
        wait(rest);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
