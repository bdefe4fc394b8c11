package org.commonshub.metering.broker;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.MqttConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits for one subscriber in the hub, handed over in order and one at a time: first that it
 * is connected, then the kept messages, fetched one by one, then what comes. When the subscriber is
 * slow the oldest of what came goes.
 */
final class Mailbox {
  private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);
  static final int MESSAGES = 256;

  private final MqttConnection.Listener listener;
  private final Executor executor;
  private final Function<String, Message> keptMessage;
  private final ArrayDeque<Message> messages = new ArrayDeque<>();
  private Iterator<String> kept;
  private DeviceException broken;
  private boolean connected;
  private long dropped;
  private boolean draining;
  private boolean closed;
  private boolean complained;

  /**
   * @param keptMessage finds the kept message of a topic, or null
   */
  Mailbox(
      MqttConnection.Listener listener, Executor executor, Function<String, Message> keptMessage) {
    this.listener = listener;
    this.executor = executor;
    this.keptMessage = keptMessage;
  }

  /** Subscribed; these topics have a kept message. */
  void start(Iterable<String> keptTopics) {
    synchronized (this) {
      kept = keptTopics.iterator();
      wake();
    }
  }

  void message(Message message) {
    boolean first = false;
    synchronized (this) {
      if (closed) {
        return;
      }
      messages.add(message);
      if (messages.size() > MESSAGES) {
        messages.poll();
        first = ++dropped == 1;
      }
      wake();
    }
    if (first) {
      LOG.warn(
          "A device on the hub's MQTT broker does not keep up with its messages: the oldest are"
              + " dropped from now on. Subscribe it to fewer topics.");
    }
  }

  /** The broker goes. */
  synchronized void broken(DeviceException why) {
    broken = why;
    wake();
  }

  /** Messages dropped because the subscriber was slow. */
  synchronized long dropped() {
    return dropped;
  }

  /** Nothing is handed over any more, but what is being handed over right now. */
  synchronized void close() {
    closed = true;
    messages.clear();
    kept = null;
  }

  private void wake() {
    if (!draining && !closed && kept != null) {
      draining = true;
      try {
        executor.execute(this::drain);
      } catch (RejectedExecutionException e) {
        draining = false; // The broker is stopping.
      }
    }
  }

  private void drain() {
    while (true) {
      Runnable next;
      String topic = null;
      synchronized (this) {
        if (closed) {
          draining = false;
          return;
        }
        if (!connected) {
          connected = true;
          next = listener::connected;
        } else if (kept.hasNext()) {
          topic = kept.next();
          next = null;
        } else if (!messages.isEmpty()) {
          Message message = messages.poll();
          next = () -> listener.received(given(message, false));
        } else if (broken != null) {
          DeviceException why = broken;
          broken = null;
          next = () -> listener.broken(why);
        } else {
          draining = false;
          return;
        }
      }
      if (topic != null) {
        Message message = keptMessage.apply(topic);
        if (message == null) {
          continue;
        }
        next = () -> listener.received(given(message, true));
      }
      try {
        next.run();
      } catch (RuntimeException e) {
        if (!complained) {
          complained = true;
          LOG.warn("A device failed on a message of the hub's broker; it gets the next.", e);
        }
      }
    }
  }

  private static MqttConnection.Message given(Message message, boolean retained) {
    return new MqttConnection.Message(message.topic(), message.payload(), retained);
  }
}
