package org.commonshub.metering.ocpp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.web.OpenDoor;
import org.commonshub.platform.api.HubCertificate;
import org.commonshub.platform.api.HubClock;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeWriteLease;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Charge points of another author ({@code ocpp-rpc} in strict mode) at the hub's real door. */
@Timeout(300)
class RealPeerTest {
  private static final Path FOLDER = Path.of("target", "charge-points").toAbsolutePath();
  private static final String PASSWORD = "correct horse 16";

  @TempDir static Path keys;
  private static HubCertificate certificate;

  private final List<String> announced = new CopyOnWriteArrayList<>();
  private final List<Point> points = new ArrayList<>();
  private final List<OcppSession> sessions = new ArrayList<>();
  private final OpenDoor door = new OpenDoor(new SystemClock(), certificate);
  private final OcppDriver driver =
      new OcppDriver(
          door.server(),
          (id, endpoint, candidate) -> announced.add(id + " " + endpoint),
          new SystemClock());

  private static final class SystemClock implements HubClock {
    @Override
    public Instant now() {
      return Instant.now();
    }

    @Override
    public long monotonicNanos() {
      return System.nanoTime();
    }

    @Override
    public int epoch() {
      return 1;
    }

    @Override
    public Quality quality() {
      return Quality.SYNCHRONISED;
    }
  }

