package org.commonshub.metering.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.testing.fakes.FakeWriteLease;
import org.junit.jupiter.api.Test;

class SessionTest {
  private static final Map<String, String> TEMPLATE =
      Map.of("profile", "template", "topic", "m", "values", "$.p = power.active W");
  private static final Map<String, String> PLUG = Map.of("profile", "shelly", "device", "plug");
  private static final Map<String, String> TASMOTA = Map.of("profile", "tasmota", "device", "t");

  private final Bench bench = new Bench();

  @Test
  void aKeptValueIsAnEstimateAndOnlyOnce() throws Exception {
    try (MqttSession session = bench.session(TEMPLATE)) {
      bench.keep("m", "{'p':1}");
      bench.keep("m", "{'p':2}");
      bench.say("m", "{'p':3}");
      bench.keep("m", "{'p':4}");
      assertThat(bench.frames()).containsExactly("{power.active=1?}", "{power.active=3}");
      assertThat(session).isNotNull();
    }
  }

  @Test
  void aKeptValueAfterALiveOneIsNoNews() throws Exception {
    try (MqttSession session = bench.session(TEMPLATE)) {
      bench.say("m", "{'p':3}");
      bench.keep("m", "{'p':3}");
      assertThat(bench.frames()).containsExactly("{power.active=3}");
      assertThat(session).isNotNull();
    }
  }

  @Test
  void aKeptValueWithATimeOfItsOwnIsTakenAsItIs() throws Exception {
    try (MqttSession session =
        bench.session(Map.of("profile", "openenergymonitor", "device", "n"))) {
      bench.keep("emon/n", "{'P1':3,'time':1768478390}");
      assertThat(bench.frames()).containsExactly("2026-01-15T11:59:50Z {power.active[1]=3}");
      assertThat(session).isNotNull();
    }
  }

  @Test
  void saysWhatCannotBeRead() throws Exception {
    try (MqttSession session = bench.session(TEMPLATE)) {
      bench.say("m", "{'p':");
      bench.keep("m", "{'p':");
      assertThat(bench.failures).hasSize(1);
      assertThat(bench.failures.get(0))
          .hasMessageContaining("'m'")
          .hasMessageContaining("no JSON")
          .hasMessageNotContaining("'p'");
      assertThat(session).isNotNull();
    }
  }

  @Test
  void saysOnceThatTheBrokerIsGone() throws Exception {
    try (MqttSession session = bench.session(Map.of("profile", "homeassistant", "device", "d"))) {
      bench.keep(
          "homeassistant/sensor/d/p/config",
          "{'dev':{'ids':'d'},'stat_t':'d/p','unit_of_meas':'W'}");
      bench.broker.breakOff(new DeviceException(Kind.UNREACHABLE, "gone"));
      assertThat(bench.failures).extracting(Throwable::getMessage).containsExactly("gone");
      assertThat(session).isNotNull();
    }
  }

  @Test
  void listensToABoundedNumberOfTopics() throws Exception {
    try (MqttSession session = bench.session(Map.of("profile", "homeassistant", "device", "d"))) {
      for (int i = 0; i < 300; i++) {
        bench.keep(
            "homeassistant/sensor/d/s" + i + "/config",
            "{'dev':{'ids':'d'},'name':'power l"
                + (i % 3 + 1)
                + "','stat_t':'d/"
                + i
                + "','unit_of_meas':'W'}");
      }
      assertThat(bench.broker.filters()).hasSizeLessThan(128);
      assertThat(session).isNotNull();
    }
    assertThat(bench.broker.filters()).isEmpty();
  }

  @Test
  void silenceMayBeChosen() throws Exception {
    try (MqttSession session =
        bench.session(Map.of("profile", "tasmota", "device", "t", "quiet_minutes", "120"))) {
      assertThat(session.quiet()).isEqualTo(Duration.ofHours(2));
    }
  }

