package org.commonshub.apps.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.commonshub.apps.api.AppHttp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerTest {
  private static AppHttp.Response read(String text) throws IOException {
    String whole = text.replace("|", "\r\n");
    return Answer.read(new ByteArrayInputStream(whole.getBytes(StandardCharsets.ISO_8859_1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "HTTP/1.1 200 OK||all of it;200;all of it",
        "HTTP/1.0 200||all of it;200;all of it",
        "HTTP/1.1 200 OK|Content-Length: 3||abcdef;200;abc",
        "HTTP/1.1 200 OK|Content-Length: 3|Content-Length: 3||abc;200;abc",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||3|abc|2|de|0||;200;abcde",
        "HTTP/1.1 200 OK|transfer-encoding: Chunked||0|Trailer: x||;200;",
        "HTTP/1.1 100 Continue||HTTP/1.1 103 Early|Link: x||HTTP/1.1 200 OK||x;200;x",
        "HTTP/1.1 204 No Content|Content-Length: 3||abc;204;",
        "HTTP/1.1 304 Not Modified||abc;304;",
        "HTTP/1.1 500 Ow|Content-Length: 0||;500;",
        "HTTP/1.1 301 Moved|Location: https://x/||;301;"
      })
  void good(String text, int status, String body) throws IOException {
    AppHttp.Response answer = read(text);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body()).asString().isEqualTo(body == null ? "" : body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK|",
        "HTTP/2 200 OK||",
        "ICY 200 OK||",
        "HTTP/1.1 99 X||",
        "HTTP/1.1 600 X||",
        "HTTP/1.1 2000||",
        "HTTP/1.1 101 Switching||",
        "HTTP/1.1 100 C||HTTP/1.1 100 C||HTTP/1.1 100 C||HTTP/1.1 100 C||HTTP/1.1 100 C||"
            + "HTTP/1.1 100 C||HTTP/1.1 100 C||HTTP/1.1 100 C||HTTP/1.1 200 OK||",
        "HTTP/1.1 200 OK|no colon||",
        "HTTP/1.1 200 OK|: empty||",
        "HTTP/1.1 200 OK|a b: c||",
        "HTTP/1.1 200 OK|a: b| folded||",
        "HTTP/1.1 200 OK|a: b\u0000||",
        "HTTP/1.1 200 OK|a: b\rc||",
        "HTTP/1.1 200 OK|Content-Length: 3||ab",
        "HTTP/1.1 200 OK|Content-Length: -1||",
        "HTTP/1.1 200 OK|Content-Length: +1||a",
        "HTTP/1.1 200 OK|Content-Length: 1, 1||a",
        "HTTP/1.1 200 OK|Content-Length: 1|Content-Length: 2||ab",
        "HTTP/1.1 200 OK|Content-Length: 99999999999||",
        "HTTP/1.1 200 OK|Content-Length: 1048577||",
        "HTTP/1.1 200 OK|Content-Length: 1|Transfer-Encoding: chunked||0||",
        "HTTP/1.1 200 OK|Transfer-Encoding: gzip, chunked||0||",
        "HTTP/1.1 200 OK|Transfer-Encoding: identity||0||",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||x||",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||-1||",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||ffffffffff||",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||100001||",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||3|abcd|0||",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||3|ab",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||0|"
      })
  void odd(String text) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(IOException.class);
  }

  @Test
  void bounded() throws IOException {
    for (String text :
        List.of(
            "HTTP/1.1 200 OK|a: " + "x".repeat(9000) + "||",
            "HTTP/1.1 200 OK|" + ("a: " + "x".repeat(4000) + "|").repeat(9) + "|",
            "HTTP/1.1 200 OK|" + "a: b|".repeat(101) + "|",
            "HTTP/1.1 200 OK||" + "x".repeat(AppHttp.MAX_RECEIVED + 1),
            "HTTP/1.1 200 OK|Transfer-Encoding: chunked||"
                + ("80000|" + "x".repeat(0x80000) + "|").repeat(2)
                + "1|x|0||")) {
      assertThatThrownBy(() -> read(text)).isInstanceOf(IOException.class);
    }
    assertThat(read("HTTP/1.1 200 OK||" + "x".repeat(AppHttp.MAX_RECEIVED)).body())
        .hasSize(AppHttp.MAX_RECEIVED);
    assertThat(read("HTTP/1.1 200 OK|" + "a: b|".repeat(100) + "|x").headers().get("a"))
        .hasSize(100);
  }
}
