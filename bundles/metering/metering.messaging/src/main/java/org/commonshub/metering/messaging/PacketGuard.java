package org.commonshub.metering.messaging;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.commonshub.metering.api.MqttConnection;

/**
 * Cuts what a broker sends into packets (MQTT 3.1.1 §2, §3) and lets only those pass that a broker
 * may send to this client, of a bounded size. Paho believes a length of 256 MiB and dies of
 * malformed packets in silence; behind this it sees neither.
 *
 * <p>A message that is too long is not kept: with QoS 0 it disappears, with QoS 1 an empty one on
 * {@link #TOO_LONG} takes its place, so that it is acknowledged and the broker goes on. Both count.
 */
final class PacketGuard {
  /** Not MQTT 3.1.1, or not what a broker may send; the connection ends. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String what) {
      super(what);
    }
  }

  /** Topic in place of that of a message that was too long. */
  static final String TOO_LONG = "$hub/too-long";

  private static final byte[] TOO_LONG_BYTES = TOO_LONG.getBytes(StandardCharsets.UTF_8);
  private static final int CONNACK = 2;
  private static final int PUBLISH = 3;
  private static final int PUBACK = 4;
  private static final int SUBACK = 9;
  private static final int UNSUBACK = 11;
  private static final int PINGRESP = 13;

  /** Longest remaining length that is kept. */
  static final int MAX_REMAINING = MqttConnection.MAX_PAYLOAD + TopicFilter.MAX_BYTES + 4;

  private static final int SMALL = 512;
  private static final int MAX_SUBACK = 2 + 32;

  /** Packet under way: fixed header and what came of the rest; grows with what comes. */
  private byte[] packet = new byte[SMALL];

  private int length;

  /** Length of the packet under way, or 0 while its fixed header is incomplete. */
  private int wanted;

  private int headerLength;
  private boolean connected;

  /** Bytes of a too long message that are still to come. */
  private long skip;

  private boolean skipping;
  private long tooLong;

  /** Messages that were too long so far. */
  long tooLong() {
    return tooLong;
  }

  /**
   * Takes bytes up to the end of a packet.
   *
   * @return the complete packet, or null if all bytes were taken and it needs more
   */
  byte[] take(ByteBuffer bytes) throws Malformed {
    while (bytes.hasRemaining()) {
      byte[] complete = skipping ? skip(bytes) : wanted == 0 ? header(bytes) : body(bytes);
      if (complete != null) {
        return complete;
      }
    }
    return null;
  }

  private byte[] header(ByteBuffer bytes) throws Malformed {
    byte next = bytes.get();
    packet[length++] = next;
    if (length == 1) {
      checkType(next & 0xFF);
      return null;
    }
    if (next < 0) {
      if (length == 5) {
        throw new Malformed("a packet with a length field of more than four bytes");
      }
      return null;
    }
    int remaining = 0;
    for (int i = 1; i < length; i++) {
      remaining |= (packet[i] & 0x7F) << 7 * (i - 1);
    }
    headerLength = length;
    checkLength(type(), remaining);
    wanted = length + remaining;
    if (remaining > MAX_REMAINING) {
      skipping = true;
      skip = remaining;
      return null;
    }
    return remaining == 0 ? finished() : null;
  }

  private int type() {
    return (packet[0] & 0xFF) >> 4;
  }

  private int qos() {
    return packet[0] >> 1 & 3;
  }

  private void checkType(int first) throws Malformed {
    int type = first >> 4;
    int flags = first & 0xF;
    if (!connected && type != CONNACK) {
      throw new Malformed("something else than CONNACK first");
    }
    switch (type) {
      case CONNACK -> {
        if (connected) {
          throw new Malformed("a second CONNACK");
        }
      }
      case PUBLISH -> {
        if ((flags >> 1 & 3) > 1) {
          throw new Malformed("a message with a higher quality of service than was asked for");
        }
        return;
      }
      case PUBACK, SUBACK, UNSUBACK, PINGRESP -> {
        // flags are checked below
      }
      default -> throw new Malformed("a packet of type " + type);
    }
    if (flags != 0) {
      throw new Malformed("a packet of type " + type + " with the flags " + flags);
    }
  }

