package org.commonshub.console.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.apache.felix.hc.api.Result.Status;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.ReadingBus.SinkStatus;
import org.commonshub.measure.api.ReadingSink;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceRegistry.Entry;
import org.commonshub.metering.api.DeviceRegistry.Health;
import org.commonshub.metering.api.DeviceRegistry.State;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.platform.api.HubClock.Quality;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChecksTest {
  private static String text(Result result) {
    StringBuilder text = new StringBuilder();
    result.forEach(entry -> text.append(entry.getMessage()).append(' '));
    return text.toString().strip();
  }

  private static void check(Result result, Status status, String text) {
    assertThat(result.getStatus()).isEqualTo(status);
    assertThat(text(result)).contains(text == null ? "" : text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "100|             |OK      |durable after 100 ms",
        "5000|            |OK      |",
        "5001|            |WARN    |only after 5001 ms",
        "6000|disk is full|CRITICAL|disk is full",
      })
  void store(long lag, String problem, Status status, String text) {
    check(
        StoreCheck.judge(
            new HistoryStore.Status(
                5_000_000,
                7,
                lag,
                Optional.empty(),
                Optional.ofNullable(problem),
                List.of("journal cut"),
                Map.of())),
        status,
        text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true |0   |0|0   |        |OK  |1 sinks keep up",
        "false|4096|0|0   |        |WARN|history is away; 4096 bytes wait",
        "true |0   |0|9000|        |WARN|history is 9 s behind",
        "true |0   |3|0   |        |WARN|lost 3 records",
        "true |0   |0|0   |disk full|WARN|history: disk full",
      })
  void bus(
      boolean connected,
      long spilled,
      long dropped,
      long age,
      String problem,
      Status status,
      String text) {
    SinkStatus storage =
        new SinkStatus(
            "history",
            ReadingSink.STORAGE,
            connected,
            0,
            spilled,
            1,
            dropped,
            age,
            problem == null ? "" : problem);
    check(BusCheck.judge(List.of(storage)), status, text);
    SinkStatus live = new SinkStatus("sse", ReadingSink.LIVE, false, 9, 0, 1, 99, 99_999, "");
    check(BusCheck.judge(List.of(live)), Status.OK, "");
  }

  private static Entry device(String name, State state, String error) {
    return new Entry(
        DeviceId.random(),
        new DeviceDefinition(
            name,
            DeviceRole.GRID_METER,
            Optional.empty(),
            "sunspec",
            Endpoint.parse("tcp://127.0.0.1:502"),
            Map.of(),
            Duration.ofSeconds(1),
            false,
            true,
            true,
            1),
        "r",
        new Health(
            state,
            Optional.empty(),
            Optional.ofNullable(error),
            Optional.empty(),
            1,
            0,
            Duration.ZERO,
            Optional.empty(),
            Map.of()));
  }

  @Test
  void devices() {
    check(DevicesCheck.judge(List.of()), Status.OK, "No device was added yet.");
    Entry good = device("grid", State.ONLINE, null);
    check(DevicesCheck.judge(List.of(good, device("x", State.DISABLED, "e"))), Status.OK, "1 of 1");
    check(
        DevicesCheck.judge(List.of(good, device("y", State.STARTING, null))), Status.OK, "1 of 2");
    check(
        DevicesCheck.judge(List.of(good, device("pv", State.OFFLINE, "no route to host"))),
        Status.WARN,
        "pv is offline: no route to host.");
    List<Entry> many =
        java.util.stream.IntStream.range(0, 4_000)
            .mapToObj(i -> device("d" + i, State.FAILING, "e".repeat(100)))
            .toList();
    assertThat(text(DevicesCheck.judge(many))).hasSizeLessThan(2_000).endsWith("And 3992 more.");
  }

  @ParameterizedTest
  @CsvSource({
    "600000000, false,true, OK",
    "499999999, false,true, WARN",
    "99999999,  false,true, CRITICAL",
    "600000000, true, true, CRITICAL",
    "600000000, false,false,CRITICAL",
  })
  void disk(long usable, boolean readOnly, boolean writable, Status status) {
    check(DiskCheck.judge(usable, 1_000_000_000L, readOnly, writable), status, "");
  }

  @ParameterizedTest
  @CsvSource({"SYNCHRONISED,OK", "HOLDOVER,WARN", "UNSYNCHRONISED,WARN"})
  void clock(Quality quality, Status status) {
    check(ClockCheck.judge(quality), status, "");
  }

  @ParameterizedTest
  @CsvSource({"57, true, OK", "58, true, WARN", "63, false, OK"})
  void memory(long usedMib, boolean sure, Status status) {
    check(MemoryCheck.judge(usedMib << 20, 64L << 20, sure, 80L << 20), status, "Mi");
    assertThat(MemoryCheck.resident("Name:\tjava\nVmRSS:\t   81920 kB\n")).isEqualTo(80L << 20);
    assertThat(MemoryCheck.resident("")).isZero();
  }

  @Test
  void trust() {
    Instant now = Instant.parse("2026-03-15T12:00:00Z");
    Journal.Alarm secret = new Journal.Alarm(now, "meter-contradiction", "3 kWh are missing.");
    Journal.Alarm twice = new Journal.Alarm(now, "two-hubs", "Another hub has this key.");
    check(
        TrustCheck.judge(7, List.of(), Optional.empty(), List.of(), 0),
        Status.OK,
        "7 signed entries");
    Result doubt = TrustCheck.judge(7, List.of(secret), Optional.empty(), List.of(), 0);
    check(doubt, Status.WARN, "A meter contradicted itself");
    check(
        TrustCheck.judge(7, List.of(secret), Optional.empty(), List.of(), 2),
        Status.WARN,
        "2 contradictions between meters");
    assertThat(text(doubt)).doesNotContain("3 kWh");
    check(
        TrustCheck.judge(
            7, List.of(), Optional.of("No node."), List.of("No node.", "Empty account."), 0),
        Status.WARN,
        "No node. Empty account.");
    check(
        TrustCheck.judge(7, List.of(secret, twice), Optional.of("No node."), List.of(), 0),
        Status.CRITICAL,
        "Another hub has this key.");
    check(new TrustCheck().execute(), Status.OK, "switched off");
  }

  @Test
  void whatIsAbsentIsSaid() {
    for (HealthCheck check :
        List.of(new StoreCheck(), new BusCheck(), new DevicesCheck(), new ClockCheck())) {
      assertThat(check.execute().isOk()).isFalse();
    }
    assertThat(new MemoryCheck().execute().isOk()).isTrue();
  }
}
