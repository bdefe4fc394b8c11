package org.commonshub.metering.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceRegistry.Found;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.Test;

class InboxTest {
  private final FakeHubClock clock = new FakeHubClock();
  private final Inbox inbox = new Inbox(clock);

  private void announce(String driver, String name, Map<String, String> settings) {
    inbox.announce(
        driver,
        Endpoint.parse("inbound:" + name),
        new Discoverer.Candidate(name, DeviceRole.EV_CHARGER, settings, Map.of("maker", "Test")));
  }

  private List<String> names() {
    return inbox.list().stream().map(found -> found.definition().name()).toList();
  }

  @Test
  void newestFirstAndTheSameOnce() {
    announce("ocpp", "A", Map.of());
    announce("ocpp", "B", Map.of());
    announce("ocpp", "A", Map.of());
    announce("ocpp", "A", Map.of("connector", "2"));
    assertThat(names()).containsExactly("A", "B", "A");
    Found found = inbox.list().get(2);
    assertThat(found.identity()).containsEntry("maker", "Test");
    assertThat(found.definition().endpoint()).hasToString("inbound:A");
    assertThat(found.definition().readOnly()).isTrue();
    assertThat(found.definition().role()).isEqualTo(DeviceRole.EV_CHARGER);
  }

  @Test
  void dismissedStaysAway() {
    announce("ocpp", "A", Map.of());
    inbox.dismiss(inbox.list().get(0));
    announce("ocpp", "A", Map.of());
    assertThat(names()).isEmpty();
    for (int i = 0; i < Inbox.DISMISSED; i++) {
      announce("ocpp", "X" + i, Map.of());
      inbox.dismiss(inbox.list().get(0));
    }
    announce("ocpp", "A", Map.of());
    assertThat(names()).as("what is remembered is bounded").containsExactly("A");
  }

  @Test
  void configuredOnesAreNoNews() {
    announce("ocpp", "A", Map.of("connector", "1"));
    announce("ocpp", "B", Map.of("connector", "1"));
    Found found = inbox.list().get(1);
    Map<String, String> more = new HashMap<>(found.definition().settings());
    more.put("password", "${secret:x}");
    inbox.configured(
        List.of(
            Proposals.definition(
                "ocpp",
                found.definition().endpoint(),
                true,
                "Wallbox",
                DeviceRole.EV_CHARGER,
                more)));
    assertThat(names()).containsExactly("B");
    announce("ocpp", "A", Map.of("connector", "1"));
    assertThat(names()).containsExactly("B");
    announce("ocpp", "A", Map.of("connector", "2"));
    assertThat(names()).containsExactly("A", "B");
    inbox.configured(List.of());
    announce("ocpp", "A", Map.of("connector", "1"));
    assertThat(names()).as("removed again").containsExactly("A", "A", "B");
  }

  @Test
  void whoIsNotHeardOfForADayIsForgotten() {
    announce("ocpp", "A", Map.of());
    announce("ocpp", "B", Map.of());
    clock.advance(Duration.ofHours(23));
    announce("ocpp", "A", Map.of());
    clock.step(FakeHubClock.START.plus(Duration.ofDays(400))); // The wall clock does not count.
    assertThat(names()).containsExactly("B", "A");
    clock.advance(Duration.ofHours(2));
    assertThat(names()).containsExactly("A");
    clock.advance(Duration.ofHours(23));
    assertThat(names()).isEmpty();
  }

  @Test
  void aCrowdOfOneDriverPushesOutItsOwn() {
    announce("mqtt", "quiet", Map.of());
    clock.advance(Duration.ofSeconds(1));
    for (int i = 0; i < 1_000; i++) {
      announce("ocpp", "X" + i, Map.of());
      clock.advance(Duration.ofMillis(1));
    }
    assertThat(inbox.list()).hasSize(Inbox.LIMIT);
    assertThat(names()).startsWith("X999", "X998").contains("quiet");
  }

  @Test
  void whatDevicesSayIsBoundedAndOnOneLine() {
    inbox.announce(
        "mqtt",
        Endpoint.parse("broker:hub"),
        new Discoverer.Candidate(
            "a\nb\u202Ec".repeat(100),
            DeviceRole.LOAD,
            Map.of("topic", "t"),
            Map.of("m", "x".repeat(100_000), "k".repeat(100_000), "v")));
    Found found = inbox.list().get(0);
    assertThat(found.definition().name()).hasSizeLessThanOrEqualTo(64).startsWith("a b c");
    assertThat(found.identity()).hasSize(1);
    assertThat(found.identity().get("m")).hasSize(1_024);
    for (Map<String, String> wrong :
        List.of(
            Map.of("topic", "a\u0007b"), Map.of("topic", "x".repeat(20_000)), Map.of(" ", "x"))) {
      inbox.announce(
          "mqtt",
          Endpoint.parse("broker:hub"),
          new Discoverer.Candidate("bad", DeviceRole.LOAD, wrong, Map.of()));
    }
    inbox.announce(
        "mqtt",
        Endpoint.parse("broker:hub"),
        new Discoverer.Candidate(" ", DeviceRole.LOAD, Map.of("a", "b"), Map.of()));
    assertThat(names()).hasSize(2).contains("mqtt");
  }

  @Test
  void slowMetersAreNotExpectedEverySecond() {
    assertThat(
            Proposals.definition(
                    "mbus",
                    Endpoint.parse("serial:/dev/x"),
                    false,
                    "n",
                    DeviceRole.HEAT_METER,
                    Map.of())
                .interval())
        .isEqualTo(Duration.ofMinutes(15));
    announce("ocpp", "A", Map.of());
    assertThat(inbox.list().get(0).definition().interval()).isEqualTo(Duration.ofMinutes(1));
  }
}
