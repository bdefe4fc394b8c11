package org.commonshub.metering.broker;

import java.nio.charset.StandardCharsets;

/** Packets that a server sends (MQTT 3.1.1 §3). */
final class PacketWriter {
  private static final byte[] PINGRESP = {(byte) 0xD0, 0};

  private PacketWriter() {}

  static byte[] connack(boolean sessionPresent, int code) {
    return new byte[] {0x20, 2, (byte) (sessionPresent ? 1 : 0), (byte) code};
  }

  static byte[] puback(int id) {
    return acknowledgement(0x40, id);
  }

  static byte[] pubrec(int id) {
    return acknowledgement(0x50, id);
  }

  static byte[] pubcomp(int id) {
    return acknowledgement(0x70, id);
  }

  static byte[] unsuback(int id) {
    return acknowledgement(0xB0, id);
  }

  static byte[] pingresp() {
    return PINGRESP.clone();
  }

  private static byte[] acknowledgement(int first, int id) {
    return new byte[] {(byte) first, 2, (byte) (id >> 8), (byte) id};
  }

  /**
   * @param codes one for each filter: the quality of service granted, or 0x80
   */
  static byte[] suback(int id, int[] codes) {
    byte[] packet = header(0x90, 2 + codes.length, 2 + codes.length);
    int at = packet.length - 2 - codes.length;
    packet[at++] = (byte) (id >> 8);
    packet[at++] = (byte) id;
    for (int code : codes) {
      packet[at++] = (byte) code;
    }
    return packet;
  }

  /** A PUBLISH up to its payload. */
  static byte[] publish(
      String topic, int payloadLength, int qos, boolean dup, boolean retain, int id) {
    byte[] name = topic.getBytes(StandardCharsets.UTF_8);
    int variable = 2 + name.length + (qos > 0 ? 2 : 0);
    int first = 0x30 | (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0);
    byte[] packet = header(first, variable + payloadLength, variable);
    int at = packet.length - variable;
    packet[at++] = (byte) (name.length >> 8);
    packet[at++] = (byte) name.length;
    System.arraycopy(name, 0, packet, at, name.length);
    at += name.length;
    if (qos > 0) {
      packet[at++] = (byte) (id >> 8);
      packet[at] = (byte) id;
    }
    return packet;
  }

  /** Fixed header for a remaining length, with room for the first bytes of it (§2.2.3). */
  private static byte[] header(int first, int remaining, int room) {
    int digits = 1;
    for (int rest = remaining >> 7; rest > 0; rest >>= 7) {
      digits++;
    }
    byte[] packet = new byte[1 + digits + room];
    packet[0] = (byte) first;
    int rest = remaining;
    for (int i = 1; i <= digits; i++, rest >>= 7) {
      packet[i] = (byte) (rest & 0x7F | (i < digits ? 0x80 : 0));
    }
    return packet;
  }
}
