package org.commonshub.apps.zone;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppRunner.Running;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real app in a real process behind real walls. */
class RealZoneTest {
  @TempDir static Path directory;
  private static Path jar;
  private static Launcher launcher;

  private final TestSession session = new TestSession(Apps.manifest("org.example.probe"));
  private final ZoneRunner runner = new ZoneRunner(launcher);

  @BeforeAll
  static void compile() throws Exception {
    launcher = Apps.launcher(false);
    assumeTrue(launcher.unavailable().isEmpty(), () -> "skipped: " + launcher.unavailable().get());
    jar = Apps.jar(directory, "org.example.probe", "Probe");
  }

  @AfterEach
  void end() {
    runner.stop();
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    long until = System.nanoTime() + SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("20 s are over").isLessThan(until);
      Thread.sleep(10);
    }
  }

  static Optional<String> submit(Running app, String form, String... values)
      throws InterruptedException, ExecutionException, TimeoutException {
    return app.submit(form, values.length == 0 ? Map.of() : Map.of("n", values[0]), Locale.ENGLISH)
        .toCompletableFuture()
        .get(20, SECONDS);
  }

  @Test
  void allServicesOfAnAppWorkThroughTheWall() throws Exception {
    Running app = runner.start(jar, session);
    assertThat(session.lines).containsExactly("started");
    assertThat(app.problem().toCompletableFuture().get(20, SECONDS)).contains("none");

    List<Card> cards = app.cards(Locale.GERMANY).toCompletableFuture().get(20, SECONDS);
    assertThat(cards).hasSize(1);
    assertThat(cards.get(0).title()).isEqualTo("Probe de-DE");
    assertThat(cards.get(0).elements()).hasSize(6);
    assertThat(((Card.Chart) cards.get(0).elements().get(4)).lines().get(0).values())
        .containsExactly(
            Optional.of(new BigDecimal("-1.5E+3")), Optional.empty(), Optional.of(BigDecimal.ZERO));

    assertThat(submit(app, "home"))
        .contains(
            "2026-06-15T10:00:00.123456789Z 42 Europe/Rome EUR 300000 -1"
                + " Optional[Place[latitude=419, longitude=-125]]");
    assertThat(submit(app, "licence"))
        .contains("plus[forecast]trueOptional[2026-06-15T10:00:00.123456789Z]truefalse");
    assertThat(submit(app, "store")).contains("[b] false2");
    assertThat(submit(app, "quota")).contains("AppQuotaException: That is more than 100 kB.");
    assertThat(submit(app, "ask")).contains("whyOPENapp:org.example.probe");
    assertThat(submit(app, "refused")).contains("NO_CONSENT Nobody said yes.");
    // More than a frame holds: two megabytes of values.
    long sum = -1_000_000_007L * (99_999L * 100_000L / 2);
    assertThat(submit(app, "read", "100000")).contains("100000 " + sum);
    assertThat(submit(app, "throw")).contains("IllegalStateException: thrown");

    assertThat(submit(app, "actuator").orElseThrow()).contains("max=16.0");
    await(() -> session.lines.contains("Result[accepted=true, applied=false, message=It waits.]"));
    assertThat(session.lines).contains("set " + TestSession.CAR + " current-limit 16.0 Sun PT5M");

    assertThat(submit(app, "http")).isEmpty();
    await(() -> session.lines.contains("java.lang.SecurityException: That host was not granted."));
    await(() -> session.open.size() == 1);
    session
        .open
        .iterator()
        .next()
        .complete(new AppHttp.Response(200, Map.of("etag", List.of("x")), new byte[1 << 20]));
    await(() -> session.lines.contains("200 {etag=[x]} 1048576"));

    assertThat(submit(app, "timer")).isEmpty();
    session.timers.get(0).run();
    await(() -> session.lines.contains("tick"));

    assertThat(submit(app, "subscribe")).isEmpty();
    session.listeners.get(0).accept(TestSession.release(5000));
    await(() -> session.lines.contains("got 5000"));
    assertThat(submit(app, "unsubscribe")).isEmpty();
    assertThat(session.listeners).isEmpty();

    await(() -> session.memory.get() > 0);
    app.close();
    assertThat(session.timers).isEmpty();
    assertThat(runner.zones()).isEmpty();
    assertThat(session.ended).isNotDone();
    assertThat(app.ended().toCompletableFuture()).isNotDone();
  }

  @Test
  void figures() throws Exception {
    TestSession second = new TestSession(Apps.manifest("org.example.second"));
    Path other = Apps.jar(directory, "org.example.second", "Probe");
    long before = System.nanoTime();
    Running app = runner.start(jar, session);
    long started = System.nanoTime();
    Running two = runner.start(other, second);
    long both = System.nanoTime();
    assertThat(runner.zones()).hasSize(1);
    submit(app, "calls", "3000");
    long[] times = new long[2000];
    // One call each: what cards and submit cost, which is a call there and an answer back.
    for (int i = 0; i < times.length; i++) {
      long begin = System.nanoTime();
      app.problem().toCompletableFuture().get(20, SECONDS);
      times[i] = System.nanoTime() - begin;
    }
    java.util.Arrays.sort(times);
    session.asked.clear();
    submit(app, "calls", "4000");
    long[] calls = new long[session.asked.size() - 1];
    for (int i = 0; i < calls.length; i++) {
      calls[i] = session.asked.get(i + 1) - session.asked.get(i);
    }
    java.util.Arrays.sort(calls);
    await(() -> session.memory.get() > 0);
    System.out.printf(
        "zone: start %d ms, second app %d ms, RSS %.1f MB, hub to app and back p50 %d us p99 %d us,"
            + " app to hub and back p50 %d us p99 %d us, %s%n",
        (started - before) / 1_000_000,
        (both - started) / 1_000_000,
        session.memory.get() / 1e6,
        times[times.length / 2] / 1000,
        times[times.length * 99 / 100] / 1000,
        calls[calls.length / 2] / 1000,
        calls[calls.length * 99 / 100] / 1000,
        runner.zones().get(0).figures());
    two.close();
    assertThat(runner.zones()).hasSize(1);
    app.close();
    assertThat(runner.zones()).isEmpty();
  }
}
