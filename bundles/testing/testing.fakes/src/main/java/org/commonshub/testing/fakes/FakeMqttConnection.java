package org.commonshub.testing.fakes;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MqttConnection;

/** A broker in the test's hands: delivers at once, on the caller's thread, by topic filter. */
public final class FakeMqttConnection implements MqttConnection {
  private record Subscription(List<String> filters, Listener listener) {}

  private final Endpoint endpoint = Endpoint.parse("broker:hub");
  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private final List<Message> published = new CopyOnWriteArrayList<>();

  /** Delivers a message to all whose filters match; returns how many. */
  public int deliver(String topic, String payload) {
    return deliver(new Message(topic, payload.getBytes(StandardCharsets.UTF_8), false));
  }

  /** Delivers a message to all whose filters match; returns how many. */
  public int deliver(Message message) {
    int count = 0;
    for (Subscription subscription : subscriptions) {
      if (subscription.filters.stream().anyMatch(filter -> matches(filter, message.topic()))) {
        subscription.listener.received(message);
        count++;
      }
    }
    return count;
  }

  /** The broker goes away. */
  public void breakOff(DeviceException why) {
    subscriptions.forEach(subscription -> subscription.listener.broken(why));
  }

  /** Filters subscribed to now. */
  public List<String> filters() {
    return subscriptions.stream().flatMap(subscription -> subscription.filters.stream()).toList();
  }

  /** Messages published so far. */
  public List<Message> published() {
    return List.copyOf(published);
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public AutoCloseable subscribe(List<String> filters, Listener listener) {
    Subscription subscription = new Subscription(List.copyOf(filters), listener);
    subscriptions.add(subscription);
    listener.connected();
    return () -> subscriptions.remove(subscription);
  }

  @Override
  public CompletionStage<Void> publish(Message message) {
    published.add(message);
    return CompletableFuture.completedFuture(null);
  }

  private static boolean matches(String filter, String topic) {
    String[] wanted = filter.split("/", -1);
    String[] levels = topic.split("/", -1);
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i].equals("#")) {
        return true;
      }
      if (i >= levels.length || !(wanted[i].equals("+") || wanted[i].equals(levels[i]))) {
        return false;
      }
    }
    return wanted.length == levels.length;
  }
}
