package org.commonshub.metering.emoncms;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.mapping.api.EmonNames;
import org.commonshub.metering.mapping.api.Mapping;
import org.commonshub.metering.mapping.api.Measurements;

/** One device of a node. Thread-safe: a node may post from several connections. */
final class EmoncmsSession implements PushSession {
  /** Where a session is known while it listens. */
  interface Register {
    /** Begins to deliver. */
    void add(EmoncmsSession session) throws DeviceException;

    /** Ends it. */
    void remove(EmoncmsSession session);
  }

  private final Register register;
  private final String node;
  private final Optional<Key> key;
  private final Optional<Mapping> inputs;
  private final int channel;
  private volatile Receiver receiver;
  private volatile boolean closed;

  /**
   * @param key key of its own, if it has one
   * @param inputs what its inputs mean; empty for the names of OpenEnergyMonitor
   * @param channel current transformer that is the device; 0 for all of the node
   */
  EmoncmsSession(
      Register register, String node, Optional<Key> key, Optional<Mapping> inputs, int channel) {
    this.register = register;
    this.node = node;
    this.key = key;
    this.inputs = inputs;
    this.channel = channel;
  }

  String node() {
    return node;
  }

  Optional<Key> key() {
    return key;
  }

  @Override
  public void start(Receiver to) {
    if (closed) {
      return;
    }
    receiver = to;
    try {
      register.add(this);
    } catch (DeviceException e) {
      to.failed(e);
    }
    if (closed) {
      register.remove(this);
    }
  }

  /** Takes what the node posted. */
  void take(Post post) {
    Receiver to = receiver;
    if (closed || to == null) {
      return;
    }
    if (post.doubtful()) {
      to.failed(
          new DeviceException(
              Kind.INVALID_ANSWER,
              "Node '"
                  + node
                  + "' posts readings of a time that cannot be: more than 31 days ago, or in the"
                  + " future. Set its clock; until then they are left out."));
      return;
    }
    List<Measurement> values = values(post.inputs());
    if (!values.isEmpty()) {
      to.values(post.time(), values);
    }
  }

  private List<Measurement> values(Map<String, BigDecimal> posted) {
    Measurements values = new Measurements();
    if (inputs.isPresent()) {
      for (Mapping.Line line : inputs.get().lines()) {
        BigDecimal value = posted.get(line.input());
        if (value != null) {
          line.take(value, values);
        }
      }
    } else {
      posted.forEach(
          (name, value) ->
              EmonNames.of(name, channel)
                  .ifPresent(known -> values.add(known.quantity(), value, known.unit())));
    }
    return values.list();
  }

  @Override
  public void close() {
    closed = true;
    register.remove(this);
  }
}
