package org.commonshub.metering.broker;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Packets of a client, written down by hand from the standard and apart from the code under test.
 */
final class Bytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  Bytes u8(int value) {
    out.write(value);
    return this;
  }

  Bytes u16(int value) {
    out.write(value >> 8);
    out.write(value);
    return this;
  }

  Bytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  Bytes binary(byte[] bytes) {
    return u16(bytes.length).raw(bytes);
  }

  Bytes string(String text) {
    return binary(text.getBytes(StandardCharsets.UTF_8));
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  /** With a fixed header in front. */
  byte[] packet(int first) {
    byte[] body = bytes();
    Bytes packet = new Bytes().u8(first);
    int rest = body.length;
    do {
      packet.u8(rest % 128 + (rest >= 128 ? 128 : 0));
      rest /= 128;
    } while (rest > 0);
    return packet.raw(body).bytes();
  }

  static byte[] connect(String user, String password, String id, boolean clean, int keepAlive) {
    return new Bytes()
        .string("MQTT")
        .u8(4)
        .u8(0xC0 | (clean ? 2 : 0))
        .u16(keepAlive)
        .string(id)
        .string(user)
        .string(password)
        .packet(0x10);
  }

  static byte[] connectWithWill(
      String user, String password, String id, String topic, String text, int qos, boolean retain) {
    return new Bytes()
        .string("MQTT")
        .u8(0xC6 | qos << 3 | (retain ? 0x20 : 0))
        .bytesWithLevel()
        .u16(60)
        .string(id)
        .string(topic)
        .string(text)
        .string(user)
        .string(password)
        .packet(0x10);
  }

  /** Puts the protocol level before the last byte. */
  private Bytes bytesWithLevel() {
    byte[] all = out.toByteArray();
    out.reset();
    out.write(all, 0, all.length - 1);
    out.write(4);
    out.write(all[all.length - 1]);
    return this;
  }

  static byte[] publish(String topic, String text, int qos, int id, boolean retain, boolean dup) {
    Bytes body = new Bytes().string(topic);
    if (qos > 0) {
      body.u16(id);
    }
    return body.raw(text.getBytes(StandardCharsets.UTF_8))
        .packet(0x30 | (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0));
  }

  static byte[] subscribe(int id, Object... filtersAndQos) {
    Bytes body = new Bytes().u16(id);
    for (int i = 0; i < filtersAndQos.length; i += 2) {
      body.string((String) filtersAndQos[i]).u8((Integer) filtersAndQos[i + 1]);
    }
    return body.packet(0x82);
  }

  static byte[] unsubscribe(int id, String... filters) {
    Bytes body = new Bytes().u16(id);
    for (String filter : filters) {
      body.string(filter);
    }
    return body.packet(0xA2);
  }

  static byte[] ack(int first, int id) {
    return new Bytes().u16(id).packet(first);
  }
}
