package org.commonshub.metering.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.Actuating;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.HttpConnection.Request;
import org.commonshub.metering.api.HttpConnection.Response;
import org.commonshub.metering.api.PollSession;
import org.commonshub.testing.fakes.FakeHttpConnection;
import org.commonshub.testing.fakes.FakeWriteLease;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpTest {
  private static final String STATUS =
      "{\"ble\":{},\"switch:0\":{\"id\":0,\"output\":true,\"apower\":8.9,\"voltage\":237.5,"
          + "\"aenergy\":{\"total\":6.532}},\"switch:1\":{\"id\":1,\"apower\":-1.5,"
          + "\"aenergy\":{\"total\":7}},\"sys\":{\"mac\":\"A8032ABE54DC\"}}";
  private static final String INFO =
      "{\"name\":\"Keller\",\"id\":\"shellypro2pm-a8032abe54dc\",\"mac\":\"A8032ABE54DC\","
          + "\"model\":\"SPSW-202PE16EU\",\"gen\":2,\"ver\":\"1.4.4\",\"app\":\"Pro2PM\","
          + "\"auth_en\":false}";
  private static final String GEN1 =
      "{\"relays\":[{\"ison\":true}],\"meters\":[{\"power\":10.5,\"is_valid\":true,"
          + "\"total\":60}],\"mac\":\"C45BBE5F71E5\"}";
  private static final String SENSORS =
      "{\"StatusSNS\":{\"Time\":\"2026-01-15T12:00:00\",\"ENERGY\":{\"Total\":3.185,"
          + "\"Power\":54,\"Voltage\":226}}}";

  private static Response shelly(Request request) {
    return switch (Bench.method(request)) {
      case "Shelly.GetDeviceInfo" -> Bench.result(request, INFO);
      case "Shelly.GetStatus" -> Bench.result(request, STATUS);
      case "Switch.Set" -> Bench.result(request, "{\"was_on\":true}");
      default -> request.target().equals("/shelly") ? Bench.ok(INFO) : Bench.status(404);
    };
  }

  private static List<String> targets(Bench bench) {
    return bench.http.requests().stream().map(Bench::shown).toList();
  }

  // ---------------------------------------------------------------- Shelly

  @Test
  void readsTheFirstComponentOfAShelly() throws Exception {
    Bench bench = new Bench(HttpTest::shelly);
    PollSession session = bench.session(Map.of("preset", "shelly"));
    assertThat(Bench.poll(session))
        .hasToString("{energy.import=6.532, power.active=8.9, voltage=237.5}");
    assertThat(session.identity())
        .containsEntry("serial", "A8032ABE54DC")
        .containsEntry("model", "SPSW-202PE16EU")
        .containsEntry("firmware", "1.4.4")
        .containsEntry("name", "Keller");
    Bench.poll(session);
    assertThat(targets(bench))
        .containsExactly("Shelly.GetStatus{}", "Shelly.GetDeviceInfo{}", "Shelly.GetStatus{}");
  }

  @Test
  void readsTheComponentThatIsMeant() throws Exception {
    Bench bench = new Bench(HttpTest::shelly);
    assertThat(bench.poll(Map.of("preset", "shelly", "part", "switch:1")))
        .hasToString("{energy.import=7, power.active=-1.5}");
    assertThatThrownBy(() -> bench.poll(Map.of("preset", "shelly", "part", "em:0")))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("switch:0, switch:1");
  }

  @Test
  void aShellyThatDoesNotTellWhoItIsIsReadAllTheSame() throws Exception {
    Bench bench =
        new Bench(
            request ->
                Bench.method(request).equals("Shelly.GetStatus")
                    ? Bench.result(request, STATUS)
                    : Bench.status(500));
    assertThat(bench.poll(Map.of("preset", "shelly"))).containsEntry("power.active", "8.9");
  }

  @Test
  void aRefusalIsSaid() {
    Bench bench =
        new Bench(
            request -> Bench.ok("{\"id\":1,\"error\":{\"code\":-105,\"message\":\"no such id\"}}"));
    assertThatThrownBy(() -> bench.poll(Map.of("preset", "shelly")))
        .isInstanceOfSatisfying(
            DeviceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
        .hasMessageContaining("no such id");
  }

  @Test
  void anAnswerToAnotherCallIsNone() {
    Bench bench = new Bench(request -> Bench.ok("{\"id\":99,\"result\":" + STATUS + "}"));
    assertThatThrownBy(() -> bench.poll(Map.of("preset", "shelly")))
        .isInstanceOfSatisfying(
            DeviceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID_ANSWER));
  }

  @Test
  void switchesUnderALeaseAndTheDeviceSwitchesBackByItself() throws Exception {
    Bench bench = new Bench(HttpTest::shelly);
    PollSession session = bench.session(Map.of("preset", "shelly", "part", "switch:1"));
    Actuating actuating = (Actuating) session;
    assertThat(actuating.actuators()).hasSize(1);
    assertThat(actuating.actuators().get(0).watchdog()).contains(Rest.WATCHDOG);
    assertThat(actuating.actuators().get(0).rest()).contains("back on");
    FakeWriteLease lease = new FakeWriteLease();
    Bench.get(actuating.write(lease, "switch", BigDecimal.ZERO));
    Bench.get(actuating.write(lease, "switch", BigDecimal.ONE));
    Bench.get(actuating.release(lease, "switch"));
    assertThat(targets(bench))
        .containsExactly(
            "Switch.Set{\"id\":1,\"on\":false,\"toggle_after\":300}",
            "Switch.Set{\"id\":1,\"on\":true}",
            "Switch.Set{\"id\":1,\"on\":true}");
    lease.end();
    assertThatThrownBy(() -> Bench.get(actuating.write(lease, "switch", BigDecimal.ZERO)))
        .isInstanceOfSatisfying(
            DeviceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FORBIDDEN));
    assertThat(bench.http.requests()).hasSize(3);
  }

  @Test
  void restMayBeOff() throws Exception {
    Bench bench = new Bench(HttpTest::shelly);
    Actuating actuating =
        (Actuating) bench.session(Map.of("preset", "shelly", "part", "switch:0", "rest", "off"));
    Bench.get(actuating.write(new FakeWriteLease(), "switch", BigDecimal.ONE));
    Bench.get(actuating.release(new FakeWriteLease(), "switch"));
    assertThat(targets(bench))
        .containsExactly(
            "Switch.Set{\"id\":0,\"on\":true,\"toggle_after\":300}",
            "Switch.Set{\"id\":0,\"on\":false}");
  }

  @Test
  void whatIsNoSwitchHasNoActuator() throws Exception {
    Bench bench = new Bench(HttpTest::shelly);
    Actuating actuating = (Actuating) bench.session(Map.of("preset", "shelly", "part", "em:0"));
    assertThat(actuating.actuators()).isEmpty();
    assertThatThrownBy(
            () -> Bench.get(actuating.write(new FakeWriteLease(), "limit", BigDecimal.ZERO)))
        .hasMessageContaining("no actuator");
  }

  @Test
  void readsAndSwitchesAShellyOfTheFirstGeneration() throws Exception {
    Bench bench =
        new Bench(
            request ->
                request.target().startsWith("/relay")
                    ? Bench.ok("{\"ison\":false,\"has_timer\":true}")
                    : Bench.ok(GEN1));
    PollSession session = bench.session(Map.of("preset", "shelly-gen1"));
    assertThat(((Actuating) session).actuators()).isEmpty();
    assertThat(Bench.poll(session)).hasToString("{energy.import=1, power.active=10.5}");
    assertThat(session.identity()).containsEntry("serial", "C45BBE5F71E5");
    Actuating actuating = (Actuating) session;
    assertThat(actuating.actuators()).hasSize(1);
    Bench.get(actuating.write(new FakeWriteLease(), "switch", BigDecimal.ZERO));
    assertThat(targets(bench)).last().isEqualTo("/relay/0?turn=off&timer=300");
    assertThatThrownBy(() -> Bench.get(actuating.release(new FakeWriteLease(), "switch")))
        .isInstanceOfSatisfying(
            DeviceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
  }

  // ---------------------------------------------------------------- Tasmota

  @Test
  void readsTasmota() throws Exception {
    Bench bench =
        new Bench(
            request ->
                Bench.ok(
                    request.target().endsWith("%208")
                        ? SENSORS
                        : "{\"Status\":{\"DeviceName\":\"Plug\"},\"StatusFWR\":{\"Version\":"
                            + "\"14.2.0\"},\"StatusNET\":{\"Mac\":\"AA:BB\"}}"));
    PollSession session =
        bench.session(Map.of("preset", "tasmota", "password", "p w&1", "user", "admin"));
    assertThat(Bench.poll(session))
        .hasToString("{energy.import=3185, power.active=54, voltage=226}");
    assertThat(session.identity()).containsEntry("firmware", "14.2.0");
    assertThat(targets(bench))
        .first()
        .isEqualTo("/cm?user=admin&password=p%20w%261&cmnd=Status%208");
  }

  @Test
  void tasmotaSaysThatItWantsAPassword() {
    Bench bench =
        new Bench(
            request -> Bench.ok("{\"WARNING\":\"Need user=<username>&password=<password>\"}"));
    assertThatThrownBy(() -> bench.poll(Map.of("preset", "tasmota")))
        .isInstanceOfSatisfying(
            DeviceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
  }

  // ---------------------------------------------------------------- template

  @Test
  void readsATemplateFromSeveralPaths() throws Exception {
    Bench bench =
        new Bench(
            request ->
                Bench.ok(request.target().equals("/a?x=1") ? "{\"p\":5}" : "[{\"e\":\"7.5\"}]"));
    assertThat(
            bench.poll(
                Map.of(
                    "preset",
                    "template",
                    "path",
                    "/a?x=1",
                    "values",
                    "$.p = power.active kW; /b $[0].e = energy.import kWh")))
        .hasToString("{energy.import=7500, power.active=5000}");
    assertThat(targets(bench)).containsExactly("/a?x=1", "/b");
  }

  @Test
  void sendsATokenWhereThereIsOne() throws Exception {
    Bench bench = new Bench(request -> Bench.ok("{\"p\":5}"));
    bench.poll(Map.of("preset", "template", "values", "$.p = power.active", "token", "abc"));
    assertThat(bench.http.requests().get(0).headers()).containsEntry("authorization", "Bearer abc");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<html>", "{\"p\":", "{\"q\":1}", "[]", "{\"p\":\"off\"}"})
  void saysWhatIsWrongWithAnAnswer(String body) {
    Bench bench = new Bench(request -> FakeHttpConnection.ok(body));
    assertThatThrownBy(
            () -> bench.poll(Map.of("preset", "template", "values", "$.p = power.active")))
        .isInstanceOfSatisfying(
            DeviceException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.INVALID_ANSWER);
              assertThat(e.getMessage()).contains("192.0.2.1").contains("Check");
            });
  }

  @Test
  void saysWhichStatusCame() {
    Bench bench = new Bench(request -> Bench.status(404));
    assertThatThrownBy(
            () ->
                bench.poll(
                    Map.of("preset", "template", "path", "/x?key=1", "values", "$.p = frequency")))
        .hasMessageContaining("404")
        .hasMessageContaining("/x")
        .hasMessageNotContaining("key=1");
  }

  @Test
  void refusesSettingsInASentence() {
    Bench bench = new Bench(request -> Bench.status(404));
    for (Map<String, String> settings :
        List.of(
            Map.<String, String>of(),
            Map.of("preset", "none"),
            Map.of("preset", "template"),
            Map.of("preset", "template", "values", "p"),
            Map.of("preset", "template", "values", "$.p = frequency", "path", "x"),
            Map.of("preset", "template", "values", "$.p = frequency", "path", "/x y"),
            Map.of("preset", "template", "values", "no/slash $.p = frequency"),
            Map.of("preset", "template", "values", "$.p = frequency", "token", "a\nb"),
            Map.of("preset", "shelly", "part", "switch"),
            Map.of("preset", "shelly-gen1", "part", "switch:0"),
            Map.of("preset", "tasmota", "part", "x"),
            Map.of("preset", "go-e", "timeout_ms", "5"),
            Map.of("preset", "fronius-meter", "id", "256"),
            Map.of("preset", "shelly", "rest", "maybe"))) {
      assertThatThrownBy(() -> bench.session(settings))
          .as("%s", settings)
          .isInstanceOfSatisfying(
              DeviceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SETTINGS));
    }
    assertThat(bench.http.requests()).isEmpty();
  }

  // ---------------------------------------------------------------- discovery

  private static List<Candidate> probe(FakeHttpConnection.Device device) throws Exception {
    Bench bench = new Bench(device);
    return Bench.get(bench.driver.probe(bench.context(Map.of())));
  }

  @Test
  void findsEveryMeteringPartOfAShelly() throws Exception {
    List<Candidate> found = probe(HttpTest::shelly);
    assertThat(found)
        .extracting(Candidate::name, Candidate::role, Candidate::settings)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "Keller switch:0", DeviceRole.LOAD, Map.of("preset", "shelly", "part", "switch:0")),
            org.assertj.core.groups.Tuple.tuple(
                "Keller switch:1",
                DeviceRole.LOAD,
                Map.of("preset", "shelly", "part", "switch:1")));
  }

  @Test
  void proposesAShellyWithAPassword() throws Exception {
    List<Candidate> found =
        probe(
            request -> {
              if (request.target().equals("/shelly")) {
                return Bench.ok(INFO);
              }
              throw new DeviceException(Kind.REFUSED, "a password");
            });
    assertThat(found).extracting(Candidate::settings).containsExactly(Map.of("preset", "shelly"));
  }

  @Test
  void findsAShellyOfTheFirstGeneration() throws Exception {
    List<Candidate> found =
        probe(
            request ->
                request.target().equals("/shelly")
                    ? Bench.ok("{\"type\":\"SHEM-3\",\"mac\":\"C4\",\"auth\":false,\"fw\":\"1\"}")
                    : Bench.ok("{\"emeters\":[{\"power\":1},{\"power\":2},{\"power\":3}]}"));
    assertThat(found)
        .extracting(Candidate::role, Candidate::settings)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                DeviceRole.GRID_METER, Map.of("preset", "shelly-gen1", "part", "emeters")));
  }

  @Test
  void findsPresetsByWhatTheyAnswer() throws Exception {
    assertThat(
            probe(
                request ->
                    request.target().equals("/api")
                        ? Bench.ok("{\"product_type\":\"HWE-P1\",\"api_version\":\"v1\"}")
                        : Bench.status(404)))
        .extracting(Candidate::settings)
        .containsExactly(Map.of("preset", "homewizard-p1"));
    assertThat(
            probe(
                request ->
                    request.target().startsWith("/solar_api/v1/GetMeter")
                        ? Bench.ok("{\"Body\":{\"Data\":{\"Meter_Location_Current\":0.0}}}")
                        : request.target().startsWith("/solar_api/v1/GetPower")
                            ? Bench.ok("{\"Body\":{\"Data\":{\"Site\":{\"P_Akku\":null}}}}")
                            : Bench.status(404)))
        .extracting(Candidate::settings)
        .containsExactly(Map.of("preset", "fronius-meter"));
  }

  @Test
  void findsTasmota() throws Exception {
    assertThat(
            probe(
                request ->
                    request.target().startsWith("/cm?") ? Bench.ok(SENSORS) : Bench.status(404)))
        .extracting(Candidate::settings)
        .containsExactly(Map.of("preset", "tasmota"));
  }

  @Test
  void findsNothingInAWebServerAndAsksEachThingOnce() throws Exception {
    Bench bench = new Bench(request -> FakeHttpConnection.ok("<html>"));
    assertThat(Bench.get(bench.driver.probe(bench.context(Map.of())))).isEmpty();
    assertThat(targets(bench)).doesNotHaveDuplicates().hasSizeLessThan(20);
  }

  @Test
  void stopsAskingWhereNothingAnswers() {
    Bench bench =
        new Bench(
            request -> {
              throw new DeviceException(Kind.UNREACHABLE, "nobody");
            });
    assertThatThrownBy(() -> Bench.get(bench.driver.probe(bench.context(Map.of()))))
        .isInstanceOf(DeviceException.class);
    assertThat(bench.http.requests()).hasSize(1);
  }

  @Test
  void aDeviceThatFallsSilentIsNotAskedAllQuestions() throws Exception {
    Bench bench =
        new Bench(
            request -> {
              if (request.target().equals("/shelly")) {
                return Bench.status(404);
              }
              throw new DeviceException(Kind.TIMEOUT, "slow");
            });
    assertThat(Bench.get(bench.driver.probe(bench.context(Map.of())))).isEmpty();
    assertThat(bench.http.requests()).hasSize(2);
  }
}
