package org.commonshub.metering.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.MqttConnection;

/** A subscriber that writes down what it hears. */
final class Heard implements MqttConnection.Listener {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(20);

  final List<MqttConnection.Message> messages = new ArrayList<>();
  final List<DeviceException> broken = new ArrayList<>();
  int connected;

  @Override
  public synchronized void received(MqttConnection.Message message) {
    messages.add(message);
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

  synchronized Heard awaitConnected(int times) {
    await(() -> connected >= times, "connected " + times + " times");
    return this;
  }

  synchronized DeviceException awaitBroken(int times) {
    await(() -> broken.size() >= times, "broken " + times + " times");
    return broken.get(times - 1);
  }

  synchronized MqttConnection.Message awaitMessage(int count) {
    await(() -> messages.size() >= count, count + " messages");
    return messages.get(count - 1);
  }

  synchronized List<String> payloads() {
    return messages.stream().map(m -> new String(m.payload(), StandardCharsets.UTF_8)).toList();
  }

  private synchronized void await(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + PATIENCE;
    while (!condition.getAsBoolean()) {
      long rest = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      assertThat(rest)
          .as("waited for %s; heard %s, %s, %d", what, payloads(), broken, connected)
          .isPositive();
      try {
        wait(rest);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
