package org.commonshub.metering.broker;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Packets from bytes as they come (MQTT 3.1.1 §2, §3). Strict: what the standard forbids, and what
 * is over the limits, is {@link Malformed}. The buffer grows with what came, not with what a length
 * field announces.
 */
final class PacketReader {
  /** Most filters in one SUBSCRIBE or UNSUBSCRIBE. */
  static final int FILTERS = 256;

  private static final int SMALL = 1_024;
  private static final int KEPT = 4_096;
  private static final byte[] NONE = {};

  private int maxPacket;
  private byte[] buffer = NONE;
  private int start;
  private int end;

  /**
   * @param maxPacket longest packet, fixed header included
   */
  PacketReader(int maxPacket) {
    this.maxPacket = maxPacket;
  }

  void maxPacket(int bytes) {
    maxPacket = bytes;
  }

  /** Bytes that came and were not taken yet. */
  int buffered() {
    return end - start;
  }

  /** Adds bytes that came. */
  void append(byte[] bytes) {
    if (end + bytes.length > buffer.length) {
      int held = end - start;
      byte[] to = buffer;
      if (held + bytes.length > buffer.length) {
        to = new byte[Math.max(held + bytes.length, Math.min(2 * held + SMALL, maxPacket))];
      }
      System.arraycopy(buffer, start, to, 0, held);
      buffer = to;
      start = 0;
      end = held;
    }
    System.arraycopy(bytes, 0, buffer, end, bytes.length);
    end += bytes.length;
  }

  /**
   * The next packet, or null while it is incomplete.
   *
   * @throws Malformed if there never will be one
   */
  Packet next() throws Malformed {
    if (end - start < 2) {
      if (end > start) {
        checkFirst(buffer[start] & 0xFF);
      }
      return null;
    }
    int first = buffer[start] & 0xFF;
    checkFirst(first);
    int length = 0;
    int at = start + 1;
    for (int shift = 0; ; shift += 7) {
      if (shift == 28) {
        throw new Malformed("a length field of more than four bytes");
      }
      if (at == end) {
        return null;
      }
      length |= (buffer[at] & 0x7F) << shift;
      if (buffer[at++] >= 0) {
        break;
      }
    }
    if (at - start + length > maxPacket) {
      throw new Malformed("a packet of " + (at - start + length) + " bytes");
    }
    if (end - at < length) {
      return null;
    }
    Packet packet = new Body(first, at, at + length).packet();
    start = at + length;
    if (start == end) {
      start = 0;
      end = 0;
      if (buffer.length > KEPT) {
        buffer = NONE;
      }
    }
    return packet;
  }

  /** [MQTT-2.2.2-1], [MQTT-2.2.2-2] and the direction of flow in table 2.1. */
  private static void checkFirst(int first) throws Malformed {
    int flags = first & 0xF;
    int type = first >> 4;
    int wanted =
        switch (type) {
          case 1, 4, 5, 7, 12, 14 -> 0;
          case 6, 8, 10 -> 2;
          case 3 -> flags;
          default -> throw new Malformed("a packet of type " + type);
        };
    if (flags != wanted) {
      throw new Malformed("a packet of type " + type + " with the flags " + flags);
    }
    if (type == 3 && (flags & 6) == 6) {
      throw new Malformed("a message with quality of service 3"); // [MQTT-3.3.1-4]
    }
    if (type == 3 && (flags & 0xE) == 8) {
      throw new Malformed("a repeated message with quality of service 0"); // [MQTT-3.3.1-2]
    }
  }

  /** Variable header and payload of one packet. */
  private final class Body {
    private final int first;
    private final int to;
    private int at;

    Body(int first, int from, int to) {
      this.first = first;
      this.at = from;
      this.to = to;
    }

    Packet packet() throws Malformed {
      Packet packet =
          switch (first >> 4) {
            case 1 -> connect();
            case 3 -> publish();
            case 4 -> new Packet.PubAck(id());
            case 5 -> new Packet.PubRec(id());
            case 6 -> new Packet.PubRel(id());
            case 7 -> new Packet.PubComp(id());
            case 8 -> subscribe();
            case 10 -> unsubscribe();
            case 12 -> new Packet.PingReq();
            default -> new Packet.Disconnect();
          };
      if (at != to) {
        throw new Malformed("a packet of type " + (first >> 4) + " with bytes left over");
      }
      return packet;
    }