  /** Installs the peer once for all builds of this folder. */
  @BeforeAll
  static void install() throws Exception {
    if (!there("node") || !there("npm")) {
      System.out.println(
          "SKIPPED OCPP against a real peer: node and npm are not installed (apt-get install nodejs"
              + " npm).");
      assumeTrue(false, "no node");
    }
    Files.createDirectories(FOLDER);
    StringBuilder wanted = new StringBuilder();
    for (String name : List.of("package.json", "package-lock.json", "npmrc", "points.cjs")) {
      try (InputStream in = RealPeerTest.class.getResourceAsStream("/charge-points/" + name)) {
        byte[] bytes = in.readAllBytes();
        Files.write(FOLDER.resolve(name.equals("npmrc") ? ".npmrc" : name), bytes);
        if (!name.equals("points.cjs")) {
          wanted.append(new String(bytes, StandardCharsets.UTF_8));
        }
      }
    }
    Path installed = FOLDER.resolve("installed.txt");
    if (!Files.exists(installed) || !Files.readString(installed).contentEquals(wanted)) {
      Path log = FOLDER.resolve("npm.txt");
      Process npm =
          new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund")
              .directory(FOLDER.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      assertThat(npm.waitFor(240, TimeUnit.SECONDS)).as("npm ci ends").isTrue();
      assertThat(npm.exitValue()).as("npm ci: %s", Files.readString(log)).isZero();
      Files.writeString(installed, wanted);
    }
    certificate = certificate();
  }

  private static boolean there(String program) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(program, "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static HubCertificate certificate() throws Exception {
    Path file = keys.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "hub",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, "changeit".toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), new TrustManager[0], null);
    return new HubCertificate() {
      @Override
      public String fingerprint() {
        return "";
      }

      @Override
      public SSLContext serverContext() {
        return context;
      }
    };
  }

  @AfterEach
  void stop() throws Exception {
    for (Point point : points) {
      point.process.destroyForcibly();
      point.process.waitFor(20, TimeUnit.SECONDS);
    }
    sessions.forEach(OcppSession::close);
    driver.close();
    door.close();
  }

  /** A process of charge points. */
  private static final class Point {
    final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> seen = new ArrayList<>();

    Point(String... arguments) throws IOException {
      List<String> command = new ArrayList<>(List.of("node", "points.cjs"));
      command.addAll(List.of(arguments));
      process =
          new ProcessBuilder(command)
              .directory(FOLDER.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      Thread reader =
          new Thread(
              () -> {
                try (BufferedReader in =
                    new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                  for (String line = in.readLine(); line != null; line = in.readLine()) {
                    lines.add(line);
                  }
                } catch (IOException e) {
                  // It ended.
                }
                lines.add("{\"event\":\"end\"}");
              });
      reader.setDaemon(true);
      reader.start();
    }

    /** Waits for an event; whatever else happens before is passed over, but nothing forbidden. */
    JsonValue await(String event) throws Exception {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
      while (System.nanoTime() < end) {
        String line = lines.poll(1, TimeUnit.SECONDS);
        if (line == null) {
          continue;
        }
        seen.add(line);
        JsonValue json = JsonValue.parse(line.getBytes(StandardCharsets.UTF_8));
        String what = json.get("event").text().orElse("");
        if (what.equals(event)) {
          return json;
        }
        assertThat(what).as("%s", seen).isNotIn("violation", "unexpected", "failed", "end");
      }
      throw new AssertionError("no " + event + " in " + seen);
    }

    void type(String line) throws IOException {
      OutputStream in = process.getOutputStream();
      in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      in.flush();
    }
  }

  private Point point(String... arguments) throws IOException {
    Point point = new Point(arguments);
    points.add(point);
    return point;
  }

  private OcppSession session(String identity, Map<String, String> settings, Listening to)
      throws DeviceException {
    OcppSession session =
        (OcppSession)
            driver.open(
                FakeDriverContext.of(
                    driver.description(), Settings.endpoint(identity), null, settings));
    session.start(to);
    sessions.add(session);
    return session;
  }

  private String url(boolean tls) {
    return (tls ? "wss" : "ws") + "://127.0.0.1:" + door.server().port(tls) + "/ocpp";
  }

  private static void done(CompletionStage<Void> stage) throws Exception {
    try {
      stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private static String text(JsonValue value) {
    return value.text().orElse("");
  }

  @ParameterizedTest
  @CsvSource({"1.6, false", "2.0.1, false", "1.6, true", "2.0.1, true"})
  void aWholeSession(String version, boolean tls) throws Exception {
    boolean old = version.equals("1.6");
    Listening listening = new Listening();
    OcppSession session =
        session("CP 1", Map.of("password", PASSWORD, "idtags", "GOOD, other"), listening);
    Point point = point("one", version, url(tls), "CP 1", PASSWORD);

    assertThat(text(point.await("booted").get("status"))).isEqualTo("Accepted");
    assertThat(text(point.await("authorised").get("status"))).isEqualTo("Accepted");
    assertThat(text(point.await("authorised").get("status"))).isEqualTo("Invalid");
    point.await("ready");
    listening.await("connected", l -> "2".equals(l.latest().get("ev.state")));
    assertThat(session.identity())
        .containsEntry("maker", "Example")
        .containsEntry("model", "Wallbox")
        .containsEntry("serial", "S-1")
        .containsEntry("firmware", "1.2.3");

    // It is set to sample every 10 s, and the longest list of measurands that it takes.
    FakeWriteLease lease = new FakeWriteLease();
    assertThat(session.actuators())
        .extracting(a -> a.id())
        .containsExactly("charging", "current-limit", "power-limit");
    done(session.write(lease, "charging", BigDecimal.ONE));
    JsonValue start = point.await("remote-start");
    assertThat(text(start.get(old ? "connectorId" : "evseId"))).isEqualTo("1");
    assertThat(text(point.await("started").get("status"))).isEqualTo("Accepted");
    listening.await("charging", l -> "3".equals(l.latest().get("ev.state")));

    point.type("meter 6900");
    point.await("metered");
    listening.await("metered", l -> "1100".equals(l.latest().get("energy.import")));
    assertThat(listening.latest())
        .containsEntry("power.active", "6900")
        .containsEntry("current.l1", "10")
        .containsEntry("current.l3", "12")
        .containsEntry("voltage.l2", "231")
        .containsEntry("ev.soc", "55")
        .containsEntry("ev.session-energy", "100");

    done(session.write(lease, "current-limit", new BigDecimal("10.5")));
    JsonValue first = point.await("profile").get("params");
    JsonValue second = point.await("profile").get("params");
    for (JsonValue params : List.of(first, second)) {
      JsonValue profile = params.get(old ? "csChargingProfiles" : "chargingProfile");
      JsonValue schedule =
          old ? profile.get("chargingSchedule") : profile.get("chargingSchedule").at(0);
      assertThat(text(profile.get("stackLevel"))).isEqualTo(old ? "0" : "1");
      assertThat(text(schedule.get("chargingRateUnit"))).isEqualTo("A");
      assertThat(text(schedule.get("chargingSchedulePeriod").at(0).get("limit"))).isEqualTo("10.5");
      assertThat(text(schedule.get("duration"))).isEqualTo("360");
    }
    assertThat(
            text(
                second
                    .get(old ? "csChargingProfiles" : "chargingProfile")
                    .get("chargingProfilePurpose")))
        .isEqualTo("TxProfile");
    done(session.write(lease, "power-limit", BigDecimal.valueOf(3_000)));
    JsonValue power = point.await("profile").get("params");
    JsonValue schedule =
        old
            ? power.get("csChargingProfiles").get("chargingSchedule")
            : power.get("chargingProfile").get("chargingSchedule").at(0);
    assertThat(text(schedule.get("chargingSchedulePeriod").at(0).get("limit")))
        .as("less than 6 A on three phases pauses")
        .isEqualTo("0");
    done(session.release(lease, "power-limit"));
    point.await("profile");
    done(session.release(lease, "current-limit"));
    point.await("cleared");
    point.await("cleared");

    done(session.write(lease, "charging", BigDecimal.ZERO));
    point.await("remote-stop");
    point.await("stopped");
    listening.await(
        "stopped",
        l ->
            "1150".equals(l.latest().get("energy.import"))
                && "1".equals(l.latest().get("ev.state"))
                && l.latest().get("power.active").startsWith("0"));

    lease.end();
    assertThatThrownBy(() -> done(session.write(lease, "charging", BigDecimal.ONE)))
        .isInstanceOfSatisfying(
            DeviceException.class,
            e -> assertThat(e.kind()).isEqualTo(DeviceException.Kind.FORBIDDEN));

    point.type("raw this is not OCPP");
    point.type("raw [9,\"x\"]");
    point.type("quit");
    point.await("bye");
    listening.await("told", l -> !l.failures.isEmpty());
    assertThat(listening.failures.get(listening.failures.size() - 1).getMessage())
        .contains("lost its connection");
    assertThat(announced).isEmpty();
  }

  @Test
  void strangersAndWrongPasswordsAreRefused() throws Exception {
    Listening listening = new Listening();
    session("CP-1", Map.of("password", PASSWORD), listening);
    Point stranger = point("one", "1.6", url(false), "CP-2", PASSWORD);
    assertThat(stranger.process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(stranger.process.exitValue()).isEqualTo(2);
    assertThat(announced).containsExactly("ocpp inbound:CP-2");
    Point wrong = point("one", "2.0.1", url(false), "CP-1", "wrong password!!");
    assertThat(wrong.process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(wrong.process.exitValue()).isEqualTo(2);
    listening.await("told", l -> l.failures.size() == 1);
    assertThat(listening.failures.get(0).kind()).isEqualTo(DeviceException.Kind.REFUSED);
    assertThat(listening.failures.get(0).getMessage()).contains("password").doesNotContain("wrong");
  }

  @ParameterizedTest
  @CsvSource({"1.6, false", "2.0.1, true"})
  void aHundredAtOnce(String version, boolean tls) throws Exception {
    List<Listening> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Listening listening = new Listening();
      session("CP-" + i, Map.of("password", PASSWORD), listening);
      all.add(listening);
    }
    Point many = point("many", version, url(tls), "100", PASSWORD);
    many.await("all-charging");
    for (int i = 0; i < 100; i++) {
      int power = 1_000 + i;
      all.get(i)
          .await(
              "CP-" + i,
              l ->
                  "1500".equals(l.latest().get("energy.import"))
                      && Integer.toString(power).equals(l.latest().get("power.active"))
                      && "3".equals(l.latest().get("ev.state")));
    }
    many.type("stop");
    many.await("all-done");
    for (Listening listening : all) {
      listening.await("stopped", l -> "1".equals(l.latest().get("ev.state")));
    }
    assertThat(many.process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(many.process.exitValue()).isZero();
  }
}
