package org.commonshub.hubtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.commonshub.benchmarks.HubProcess;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A device publishes to the hub's own MQTT broker, encrypted and with its password; the hub reads
 * it.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class BrokerOnHubTest {
  private static final String PUBLISHER = "/usr/bin/mosquitto_pub";
  private static final String PASSWORD = "correct horse";

  @TempDir Path folder;

  @BeforeEach
  void present() {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the whole hub out");
    assumeTrue(
        Files.isExecutable(Path.of(PUBLISHER)),
        "skipped: mosquitto_pub is not installed (apt install mosquitto-clients)");
  }

  @Test
  void aDeviceOnTheHubsOwnBroker() throws Exception {
    int port = HubProcess.freePort();
    try (FaultyHub hub = new FaultyHub(folder.resolve("hub"))) {
      settings(hub, "org.commonshub.metering.broker", "{\"tlsPort\": " + port + "}");
      settings(
          hub,
          "org.commonshub.metering.broker.client~meter",
          "{\"user\": \"meter\", \"password\": \"" + PASSWORD + "\"}");
      settings(
          hub,
          "org.commonshub.metering.device~meter",
          """
          {"id": "2b1d5f0c-6d0e-4a7e-9a55-0d6f2f1c7a10", "name": "Meter", "role": "GRID_METER",
           "driver": "mqtt", "endpoint": "broker:hub",
           "settings": ["profile=template", "topic=meter/state", "values=$.w = power.active W"]}
          """);
      hub.launch(HubProcess.freePort(), Map.of(), "--no-simulation");
      hub.hub().awaitGreeting(FaultyHub.PATIENCE);
      hub.hub().claim();
      hub.hub().send("PUT", "/api/v1/features/metering-broker", "{\"enabled\":true}");
      hub.hub().send("PUT", "/api/v1/features/metering-mqtt", "{\"enabled\":true}");
      hub.await("/drivers", drivers -> drivers.contains("\"mqtt\""));
      Path certificate = certificate(port);

      assertThat(publish(certificate, port, "wrong", "meter/state", "{\"w\": 1}"))
          .contains("bad user name or password");
      hub.await(
          "/devices",
          devices -> {
            assertThat(publish(certificate, port, PASSWORD, "meter/state", "{\"w\": 1234.5}"))
                .isEqualTo("0 ");
            return devices.contains("\"state\":\"ONLINE\"");
          });
      assertThat(hub.log()).noneMatch(line -> line.contains(PASSWORD));
      assertThat(hub.log()).anyMatch(line -> line.contains("Wrong user or password"));
    }
  }

  private static void settings(FaultyHub hub, String pid, String json) throws IOException {
    Files.writeString(hub.config.resolve(pid + ".json"), json);
  }

  private static String publish(
      Path certificate, int port, String password, String topic, String payload) {
    List<String> command = new ArrayList<>(List.of(PUBLISHER, "-h", "localhost", "-p", "" + port));
    command.addAll(List.of("--cafile", certificate.toString(), "-V", "mqttv311"));
    command.addAll(List.of("-u", "meter", "-P", password, "-q", "1", "-t", topic, "-m", payload));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() + " " + said;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The hub's certificate, as the port shows it once it is open. */
  private Path certificate(int port) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Everybody()}, null);
    long deadline = System.nanoTime() + FaultyHub.PATIENCE.toNanos();
    while (true) {
      try (SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket("localhost", port)) {
        socket.setSoTimeout(20_000);
        socket.startHandshake();
        Certificate shown = socket.getSession().getPeerCertificates()[0];
        return Files.writeString(
            folder.resolve("hub.pem"),
            "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(shown.getEncoded())
                + "\n-----END CERTIFICATE-----\n");
      } catch (IOException e) {
        assertThat(System.nanoTime()).as("port %s: %s", port, e).isLessThan(deadline);
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  /** Looks at the certificate only; mosquitto_pub checks it. */
  private static final class Everybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
