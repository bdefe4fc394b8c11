package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.esaulpaugh.headlong.rlp.RLPEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RlpTest {
  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Examples of the RLP page of ethereum.org. */
  @Test
  void publishedExamples() {
    assertThat(Bytes.hex(Rlp.encode(text("dog")))).isEqualTo("0x83646f67");
    assertThat(Bytes.hex(Rlp.encode(List.of(text("cat"), text("dog")))))
        .isEqualTo("0xc88363617483646f67");
    assertThat(Bytes.hex(Rlp.encode(new byte[0]))).isEqualTo("0x80");
    assertThat(Bytes.hex(Rlp.encode(List.of()))).isEqualTo("0xc0");
    assertThat(Bytes.hex(Rlp.encode(Rlp.integer(0)))).isEqualTo("0x80");
    assertThat(Bytes.hex(Rlp.encode(new byte[1]))).isEqualTo("0x00");
    assertThat(Bytes.hex(Rlp.encode(Rlp.integer(1024)))).isEqualTo("0x820400");
    assertThat(
            Bytes.hex(
                Rlp.encode(
                    List.of(
                        List.of(), List.of(List.of()), List.of(List.of(), List.of(List.of()))))))
        .isEqualTo("0xc7c0c1c0c3c0c1c0");
    assertThat(
            Bytes.hex(Rlp.encode(text("Lorem ipsum dolor sit amet, consectetur adipisicing elit"))))
        .startsWith("0xb8384c6f72656d");
  }

  @Test
  void randomTreesAreThoseOfAnotherLibraryAndComeBack() throws Exception {
    Random random = new Random(7);
    for (int i = 0; i < 1_000; i++) {
      Object value = random(random, 0);
      byte[] ours = Rlp.encode(value);
      assertThat(ours)
          .isEqualTo(
              value instanceof byte[] bytes
                  ? RLPEncoder.string(bytes)
                  : RLPEncoder.list((List<?>) value));
      assertThat(Rlp.encode(Rlp.decode(ours))).isEqualTo(ours);
    }
  }

  private static Object random(Random random, int depth) {
    if (depth < 4 && random.nextInt(3) > 0) {
      List<Object> list = new ArrayList<>();
      int count = random.nextInt(6);
      for (int i = 0; i < count; i++) {
        list.add(random(random, depth + 1));
      }
      return list;
    }
    byte[] bytes = new byte[random.nextInt(4) == 0 ? random.nextInt(70_000) : random.nextInt(60)];
    random.nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0x",
        "0x8100",
        "0x817f",
        "0x83646f",
        "0x83646f6767",
        "0xb8",
        "0xb80161",
        "0xb90001",
        "0xbb7fffffff00",
        "0xbfffffffffffffffff00",
        "0xc1",
        "0xc28101",
        "0xf800",
        "0xf90001c0",
        "0xc883636174",
        "0xfbffffffff"
      })
  void anythingElseIsMalformed(String hex) {
    assertThatThrownBy(() -> Rlp.decode(Bytes.parse(hex))).isInstanceOf(MalformedException.class);
  }

  @Test
  void deepNestingIsMalformed() {
    byte[] deep = {};
    for (int i = 0; i < 40; i++) {
      deep = Rlp.encode(i == 0 ? List.of() : List.of(new Rlp.Encoded(deep)));
    }
    byte[] nested = deep;
    assertThatThrownBy(() -> Rlp.decode(nested)).hasMessageContaining("deeper");
  }
}
