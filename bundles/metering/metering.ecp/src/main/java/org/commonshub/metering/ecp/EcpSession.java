package org.commonshub.metering.ecp;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.CborCodec;
import org.commonshub.measure.api.MalformedDataException;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.PushSession;
import org.commonshub.platform.api.HubClock;

/** One enrolled meter. Messages arrive by the doors of {@link EcpDriver} or from a broker. */
final class EcpSession implements PushSession {
  /** Most frames of one message. */
  static final int MAX_FRAMES = 64;

  private record Taken(Optional<Instant> at, List<Measurement> values) {}

  private final HubClock clock;
  private final DriverContext context;
  private final DeviceKey key;
  private final Verifier verifier;
  private final Duration oldest;
  private final Runnable whenClosed;
  private Admission admission;
  private Receiver receiver;
  private AutoCloseable subscription;
  private boolean warned;

  /**
   * @param oldest how far back a meter that was offline may deliver
   * @param whenClosed takes the session off the doors
   */
  EcpSession(
      HubClock clock, DriverContext context, DeviceKey key, Duration oldest, Runnable whenClosed) {
    this.clock = clock;
    this.context = context;
    this.key = key;
    this.verifier = key.verifier();
    this.oldest = oldest;
    this.whenClosed = whenClosed;
    this.admission = Admission.recall(context.memory().recall());
  }

  DeviceKey key() {
    return key;
  }

  @Override
  public void start(Receiver to) {
    synchronized (this) {
      receiver = to;
    }
    if (!context.endpoint().scheme().equals("inbound")) {
      AutoCloseable subscribed =
          context
              .mqtt()
              .subscribe(
                  List.of("ecp/" + key.id()),
                  new MqttConnection.Listener() {
                    @Override
                    public void received(MqttConnection.Message message) {
                      published(message);
                    }

                    @Override
                    public void broken(DeviceException why) {
                      failed(why);
                    }
                  });
      synchronized (this) {
        subscription = subscribed;
      }
    }
  }

  private void published(MqttConnection.Message message) {
    try {
      take(Envelope.parse(message.payload()));
    } catch (Refusal e) {
      synchronized (this) {
        if (warned) {
          return;
        }
        warned = true;
      }
      failed(
          new DeviceException(
              DeviceException.Kind.INVALID_ANSWER,
              "A message on the topic of the meter "
                  + key.id()
                  + " was not taken: "
                  + e.getMessage()));
    }
  }

  private void failed(DeviceException why) {
    Receiver to;
    synchronized (this) {
      to = receiver;
    }
    if (to != null) {
      to.failed(why);
    }
  }

  /**
   * Checks a message and hands its frames on, all or none.
   *
   * @throws Refusal if it is not this meter's, was sent before or is from another time
   */
  void take(Envelope envelope) throws Refusal {
    if (!verifier.verify(envelope.signature(), envelope.signed())) {
      throw new Refusal(Refusal.Kind.UNAUTHORISED, "The key is not known or did not sign this.");
    }
    List<ReadingFrame> frames = frames(envelope.payload());
    List<Taken> taken = new ArrayList<>(frames.size());
    Receiver to;
    synchronized (this) {
      to = receiver;
      if (to == null) {
        return;
      }
      Admission next = admission.copy();
      Optional<Instant> now =
          clock.quality() == HubClock.Quality.UNSYNCHRONISED
              ? Optional.empty()
              : Optional.of(clock.now());
      for (ReadingFrame frame : frames) {
        next.take(frame.clockEpoch(), frame.sequence());
        taken.add(new Taken(Admission.instant(frame.instant(), now, oldest), frame.values()));
      }
      admission = next;
      context.memory().remember(next.state());
      warned = false;
      // Under the lock: frames of one meter stay in order.
      for (Taken frame : taken) {
        to.values(frame.at, frame.values);
      }
    }
  }

  private static List<ReadingFrame> frames(byte[] payload) throws Refusal {
    List<? extends MeterRecord> records;
    try {
      records =
          payload.length > 0 && (payload[0] & 0xE0) == 0x80
              ? CborCodec.decode(payload)
              : List.of(CborCodec.decodeRecord(payload));
    } catch (MalformedDataException e) {
      throw Refusal.malformed("The document is not of the data structure: " + e.getMessage());
    }
    if (records.isEmpty() || records.size() > MAX_FRAMES) {
      throw Refusal.malformed("A message has 1 to " + MAX_FRAMES + " frames.");
    }
    List<ReadingFrame> frames = new ArrayList<>(records.size());
    for (MeterRecord record : records) {
      if (!(record instanceof ReadingFrame frame) || frame.values().isEmpty()) {
        throw Refusal.malformed("A meter sends frames with values, and nothing else.");
      }
      frames.add(frame);
    }
    return frames;
  }

  @Override
  public Map<String, String> identity() {
    return Map.of("serial", key.id());
  }

  @Override
  public void close() {
    AutoCloseable ending;
    synchronized (this) {
      receiver = null;
      ending = subscription;
      subscription = null;
    }
    whenClosed.run();
    if (ending != null) {
      try {
        ending.close();
      } catch (Exception e) {
        throw new IllegalStateException("closing a subscription failed", e);
      }
    }
  }
}
