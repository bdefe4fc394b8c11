package org.commonshub.metering.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.commonshub.metering.api.MqttConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacketGuardTest {
  private static final String CONNACK = "20020000";

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private static List<String> take(PacketGuard guard, byte[] bytes) throws Exception {
    List<String> packets = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    for (byte[] packet = guard.take(buffer); packet != null; packet = guard.take(buffer)) {
      packets.add(HexFormat.of().formatHex(packet));
    }
    assertThat(buffer.hasRemaining()).isFalse();
    return packets;
  }

  static byte[] publish(int qos, int id, String topic, int payload) {
    byte[] name = topic.getBytes(StandardCharsets.UTF_8);
    int remaining = 2 + name.length + (qos > 0 ? 2 : 0) + payload;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x30 | qos << 1);
    do {
      out.write(remaining % 128 | (remaining >= 128 ? 0x80 : 0));
      remaining /= 128;
    } while (remaining > 0);
    out.write(name.length >> 8);
    out.write(name.length);
    out.writeBytes(name);
    if (qos > 0) {
      out.write(id >> 8);
      out.write(id);
    }
    out.writeBytes(new byte[payload]);
    return out.toByteArray();
  }

  @Test
  void letsPassWhatABrokerSends() throws Exception {
    String all =
        CONNACK // accepted
            + "9003000101" // SUBACK
            + "30050003612f6278" // PUBLISH a/b "x" has length 6; see below
            + "";
    PacketGuard guard = new PacketGuard();
    assertThat(take(guard, hex(CONNACK))).containsExactly(CONNACK);
    assertThat(take(guard, hex("9003000101"))).containsExactly("9003000101");
    assertThat(take(guard, hex("40020001" + "b0020001" + "d000")))
        .containsExactly("40020001", "b0020001", "d000");
    assertThat(take(guard, hex("30060003612f6278" + "3306000161000778")))
        .containsExactly("30060003612f6278", "3306000161000778");
    assertThat(all).isNotEmpty();
  }

  @Test
  void cutsTheSameHoweverTheBytesCome() throws Exception {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(hex(CONNACK));
    Random random = new Random(1);
    for (int i = 0; i < 50; i++) {
      stream.writeBytes(publish(random.nextInt(2), 1 + i, "t/" + i, random.nextInt(2_000)));
      stream.writeBytes(hex("d000"));
    }
    stream.writeBytes(publish(1, 77, "big", MqttConnection.MAX_PAYLOAD + 5_000));
    stream.writeBytes(publish(0, 0, "end", 3));
    byte[] bytes = stream.toByteArray();
    List<String> whole = take(new PacketGuard(), bytes);
    assertThat(whole).hasSize(1 + 100 + 2);
    for (int seed = 0; seed < 20; seed++) {
      Random cuts = new Random(seed);
      PacketGuard guard = new PacketGuard();
      List<String> pieces = new ArrayList<>();
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(bytes.length - at, 1 + cuts.nextInt(seed < 3 ? 3 : 5_000));
        pieces.addAll(take(guard, java.util.Arrays.copyOfRange(bytes, at, at + length)));
        at += length;
      }
      assertThat(pieces).isEqualTo(whole);
      assertThat(guard.tooLong()).isEqualTo(1);
    }
  }

  @Test
  void aMessageThatIsTooLongIsAcknowledgedAndCounted() throws Exception {
    for (int payload :
        new int[] {MqttConnection.MAX_PAYLOAD + 1, PacketGuard.MAX_REMAINING, 3_000_000}) {
      PacketGuard guard = new PacketGuard();
      take(guard, hex(CONNACK));
      assertThat(take(guard, publish(0, 0, "t", payload))).isEmpty();
      assertThat(take(guard, publish(1, 0x1234, "topic", payload)))
          .containsExactly("3211000d246875622f746f6f2d6c6f6e671234");
      assertThat(take(guard, publish(1, 0x1235, "x".repeat(65_535), payload)))
          .containsExactly("3211000d246875622f746f6f2d6c6f6e671235");
      assertThat(guard.tooLong()).isEqualTo(3);
      assertThat(take(guard, hex("d000"))).containsExactly("d000");
    }
    PacketGuard guard = new PacketGuard();
    take(guard, hex(CONNACK));
    assertThat(take(guard, publish(0, 0, "t", MqttConnection.MAX_PAYLOAD))).hasSize(1);
    assertThat(take(guard, publish(1, 9, "x".repeat(TopicFilter.MAX_BYTES + 1), 1)))
        .containsExactly("3211000d246875622f746f6f2d6c6f6e670009");
  }

  @Test
  void memoryGrowsWithWhatComesNotWithWhatIsAnnounced() throws Exception {
    List<PacketGuard> guards = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) { // 512 MB if it believed the length
      PacketGuard guard = new PacketGuard();
      take(guard, hex(CONNACK));
      take(guard, hex("30 80 80 10 0001 74"));
      guards.add(guard);
    }
    assertThat(guards).hasSize(2_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "d000", // not CONNACK first
        "30050001 61 7878", // neither
        "20020000 20020000", // twice
        "21020000", // flags
        "20020200", // reserved bits
        "2003000000", // length
        "20020000 00", // reserved type
        "20020000 10", // a client's packet
        "20020000 82", // a client's packet
        "20020000 50", // QoS 2
        "20020000 62", // QoS 2
        "20020000 70", // QoS 2
        "20020000 34", // QoS 2
        "20020000 36", // QoS 3
        "20020000 e0", // a client's packet
        "20020000 f0", // reserved type
        "20020000 d001", // length
        "20020000 d100", // flags
        "20020000 4003", // length
        "20020000 9002", // no return code
        "20020000 90ff01", // more than asked for
        "20020000 30ffffffff", // length of five bytes
        "20020000 3002", // no topic
        "20020000 3003 0000 61", // empty topic
        "20020000 3003 0005 61", // topic longer than the packet
        "20020000 3204 0002 6162", // no identifier
        "20020000 3205 0001 61 0000", // identifier 0
        "20020000 3003 0001 23", // wildcard
        "20020000 3003 0001 2b", // wildcard
        "20020000 3003 0001 00", // U+0000
        "20020000 3003 0001 ff", // no UTF-8
        "20020000 3005 0003 eda080", // surrogate
      })
  void refuses(String bytes) {
    assertThatThrownBy(() -> take(new PacketGuard(), hex(bytes)))
        .isInstanceOf(PacketGuard.Malformed.class);
  }
}
