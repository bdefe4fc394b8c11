package org.commonshub.apps.zone;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppRunner.Running;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the walls of the process hold when everything inside has failed: no sandbox in the zone. */
class ZoneWallsTest {
  @TempDir static Path directory;
  private static Path probe;
  private static Path neighbour;
  private static Path burglar;
  private static Launcher launcher;

  private final TestSession session = new TestSession(Apps.manifest("org.example.probe"));
  private final TestSession other = new TestSession(Apps.manifest("com.other.app"));
  private final ZoneRunner runner = new ZoneRunner(launcher);

  @BeforeAll
  static void compile() throws Exception {
    launcher = Apps.launcher(false, "-Dcommonshub.zone.unfenced=true");
    assumeTrue(launcher.unavailable().isEmpty(), () -> "skipped: " + launcher.unavailable().get());
    probe = Apps.jar(directory, "org.example.probe", "Probe");
    neighbour = Apps.jar(directory, "com.other.app", "Probe");
    burglar = Apps.jar(directory, "org.example.burglar", "Burglar", List.of(Apps.SERVICES.get(0)));
  }

  @AfterEach
  void end() {
    runner.stop();
  }

  private Running burglar() throws AppException {
    return runner.start(burglar, new TestSession(Apps.manifest("org.example.burglar")));
  }

  private static String answer(Running app, String form, String... values) throws Exception {
    return RealZoneTest.submit(app, form, values).orElse("");
  }

