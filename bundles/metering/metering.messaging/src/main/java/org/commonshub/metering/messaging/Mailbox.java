package org.commonshub.metering.messaging;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.MqttConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits for one subscriber, handed over in order and one at a time. When the subscriber is
 * slow the oldest message goes; news about the connection stays, the newest 16.
 */
final class Mailbox {
  private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);
  static final int MESSAGES = 256;
  private static final int NEWS = 16;

  /** Exactly one of the two, or none for "connected". */
  private record Item(MqttConnection.Message message, DeviceException broken) {}

  private final MqttConnection.Listener listener;
  private final Executor executor;
  private final String name;
  private final ArrayDeque<Item> items = new ArrayDeque<>();
  private int messages;
  private long dropped;
  private boolean draining;
  private boolean closed;
  private boolean complained;

  /**
   * @param name for the log: whose messages they are
   */
  Mailbox(MqttConnection.Listener listener, Executor executor, String name) {
    this.listener = listener;
    this.executor = executor;
    this.name = name;
  }

  void message(MqttConnection.Message message) {
    add(new Item(message, null));
  }

  void broken(DeviceException why) {
    add(new Item(null, why));
  }

  void connected() {
    add(new Item(null, null));
  }

  /** Messages dropped because the subscriber was slow. */
  synchronized long dropped() {
    return dropped;
  }

  /** Nothing is handed over any more, but what is being handed over right now. */
  synchronized void close() {
    closed = true;
    items.clear();
    messages = 0;
  }

  private void add(Item item) {
    boolean first = false;
    synchronized (this) {
      if (closed) {
        return;
      }
      items.add(item);
      if (item.message != null) {
        messages++;
        if (messages > MESSAGES) {
          dropOldest(true);
          messages--;
          first = ++dropped == 1;
        }
      } else if (items.size() - messages > NEWS) {
        dropOldest(false);
      }
      if (!draining) {
        draining = true;
        try {
          executor.execute(this::drain);
        } catch (RejectedExecutionException e) {
          draining = false; // The transport is stopping.
        }
      }
    }
    if (first) {
      LOG.warn(
          "A device on {} does not keep up with its messages: the oldest are dropped from now on."
              + " Subscribe it to fewer topics.",
          name);
    }
  }

  private void dropOldest(boolean message) {
    for (var each = items.iterator(); each.hasNext(); ) {
      if ((each.next().message != null) == message) {
        each.remove();
        return;
      }
    }
  }

  private void drain() {
    while (true) {
      Item item;
      synchronized (this) {
        item = items.poll();
        if (item == null) {
          draining = false;
          return;
        }
        if (item.message != null) {
          messages--;
        }
      }
      try {
        if (item.message != null) {
          listener.received(item.message);
        } else if (item.broken != null) {
          listener.broken(item.broken);
        } else {
          listener.connected();
        }
      } catch (RuntimeException e) {
        if (!complained) {
          complained = true;
          LOG.warn("A device on {} failed on a message; it gets the next all the same.", name, e);
        }
      }
    }
  }
}
