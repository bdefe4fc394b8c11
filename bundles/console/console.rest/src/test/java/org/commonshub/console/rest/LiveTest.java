package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LiveTest {
  private Hub hub;

  @BeforeEach
  void start() throws Exception {
    hub = new Hub();
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private static MeterRecord frame(long sequence, long watts) {
    return new ReadingFrame(
        Fakes.METER,
        0,
        Fakes.NOW,
        sequence,
        1,
        List.of(Measurement.of(Quantity.ACTIVE_POWER, watts, 0)));
  }

  private static Map<?, ?> json(String data) {
    return (Map<?, ?>) Json.parse(data.getBytes(StandardCharsets.UTF_8));
  }

  private void await(java.util.function.BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("condition in time").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void aListenerGetsThePictureFirstAndReadingsAsTheyCome() throws Exception {
    try (Hub.Events events = hub.events(hub.prosumer())) {
      assertThat(events.head.get(0)).contains("200");
      assertThat(events.head)
          .anyMatch(h -> h.toLowerCase(java.util.Locale.ROOT).contains("text/event-stream"));
      Map<?, ?> picture = json(events.next("now"));
      assertThat(picture.containsKey("power")).isTrue();
      Contract.checkSchema("Now", picture);
      hub.api.live().accept(List.of(frame(1, 1), frame(2, 4711)));
      Map<?, ?> readings = json(events.next("readings"));
      Contract.checkSchema("ReadingsEvent", readings);
      assertThat(readings.get("device")).isEqualTo(Fakes.METER.toString());
      assertThat(((Map<?, ?>) readings.get("values")).get("power.active")).isEqualTo(4711L);
      assertThat(json(events.next("now")).get("devices")).isNotNull();
    }
  }

  @Test
  void readingsArriveWithinTheTimePromised() throws Exception {
    try (Hub.Events events = hub.events(hub.prosumer())) {
      events.next("now");
      List<Long> latencies = new ArrayList<>();
      for (int i = 1; i <= 200; i++) {
        long start = System.nanoTime();
        hub.api.live().accept(List.of(frame(i, 100_000 + i)));
        String data;
        do {
          data = events.next("readings");
        } while (!data.contains(Integer.toString(100_000 + i)));
        latencies.add(System.nanoTime() - start);
      }
      long[] sorted = latencies.stream().mapToLong(Long::longValue).sorted().toArray();
      System.out.printf(
          "SSE latency: p50 %.1f ms, p99 %.1f ms, max %.1f ms%n",
          sorted[100] / 1e6, sorted[197] / 1e6, sorted[199] / 1e6);
      assertThat(sorted[180]).as("p90").isLessThan(Duration.ofMillis(50).toNanos());
    }
  }

  @Test
  void aListenerThatLeavesIsForgotten() throws Exception {
    Hub.Browser browser = hub.prosumer();
    Hub.Events events = hub.events(browser);
    events.next("now");
    assertThat(hub.api.live().clients()).isEqualTo(1);
    events.close();
    long[] n = {0};
    await(
        () -> {
          hub.api.live().accept(List.of(frame(n[0]++, 1)));
          return hub.api.live().clients() == 0;
        });
  }

  @Test
  void aListenerThatDoesNotReadIsDroppedAndDelaysNobody() throws Exception {
    Hub.Browser browser = hub.prosumer();
    try (Hub.Events slow = hub.events(browser);
        Hub.Events quick = hub.events(browser)) {
      slow.next("now");
      quick.next("now");
      List<Measurement> many = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        many.add(
            Measurement.of(
                Quantity.custom(
                    "x-" + "n".repeat(50) + i,
                    org.commonshub.measure.api.Commodity.NONE,
                    org.commonshub.measure.api.Unit.ONE,
                    org.commonshub.measure.api.Phase.TOTAL,
                    org.commonshub.measure.api.Nature.STATE),
                i,
                0));
      }
      long worst = 0;
      int sent = 0;
      while (hub.api.live().clients() == 2) {
        assertThat(sent++).isLessThan(2000);
        long start = System.nanoTime();
        hub.api.live().accept(List.of(new ReadingFrame(Fakes.METER, 0, Fakes.NOW, sent, 1, many)));
        quick.next("readings");
        worst = Math.max(worst, System.nanoTime() - start);
      }
      System.out.printf(
          "slow listener dropped after %d messages of 60 kB; worst for the other %.1f ms%n",
          sent, worst / 1e6);
      hub.api.live().accept(List.of(frame(1, 1)));
      quick.next("readings");
      assertThat(hub.api.live().leaving()).isEqualTo(1);
      await(() -> hub.api.live().leaving() == 0);
      slow.awaitEnd();
    }
  }

  @Test
  void listenersAreBoundedAndEndWithTheirSession() throws Exception {
    Hub.Browser browser = hub.prosumer();
    Hub.Events[] all = new Hub.Events[Live.MAX_CLIENTS];
    try {
      for (int i = 0; i < all.length; i++) {
        all[i] = hub.events(browser);
        all[i].next("now");
      }
      assertThat(browser.get("/events").status()).isEqualTo(503);
      browser.post("/logout", null);
      for (Hub.Events events : all) {
        events.awaitEnd();
      }
      assertThat(hub.api.live().clients()).isZero();
    } finally {
      for (Hub.Events events : all) {
        if (events != null) {
          events.close();
        }
      }
    }
  }

  @Test
  void closingEndsStreamsAndThreads() throws Exception {
    Hub second = new Hub();
    second.fakes.people.put(
        "anna", Hub.PASSWORD, org.commonshub.platform.api.Accounts.Role.PROSUMER);
    Hub.Browser browser = hub.prosumer();
    try (Hub.Events events = hub.events(browser)) {
      events.next("now");
      hub.close();
      events.awaitEnd();
    } finally {
      second.close();
    }
    await(
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(t -> t.getName().startsWith("console.rest")));
  }
}
