package org.commonshub.identity.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  private static Map<String, Object> read(String json) throws IOException {
    return Json.object(json.getBytes(StandardCharsets.UTF_8));
  }

  /** RFC 8785, sections 3.2.2.2 (strings) and 3.2.3 (order of UTF-16 code units). */
  @Test
  void canonicalForm() throws Exception {
    assertThat(
            Json.canonical(
                read("{\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"}")))
        .isEqualTo("{\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    assertThat(
            Json.canonical(
                read(
                    "{\"\\u20ac\": \"Euro Sign\", \"\\r\": \"Carriage Return\", \"\\ufb33\":"
                        + " \"Hebrew Letter Dalet With Dagesh\", \"1\": \"One\","
                        + " \"\\ud83d\\ude00\": \"Emoji: Grinning Face\", \"\\u0080\":"
                        + " \"Control\", \"\\u00f6\": \"Latin Small Letter O With"
                        + " Diaeresis\"}")))
        .isEqualTo(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
                + "\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\","
                + "\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With"
                + " Dagesh\"}");
    assertThat(
            Json.canonical(
                read(
                    " { \"b\" : [ 1 , -2 , true , false , null , { } , [ ] ] ,\t\"a\":"
                        + " 9007199254740991 }")))
        .isEqualTo("{\"a\":9007199254740991,\"b\":[1,-2,true,false,null,{},[]]}");
  }

  /** did:webvh 1.0, section Generate Entry Hash: its example. */
  @Test
  void theHashOfTheExampleEntry() throws Exception {
    String entry =
        "{\"versionId\": \"QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE\", \"versionTime\":"
            + " \"2025-04-01T17:39:50Z\", \"parameters\": {\"witness\": {\"threshold\": 2,"
            + " \"witnesses\": [{\"id\":"
            + " \"did:key:z6Mkkc51mg2vpQzKWAbWQZupeGYhowaBjYkmvcKMTqteqHB4\", \"weight\": 1},"
            + " {\"id\": \"did:key:z6MkuDdJdKLCgwZuQuEi9xG6LVgJJ9Tebr74CXPYPSumqgJs\","
            + " \"weight\": 1}, {\"id\":"
            + " \"did:key:z6MkoSWmQyp4fTk4ZQy4KUsss9dFX51XfEUzKKKj1J1JUsrF\", \"weight\": 1}]},"
            + " \"updateKeys\": [\"z6MkgzBDcBFV3sk4ypPE5YXMZHmS213A3HpYY2LmcVKV15jr\"],"
            + " \"nextKeyHashes\": [\"QmZreDcjvWEpyRFznQeExWNCsvMLk5i59AcRJJuQC8UodJ\"],"
            + " \"method\": \"did:webvh:0.5\", \"scid\":"
            + " \"QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE\"}, \"state\": {\"@context\":"
            + " [\"https://www.w3.org/ns/did/v1\"], \"id\":"
            + " \"did:webvh:QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE:domain.example\"}}";
    assertThat(
            KeyLogReader.versionId(
                read(entry), 1, "QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE"))
        .isEqualTo("1-QmQ6FJ4fk2xheSSQoEjVpTgx9AQPKhJgtR9hn1nr4EeCrZ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "1",
        "{",
        "{}}",
        "{} ",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":[1,]}",
        "{\"a\":[1 2]}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"\\u0061\":1}",
        "{\"a\":01}",
        "{\"a\":-0}",
        "{\"a\":-}",
        "{\"a\":+1}",
        "{\"a\":1.0}",
        "{\"a\":1e3}",
        "{\"a\":9007199254740992}",
        "{\"a\":99999999999999999999}",
        "{\"a\":NaN}",
        "{\"a\":tru}",
        "{\"a\":\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\\ud800\"}",
        "{\"a\":\"\\",
        "{\"a\":1}//",
        "\uFEFF{}"
      })
  void everythingElseIsRefused(String json) {
    assertThatThrownBy(() -> read(json)).isInstanceOf(IOException.class);
  }

  @Test
  void nestingAndEncodingAreBounded() throws Exception {
    assertThat(read("{\"a\":" + "[".repeat(15) + "]".repeat(15) + "}")).hasSize(1);
    assertThatThrownBy(() -> read("{\"a\":" + "[".repeat(17) + "]".repeat(17) + "}"))
        .hasMessageContaining("too deep");
    assertThatThrownBy(() -> Json.object(new byte[] {'{', (byte) 0xC3, '}'}))
        .hasMessageContaining("UTF-8");
  }
}