  private static void checkLength(int type, int remaining) throws Malformed {
    boolean fits =
        switch (type) {
          case CONNACK, PUBACK, UNSUBACK -> remaining == 2;
          case PINGRESP -> remaining == 0;
          case SUBACK -> remaining >= 3 && remaining <= MAX_SUBACK;
          default -> remaining >= 3;
        };
    if (!fits) {
      throw new Malformed("a packet of type " + type + " with " + remaining + " bytes");
    }
  }

  private byte[] body(ByteBuffer bytes) throws Malformed {
    int count = Math.min(bytes.remaining(), wanted - length);
    if (packet.length < length + count) {
      packet = Arrays.copyOf(packet, Math.min(wanted, Math.max(2 * packet.length, length + count)));
    }
    bytes.get(packet, length, count);
    length += count;
    return length == wanted ? finished() : null;
  }

  private byte[] finished() throws Malformed {
    byte[] complete = Arrays.copyOf(packet, length);
    if (type() == PUBLISH) {
      complete = checkPublish(complete);
    } else if (type() == CONNACK) {
      if ((complete[2] & 0xFE) != 0) {
        throw new Malformed("a CONNACK with the flags " + (complete[2] & 0xFF));
      }
      connected = true;
    }
    reset();
    return complete;
  }

  private void reset() {
    length = 0;
    wanted = 0;
    skipping = false;
    if (packet.length > SMALL) {
      packet = new byte[SMALL];
    }
  }

  /** The packet; a stand-in if its topic or payload is too long; or null if it is gone. */
  private byte[] checkPublish(byte[] complete) throws Malformed {
    int topic = u16(complete, headerLength);
    int start = headerLength + 2;
    int id = start + topic;
    int payload = id + (qos() > 0 ? 2 : 0);
    if (topic == 0 || payload > complete.length) {
      throw new Malformed("a message whose topic does not fit in it");
    }
    if (qos() > 0 && u16(complete, id) == 0) {
      throw new Malformed("a message without an identifier");
    }
    for (int i = start; i < id; i++) {
      if (complete[i] == 0 || complete[i] == '+' || complete[i] == '#') {
        throw new Malformed("a message on a topic with wildcards or zeros");
      }
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(complete, start, topic));
    } catch (CharacterCodingException e) {
      throw new Malformed("a message on a topic that is not UTF-8");
    }
    if (topic > TopicFilter.MAX_BYTES || complete.length - payload > MqttConnection.MAX_PAYLOAD) {
      tooLong++;
      return qos() > 0 ? standIn(u16(complete, id)) : null;
    }
    return complete;
  }

  /** Passes by a message that is too long; keeps its header, topic's length and identifier. */
  private byte[] skip(ByteBuffer bytes) throws Malformed {
    int taken = Math.min(bytes.remaining(), (int) Math.min(skip, Integer.MAX_VALUE));
    int at = (int) (wanted - headerLength - skip); // offset in the remaining length
    int topic = at >= 2 ? u16(packet, headerLength) : -1;
    for (int i = 0; i < taken; i++, at++) {
      byte next = bytes.get();
      if (at < 2) {
        packet[headerLength + at] = next;
        if (at == 1) {
          topic = u16(packet, headerLength);
        }
      } else if (at == topic + 2 || at == topic + 3) {
        packet[headerLength + at - topic] = next;
      }
    }
    skip -= taken;
    if (skip > 0) {
      return null;
    }
    tooLong++;
    int id = u16(packet, headerLength + 2);
    byte[] standIn = null;
    if (qos() > 0) {
      if (id == 0) {
        throw new Malformed("a message without an identifier");
      }
      standIn = standIn(id);
    }
    reset();
    return standIn;
  }

  private static byte[] standIn(int id) {
    byte[] publish = new byte[2 + 2 + TOO_LONG_BYTES.length + 2];
    publish[0] = (byte) (PUBLISH << 4 | 1 << 1);
    publish[1] = (byte) (publish.length - 2);
    publish[3] = (byte) TOO_LONG_BYTES.length;
    System.arraycopy(TOO_LONG_BYTES, 0, publish, 4, TOO_LONG_BYTES.length);
    publish[publish.length - 2] = (byte) (id >> 8);
    publish[publish.length - 1] = (byte) id;
    return publish;
  }

  private static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
  }
}
