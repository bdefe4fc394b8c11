package org.commonshub.metering.mapping.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValueTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "   ",
        "{",
        "[1,2",
        "{\"a\":1,\"a\":2}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":-Infinity}",
        "{\"a\":01}",
        "{\"a\":1e999999999}",
        "{\"a\":1e61}",
        "{\"a\":1e-61}",
        "{\"a\":0.00000000000000000000000000000000000000001}",
        "{'a':1}",
        "{a:1}",
        "[1,]",
        "{} {}",
        "{\"a\":1} x",
        "\"not closed",
        "nul",
        "\u0000",
        "\uFEFF{}"
      })
  void refusesWhatIsNoJson(String text) {
    assertThatThrownBy(() -> JsonValue.parse(utf8(text)))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageNotContaining("Infinity");
  }

  @Test
  void refusesWhatIsTooMuch() {
    assertThatThrownBy(() -> JsonValue.parse(utf8("[".repeat(17) + "]".repeat(17))))
        .isInstanceOf(MalformedJsonException.class);
    assertThatThrownBy(() -> JsonValue.parse(utf8("[".repeat(100_000))))
        .isInstanceOf(MalformedJsonException.class);
    assertThatThrownBy(() -> JsonValue.parse(new byte[JsonValue.MAX_BYTES + 1]))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageContaining("256 KiB");
    assertThatThrownBy(() -> JsonValue.parse(utf8("[" + "1,".repeat(100_000) + "1]")))
        .isInstanceOf(MalformedJsonException.class);
    assertThatThrownBy(() -> JsonValue.parse(utf8("[" + "9".repeat(41) + "]")))
        .isInstanceOf(MalformedJsonException.class);
    assertThatThrownBy(() -> JsonValue.parse(utf8("[333333333333333E333378161066]")))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageContaining("beyond all measure");
    assertThatThrownBy(() -> JsonValue.parse(new byte[] {'"', (byte) 0xC3, 0x28, '"'}))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void aBacklogMayBeLarger() throws Exception {
    byte[] large = utf8("[" + "1,".repeat(200_000) + "1]");
    assertThat(JsonValue.parseLarge(large).items()).hasSize(200_001);
    assertThatThrownBy(() -> JsonValue.parseLarge(new byte[4 * JsonValue.MAX_BYTES + 1]))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageContaining("1024 KiB");
  }

  @Test
  void readsDeepEnough() throws Exception {
    assertThat(JsonValue.parse(utf8("[".repeat(16) + "]".repeat(16))).isArray()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "-0.5, -0.5",
    "1e3, 1E+3",
    "230.1000000000000001, 230.1000000000000001",
    "'\"12.5\"', 12.5",
    "'\" 12.5 \"', 12.5",
    "'\"1.5e2\"', 1.5E+2",
  })
  void numbersAreExact(String text, String expected) throws Exception {
    assertThat(JsonValue.parse(utf8(text)).number()).contains(new BigDecimal(expected));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"NaN\"",
        "\"\"",
        "\"unavailable\"",
        "\"0x10\"",
        "\"1e999\"",
        "\"1,5\"",
        "true",
        "null",
        "[]",
        "{}"
      })
  void whatIsNoNumberHasNone(String text) throws Exception {
    assertThat(JsonValue.parse(utf8(text)).number()).isEmpty();
  }

  @Test
  void askingForWhatIsNotThereIsNoError() {
    JsonValue value = Show.json("{'a':{'b':[1,{'c':null}]}}");
    assertThat(value.get("a").get("b").at(0).number()).contains(BigDecimal.ONE);
    assertThat(value.get("a").get("b").at(1).get("c").missing()).isTrue();
    assertThat(value.get("x").at(3).get("y").missing()).isTrue();
    assertThat(value.at(0).missing()).isTrue();
    assertThat(value.get("a").get("b").at(-1).missing()).isTrue();
    assertThat(value.get("a").text()).isEmpty();
  }

  @Test
  void bareTextIsAValue() throws Exception {
    assertThat(JsonValue.parseOrText(utf8("online")).text()).contains("online");
    assertThat(JsonValue.parseOrText(utf8("3.5")).number()).contains(new BigDecimal("3.5"));
    assertThat(JsonValue.parseOrText(utf8("nan")).number()).isEmpty();
    assertThat(JsonValue.parseOrText(utf8(" {\"a\":1}")).get("a").number())
        .contains(BigDecimal.ONE);
    assertThat(JsonValue.parseOrText(new byte[0]).text()).contains("");
    assertThatThrownBy(() -> JsonValue.parseOrText(utf8("{\"a\":")))
        .isInstanceOf(MalformedJsonException.class);
    assertThatThrownBy(() -> JsonValue.parseOrText(new byte[20_000]))
        .isInstanceOf(MalformedJsonException.class);
  }

  @Test
  void labelsArePrintableAndShort() {
    assertThat(Show.json("'  Küche\\u0000\\n '").label(10)).isEqualTo("Küche");
    assertThat(Show.json("'abcdef'").label(3)).isEqualTo("abc");
    assertThat(Show.json("{}").label(3)).isEmpty();
  }

  @Test
  void anyBytesEndInAValueOrTheDeclaredError() {
    Random random = new Random(42);
    String alphabet = "{}[]\",:0123456789eE+-.truefalsn \\u\u00e9";
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(40); i > 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        JsonValue value = JsonValue.parseOrText(utf8(text.toString()));
        assertThat(value.number().map(BigDecimal::scale).orElse(0)).isBetween(-99, 99);
      } catch (MalformedJsonException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }
}
