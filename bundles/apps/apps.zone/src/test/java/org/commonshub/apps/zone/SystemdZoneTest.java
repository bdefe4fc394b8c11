package org.commonshub.apps.zone;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.commonshub.apps.desk.api.AppRunner.Running;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The units of the image under a real systemd, booted in namespaces of its own. */
class SystemdZoneTest {
  private static final Path IMAGE = Path.of("../../../distribution/image/src/main");

  @TempDir static Path directory;
  private static Process process;
  private static ProcessHandle systemd;
  private static Path run;
  private static Path probe;
  private static Path burglar;

  private final ZoneRunner runner =
      new ZoneRunner(
          new SystemdLauncher(
              run.resolve("commonshub/zone.sock"), run.resolve("commonshub/zone-stop.sock")));

  @BeforeAll
  static void boot() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name"))
            && Files.exists(Path.of("/lib/systemd/systemd"))
            && Files.exists(Path.of("/usr/bin/unshare")),
        "skipped: only root can boot a systemd in namespaces, and systemd and unshare have to be"
            + " installed");
    image(directory.resolve("image"));
    units(directory.resolve("units"));
    process =
        new ProcessBuilder(
                "unshare",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount",
                "--uts",
                "--ipc",
                "--net",
                "--cgroup",
                "--mount-proc",
                "bash",
                Path.of("src/test/sh/systemd-in-namespaces.sh").toAbsolutePath().toString(),
                directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    long until = System.nanoTime() + SECONDS.toNanos(30);
    while (run == null && System.nanoTime() < until && process.isAlive()) {
      for (ProcessHandle child : process.children().toList()) {
        Path there = Path.of("/proc/" + child.pid() + "/root/run");
        // Before that, its /run is still the machine's.
        if (read(Path.of("/proc/" + child.pid() + "/comm")).strip().equals("systemd")
            && Files.exists(there.resolve("commonshub/zone-stop.sock"))
            && Files.exists(there.resolve("commonshub/zone.sock"))) {
          systemd = child;
          run = there;
        }
      }
      Thread.sleep(50);
    }
    assumeTrue(
        run != null,
        () ->
            "skipped: systemd does not boot in namespaces here: " + read(directory.resolve("log")));
    probe = Apps.jar(directory, "org.example.probe", "Probe");
    burglar = Apps.jar(directory, "org.example.burglar", "Burglar", List.of(Apps.SERVICES.get(0)));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void image(Path image) throws IOException {
    Files.createDirectories(image.resolve("bundles"));
    Files.createDirectories(image.resolve("lib"));
    Files.createDirectories(image.resolve("bin"));
    Files.copy(IMAGE.resolve("bin/zone"), image.resolve("bin/zone"));
    Files.copy(IMAGE.resolve("bin/zone-stop"), image.resolve("bin/zone-stop"));
    for (Path jar : Apps.classPath()) {
      String name = jar.getFileName().toString();
      if (Files.isDirectory(jar)) {
        // This bundle's own classes, not packed yet; a folder does as well.
        copy(jar, image.resolve("bundles/apps.zone-0.jar"));
      } else if (name.startsWith("slf4j") || name.startsWith("org.apache.felix.framework")) {
        Files.copy(jar, image.resolve("lib/" + name.replaceAll("-[0-9].*", "") + ".jar"));
      } else {
        Files.copy(jar, image.resolve("bundles/" + name));
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  /** The units as they are, but for the user and the Java runtime, which only an image has. */
  private static void units(Path units) throws IOException {
    Files.createDirectories(units.resolve("commonshub-zone@.service.d"));
    try (Stream<Path> files = Files.list(IMAGE.resolve("systemd"))) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith("commonshub-zone")) {
          Files.writeString(
              units.resolve(file.getFileName()),
              Files.readString(file).replace("=commonshub\n", "=root\n"));
        }
      }
    }
    Path java = Path.of(System.getProperty("java.home")).toRealPath();
    Path settings = java.resolve("conf/security/java.security").toRealPath();
    Files.writeString(
        units.resolve("commonshub-zone@.service.d/test.conf"),
        "[Service]\nEnvironment=JAVA_HOME="
            + java
            + " ZONE_JAVA_OPTS=-Dcommonshub.zone.unfenced=true\nBindReadOnlyPaths="
            + java
            + " "
            + settings.getParent().getParent()
            + "\n");
    // Nothing of the distribution's own units is seen there; these are what sockets are ordered by.
    for (String name : List.of("sysinit", "basic", "shutdown", "sockets")) {
      Files.writeString(units.resolve(name + ".target"), "[Unit]\nDefaultDependencies=no\n");
    }
    Files.writeString(
        units.resolve("zones-test.target"),
        "[Unit]\nDescription=Zones\nRequires=commonshub-zone.socket commonshub-zone-stop.socket\n");
  }

  @AfterEach
  void end() {
    runner.stop();
  }

  @AfterAll
  static void halt() throws Exception {
    if (systemd != null) {
      systemd.destroyForcibly(); // The init of its namespace: nothing in it outlives it.
    }
    if (process != null) {
      process.destroyForcibly();
      process.waitFor(20, SECONDS);
    }
  }

  private static String systemctl(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("nsenter", "-t", String.valueOf(systemd.pid()), "-m", "-p", "-C", "systemctl"));
    command.addAll(List.of(arguments));
    Process run = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    run.waitFor();
    return out.strip();
  }

  private static List<String> instances() throws Exception {
    return systemctl("list-units", "--plain", "--no-legend", "--full", "commonshub-zone@*.service")
        .lines()
        .map(line -> line.split(" ", 2)[0])
        .toList();
  }

  @Test
  void theUnitsAreWellFormedAndTight() throws Exception {
    for (String unit : List.of("commonshub-zone@.service", "commonshub-zone-stop@.service")) {
      Process check =
          new ProcessBuilder(
                  "systemd-analyze",
                  "security",
                  "--offline=yes",
                  "--threshold=20",
                  IMAGE.resolve("systemd/" + unit).toString())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("security").toFile())
              .start();
      assertThat(check.waitFor()).as(read(directory.resolve("security"))).isZero();
    }
    assertThat(systemctl("is-active", "commonshub-zone.socket")).isEqualTo("active");
  }

  @Test
  void aConnectionIsAZoneAndTheLastAppEndsIt() throws Exception {
    TestSession session = new TestSession(Apps.manifest("org.example.probe"));
    long before = System.nanoTime();
    Running app = runner.start(probe, session);
    System.out.printf("systemd zone: start %d ms%n", (System.nanoTime() - before) / 1_000_000);
    assertThat(RealZoneTest.submit(app, "store")).contains("[b] false2");
    assertThat(instances()).hasSize(1);
    RealZoneTest.await(() -> session.memory.get() > 1 << 20);
    System.out.printf("systemd zone: RSS %.1f MB%n", session.memory.get() / 1e6);
    System.out.println(
        systemctl(
            "show",
            "-p",
            "MemoryMax,TasksMax,CPUQuotaPerSecUSec,ControlGroup,MemoryCurrent,TasksCurrent",
            instances().get(0)));
    app.close();
    assertThat(instances()).isEmpty();
  }

  @Test
  void insideAreNoFilesNoNetworkAndNoOtherProcess() throws Exception {
    Running app = runner.start(burglar, new TestSession(Apps.manifest("org.example.burglar")));
    for (String path : List.of("/etc/passwd", "/root", directory.toString(), "/var/lib")) {
      assertThat(RealZoneTest.submit(app, "list", path).orElseThrow()).as(path).startsWith("no: ");
    }
    assertThat(RealZoneTest.submit(app, "interfaces").orElseThrow())
        .startsWith("no: SocketException: No network interfaces");
    assertThat(RealZoneTest.submit(app, "send").orElseThrow()).startsWith("no: ");
    assertThat(RealZoneTest.submit(app, "unix", "/run/commonshub/zone-stop.sock").orElseThrow())
        .startsWith("no: ");
    assertThat(RealZoneTest.submit(app, "write", "/tmp/x").orElseThrow()).startsWith("no: ");
    assertThat(RealZoneTest.submit(app, "write", "/usr/lib/x").orElseThrow()).startsWith("no: ");
    app.close();
  }

  @Test
  void aHungZoneIsStoppedThroughTheSecondSocket() throws Exception {
    TestSession session = new TestSession(Apps.manifest("org.example.probe"));
    Running app = runner.start(probe, session);
    Running next =
        new ZoneRunner(
                new SystemdLauncher(
                    run.resolve("commonshub/zone.sock"), run.resolve("commonshub/zone-stop.sock")))
            .start(probe, new TestSession(Apps.manifest("org.example.probe")));
    assertThat(instances()).hasSize(2);
    app.submit("spin", Map.of(), Locale.ROOT);
    assertThat(session.ended.get(30, SECONDS)).contains("did not answer within 5 s");
    assertThat(instances()).hasSize(1);
    assertThat(next.problem().toCompletableFuture().get(20, SECONDS)).contains("none");
    next.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zones-test.target",
        "../../commonshub-zone",
        "1-2",
        "1-2-3-4",
        "1-2-3;reboot",
        "--help",
        "*",
        "\n",
        "1-2-3 commonshub-zone.socket"
      })
  void theSecondSocketStopsNothingButZones(String name) throws Exception {
    try (SocketChannel stop =
        SocketChannel.open(UnixDomainSocketAddress.of(run.resolve("commonshub/zone-stop.sock")))) {
      stop.write(ByteBuffer.wrap((name + "\n").getBytes(StandardCharsets.UTF_8)));
      assertThat(stop.read(ByteBuffer.allocate(1))).as("hangs up").isEqualTo(-1);
    }
    assertThat(systemctl("is-active", "commonshub-zone.socket", "zones-test.target").lines())
        .containsExactly("active", "active");
  }
}
