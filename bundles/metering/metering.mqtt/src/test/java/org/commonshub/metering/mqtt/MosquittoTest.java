package org.commonshub.metering.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.messaging.Brokers;
import org.commonshub.metering.messaging.MqttTransport;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeWriteLease;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The driver and the hub's own MQTT, with Debian's mosquitto between device and hub. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MosquittoTest {
  private static final int PATIENCE = 20;
  private static final String MOSQUITTO = "/usr/sbin/mosquitto";

  @TempDir static Path folder;

  private Process process;
  private MqttTransport transport;
  private TransportProvider.Handle handle;

  @BeforeAll
  void start() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of(MOSQUITTO)),
        "skipped: mosquitto is not installed (apt install mosquitto)");
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path config =
        Files.write(
            folder.resolve("mosquitto.conf"),
            List.of(
                "listener " + port + " 127.0.0.1",
                "allow_anonymous true",
                "user " + System.getProperty("user.name"),
                "persistence false"));
    Path log = folder.resolve("mosquitto.log");
    process =
        new ProcessBuilder(MOSQUITTO, "-c", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    for (int attempt = 0; ; attempt++) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        break;
      } catch (IOException e) {
        if (attempt == 200 || process.waitFor(100, TimeUnit.MILLISECONDS)) {
          throw new IOException("mosquitto does not start: " + Files.readString(log), e);
        }
      }
    }
    transport = new MqttTransport(new Brokers());
    handle = transport.open(Endpoint.parse("mqtt://127.0.0.1:" + port));
  }

  @AfterAll
  void stop() throws Exception {
    if (handle != null) {
      handle.close();
      transport.close();
    }
    if (process != null) {
      process.destroyForcibly();
      process.waitFor();
    }
  }

  private MqttConnection broker() {
    return handle.mqtt();
  }

  private void publish(String topic, String payload, boolean retained) throws Exception {
    broker()
        .publish(
            new Message(
                topic, payload.replace('\'', '"').getBytes(StandardCharsets.UTF_8), retained))
        .toCompletableFuture()
        .get(PATIENCE, TimeUnit.SECONDS);
  }

  private static final class Frames implements PushSession.Receiver {
    final BlockingQueue<String> frames = new LinkedBlockingQueue<>();

    @Override
    public void values(Optional<Instant> at, List<Measurement> values) {
      frames.add(Bench.show(values));
    }

    @Override
    public void failed(DeviceException why) {
      frames.add(why.getMessage());
    }

    String next() throws InterruptedException {
      return frames.poll(PATIENCE, TimeUnit.SECONDS);
    }
  }

  private final Set<String> heard = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<Void> searched = new CompletableFuture<>();
  private final MqttDriver driver =
      new MqttDriver((id, endpoint, candidate) -> {}, new FakeHubClock(), () -> searched);

  private DriverContext context(Map<String, String> settings) {
    return FakeDriverContext.of(driver.description(), broker().endpoint(), broker(), settings);
  }

  @Test
  void readsWhatADeviceAnnouncesAndPublishes() throws Exception {
    publish(
        "homeassistant/sensor/esp1/power/config",
        "{'dev':{'ids':['esp1'],'mf':'Espressif'},'stat_t':'esp1/power','dev_cla':'power',"
            + "'unit_of_meas':'W'}",
        true);
    publish("esp1/power", "41", true);
    Frames frames = new Frames();
    try (PushSession session =
        (PushSession) driver.open(context(Map.of("profile", "homeassistant", "device", "esp1")))) {
      session.start(frames);
      assertThat(frames.next()).as("kept by the broker").isEqualTo("{power.active=41?}");
      publish("esp1/power", "42", true);
      assertThat(frames.next()).as("live, though to be kept").isEqualTo("{power.active=42}");
      assertThat(session.identity()).containsEntry("maker", "Espressif");
    }
  }

  @Test
  void findsDevicesThatAnnouncedThemselvesBefore() throws Exception {
    publish(
        "tasmota/discovery/AABBCC/config",
        "{'dn':'Dryer','t':'dryer','ft':'%prefix%/%topic%/','mac':'AABBCC'}",
        true);
    publish("tasmota/discovery/AABBCC/sensors", "{'sn':{'ENERGY':{'Power':1}},'ver':1}", true);
    MqttConnection real = broker();
    MqttConnection watched =
        new MqttConnection() {
          @Override
          public Endpoint endpoint() {
            return real.endpoint();
          }

          /** Ends the search when it has heard the last of what the broker kept. */
          @Override
          public AutoCloseable subscribe(List<String> filters, Listener listener) {
            return real.subscribe(
                filters,
                new Listener() {
                  @Override
                  public void received(Message message) {
                    listener.received(message);
                    heard.add(message.topic());
                    if (heard.stream().filter(t -> t.startsWith("tasmota/")).count() == 2) {
                      searched.complete(null);
                    }
                  }

                  @Override
                  public void broken(DeviceException why) {
                    listener.broken(why);
                  }
                });
          }

          @Override
          public CompletionStage<Void> publish(Message message) {
            return real.publish(message);
          }
        };
    var found =
        driver.probe(
            FakeDriverContext.of(driver.description(), watched.endpoint(), watched, Map.of()));
    assertThat(found.toCompletableFuture().get(PATIENCE, TimeUnit.SECONDS))
        .anySatisfy(
            candidate ->
                assertThat(candidate.settings())
                    .isEqualTo(Map.of("profile", "tasmota", "device", "dryer")));
  }

  @Test
  void switchesADeviceThatConfirms() throws Exception {
    Frames frames = new Frames();
    AutoCloseable device =
        broker()
            .subscribe(
                List.of("plug/rpc"),
                new MqttConnection.Listener() {
                  @Override
                  public void received(Message message) {
                    String text = new String(message.payload(), StandardCharsets.UTF_8);
                    var unused =
                        broker()
                            .publish(
                                new Message(
                                    "plug/commonshub/rpc",
                                    ("{\"id\":1,\"result\":{\"was_on\":"
                                            + text.contains("\"on\":false")
                                            + "}}")
                                        .getBytes(StandardCharsets.UTF_8),
                                    false));
                  }

                  @Override
                  public void broken(DeviceException why) {}
                });
    try (MqttSession session =
        (MqttSession)
            driver.open(
                context(Map.of("profile", "shelly", "device", "plug", "part", "switch:0")))) {
      session.start(frames);
      publish("plug/status/switch:0", "{'id':0,'apower':5.5}", false);
      assertThat(frames.next()).isEqualTo("{power.active=5.5}");
      session
          .write(new FakeWriteLease(), "switch", BigDecimal.ZERO)
          .toCompletableFuture()
          .get(PATIENCE, TimeUnit.SECONDS);
    }
    device.close();
  }
}
