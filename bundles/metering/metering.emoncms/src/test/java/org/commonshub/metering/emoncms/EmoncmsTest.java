package org.commonshub.metering.emoncms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceInbox;
import org.commonshub.metering.api.DeviceServer.HttpRequest;
import org.commonshub.metering.api.DeviceServer.Peer;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection.Response;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmoncmsTest {
  private static final String KEY = "0123456789abcdef0123456789abcdef";
  private static final String OTHER = "ffffffffffffffffffffffffffffffff";

  private final FakeHubClock clock = new FakeHubClock();
  private final FakeDeviceServer server = new FakeDeviceServer();
  private final List<String> announced = new ArrayList<>();
  private final DeviceInbox inbox =
      (driver, endpoint, candidate) -> announced.add(endpoint + " " + shown(candidate));
  private final List<String> frames = new ArrayList<>();
  private final List<DeviceException> failures = new ArrayList<>();

  private static String shown(Candidate candidate) {
    return candidate.name() + " " + candidate.role() + " " + candidate.settings();
  }

  private EmoncmsDriver driver(String common) {
    return new EmoncmsDriver(server, inbox, clock, common);
  }

  private PushSession session(EmoncmsDriver driver, String node, Map<String, String> settings)
      throws DeviceException {
    PushSession session =
        (PushSession)
            driver.open(
                FakeDriverContext.of(
                    driver.description(), Endpoint.parse("inbound:" + node), null, settings));
    session.start(
        new PushSession.Receiver() {
          @Override
          public void values(Optional<Instant> at, List<Measurement> values) {
            StringBuilder text = new StringBuilder(node);
            at.ifPresent(instant -> text.append(' ').append(instant));
            values.stream()
                .map(
                    value ->
                        " "
                            + value.quantity()
                            + "="
                            + value.decimalValue().stripTrailingZeros().toPlainString())
                .sorted()
                .forEach(text::append);
            frames.add(text.toString());
          }

          @Override
          public void failed(DeviceException why) {
            failures.add(why);
          }
        });
    return session;
  }

  private Response send(
      String method, String path, String query, Map<String, String> headers, String body) {
    return send(
        FakeDeviceServer.PEER, method, path, query, headers, body.getBytes(StandardCharsets.UTF_8));
  }

  private Response send(
      Peer peer,
      String method,
      String path,
      String query,
      Map<String, String> headers,
      byte[] body) {
    return server
        .request(new HttpRequest(method, path, PostsTest.parameters(query), headers, body, peer))
        .toCompletableFuture()
        .join();
  }

  private Response get(String path, String query) {
    return send("GET", path, query, Map.of(), "");
  }

  private static String text(Response response) {
    return response.status() + " " + new String(response.body(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/input/post", "/input/post.json", "/emoncms/input/post", "/input/post/emontx"})
  void takesAGet(String path) throws Exception {
    EmoncmsDriver driver = driver("");
    try (PushSession session = session(driver, "emontx", Map.of("apikey", KEY))) {
      assertThat(text(get(path, "apikey=" + KEY + "&node=emontx&fulljson={\"power1\":5,\"E1\":7}")))
          .isEqualTo("200 {\"success\": true}");
      assertThat(text(get(path, "apikey=" + KEY + "&node=emontx&json={power1:6}")))
          .isEqualTo("200 ok");
      assertThat(frames)
          .containsExactly(
              "emontx energy.import[1]=7 power.active[1]=5", "emontx power.active[1]=6");
      assertThat(session).isNotNull();
    }
    assertThat(server.paths()).isEmpty();
  }

  @Test
  void takesAFormInTheBodyAndABearerToken() throws Exception {
    EmoncmsDriver driver = driver(KEY);
    try (PushSession session = session(driver, "5", Map.of())) {
      Map<String, String> form =
          Map.of("content-type", "application/x-www-form-urlencoded; charset=utf-8");
      assertThat(
              text(
                  send(
                      "POST",
                      "/input/post",
                      "",
                      form,
                      "node=5&apikey=" + KEY + "&fulljson=%7B%22P1%22%3A1%2C%22vrms%22%3A230%7D")))
          .isEqualTo("200 {\"success\": true}");
      assertThat(
              text(
                  send(
                      "POST",
                      "/input/post",
                      "node=5",
                      Map.of("authorization", "Bearer " + KEY),
                      "csv=%3&json=%7BP1:2%7D")))
          .isEqualTo("200 ok");
      assertThat(frames).containsExactly("5 power.active[1]=1 voltage=230", "5 power.active[1]=2");
      assertThat(session).isNotNull();
    }
    assertThat(server.paths()).containsExactlyInAnyOrder("/input", "/emoncms/input");
    driver.close();
    assertThat(server.paths()).isEmpty();
  }

  @Test
  void takesBulkOfSeveralNodesWithTheirTimes() throws Exception {
    EmoncmsDriver driver = driver(KEY);
    try (PushSession one = session(driver, "emontx", Map.of("channel", "2"));
        PushSession two =
            session(driver, "16", Map.of("inputs", "1 = power.active kW * -1; 2=energy.export"))) {
      assertThat(
              text(
                  get(
                      "/input/bulk.json",
                      "apikey="
                          + KEY
                          + "&sentat=100&data=[[80,\"emontx\",{\"P1\":1,\"P2\":2,\"E2\":3}],"
                          + "[90,16,1.5,7],[95,99,5]]")))
          .isEqualTo("200 ok");
      assertThat(frames)
          .containsExactly(
              "emontx 2026-01-15T11:59:40Z energy.import=3 power.active=2",
              "16 2026-01-15T11:59:50Z energy.export=7 power.active=-1500");
      assertThat(announced).containsExactly("inbound:99 Node 99 SUB_METER {}");
      assertThat(one).isNotSameAs(two);
    }
  }

  @Test
  void wrongKeysAreRefusedAsByEmoncmsAndSlowedDown() throws Exception {
    EmoncmsDriver driver = driver(KEY);
    for (int i = 0; i < Strangers.TRIES; i++) {
      Response response = get("/input/post", i % 2 == 0 ? "csv=1" : "csv=1&apikey=" + OTHER);
      assertThat(text(response)).isEqualTo("401 Invalid API key");
      assertThat(response.headers().get("www-authenticate")).contains("invalid_apikey");
    }
    assertThat(get("/input/post", "node=1&csv=1&apikey=" + KEY).status()).isEqualTo(429);
    Peer neighbour = new Peer(new InetSocketAddress("192.0.2.78", 1), false);
    assertThat(
            send(neighbour, "GET", "/input/post", "csv=1&apikey=" + KEY, Map.of(), new byte[0])
                .status())
        .isEqualTo(200);
    clock.advance(Duration.ofSeconds(61));
    assertThat(get("/input/post", "csv=1&apikey=" + KEY).status()).isEqualTo(200);
    driver.close();
  }

  @Test
  void ofVersionSixTheNetworkCounts() {
    Strangers strangers = new Strangers(clock);
    for (int i = 0; i < Strangers.TRIES; i++) {
      strangers.wrong(new InetSocketAddress("2001:db8:1:2::" + (i + 1), 1).getAddress());
    }
    assertThat(strangers.shut(new InetSocketAddress("2001:db8:1:2::ff", 1).getAddress())).isTrue();
    assertThat(strangers.shut(new InetSocketAddress("2001:db8:1:3::1", 1).getAddress())).isFalse();
  }

  @Test
  void aKeyOfOneNodeOpensNoOther() throws Exception {
    EmoncmsDriver driver = driver("");
    try (PushSession one = session(driver, "a", Map.of("apikey", KEY));
        PushSession two = session(driver, "b", Map.of("apikey", OTHER))) {
      assertThat(get("/input/post", "node=b&json={P1:1}&apikey=" + KEY).status()).isEqualTo(401);
      assertThat(
              text(
                  get(
                      "/input/bulk",
                      "data=[[0,\"a\",{\"P1\":1}],[0,\"b\",{\"P1\":2}]]&apikey=" + KEY)))
          .isEqualTo("200 ok");
      assertThat(frames).containsExactly("a 2026-01-15T12:00:00Z power.active[1]=1");
      assertThat(one).isNotSameAs(two);
    }
  }

  @Test
  void unknownNodesAnnounceThemselves() {
    EmoncmsDriver driver = driver(KEY);
    get("/input/post", "node=emon tx&json={power1:1,power3:2,vrms:230}&apikey=" + KEY);
    get("/input/post", "node=19&json={temperature:21.5}&apikey=" + KEY);
    get("/input/post", "node=20&json={temperature:21.5}&apikey=" + OTHER);
    assertThat(announced)
        .containsExactly(
            "inbound:emon%20tx Node emon tx power1 SUB_METER {channel=1}",
            "inbound:emon%20tx Node emon tx power3 SUB_METER {channel=3}",
            "inbound:19 Node 19 SENSOR {}");
    driver.close();
  }

  @Test
  void aNameWithASpaceIsFound() throws Exception {
    EmoncmsDriver driver = driver(KEY);
    try (PushSession session = session(driver, "emon%20tx", Map.of())) {
      get("/input/post", "node=emon tx&json={P1:1}&apikey=" + KEY);
      assertThat(frames).hasSize(1);
      assertThat(session).isNotNull();
    }
    driver.close();
  }

  @Test
  void aClockThatIsWrongIsSaid() throws Exception {
    EmoncmsDriver driver = driver(KEY);
    try (PushSession session = session(driver, "5", Map.of())) {
      assertThat(text(get("/input/post", "node=5&json={P1:1}&time=5&apikey=" + KEY)))
          .isEqualTo("200 ok");
      assertThat(frames).isEmpty();
      assertThat(failures).hasSize(1);
      assertThat(failures.get(0)).hasMessageContaining("Set its clock");
      assertThat(session).isNotNull();
    }
    driver.close();
  }

  @Test
  void mistakesAreAnsweredAsByEmoncms() {
    EmoncmsDriver driver = driver(KEY);
    assertThat(text(get("/input/post", "node=5&csv=a&apikey=" + KEY)))
        .startsWith("200 {\"success\": false, \"message\": \"Format error");
    assertThat(get("/input/list", "apikey=" + KEY).status()).isEqualTo(404);
    assertThat(get("/input", "apikey=" + KEY).status()).isEqualTo(404);
    assertThat(send("DELETE", "/input/post", "apikey=" + KEY, Map.of(), "").status())
        .isEqualTo(405);
    driver.close();
  }

  @Test
  void refusesSettingsInASentence() {
    for (Map<String, String> settings :
        List.of(
            Map.<String, String>of(),
            Map.of("apikey", "short"),
            Map.of("apikey", KEY, "channel", "13"),
            Map.of("apikey", KEY, "channel", "-1"),
            Map.of("apikey", KEY, "inputs", "power1 = nothing"))) {
      assertThatThrownBy(() -> session(driver(""), "5", settings))
          .isInstanceOf(DeviceException.class)
          .satisfies(
              e -> {
                assertThat(((DeviceException) e).kind()).isEqualTo(DeviceException.Kind.SETTINGS);
                assertThat(e.getMessage()).doesNotContain(KEY).doesNotContain("short");
              });
    }
  }

  @Test
  void saysWhenThePathIsTaken() throws Exception {
    AutoCloseable taken = server.http("/emoncms/input", request -> null);
    try (PushSession session = session(driver(""), "5", Map.of("apikey", KEY))) {
      assertThat(failures).hasSize(1);
      assertThat(session).isNotNull();
    }
    taken.close();
    assertThat(server.paths()).isEmpty();
  }
}
