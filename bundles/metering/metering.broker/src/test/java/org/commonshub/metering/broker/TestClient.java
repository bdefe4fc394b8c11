package org.commonshub.metering.broker;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A client of a {@link Broker} in memory, with what came back in words. */
final class TestClient implements Outlet {
  private final TestBroker home;
  final Link link;
  private final ByteArrayOutputStream in = new ByteArrayOutputStream();
  private int taken;

  /** Set to play a network that takes nothing. */
  int waiting;

  boolean ended;

  TestClient(TestBroker home) {
    this(home, "192.168.1.20");
  }

  TestClient(TestBroker home, String address) {
    this.home = home;
    try {
      link = home.broker.opened(this, InetAddress.getByName(address), home.now());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Override
  public void write(byte[] bytes) {
    in.writeBytes(bytes);
  }

  @Override
  public int waiting() {
    return waiting;
  }

  @Override
  public void end() {
    ended = true;
  }

  TestClient send(byte[] bytes) {
    home.broker.received(link, bytes, home.now());
    return this;
  }

  TestClient send(String hex) {
    return send(Bytes.hex(hex));
  }

  /** Logs in as a user whose password is the name reversed, and takes the CONNACK. */
  TestClient login(String user, String id, boolean clean) {
    send(Bytes.connect(user, TestBroker.password(user), id, clean, 60));
    return this;
  }

  TestClient subscribe(String filter, int qos) {
    return send(Bytes.subscribe(1, filter, qos));
  }

  /** The network breaks. */
  void breakOff() {
    home.broker.closed(link, home.now());
  }

  byte[] bytes() {
    byte[] all = in.toByteArray();
    byte[] fresh = java.util.Arrays.copyOfRange(all, taken, all.length);
    taken = all.length;
    return fresh;
  }

  /**
   * What came since the last call: {@code CONNACK 0 0}, {@code PUBLISH t text q1 #1 retain dup}.
   */
  List<String> heard() {
    byte[] bytes = bytes();
    List<String> packets = new ArrayList<>();
    for (int at = 0; at < bytes.length; ) {
      int first = bytes[at++] & 0xFF;
      int length = 0;
      int shift = 0;
      do {
        length |= (bytes[at] & 0x7F) << shift;
        shift += 7;
      } while (bytes[at++] < 0);
      packets.add(describe(first, bytes, at, at + length));
      at += length;
    }
    return packets;
  }

  private static String describe(int first, byte[] bytes, int from, int to) {
    return switch (first >> 4) {
      case 2 -> "CONNACK " + bytes[from] + " " + bytes[from + 1];
      case 3 -> publish(first, bytes, from, to);
      case 4 -> "PUBACK #" + u16(bytes, from);
      case 5 -> "PUBREC #" + u16(bytes, from);
      case 7 -> "PUBCOMP #" + u16(bytes, from);
      case 9 -> {
        StringBuilder codes = new StringBuilder("SUBACK #" + u16(bytes, from));
        for (int i = from + 2; i < to; i++) {
          codes.append(' ').append(Integer.toHexString(bytes[i] & 0xFF));
        }
        yield codes.toString();
      }
      case 11 -> "UNSUBACK #" + u16(bytes, from);
      case 13 -> "PINGRESP";
      default -> throw new AssertionError("a server sends no packet of type " + (first >> 4));
    };
  }

  private static String publish(int first, byte[] bytes, int from, int to) {
    int length = u16(bytes, from);
    int qos = first >> 1 & 3;
    int at = from + 2 + length;
    String id = qos > 0 ? " #" + u16(bytes, at) : "";
    at += qos > 0 ? 2 : 0;
    return "PUBLISH "
        + new String(bytes, from + 2, length, StandardCharsets.UTF_8)
        + " "
        + new String(bytes, at, to - at, StandardCharsets.UTF_8)
        + " q"
        + qos
        + id
        + ((first & 1) != 0 ? " retain" : "")
        + ((first & 8) != 0 ? " dup" : "");
  }

  private static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
  }
}