    private Packet connect() throws Malformed {
      String protocol = string();
      int level = u8();
      if (protocol.equals("MQIsdp") || (protocol.equals("MQTT") && (level & 0x7F) != 4)) {
        at = to;
        return new Packet.Connect(
            level, true, 0, "", Optional.empty(), Optional.empty(), Optional.empty());
      }
      if (!protocol.equals("MQTT")) { // [MQTT-3.1.2-1]
        throw new Malformed("another protocol than MQTT");
      }
      int flags = u8();
      boolean will = (flags & 0x04) != 0;
      int willQos = flags >> 3 & 3;
      boolean willRetain = (flags & 0x20) != 0;
      boolean password = (flags & 0x40) != 0;
      boolean user = (flags & 0x80) != 0;
      if ((flags & 1) != 0 // [MQTT-3.1.2-3]
          || (!will && (willQos != 0 || willRetain)) // [MQTT-3.1.2-11], -13, -15
          || willQos == 3 // [MQTT-3.1.2-14]
          || (!user && password)) { // [MQTT-3.1.2-22]
        throw new Malformed("a CONNECT with the flags " + flags);
      }
      int keepAlive = u16();
      String clientId = string();
      Optional<Packet.Will> last = Optional.empty();
      if (will) {
        String topic = string();
        if (!Topics.isTopic(topic)) {
          throw new Malformed("a will on a topic with wildcards, or none");
        }
        last = Optional.of(new Packet.Will(topic, bytes(), willQos, willRetain));
      }
      return new Packet.Connect(
          level,
          (flags & 2) != 0,
          keepAlive,
          clientId,
          last,
          user ? Optional.of(string()) : Optional.empty(),
          password ? Optional.of(bytes()) : Optional.empty());
    }

    private Packet publish() throws Malformed {
      String topic = string();
      if (!Topics.isTopic(topic)) { // [MQTT-3.3.2-2], [MQTT-4.7.3-1]
        throw new Malformed("a message on a topic with wildcards, or none");
      }
      int qos = first >> 1 & 3;
      int id = qos > 0 ? id() : 0;
      byte[] payload = Arrays.copyOfRange(buffer, at, to);
      at = to;
      return new Packet.Publish(topic, payload, qos, (first & 8) != 0, (first & 1) != 0, id);
    }

    private Packet subscribe() throws Malformed {
      int id = id();
      List<Packet.Wish> wishes = new ArrayList<>();
      do { // [MQTT-3.8.3-3]: at least one
        String filter = filter();
        int qos = u8();
        if (qos > 2) { // [MQTT-3-8.3-4]
          throw new Malformed("a SUBSCRIBE with quality of service " + qos);
        }
        if (wishes.size() == FILTERS) {
          throw new Malformed("a SUBSCRIBE of more than " + FILTERS + " filters");
        }
        wishes.add(new Packet.Wish(filter, qos));
      } while (at < to);
      return new Packet.Subscribe(id, wishes);
    }

    private Packet unsubscribe() throws Malformed {
      int id = id();
      List<String> filters = new ArrayList<>();
      do { // [MQTT-3.10.3-2]: at least one
        if (filters.size() == FILTERS) {
          throw new Malformed("an UNSUBSCRIBE of more than " + FILTERS + " filters");
        }
        filters.add(filter());
      } while (at < to);
      return new Packet.Unsubscribe(id, filters);
    }

    private String filter() throws Malformed {
      String filter = string();
      if (!Topics.isFilter(filter)) { // [MQTT-4.7.1-2], -3, [MQTT-4.7.3-1]
        throw new Malformed("a topic filter that is none");
      }
      return filter;
    }

    private int u8() throws Malformed {
      need(1);
      return buffer[at++] & 0xFF;
    }

    private int u16() throws Malformed {
      need(2);
      at += 2;
      return (buffer[at - 2] & 0xFF) << 8 | buffer[at - 1] & 0xFF;
    }

    private int id() throws Malformed {
      int id = u16();
      if (id == 0) { // [MQTT-2.3.1-1]
        throw new Malformed("the packet identifier 0");
      }
      return id;
    }

    private byte[] bytes() throws Malformed {
      int length = u16();
      need(length);
      at += length;
      return Arrays.copyOfRange(buffer, at - length, at);
    }

    /** §1.5.3: well-formed UTF-8 without U+0000; control characters are refused, too. */
    private String string() throws Malformed {
      int length = u16();
      need(length);
      String text;
      try {
        text =
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(buffer, at, length))
                .toString();
      } catch (CharacterCodingException e) {
        throw new Malformed("text that is not UTF-8"); // [MQTT-1.5.3-1]
      }
      for (int i = 0; i < text.length(); i++) {
        if (Character.isISOControl(text.charAt(i))) {
          throw new Malformed("text with control characters"); // [MQTT-1.5.3-2]
        }
      }
      at += length;
      return text;
    }

    private void need(int count) throws Malformed {
      if (to - at < count) {
        throw new Malformed("a packet of type " + (first >> 4) + " that ends too early");
      }
    }
  }
}
