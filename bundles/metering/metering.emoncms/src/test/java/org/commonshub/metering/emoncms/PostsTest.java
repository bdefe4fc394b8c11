package org.commonshub.metering.emoncms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PostsTest {
  private static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");
  private static final long SECONDS = NOW.getEpochSecond();

  private final Posts posts = new Posts(NOW);

  /** {@code a=1&b=2} as it is, without any decoding. */
  static Map<String, String> parameters(String query) {
    Map<String, String> parameters = new HashMap<>();
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters.put(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }
    return parameters;
  }

  private static String show(Map<String, BigDecimal> inputs) {
    return new TreeMap<>(inputs).toString();
  }

  private static byte[] deflated(String text) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
      deflater.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "node=emontx&fulljson={\"power1\":100,\"power2\":-200.5,\"vrms\":\"230.1\"}|emontx"
            + "|{power1=100, power2=-200.5, vrms=230.1}",
        "node=10&json={power1:100,power2:200,power3:300}|10"
            + "|{power1=100, power2=200, power3=300}",
        "node=10&json={\"power1\":100,\"power2\":1e3}|10|{power1=100, power2=1E+3}",
        "node=10&csv=100,200,300|10|{1=100, 2=200, 3=300}",
        "node=10&data=100,-0.5|10|{1=100, 2=-0.5}",
        "node=10&data={power1:null,power2:7}|10|{power2=7}",
        "fulljson={\"a\":1}|0|{a=1}",
        "node=a/b<c>&fulljson={\"a\":1}|abc|{a=1}",
        "node=my node_1-2.3&fulljson={\"a\":1}|my node_1-2.3|{a=1}",
        "node=5&fulljson={\"a\":1,\"b\":null,\"c\":\"x\",\"d\":true}|5|{a=1}",
        "node=5&fulljson={}|5|{}"
      })
  void readsPosts(String query, String node, String inputs) throws Exception {
    Post post = posts.post(parameters(query), "");
    assertThat(post.node()).isEqualTo(node);
    assertThat(show(post.inputs())).isEqualTo(inputs);
    assertThat(post.time()).isEmpty();
    assertThat(post.doubtful()).isFalse();
  }

  @Test
  void theNodeMayStandInThePath() throws Exception {
    assertThat(posts.post(parameters("node=x&csv=1"), "emonpi").node()).isEqualTo("emonpi");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "node=10",
        "node=10&csv=",
        "node=10&csv=a,b",
        "node=10&csv=1,,2",
        "node=10&json={power1:}",
        "node=10&json={:5}",
        "node=10&json={power1:1:2}",
        "node=10&fulljson=",
        "node=10&fulljson=[1,2]",
        "node=10&fulljson=5",
        "node=10&fulljson={\"a\":NaN}",
        "node=10&fulljson={\"a\":1,\"a\":2}",
        "node=10&fulljson={\"a\":1",
        "node=10&time=now&csv=1"
      })
  void refusesPosts(String query) {
    assertThatThrownBy(() -> posts.post(parameters(query), ""))
        .isInstanceOf(Refused.class)
        .satisfies(e -> assertThat(e.getMessage()).isNotBlank());
  }

  @ParameterizedTest
  @CsvSource({
    "0, false",
    "-3600, false",
    "-2678400, false",
    "119, false",
    "-2678401, true",
    "121, true",
    "999999999, true"
  })
  void timesAreBelievedWithinBounds(long offset, boolean doubtful) throws Exception {
    Post post = posts.post(parameters("csv=1&time=" + (SECONDS + offset)), "");
    assertThat(post.doubtful()).isEqualTo(doubtful);
    if (doubtful) {
      assertThat(post.time()).isEmpty();
    } else {
      assertThat(post.time()).contains(NOW.plusSeconds(offset));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"time\":1768478390,\"a\":1}|2026-01-15T11:59:50Z",
        "{\"TIME\":\"2026-01-15T12:59:50+01:00\",\"a\":1}|2026-01-15T11:59:50Z",
        "{\"time\":1768478390.25,\"a\":1}|2026-01-15T11:59:50.250Z"
      })
  void timesMayStandInTheJson(String json, Instant expected) throws Exception {
    Post post = posts.post(Map.of("fulljson", json), "");
    assertThat(post.time()).contains(expected);
    assertThat(show(post.inputs())).isEqualTo("{a=1}");
  }

  @Test
  void aTimeInTheRequestGoesFirst() throws Exception {
    assertThat(
            posts
                .post(Map.of("fulljson", "{\"time\":5,\"a\":1}", "time", "" + (SECONDS - 1)), "")
                .time())
        .contains(NOW.minusSeconds(1));
  }

  @Test
  void anUnreadableTimeInTheJsonIsNone() throws Exception {
    Post post = posts.post(Map.of("fulljson", "{\"time\":\"noon\",\"a\":1}"), "");
    assertThat(post.time()).isEmpty();
    assertThat(post.doubtful()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data=[[0,16,1137],[2,17,1437,3164],[4,19,1412,3077]]|-4,-2,0",
        "data=[[-10,16,1],[-8,17,2],[-6,19,3]]&offset=-10|0,2,4",
        "data=[[-10,16,1],[-8,17,2],[-6,19,3]]&time=1768478300|-110,-108,-106",
        "data=[[520,16,1],[530,17,2],[535,19,3]]&sentat=543|-23,-13,-8",
        "data=[[1768478390,16,1],[1768478395,17,2],[1768478400,18,3]]&sentat=1768478401|-11,-6,-1"
      })
  void readsBulkTimes(String query, String offsets) throws Exception {
    List<Post> read = posts.bulk(parameters(query), new byte[0]);
    assertThat(read)
        .extracting(post -> post.time().orElseThrow().getEpochSecond() - SECONDS)
        .isEqualTo(Arrays.stream(offsets.split(",", -1)).map(Long::valueOf).toList());
  }

  @Test
  void readsBulkValues() throws Exception {
    List<Post> read =
        posts.bulk(
            parameters(
                "data=[[0,\"emontx\",{\"power1\":1,\"power2\":2},{\"rssi\":-50}],[1,16,5,null,7],"
                    + "[2,16],[3,\"\",9],[4,16,{\"a\":1},\"8\"]]"),
            new byte[0]);
    assertThat(read)
        .extracting(post -> post.node() + show(post.inputs()))
        .containsExactly(
            "emontx{power1=1, power2=2, rssi=-50}", "16{1=5, 3=7}", "0{1=9}", "16{1=8, a=1}");
  }

  @Test
  void itemsOfOneSecondAreOneReading() throws Exception {
    List<Post> read =
        posts.bulk(
            parameters("data=[[0,\"a\",{\"x\":1}],[0,\"b\",{\"x\":2}],[0,\"a\",{\"y\":3}]]"),
            new byte[0]);
    assertThat(read)
        .extracting(post -> post.node() + show(post.inputs()))
        .containsExactly("a{x=1, y=3}", "b{x=2}");
  }

  @Test
  void readsCompressedBulk() throws Exception {
    String json = "[[0,5,1],[10,5,2]]";
    assertThat(posts.bulk(Map.of("cb", "1"), deflated(json))).hasSize(2);
    assertThat(
            posts.bulk(
                Map.of("c", "1", "data", HexFormat.of().formatHex(deflated(json))), new byte[0]))
        .hasSize(2);
  }

  @Test
  void refusesBombsAndCutCompression() throws Exception {
    byte[] bomb = deflated("[" + " ".repeat(20_000_000) + "]");
    assertThat(bomb.length).isLessThan(30_000);
    assertThatThrownBy(() -> posts.bulk(Map.of("cb", "1"), bomb)).isInstanceOf(Refused.class);
    byte[] whole = deflated("[[0,5,1],[10,5,2]]");
    for (int length = 0; length < whole.length - 4; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> posts.bulk(Map.of("cb", "1"), cut)).isInstanceOf(Refused.class);
    }
    assertThatThrownBy(() -> posts.bulk(Map.of("c", "1", "data", "xyz"), new byte[0]))
        .isInstanceOf(Refused.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "data=",
        "data=[]",
        "data={}",
        "data=5",
        "data=[5]",
        "data=[[]]",
        "data=[[\"x\",5,1]]",
        "data=[[0,{},1]]",
        "data=[[0,[1],1]]",
        "data=[[0,5,1]]&sentat=x",
        "data=[[0,5,1]",
        "data=[[0,5,NaN]]"
      })
  void refusesBulk(String query) {
    assertThatThrownBy(() -> posts.bulk(parameters(query), new byte[0]))
        .isInstanceOf(Refused.class);
  }

  @Test
  void refusesMoreThanABacklog() {
    String many = "[" + "[0,5,1],".repeat(4_096) + "[0,5,1]]";
    assertThatThrownBy(() -> posts.bulk(Map.of("data", many), new byte[0]))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("4096");
  }

  @Test
  void anyTextIsReadOrRefused() {
    Random random = new Random(11);
    String alphabet = "[]{}\":,0123456789.eE-+ nultrafs\u00fcx";
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder("[[0,5,");
      for (int i = random.nextInt(30); i > 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      Map<String, String> parameters =
          Map.of("data", text.toString(), random.nextBoolean() ? "fulljson" : "json", text + "]]");
      try {
        assertThat(posts.post(parameters, "").inputs().size()).isLessThanOrEqualTo(256);
        posts.bulk(parameters, text.toString().getBytes(StandardCharsets.UTF_8));
      } catch (Refused e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }
}
