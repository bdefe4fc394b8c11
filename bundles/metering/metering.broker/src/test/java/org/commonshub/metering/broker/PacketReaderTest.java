package org.commonshub.metering.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is a packet and what is not, by the conformance statements of MQTT 3.1.1 (appendix B). */
class PacketReaderTest {
  private static List<Packet> read(byte[] bytes) throws Malformed {
    PacketReader reader = new PacketReader(Broker.PACKET);
    reader.append(bytes);
    List<Packet> packets = new ArrayList<>();
    for (Packet packet = reader.next(); packet != null; packet = reader.next()) {
      packets.add(packet);
    }
    return packets;
  }

  private static String hexOf(String text) {
    return Bytes.hex(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  /** CONNECT of figure 3.6 of the standard: user, password, will of QoS 1, clean session. */
  @Test
  void connect() throws Exception {
    byte[] bytes =
        Bytes.hex(
            "10 23 0004 4d515454 04 ce 000a"
                + "0003 616263 0001 74 0003 627965 0004 75736572 0004 70617373");
    Packet.Connect connect = (Packet.Connect) read(bytes).get(0);
    assertThat(connect.level()).isEqualTo(4);
    assertThat(connect.clean()).isTrue();
    assertThat(connect.keepAlive()).isEqualTo(10);
    assertThat(connect.clientId()).isEqualTo("abc");
    assertThat(connect.user()).contains("user");
    assertThat(connect.password().orElseThrow()).asString().isEqualTo("pass");
    Packet.Will will = connect.will().orElseThrow();
    assertThat(will.topic()).isEqualTo("t");
    assertThat(will.payload()).asString().isEqualTo("bye");
    assertThat(will.qos()).isEqualTo(1);
    assertThat(will.retain()).isFalse();
  }

  @Test
  void theOthers() throws Exception {
    assertThat(read(Bytes.hex("40020001 50020002 62020003 70020004 c000 e000")))
        .containsExactly(
            new Packet.PubAck(1),
            new Packet.PubRec(2),
            new Packet.PubRel(3),
            new Packet.PubComp(4),
            new Packet.PingReq(),
            new Packet.Disconnect());
    // Figure 3.22
    assertThat(read(Bytes.hex("820e 000a 0003 612f62 01 0003 632f64 02")))
        .containsExactly(
            new Packet.Subscribe(
                10, List.of(new Packet.Wish("a/b", 1), new Packet.Wish("c/d", 2))));
    // Figure 3.30
    assertThat(read(Bytes.hex("a20c 000a 0003 612f62 0003 632f64")))
        .containsExactly(new Packet.Unsubscribe(10, List.of("a/b", "c/d")));
    // Figure 3.11
    Packet.Publish publish = (Packet.Publish) read(Bytes.hex("3b09 0003 612f62 000a 6869")).get(0);
    assertThat(publish.topic()).isEqualTo("a/b");
    assertThat(publish.payload()).asString().isEqualTo("hi");
    assertThat(publish.qos()).isEqualTo(1);
    assertThat(publish.id()).isEqualTo(10);
    assertThat(publish.dup()).isTrue();
    assertThat(publish.retain()).isTrue();
  }

  /** §2.2.3, table 2.4: sizes at which the length field grows. */
  @ParameterizedTest
  @CsvSource({"127, 2", "128, 3", "16383, 3", "16384, 4", "200000, 4"})
  void remainingLength(int remaining, int header) throws Exception {
    byte[] bytes = Bytes.publish("t", "x".repeat(remaining - 3), 0, 0, false, false);
    assertThat(bytes).hasSize(header + remaining);
    assertThat(((Packet.Publish) read(bytes).get(0)).payload()).hasSize(remaining - 3);
  }

  @ParameterizedTest
  @CsvSource({
    "MQTT-2.2.2-2 CONNECT with flags, 11",
    "MQTT-2.2.2-2 PUBACK with flags, 41",
    "MQTT-2.2.2-2 PUBREC with flags, 52",
    "MQTT-3.6.1-1 PUBREL without its flags, 60",
    "MQTT-2.2.2-2 PUBCOMP with flags, 78",
    "MQTT-3.8.1-1 SUBSCRIBE without its flags, 80",
    "MQTT-3.10.1-1 UNSUBSCRIBE without its flags, a0",
    "MQTT-2.2.2-2 PINGREQ with flags, c1",
    "MQTT-3.14.1-1 DISCONNECT with flags, e1",
    "table 2.1 reserved, 00",
    "table 2.1 CONNACK from a client, 20",
    "table 2.1 SUBACK from a client, 90",
    "table 2.1 UNSUBACK from a client, b0",
    "table 2.1 PINGRESP from a client, d0",
    "table 2.1 reserved, f0",
    "MQTT-3.3.1-4 QoS 3, 36",
    "MQTT-3.3.1-2 DUP with QoS 0, 38",
    "2.2.3 five bytes of length, 30ffffffff",
    "MQTT-3.1.2-1 another protocol, '100c 0004 4d515458 04 02 003c 0000'",
    "MQTT-3.1.2-3 reserved flag, '100c 0004 4d515454 04 03 003c 0000'",
    "MQTT-3.1.2-13 will QoS without a will, '100c 0004 4d515454 04 0a 003c 0000'",
    "MQTT-3.1.2-15 will retain without a will, '100c 0004 4d515454 04 22 003c 0000'",
    "MQTT-3.1.2-14 will QoS 3, '1012 0004 4d515454 04 1e 003c 0000 0001 74 0001 78'",
    "MQTT-3.1.2-22 password without user, '100f 0004 4d515454 04 42 003c 0000 0001 70'",
    "MQTT-3.1.2-17 will missing, '100c 0004 4d515454 04 06 003c 0000'",
    "MQTT-3.1.2-19 user missing, '100c 0004 4d515454 04 82 003c 0000'",
    "MQTT-3.1.2-21 password missing, '100f 0004 4d515454 04 c2 003c 0000 0001 75'",
    "MQTT-3.1.2-18 user though not flagged, '100f 0004 4d515454 04 02 003c 0000 0001 75'",
    "MQTT-3.1.3-3 no client identifier, '100a 0004 4d515454 04 02 003c'",
    "MQTT-1.5.3-1 surrogate, '100f 0004 4d515454 04 02 003c 0003 eda080'",
    "MQTT-1.5.3-1 overlong, '100e 0004 4d515454 04 02 003c 0002 c080'",
    "MQTT-1.5.3-2 U+0000, '100d 0004 4d515454 04 02 003c 0001 00'",
    "1.5.3 control character, '100d 0004 4d515454 04 02 003c 0001 1b'",
    "MQTT-4.7.1-1 will on a wildcard, '1012 0004 4d515454 04 06 003c 0000 0001 23 0001 78'",
    "MQTT-3.3.2-2 PUBLISH on a wildcard, '3003 0001 23'",
    "MQTT-3.3.2-2 PUBLISH on a wildcard, '3003 0001 2b'",
    "MQTT-4.7.3-1 PUBLISH on nothing, '3002 0000'",
    "MQTT-4.7.3-2 PUBLISH on U+0000, '3003 0001 00'",
    "MQTT-2.3.1-1 PUBLISH with identifier 0, '3205 0001 74 0000'",
    "PUBLISH without identifier, '3203 0001 74'",
    "PUBLISH shorter than its topic, '3003 0005 74'",
    "MQTT-2.3.1-1 SUBSCRIBE with identifier 0, '8206 0000 0001 74 00'",
    "MQTT-3.8.3-3 SUBSCRIBE to nothing, '8202 0001'",
    "MQTT-3-8.3-4 SUBSCRIBE with QoS 3, '8206 0001 0001 74 03'",
    "MQTT-3-8.3-4 SUBSCRIBE with reserved bits, '8206 0001 0001 74 41'",
    "MQTT-4.7.1-2 # in the middle, '8208 0001 0003 232f74 00'",
    "MQTT-4.7.1-3 + beside a letter, '8207 0001 0002 742b 00'",
    "MQTT-4.7.3-1 empty filter, '8205 0001 0000 00'",
    "SUBSCRIBE without QoS, '8205 0001 0001 74'",
    "MQTT-3.10.3-2 UNSUBSCRIBE from nothing, 'a202 0001'",
    "PUBACK too short, '4001 00'",
    "PUBACK too long, '4003 000100'",
    "MQTT-2.3.1-1 PUBACK of 0, '4002 0000'",
    "PINGREQ with a body, 'c001 00'",
    "DISCONNECT with a body, 'e001 00'",
  })
  void malformed(String statement, String bytes) {
    assertThatThrownBy(() -> read(Bytes.hex(bytes))).as(statement).isInstanceOf(Malformed.class);
  }

  /** [MQTT-1.5.3-3]: U+FEFF stays what it is. */
  @Test
  void aByteOrderMarkIsPartOfTheText() throws Exception {
    Packet.Publish publish = (Packet.Publish) read(Bytes.hex("3006 0004 efbbbf74")).get(0);
    assertThat(publish.topic()).isEqualTo("\uFEFFt");
  }

  /** [MQTT-3.1.2-2]: of another version only the version is read. */
  @ParameterizedTest
  @CsvSource({
    "'1011 0006 4d5149736470 03 02 003c 0000 ffffff', 3",
    "'100d 0004 4d515454 05 02 003c 00 0000', 5",
    "'100b 0004 4d515454 03 02 ffff 00', 3",
  })
  void otherVersions(String bytes, int level) throws Exception {
    assertThat(((Packet.Connect) read(Bytes.hex(bytes)).get(0)).level()).isEqualTo(level);
  }

  @Test
  void whatIsTooLongIsRefusedBeforeItComes() {
    PacketReader reader = new PacketReader(1_000);
    reader.append(Bytes.hex("30e707"));
    assertThatThrownBy(reader::next).hasMessageContaining("1002 bytes");
    PacketReader other = new PacketReader(1_000);
    other.append(Bytes.hex("30e507"));
    assertThat(tried(other)).isNull();
  }

  private static Packet tried(PacketReader reader) {
    try {
      return reader.next();
    } catch (Malformed e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void tooManyFiltersInOnePacket() {
    Bytes body = new Bytes().u16(1);
    for (int i = 0; i <= PacketReader.FILTERS; i++) {
      body.string("t").u8(0);
    }
    assertThatThrownBy(() -> read(body.packet(0x82))).isInstanceOf(Malformed.class);
    assertThat(hexOf("t")).isEqualTo("74");
  }

  @Test
  void readsTheSameHoweverTheBytesCome() throws Exception {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    Random random = new Random(3);
    for (int i = 1; i < 60; i++) {
      stream.writeBytes(
          Bytes.publish("t/" + i, "x".repeat(random.nextInt(3_000)), 1, i, false, false));
      stream.writeBytes(Bytes.subscribe(i, "a/" + i, 1, "b", 0));
      stream.writeBytes(Bytes.hex("c000"));
    }
    byte[] bytes = stream.toByteArray();
    String whole = describe(read(bytes));
    for (int seed = 0; seed < 20; seed++) {
      Random cuts = new Random(seed);
      PacketReader reader = new PacketReader(Broker.PACKET);
      List<Packet> packets = new ArrayList<>();
      for (int at = 0; at < bytes.length; ) {
        int count = Math.min(bytes.length - at, 1 + cuts.nextInt(seed < 5 ? 3 : 9_000));
        reader.append(Arrays.copyOfRange(bytes, at, at + count));
        at += count;
        for (Packet packet = reader.next(); packet != null; packet = reader.next()) {
          packets.add(packet);
        }
      }
      assertThat(describe(packets)).isEqualTo(whole);
      assertThat(reader.buffered()).isZero();
    }
  }

  private static String describe(List<Packet> packets) {
    StringBuilder text = new StringBuilder();
    for (Packet packet : packets) {
      text.append(
          packet instanceof Packet.Publish p
              ? p.topic() + p.id() + new String(p.payload())
              : packet.toString());
    }
    return text.toString();
  }
}
