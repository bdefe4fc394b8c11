package org.commonshub.metering.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Heads, bodies and targets. */
class MessageTest {
  private static final Budget BUDGET = new Budget(1 << 24);

  private static Head head(String text, int step) throws HttpException {
    Head.Reader reader = new Head.Reader(Head.Limits.REQUEST, BUDGET);
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    Head head = null;
    for (int i = 0; i < bytes.length; i += step) {
      assertThat(head).isNull();
      head = reader.take(ByteBuffer.wrap(bytes, i, Math.min(step, bytes.length - i)));
    }
    return head;
  }

  private static String body(String head, String text, int most, int step) throws HttpException {
    Body body =
        Body.ofRequest(head("POST / HTTP/1.1\r\n" + head + "\r\n\r\n", 99), false, most, BUDGET);
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int i = 0;
    while (i < bytes.length && !body.complete()) {
      ByteBuffer part = ByteBuffer.wrap(bytes, i, Math.min(step, bytes.length - i));
      body.take(part);
      i = part.position();
    }
    return (body.complete() ? "" : "incomplete ")
        + new String(body.bytes(), StandardCharsets.ISO_8859_1)
        + (i < bytes.length ? "|" + text.substring(i) : "");
  }

  @Test
  void readsAHeadInAnyPieces() throws Exception {
    String text =
        "\r\nGET /a HTTP/1.1\r\nHost: x\r\nX-Empty:\r\nx-two: 1\r\nX-Two:\t2 \nconnection: Keep-Alive, Upgrade\r\n\r\n";
    for (int step : new int[] {1, 2, 5, 1_000}) {
      Head head = head(text, step);
      assertThat(head.line()).isEqualTo("GET /a HTTP/1.1");
      assertThat(head.first("host")).isEqualTo("x");
      assertThat(head.first("x-empty")).isEmpty();
      assertThat(head.firsts()).containsEntry("x-two", "1").hasSize(4);
      assertThat(head.joined()).containsEntry("x-two", "1, 2");
      assertThat(head.hasToken("connection", "upgrade")).isTrue();
      assertThat(head.hasToken("connection", "up")).isFalse();
      assertThat(head.first("x-none")).isNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'GET / HTTP/1.1|Ho st: x||', 400",
    "'GET / HTTP/1.1|Host : x||', 400",
    "'GET / HTTP/1.1|: x||', 400",
    "'GET / HTTP/1.1|Host||', 400",
    "'GET / HTTP/1.1|A: b| folded||', 400",
    "'GET / HTTP/1.1|A: b\0c||', 400",
    "'GET / HTTP/1.1|A: b\rc||', 400",
    "'|||||||||', 400"
  })
  void refusesWhatIsNoHead(String text, int status) {
    assertThatThrownBy(() -> head(text.replace("|", "\r\n"), 3))
        .isInstanceOfSatisfying(HttpException.class, e -> assertThat(e.status()).isEqualTo(status));
  }

  @Test
  void headsAreBounded() throws Exception {
    assertThat(head("GET /" + "a".repeat(4_000) + " HTTP/1.1\r\n\r\n", 100)).isNotNull();
    expect(414, () -> head("GET /" + "a".repeat(5_000), 100));
    expect(431, () -> head("GET / HTTP/1.1\r\nA: " + "a".repeat(9_000), 100));
    expect(431, () -> head("GET / HTTP/1.1\r\n" + "A: b\r\n".repeat(65) + "\r\n", 100));
    assertThat(head("GET / HTTP/1.1\r\n" + "A: b\r\n".repeat(64) + "\r\n", 100).fields())
        .hasSize(64);
    long before = BUDGET.left();
    Head.Reader reader = new Head.Reader(Head.Limits.REQUEST, BUDGET);
    reader.take(ByteBuffer.wrap(("G" + "x".repeat(4_000)).getBytes(StandardCharsets.US_ASCII)));
    reader.clear();
    assertThat(BUDGET.left()).isEqualTo(before);
  }