  @Test
  void noFileOfTheHomeIsSeenAndNoneIsWritten() throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), "key");
    Running app = burglar();
    assertThat(answer(app, "read", secret.toString())).startsWith("no: NoSuchFile");
    assertThat(answer(app, "read", "/etc/passwd")).startsWith("no: NoSuchFile");
    assertThat(answer(app, "read", "/proc/1/environ")).startsWith("no: NoSuchFile");
    assertThat(answer(app, "list", "/")).doesNotContain("/home", "/var", "/proc", "/sys");
    for (String path : List.of("/x", "/usr/lib/x", "/run/x", launcherJar().toString())) {
      assertThat(answer(app, "write", path)).as(path).startsWith("no: FileSystem");
    }
    assertThat(answer(app, "fill")).contains("No space left");
    assertThat(answer(app, "environment")).isEqualTo("[LD_LIBRARY_PATH, MALLOC_ARENA_MAX, PWD]");
    app.close();
  }

  private static Path launcherJar() throws Exception {
    return Apps.classPath().get(0);
  }

  @Test
  void noNetworkIsReached() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Running app = burglar();
      assertThat(answer(app, "interfaces")).isEqualTo("[]");
      assertThat(answer(app, "connect", String.valueOf(server.getLocalPort())))
          .startsWith("no: ConnectException");
      assertThat(answer(app, "send")).startsWith("no: ");
      assertThat(answer(app, "resolve")).startsWith("no: UnknownHost");
      // The hub's own socket takes one connection, and that is made.
      assertThat(answer(app, "unix", "/run/hub")).startsWith("no: ");
      app.close();
    }
  }

  @Test
  void noOtherProcessIsSeen() throws Exception {
    Running app = burglar();
    assertThat(answer(app, "execute", "/bin/sh")).startsWith("no: IOException");
    assertThat(answer(app, "processes")).contains("Unable to open /proc");
    app.close();
  }

  @Test
  void aKilledZoneLeavesTheOtherAndTheHubUntouched() throws Exception {
    Running app = runner.start(probe, session);
    Running next = runner.start(neighbour, other);
    assertThat(runner.zones()).hasSize(2);
    Zone victim =
        runner.zones().stream()
            .filter(zone -> zone.provider().equals("org.example"))
            .findFirst()
            .orElseThrow();
    ProcessHandle.of(victim.pid()).orElseThrow().destroyForcibly();
    assertThat(app.ended().toCompletableFuture().get(20, SECONDS))
        .isEqualTo("The process for the apps of org.example ended.");
    assertThatThrownBy(() -> app.problem().toCompletableFuture().get(20, SECONDS))
        .hasMessageContaining("does not run");
    assertThat(session.ended).isNotDone();
    assertThat(next.problem().toCompletableFuture().get(20, SECONDS)).contains("none");
    app.close();
    assertThat(runner.zones()).hasSize(1);
    // It starts again at once.
    Running again = runner.start(probe, new TestSession(session.manifest()));
    assertThat(again.problem().toCompletableFuture().get(20, SECONDS)).contains("none");
  }

  @Test
  void whenAllAreStoppedNobodyIsToBlame() throws Exception {
    Running app = runner.start(probe, session);
    runner.stop();
    assertThat(app.ended().toCompletableFuture().get(20, SECONDS)).contains("were stopped");
    assertThat(session.ended).isNotDone();
    assertThat(runner.zones()).isEmpty();
  }

  @Test
  void anAppThatDoesNotStartLeavesItsSiblingsAlone() throws Exception {
    Running app = runner.start(probe, session);
    Path broken = Files.write(directory.resolve("broken.jar"), new byte[200_000]);
    assertThatThrownBy(
            () -> runner.start(broken, new TestSession(Apps.manifest("org.example.broken"))))
        .isInstanceOf(AppException.class)
        .hasMessageContaining("org.example.broken did not start");
    assertThat(app.problem().toCompletableFuture().get(20, SECONDS)).contains("none");
    assertThat(runner.zones()).hasSize(1);
  }

  @Test
  void anAppThatEndsTheProcessEndsItself() throws Exception {
    Running app = burglar();
    Running next = runner.start(neighbour, other);
    app.submit("exit", java.util.Map.of(), Locale.ROOT);
    assertThat(app.ended().toCompletableFuture().get(20, SECONDS)).contains("ended");
    assertThat(next.problem().toCompletableFuture().get(20, SECONDS)).contains("none");
  }

  @Test
  void anAppThatSpinsIsEndedAndItsSiblingsAreToldOtherwise() throws Exception {
    Running app = runner.start(probe, session);
    Path second = Apps.jar(directory, "org.example.sibling", "Probe");
    TestSession sibling = new TestSession(Apps.manifest("org.example.sibling"));
    Running innocent = runner.start(second, sibling);
    Running next = runner.start(neighbour, other);
    app.submit("spin", java.util.Map.of(), Locale.ROOT);
    assertThat(session.ended.get(30, SECONDS))
        .isEqualTo("org.example.probe did not answer within 5 s.");
    assertThat(innocent.ended().toCompletableFuture().get(20, SECONDS))
        .isEqualTo("org.example.probe did not answer within 5 s.");
    assertThat(sibling.ended).isNotDone();
    assertThat(session.cpuNanos.get()).isGreaterThan(SECONDS.toNanos(1) / 2);
    assertThat(session.cpuNanos.get()).isGreaterThan(sibling.cpuNanos.get());
    assertThat(next.problem().toCompletableFuture().get(20, SECONDS)).contains("none");
  }

  @Test
  void aMemoryBombHarmsNobodyElse() throws Exception {
    Running app = runner.start(probe, session);
    Running next = runner.start(neighbour, other);
    app.submit("memory", java.util.Map.of(), Locale.ROOT);
    assertThat(session.ended.get(30, SECONDS))
        .startsWith("The apps of org.example used ")
        .contains("asked for");
    assertThat(next.problem().toCompletableFuture().get(20, SECONDS)).contains("none");
  }

  @Test
  void aThreadBombIsEnded() throws Exception {
    TestSession bomber = new TestSession(Apps.manifest("org.example.burglar"));
    Running app = runner.start(burglar, bomber);
    Running next = runner.start(neighbour, other);
    app.submit("threads", java.util.Map.of(), Locale.ROOT);
    assertThat(bomber.ended.get(30, SECONDS)).startsWith("The apps of org.example ");
    assertThat(next.problem().toCompletableFuture().get(20, SECONDS)).contains("none");
  }

  @Test
  void aForkBombLeavesNoProcess() throws Exception {
    TestSession bomber = new TestSession(Apps.manifest("org.example.burglar"));
    Running app = runner.start(burglar, bomber);
    Running next = runner.start(neighbour, other);
    app.submit("forks", java.util.Map.of(), Locale.ROOT);
    assertThat(Optional.of(bomber.ended.get(30, SECONDS))).isPresent();
    app.close();
    assertThat(next.problem().toCompletableFuture().get(20, SECONDS)).contains("none");
    RealZoneTest.await(
        () ->
            ProcessHandle.allProcesses()
                .noneMatch(
                    process ->
                        process
                            .info()
                            .commandLine()
                            .filter(line -> line.endsWith("/bin/java -version"))
                            .isPresent()));
  }
}
