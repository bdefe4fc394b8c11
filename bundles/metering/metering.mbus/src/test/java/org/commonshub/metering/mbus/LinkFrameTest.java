package org.commonshub.metering.mbus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Link layer of EN 13757-2. */
class LinkFrameTest {
  private static final Endpoint ENDPOINT = Endpoint.parse("tcp://192.0.2.1:10001");

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  @Test
  void requests() {
    assertThat(LinkFrame.reset(5)).isEqualTo(hex("10 40 05 45 16"));
    assertThat(LinkFrame.request(1, true)).isEqualTo(hex("10 7B 01 7C 16"));
    assertThat(LinkFrame.request(1, false)).isEqualTo(hex("10 5B 01 5C 16"));
    assertThat(LinkFrame.select(hex("78 56 34 12 FF FF FF FF")))
        .isEqualTo(hex("68 0B 0B 68 73 FD 52 78 56 34 12 FF FF FF FF D2 16"));
  }

  @Test
  void aLongFrameComesBack() throws Exception {
    LinkFrame frame = LinkFrame.parse(LinkFrame.longFrame(0x08, 3, hex("72 01 02")));
    assertThat(frame.control()).isEqualTo(0x08);
    assertThat(frame.address()).isEqualTo(3);
    assertThat(frame.data()).isEqualTo(hex("72 01 02"));
    assertThat(frame.response()).isTrue();
    assertThat(LinkFrame.parse(hex("E5")).acknowledged()).isTrue();
  }

  @Test
  void accessDemandAndDataFlowBitsAreNoOtherFrame() {
    for (int control : new int[] {0x08, 0x18, 0x28, 0x38}) {
      assertThat(new LinkFrame(control, 1, hex("72")).response()).isTrue();
    }
    assertThat(new LinkFrame(0x53, 1, hex("72")).response()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "E6",
        "10 7B 01 7D 16",
        "10 7B 01 7C 17",
        "68 03 04 68 08 01 72 7B 16",
        "68 03 03 68 08 01 72 7C 16",
        "68 03 03 68 08 01 72 7B 15",
        "68 03 03 69 08 01 72 7B 16",
        "68 03 03 68 08 01 72 7B"
      })
  void refused(String text) {
    assertThatThrownBy(() -> LinkFrame.parse(hex(text))).isInstanceOf(MalformedFrame.class);
  }

  @Test
  void anAnswerIsFoundByteByByteAlsoBehindAnEcho() throws Exception {
    byte[] request = LinkFrame.request(1, true);
    byte[] answer = LinkFrame.longFrame(0x08, 1, hex("72 01 02 03"));
    for (byte[] prefix : new byte[][] {{}, request}) {
      byte[] all = new byte[prefix.length + answer.length];
      System.arraycopy(prefix, 0, all, 0, prefix.length);
      System.arraycopy(answer, 0, all, prefix.length, answer.length);
      Framing framing = LinkFrame.answerTo(request, ENDPOINT);
      for (int length = 0; length < all.length; length++) {
        assertThat(framing.complete(ByteBuffer.wrap(all, 0, length))).isZero();
      }
      assertThat(framing.complete(ByteBuffer.wrap(all))).isEqualTo(all.length);
      assertThat(LinkFrame.withoutEcho(request, all)).isEqualTo(answer);
    }
    assertThat(LinkFrame.answerTo(request, ENDPOINT).complete(ByteBuffer.wrap(hex("E5"))))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "FF", "68 05 06", "68 02 02 68", "68 05 05 67", "10 00 00 00 17"})
  void garbageEndsTheWait(String text) {
    Framing framing = LinkFrame.answerTo(LinkFrame.reset(9), ENDPOINT);
    byte[] bytes = HexFormat.of().parseHex(text.replace(" ", ""));
    byte[] long4 = java.util.Arrays.copyOf(bytes, Math.max(4, bytes.length));
    assertThatThrownBy(() -> framing.complete(ByteBuffer.wrap(bytes.length < 4 ? long4 : bytes)))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("parity");
  }
}
