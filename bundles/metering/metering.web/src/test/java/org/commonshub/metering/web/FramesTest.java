package org.commonshub.metering.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FramesTest {
  private static final byte[] MASK = {0x37, (byte) 0xfa, 0x21, 0x3d};

  /** Notes what comes. */
  private static final class Notes implements Frames.Sink {
    final List<String> notes = new ArrayList<>();
    int takes = Integer.MAX_VALUE;

    @Override
    public void text(String message) {
      notes.add("text " + message);
    }

    @Override
    public void ping(byte[] payload) {
      notes.add("ping " + new String(payload, StandardCharsets.US_ASCII));
    }

    @Override
    public void pong() {
      notes.add("pong");
    }

    @Override
    public void goodbye(int code, String reason) {
      notes.add("close " + code + " " + reason);
    }

    @Override
    public boolean ready() {
      return notes.size() < takes;
    }
  }

  static byte[] frame(int first, byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(first);
    if (payload.length < 126) {
      out.write(0x80 | payload.length);
    } else if (payload.length < 65536) {
      out.write(0x80 | 126);
      out.writeBytes(ByteBuffer.allocate(2).putShort((short) payload.length).array());
    } else {
      out.write(0x80 | 127);
      out.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
    }
    out.writeBytes(MASK);
    for (int i = 0; i < payload.length; i++) {
      out.write(payload[i] ^ MASK[i & 3]);
    }
    return out.toByteArray();
  }

  static byte[] frame(int first, String payload) {
    return frame(first, payload.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static List<String> read(byte[] bytes, int step) throws Frames.Violation {
    Frames frames = new Frames(256 * 1024, new Budget(1 << 20));
    Notes notes = new Notes();
    for (int i = 0; i < bytes.length; i += step) {
      ByteBuffer part = ByteBuffer.wrap(bytes, i, Math.min(step, bytes.length - i));
      frames.take(part, notes);
      assertThat(part.hasRemaining()).isFalse();
    }
    return notes.notes;
  }

  /** The examples of RFC 6455 §5.7 that a client may send. */
  @ParameterizedTest
  @CsvSource({
    "818537fa213d7f9f4d5158, text Hello",
    "898537fa213d7f9f4d5158, ping Hello",
    "8a8537fa213d7f9f4d5158, pong"
  })
  void theExamplesOfTheRfc(String hex, String expected) throws Exception {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThat(read(bytes, 1)).containsExactly(expected);
    assertThat(read(bytes, bytes.length)).containsExactly(expected);
  }

  @Test
  void fragmentsWithControlFramesBetween() throws Exception {
    String euro = "a€b";
    byte[] utf8 = euro.getBytes(StandardCharsets.UTF_8);
    byte[] bytes =
        join(
            frame(0x01, Arrays.copyOf(utf8, 2)), // in the middle of a character
            frame(0x89, "x"),
            frame(0x00, new byte[0]),
            frame(0x80, Arrays.copyOfRange(utf8, 2, utf8.length)),
            frame(0x81, ""),
            frame(0x88, new byte[] {3, (byte) 0xe8, 'o', 'k'}),
            frame(0x81, "after the end"));
    for (int step : new int[] {1, 2, 3, 7, 1_000}) {
      assertThat(read(bytes, step)).containsExactly("ping x", "text a€b", "text ", "close 1000 ok");
    }
  }

  @ParameterizedTest
  @CsvSource({"125", "126", "65535", "65536", "262144"})
  void everyLengthOfLength(int length) throws Exception {
    String text = "x".repeat(length);
    assertThat(read(frame(0x81, text), 1_000)).containsExactly("text " + text);
    ByteBuffer frame = Frames.frame(Frames.TEXT, text.getBytes(StandardCharsets.US_ASCII));
    assertThat(frame.get(0) & 0xff).isEqualTo(0x81);
    assertThat(frame.get(1) & 0xff).isEqualTo(length < 126 ? length : length < 65536 ? 126 : 127);
    assertThat(frame.limit()).isEqualTo(length + (length < 126 ? 2 : length < 65536 ? 4 : 10));
  }

  /** What the RFC forbids, and the code it wants the connection closed with. */
  @ParameterizedTest
  @CsvSource({
    "8105,                 1002, not masked",
    "c18500000000,         1002, RSV1",
    "a18500000000,         1002, RSV2",
    "918500000000,         1002, RSV3",
    "838000000000,         1002, reserved opcode 3",
    "8b8000000000,         1002, reserved opcode 11",
    "828000000000,         1003, binary",
    "808000000000,         1002, continues nothing",
    "0180000000008180,     1002, text within text",
    "098000000000,         1002, ping in fragments",
    "89fe007e00000000,     1002, long ping",
    "81fe007d00000000,     1002, 125 in 16 bits",
    "81ff000000000000ffff00000000, 1002, 65535 in 64 bits",
    "81ff800000000000000000000000, 1002, negative length",
    "81ff000000000004000100000000, 1009, 256 KiB and one",
    "81ff7fffffffffffffff00000000, 1009, huge",
    "888100000000aa,       1002, close with one byte",
    "88820000000003ed,     1002, close with 1005",
    "88820000000003ee,     1002, close with 1006",
    "88820000000003e7,     1002, close with 999",
    "888200000000ffff,     1002, close with 65535",
    "88830000000003e8ff,   1007, close with a bad reason",
    "818200000000c328,     1007, bad UTF-8",
    "818300000000eda080,   1007, surrogate",
    "818200000000c0af,     1007, overlong",
    "818100000000e2,       1007, cut character"
  })
  void whatTheRfcForbids(String hex, int code, String what) {
    String framed = "0180000000008180".equals(hex) ? hex + "00000000" : hex;
    byte[] bytes = HexFormat.of().parseHex(framed);
    for (int step : new int[] {1, 5, 100}) {
      assertThatThrownBy(() -> read(bytes, step))
          .as(what)
          .isInstanceOfSatisfying(
              Frames.Violation.class, e -> assertThat(e.code()).isEqualTo(code));
    }
  }

  @Test
  void fragmentsTogetherTooLongAreRefused() {
    byte[] half = new byte[200 * 1024];
    Arrays.fill(half, (byte) 'x');
    assertThatThrownBy(() -> read(join(frame(0x01, half), frame(0x80, half)), 8192))
        .isInstanceOfSatisfying(Frames.Violation.class, e -> assertThat(e.code()).isEqualTo(1009));
  }

  @Test
  void memoryForLargeMessagesIsShared() throws Exception {
    Budget budget = new Budget(100_000);
    Frames first = new Frames(256 * 1024, budget);
    Frames second = new Frames(256 * 1024, budget);
    byte[] large = frame(0x81, "x".repeat(90_000));
    first.take(ByteBuffer.wrap(large, 0, 80_000), new Notes());
    assertThatThrownBy(() -> second.take(ByteBuffer.wrap(large, 0, 80_000), new Notes()))
        .isInstanceOfSatisfying(Frames.Violation.class, e -> assertThat(e.code()).isEqualTo(1013));
    second.clear();
    Notes notes = new Notes();
    new Frames(256 * 1024, budget).take(ByteBuffer.wrap(frame(0x81, "small")), notes);
    assertThat(notes.notes).containsExactly("text small");
    first.take(ByteBuffer.wrap(large, 80_000, large.length - 80_000), notes);
    assertThat(notes.notes).hasSize(2);
    assertThat(budget.left()).isEqualTo(100_000);
  }

  @Test
  void stopsWhileTheSinkIsNotReady() throws Exception {
    Frames frames = new Frames(256 * 1024, new Budget(1 << 20));
    Notes notes = new Notes();
    notes.takes = 2;
    ByteBuffer bytes = ByteBuffer.wrap(join(frame(0x81, "a"), frame(0x81, "b"), frame(0x81, "c")));
    frames.take(bytes, notes);
    assertThat(notes.notes).containsExactly("text a", "text b");
    assertThat(bytes.remaining()).isEqualTo(7);
    notes.takes = 9;
    frames.take(bytes, notes);
    assertThat(notes.notes).containsExactly("text a", "text b", "text c");
  }

  @Test
  void anyMessageCutAnyhowComesOutAsItWas() throws Exception {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      List<String> expected = new ArrayList<>();
      for (int message = 0; message < 5; message++) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(200); i > 0; i--) {
          text.appendCodePoint(
              random.nextBoolean() ? 'a' + random.nextInt(26) : 0x1f600 + random.nextInt(60));
        }
        byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
        int cut = random.nextInt(utf8.length + 1);
        bytes.writeBytes(frame(0x01, Arrays.copyOf(utf8, cut)));
        bytes.writeBytes(frame(0x8a, ""));
        bytes.writeBytes(frame(0x80, Arrays.copyOfRange(utf8, cut, utf8.length)));
        expected.add("pong");
        expected.add("text " + text);
      }
      assertThat(read(bytes.toByteArray(), 1 + random.nextInt(300))).isEqualTo(expected);
    }
  }

  @Test
  void closeFramesFit() {
    ByteBuffer close = Frames.close(1008, "ä".repeat(100));
    assertThat(close.limit()).isLessThanOrEqualTo(127);
    assertThat(close.get(1)).isEqualTo((byte) (close.limit() - 2));
    byte[] reason = Arrays.copyOfRange(close.array(), 4, close.limit());
    assertThat(new String(reason, StandardCharsets.UTF_8)).isEqualTo("ä".repeat(61));
  }
}