  @Test
  void refusesSettingsInASentence() {
    for (Map<String, String> settings :
        List.of(
            Map.<String, String>of(),
            Map.of("profile", "none"),
            Map.of("profile", "tasmota"),
            Map.of("profile", "tasmota", "device", "a/+"),
            Map.of("profile", "tasmota", "device", "#"),
            Map.of("profile", "tasmota", "device", "a", "base", "x"),
            Map.of("profile", "tasmota", "device", "a", "part", "0"),
            Map.of("profile", "shelly", "device", "a", "part", "switch"),
            Map.of("profile", "zigbee2mqtt", "device", "a", "base", "z/#"),
            Map.of("profile", "zigbee2mqtt", "device", "a", "values", "power = nothing"),
            Map.of("profile", "openenergymonitor", "device", "a", "part", "13"),
            Map.of("profile", "chirpstack", "device", "0102"),
            Map.of(
                "profile", "chirpstack", "device", "0102030405060708", "values", "x = frequency"),
            Map.of("profile", "template"),
            Map.of("profile", "template", "values", "$.p = power.active"),
            Map.of("profile", "template", "values", "a/# $.p = power.active"),
            Map.of("profile", "template", "topic", "a", "values", "nonsense"),
            Map.of("profile", "tasmota", "device", "a", "quiet_minutes", "0"))) {
      assertThatThrownBy(() -> bench.session(settings))
          .as("%s", settings)
          .isInstanceOfSatisfying(
              DeviceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SETTINGS));
    }
    assertThat(bench.broker.filters()).isEmpty();
  }

  // ---------------------------------------------------------------- switches

  private List<String> published() {
    return bench.broker.published().stream()
        .map(
            message ->
                message.topic() + " " + new String(message.payload(), StandardCharsets.UTF_8))
        .toList();
  }

  private static Kind failure(CompletionStage<Void> stage) {
    try {
      stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      return ((DeviceException) e.getCause()).kind();
    }
    throw new AssertionError("it did not fail");
  }

  @Test
  void aShellySwitchesUnderALeaseAndBackByItself() throws Exception {
    try (MqttSession session = bench.session(PLUG)) {
      assertThat(session.actuators()).as("not known yet").isEmpty();
      assertThat(failure(session.write(new FakeWriteLease(), "switch", BigDecimal.ONE)))
          .isEqualTo(Kind.SETTINGS);
      bench.say("plug/status/switch:0", "{'id':0,'output':true,'apower':5}");
      assertThat(session.actuators().get(0).watchdog()).contains(Duration.ofMinutes(5));
      FakeWriteLease lease = new FakeWriteLease();
      var off = session.write(lease, "switch", BigDecimal.ZERO).toCompletableFuture();
      assertThat(off).isNotDone();
      bench.say("plug/commonshub/rpc", "{'id':77,'result':{'was_on':true}}");
      assertThat(off).as("another call's answer").isNotDone();
      bench.say("plug/commonshub/rpc", "{'id':1,'src':'x','result':{'was_on':true}}");
      off.join();
      var rest = session.release(lease, "switch").toCompletableFuture();
      bench.say("plug/commonshub/rpc", "{'id':2,'result':{'was_on':false}}");
      rest.join();
      assertThat(published())
          .containsExactly(
              "plug/rpc {\"id\":1,\"src\":\"plug/commonshub\",\"method\":\"Switch.Set\","
                  + "\"params\":{\"id\":0,\"on\":false,\"toggle_after\":300}}",
              "plug/rpc {\"id\":2,\"src\":\"plug/commonshub\",\"method\":\"Switch.Set\","
                  + "\"params\":{\"id\":0,\"on\":true}}");
      var refused = session.write(lease, "switch", BigDecimal.ZERO);
      bench.say("plug/commonshub/rpc", "{'id':3,'error':{'code':-105,'message':'no'}}");
      assertThat(failure(refused)).isEqualTo(Kind.REFUSED);
      lease.end();
      assertThat(failure(session.write(lease, "switch", BigDecimal.ZERO)))
          .isEqualTo(Kind.FORBIDDEN);
      assertThat(failure(session.write(new FakeWriteLease(), "limit", BigDecimal.ZERO)))
          .isEqualTo(Kind.SETTINGS);
      assertThat(published()).hasSize(3);
    }
  }

  @Test
  void tasmotaSwitchesUnderALeaseAndBackByItself() throws Exception {
    try (MqttSession session = bench.session(TASMOTA)) {
      bench.say("tele/t/STATE", "{'POWER':'ON'}");
      assertThat(session.actuators()).hasSize(1);
      var off =
          session.write(new FakeWriteLease(), "switch", BigDecimal.ZERO).toCompletableFuture();
      bench.say("stat/t/RESULT", "{'POWER':'ON'}");
      assertThat(off).isNotDone();
      bench.say("stat/t/RESULT", "{'POWER':'OFF'}");
      off.join();
      var on = session.release(new FakeWriteLease(), "switch").toCompletableFuture();
      bench.say("stat/t/RESULT", "{'POWER1':'ON'}");
      on.join();
      assertThat(published())
          .containsExactly(
              "cmnd/t/Backlog ",
              "cmnd/t/Backlog POWER1 OFF; Delay 3000; POWER1 ON",
              "cmnd/t/Backlog ",
              "cmnd/t/POWER1 ON");
    }
  }

  @Test
  void restMayBeOff() throws Exception {
    try (MqttSession session =
        bench.session(Map.of("profile", "tasmota", "device", "t", "part", "2", "rest", "off"))) {
      bench.say("tele/t/STATE", "{'POWER1':'ON','POWER2':'OFF'}");
      assertThat(session.actuators().get(0).rest()).contains("back off");
      var on = session.write(new FakeWriteLease(), "switch", BigDecimal.ONE).toCompletableFuture();
      bench.say("stat/t/RESULT", "{'POWER2':'ON'}");
      on.join();
      assertThat(published()).last().isEqualTo("cmnd/t/Backlog POWER2 ON; Delay 3000; POWER2 OFF");
    }
  }

  @Test
  void saysWhenADeviceDoesNotConfirm() throws Exception {
    MqttSettings settings = MqttSettings.of(PLUG);
    MqttSession.Observer nobody =
        new MqttSession.Observer() {
          @Override
          public void started(MqttSession session) {}

          @Override
          public void closed(MqttSession session) {}
        };
    try (MqttSession session =
        new MqttSession(
            bench.broker,
            settings,
            MqttDriver.profile(settings, bench.clock),
            nobody,
            Duration.ofMillis(30))) {
      session.start(bench);
      bench.say("plug/status/switch:0", "{'id':0,'apower':5}");
      assertThat(failure(session.write(new FakeWriteLease(), "switch", BigDecimal.ZERO)))
          .isEqualTo(Kind.TIMEOUT);
    }
  }

  @Test
  void whatWasAskedEndsWithTheSession() throws Exception {
    CompletionStage<Void> asked;
    try (MqttSession session = bench.session(PLUG)) {
      bench.say("plug/status/switch:0", "{'id':0,'apower':5}");
      asked = session.write(new FakeWriteLease(), "switch", BigDecimal.ZERO);
    }
    assertThat(failure(asked)).isEqualTo(Kind.DISCONNECTED);
  }

  @Test
  void nothingIsPublishedByReading() throws Exception {
    try (MqttSession session = bench.session(TASMOTA)) {
      bench.say("tele/t/SENSOR", "{'ENERGY':{'Power':5}}");
      bench.broker.deliver(new Message("tele/t/LWT", new byte[] {(byte) 0xFF}, true));
      assertThat(bench.broker.published()).isEmpty();
      assertThat(session).isNotNull();
    }
  }
}