  private static void expect(
      int status, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(HttpException.class, e -> assertThat(e.status()).isEqualTo(status));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "Content-Length: 5; hello; hello",
        "Content-Length: 5; hello, and more; hello|, and more",
        "Content-Length: 5; hell; incomplete hell",
        "Content-Length: 0; more; |more",
        "X: y; more; |more",
        "Transfer-Encoding: chunked; 5~hello~0~~; hello",
        "Transfer-Encoding: Chunked; 3~hel~2 ~lo~000~~next; hello|next",
        "Transfer-Encoding: chunked; A~0123456789~0~Trailer: x~~; 0123456789",
        "Transfer-Encoding: chunked; 5~hello~0~; incomplete hello"
      })
  void bodiesInAnyPieces(String head, String text, String expected) throws Exception {
    for (int step : new int[] {1, 2, 3, 100}) {
      assertThat(body(head, text.replace("~", "\r\n"), 100, step)).isEqualTo(expected);
      if (text.contains("~")) {
        assertThat(body(head, text.replace("~", "\n"), 100, step)).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "Content-Length: -1; x; 400",
        "Content-Length: +1; x; 400",
        "Content-Length: 1 1; x; 400",
        "Content-Length: 0x1; x; 400",
        "Content-Length: 9999999999999999999999; x; 400",
        "Content-Length: 101; x; 413",
        "Content-Length: 1~Content-Length: 2; x; 400",
        "Content-Length: 1~Transfer-Encoding: chunked; x; 400",
        "Transfer-Encoding: gzip; x; 501",
        "Transfer-Encoding: gzip, chunked; x; 501",
        "Transfer-Encoding: chunked~Transfer-Encoding: chunked; x; 501",
        "Transfer-Encoding: chunked; ~; 400",
        "Transfer-Encoding: chunked; -1~; 400",
        "Transfer-Encoding: chunked; g~; 400",
        "Transfer-Encoding: chunked; 65~; 413",
        "Transfer-Encoding: chunked; ffffffffffffffff~; 413",
        "Transfer-Encoding: chunked; 64~0~; incomplete",
        "Transfer-Encoding: chunked; 2~abc~; 400"
      })
  void bodiesThatAreRefused(String head, String text, String status) throws Exception {
    if (status.equals("incomplete")) {
      assertThat(body(head.replace("~", "\r\n"), text.replace("~", "\r\n"), 100, 7))
          .startsWith("incomplete");
      return;
    }
    expect(
        Integer.parseInt(status),
        () -> body(head.replace("~", "\r\n"), text.replace("~", "\r\n"), 100, 7));
  }

  @Test
  void chunkExtensionsAreSkipped() throws Exception {
    assertThat(body("Transfer-Encoding: chunked", "3;a=\"b\"\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 9, 1))
        .isEqualTo("hello");
  }

  @Test
  void chunksAreBoundedTogether() {
    expect(
        413,
        () -> body("Transfer-Encoding: chunked", "40\r\n" + "x".repeat(64) + "\r\n40\r\n", 100, 9));
    expect(400, () -> body("Transfer-Encoding: chunked", "1;" + "x".repeat(300), 100, 9));
    expect(
        431, () -> body("Transfer-Encoding: chunked", "0\r\n" + "a: b\r\n".repeat(2_000), 100, 9));
  }

  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/ocpp/CP1, /ocpp/CP1",
    "/ocpp/CP1/, /ocpp/CP1/",
    "//ocpp//CP1, /ocpp/CP1",
    "/a/./b/../c, /a/c",
    "/../../etc/passwd, /etc/passwd",
    "/a/%2e%2e/b, /b",
    "/a/.., /",
    "/CP%20%C3%A4, /CP ä",
    "http://hub:8480/ocpp/1?a=b, /ocpp/1",
    "HTTP://hub, /",
    "/a#b, /a"
  })
  void paths(String text, String expected) throws Exception {
    assertThat(Target.parse(text).path()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "*",
    "a",
    "''",
    "/%",
    "/%2",
    "/%zz",
    "/%ff",
    "/a%2fb",
    "/a%00b",
    "/?a=%c3",
    "ftp://x/y",
    "/%+1"
  })
  void targetsThatAreRefused(String text) {
    expect(400, () -> Target.parse(text));
  }

  @Test
  void parameters() throws Exception {
    assertThat(
            Target.parse("/input/post?node=emon+tx&json=%7B%22power1%22%3A100%7D&node=b&empty&=x")
                .query())
        .isEqualTo(Map.of("node", "emon tx", "json", "{\"power1\":100}", "empty", "", "", "x"));
    expect(400, () -> Target.parse("/?" + "a=b&x".repeat(3) + many()));
  }

  private static String many() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 70; i++) {
      text.append("&p").append(i).append("=1");
    }
    return text.toString();
  }
}
