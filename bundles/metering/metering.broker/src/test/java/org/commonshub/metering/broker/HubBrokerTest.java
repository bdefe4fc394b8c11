package org.commonshub.metering.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.commonshub.testing.fakes.FakeHubClock;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker with real clients: Eclipse Paho and mosquitto's. */
class HubBrokerTest {
  private static final int ANY_PORT = -1;

  @TempDir Path directory;

  private final RealClock clock = new RealClock();
  private final Clients clients = new Clients();
  private final List<MqttClient> pahos = new ArrayList<>();
  private HubBroker hub;
  private LoopbackServer server;

  @BeforeEach
  void start() throws Exception {
    client("ada");
    client("bob");
    client("all", "#");
    hub = new HubBroker(clock, clients, 0, ANY_PORT);
    server = new LoopbackServer(null);
    hub.bindServer(server);
  }

  @AfterEach
  void stop() throws Exception {
    for (MqttClient paho : pahos) {
      try {
        paho.disconnectForcibly(0, 100, false);
      } catch (MqttException e) {
        // It was disconnected before.
      }
      paho.close();
    }
    hub.close();
    assertThat(server.open).isEmpty();
    await(
        () -> {
          Thread[] all = new Thread[Thread.activeCount() + 100];
          int count = Thread.enumerate(all);
          return Arrays.stream(all, 0, count)
              .noneMatch(t -> t.getName().startsWith("metering-broker"));
        });
  }

  private void client(String user, String... topics) throws Exception {
    clients.updated(
        Clients.PID + "~" + user,
        ClientsTest.settings(
            "user", user, "password", TestBroker.password(user), "topics", topics));
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for 20 s").isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  private MqttConnection local() {
    return hub.open(Endpoint.parse("broker:hub")).mqtt();
  }

  private static MqttConnection.Message message(String topic, String text, boolean retained) {
    return new MqttConnection.Message(topic, text.getBytes(StandardCharsets.UTF_8), retained);
  }

  private static MqttConnectOptions options(String user) {
    MqttConnectOptions options = new MqttConnectOptions();
    options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
    options.setUserName(user);
    options.setPassword(TestBroker.password(user).toCharArray());
    options.setConnectionTimeout(20);
    return options;
  }

  private MqttClient paho(String id) throws MqttException {
    MqttClient paho =
        new MqttClient("tcp://127.0.0.1:" + hub.port(false), id, new MemoryPersistence());
    paho.setTimeToWait(20_000);
    pahos.add(paho);
    return paho;
  }

  private static BlockingQueue<String> listening(MqttClient paho) {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    paho.setCallback(
        new MqttCallback() {
          @Override
          public void connectionLost(Throwable cause) {
            heard.add("lost");
          }

          @Override
          public void messageArrived(String topic, MqttMessage message) {
            heard.add(
                topic
                    + "="
                    + message
                    + " q"
                    + message.getQos()
                    + (message.isRetained() ? "r" : ""));
          }

          @Override
          public void deliveryComplete(IMqttDeliveryToken token) {}
        });
    return heard;
  }

  private static String next(BlockingQueue<String> heard) throws InterruptedException {
    return heard.poll(20, TimeUnit.SECONDS);
  }

  @Test
  void pahoBothWays() throws Exception {
    Heard inside = new Heard();
    AutoCloseable subscription = local().subscribe(List.of("ada/#"), inside);
    inside.awaitConnected();
    MqttClient paho = paho("p");
    BlockingQueue<String> heard = listening(paho);
    paho.connect(options("ada"));
    paho.subscribe("ada/cmd/#", 2);
    paho.publish("ada/power", "0".getBytes(), 0, false);
    paho.publish("ada/power", "1".getBytes(), 1, false);
    paho.publish("ada/power", "2".getBytes(), 2, true);
    assertThat(inside.await(3)).containsExactly("ada/power=0", "ada/power=1", "ada/power=2");
    local().publish(message("ada/cmd/relay", "on", false)).toCompletableFuture().get();
    assertThat(next(heard)).isEqualTo("ada/cmd/relay=on q1");
    Heard late = new Heard();
    local().subscribe(List.of("+/power"), late);
    assertThat(late.await(1)).containsExactly("ada/power=2 retained");
    subscription.close();
    paho.publish("ada/power", "3".getBytes(), 1, false);
    assertThat(late.await(2)).endsWith("ada/power=3");
    assertThat(inside.messages()).endsWith("ada/cmd/relay=on");
  }

  @Test
  void pahoIsConfinedAndWrongPasswordsAreRefused() throws Exception {
    MqttClient paho = paho("p");
    MqttConnectOptions wrong = options("ada");
    wrong.setPassword("guess".toCharArray());
    assertThatThrownBy(() -> paho.connect(wrong))
        .isInstanceOfSatisfying(
            MqttException.class,
            e ->
                assertThat(e.getReasonCode())
                    .isEqualTo((int) MqttException.REASON_CODE_FAILED_AUTHENTICATION));
    MqttConnectOptions anonymous = new MqttConnectOptions();
    anonymous.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
    assertThatThrownBy(() -> paho.connect(anonymous)).isInstanceOf(MqttException.class);
    paho.connect(options("ada"));
    assertThatThrownBy(() -> paho.subscribe("bob/#")).isInstanceOf(MqttException.class);
    Heard inside = new Heard();
    local().subscribe(List.of("#"), inside);
    paho.publish("bob/x", "1".getBytes(), 1, true);
    paho.publish("ada/x", "2".getBytes(), 1, false);
    assertThat(inside.await(1)).containsExactly("ada/x=2");
  }

  @Test
  void pahoComesBackToItsSession() throws Exception {
    MqttClient paho = paho("p");
    MqttConnectOptions keeping = options("ada");
    keeping.setCleanSession(false);
    paho.connect(keeping);
    paho.subscribe("ada/#", 1);
    paho.disconnect();
    for (int i = 0; i < 3; i++) {
      local().publish(message("ada/x", "m" + i, false));
    }
    // A new door is no reason to forget.
    int port = hub.port(false);
    hub.unbindServer(server);
    assertThat(hub.port(false)).isEqualTo(-1);
    hub.bindServer(server);
    assertThat(hub.port(false)).isNotEqualTo(-1).isNotEqualTo(port);
    MqttClient again = paho("p");
    BlockingQueue<String> heard = listening(again);
    again.connect(keeping);
    assertThat(List.of(next(heard), next(heard), next(heard)))
        .containsExactly("ada/x=m0 q1", "ada/x=m1 q1", "ada/x=m2 q1");
  }

  @Test
  void aWillReachesTheHub() throws Exception {
    Heard inside = new Heard();
    local().subscribe(List.of("#"), inside);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), hub.port(false))) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write(Bytes.connectWithWill("ada", "ada", "w", "ada/state", "offline", 1, true));
      assertThat(socket.getInputStream().readNBytes(4)).isEqualTo(Bytes.hex("20020000"));
    }
    assertThat(inside.await(1)).containsExactly("ada/state=offline");
    Heard late = new Heard();
    local().subscribe(List.of("ada/state"), late);
    assertThat(late.await(1)).containsExactly("ada/state=offline retained");
  }

  @Test
  void settingsChangeWhileClientsAreConnected() throws Exception {
    MqttClient ada = paho("a");
    BlockingQueue<String> heardByAda = listening(ada);
    ada.connect(options("ada"));
    MqttClient bob = paho("b");
    BlockingQueue<String> heardByBob = listening(bob);
    bob.connect(options("bob"));
    bob.subscribe("bob/#");
    clients.deleted(Clients.PID + "~ada");
    assertThat(next(heardByAda)).isEqualTo("lost");
    local().publish(message("bob/x", "still here", false));
    assertThat(next(heardByBob)).isEqualTo("bob/x=still here q1");
    clients.deleted(Clients.PID + "~bob");
    clients.deleted(Clients.PID + "~all");
    assertThat(hub.port(false)).as("no clients, no port").isEqualTo(-1);
    client("ada");
    assertThat(hub.port(false)).isPositive();
    paho("a").connect(options("ada"));
  }

  @Test
  void fiftyClientsTalkAtOnce() throws Exception {
    Heard inside = new Heard();
    local().subscribe(List.of("dev/+/power"), inside);
    long before = heap();
    int threadsBefore = Thread.activeCount();
    List<Socket> sockets = new ArrayList<>();
    client("dev", "dev/#");
    try {
      for (int i = 0; i < Broker.CLIENTS; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), hub.port(false));
        socket.setSoTimeout(20_000);
        sockets.add(socket);
        socket
            .getOutputStream()
            .write(
                new Bytes()
                    .raw(Bytes.connect("dev", "ved", "c" + i, true, 60))
                    .raw(Bytes.subscribe(1, "dev/" + i + "/cmd/#", 1))
                    .bytes());
        assertThat(socket.getInputStream().readNBytes(9))
            .isEqualTo(Bytes.hex("200200009003000101"));
      }
      assertThat(hub.broker().connected()).isEqualTo(Broker.CLIENTS);
      for (int i = 0; i < Broker.CLIENTS; i++) {
        sockets
            .get(i)
            .getOutputStream()
            .write(Bytes.publish("dev/" + i + "/power", "x".repeat(200), 1, 1, true, false));
        assertThat(sockets.get(i).getInputStream().readNBytes(4)).isEqualTo(Bytes.hex("40020001"));
      }
      inside.await(Broker.CLIENTS);
      long after = heap();
      System.out.println(
          Broker.CLIENTS
              + " clients: "
              + (after - before) / 1024
              + " KiB of heap, sockets of this test included; threads of the broker: "
              + brokerThreads()
              + " (this test's loopback server: "
              + (Thread.activeCount() - threadsBefore)
              + ")");
      assertThat(after - before).isLessThan(12L * 1024 * 1024);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    await(() -> hub.broker().connected() == 0);
  }

  private static long brokerThreads() {
    Thread[] all = new Thread[Thread.activeCount() + 100];
    int count = Thread.enumerate(all);
    return Arrays.stream(all, 0, count)
        .filter(t -> t.getName().startsWith("metering-broker"))
        .count();
  }

  private static long heap() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void whoDoesNotReadDelaysNobodyAndIsShownOut() throws Exception {
    client("dev", "dev/#");
    try (Socket deaf = new Socket()) {
      deaf.setReceiveBufferSize(4_096);
      deaf.setSoTimeout(20_000);
      deaf.connect(new java.net.InetSocketAddress("127.0.0.1", hub.port(false)));
      deaf.getOutputStream()
          .write(
              new Bytes()
                  .raw(Bytes.connect("dev", "ved", "deaf", true, 0))
                  .raw(Bytes.subscribe(1, "dev/#", 0))
                  .bytes());
      assertThat(deaf.getInputStream().readNBytes(9)).isEqualTo(Bytes.hex("200200009003000100"));
      MqttClient quick = paho("q");
      BlockingQueue<String> heard = listening(quick);
      quick.connect(options("all"));
      quick.subscribe("dev/x", 1);
      String text = "y".repeat(20_000);
      for (int i = 0; i < 1_000; i++) {
        local().publish(message("dev/big", text, false));
        local().publish(message("dev/x", "" + i, false));
        assertThat(next(heard)).isEqualTo("dev/x=" + i + " q1");
      }
      assertThat(hub.broker().connected()).isEqualTo(2);
      assertThat(hub.broker().bytes()).isLessThan(2 * Session.BYTES_ONLINE);
      clock.skip(
          Duration.ofSeconds(40)); // more than 30 s of patience, less than quick's keep-alive
      await(() -> hub.broker().connected() == 1);
      await(() -> hub.broker().bytes() == 0);
    }
  }

  @Test
  void aReaderThatPausesGetsTheRestWhenItReadsOn() throws Exception {
    client("dev", "dev/#");
    FakeDeviceServer fake = new FakeDeviceServer();
    HubBroker other = new HubBroker(clock, clients, 8883, 0);
    try {
      other.bindServer(fake);
      Pausing peer = new Pausing(true);
      DeviceServer.StreamListener listener = fake.streamServices().get(8883).opened(peer);
      listener.received(Bytes.connect("dev", "ved", "slow", true, 0));
      listener.received(Bytes.subscribe(1, "dev/#", 0));
      assertThat(peer.taken.get()).isEqualTo(9);
      peer.paused = true;
      String text = "y".repeat(1_000);
      MqttConnection mqtt = other.open(Endpoint.parse("broker:hub")).mqtt();
      for (int i = 0; i < 200; i++) {
        mqtt.publish(message("dev/x", text, false));
      }
      assertThat(peer.taken.get()).isEqualTo(9);
      peer.paused = false;
      int length = Bytes.publish("dev/x", text, 0, 0, false, false).length;
      await(() -> peer.taken.get() == 9 + 200 * length);
      listener.received(Bytes.hex("e000"));
      assertThat(peer.closed).isTrue();
    } finally {
      other.close();
    }
  }

  /** A peer that takes nothing while it pauses. */
  private static final class Pausing implements DeviceServer.StreamPeer {
    final AtomicInteger taken = new AtomicInteger();
    final boolean tls;
    volatile boolean paused;
    volatile boolean closed;

    Pausing(boolean tls) {
      this.tls = tls;
    }

    @Override
    public DeviceServer.Peer peer() {
      return new DeviceServer.Peer(FakeDeviceServer.PEER.address(), tls);
    }

    @Override
    public boolean send(byte[] bytes) {
      if (!paused) {
        taken.addAndGet(bytes.length);
      }
      return !paused;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void onlyTheHomeMayComeWithoutEncryption() throws Exception {
    assertThat(HubBroker.isHome(InetAddress.getByName("127.0.0.1"))).isTrue();
    assertThat(HubBroker.isHome(InetAddress.getByName("192.168.3.4"))).isTrue();
    assertThat(HubBroker.isHome(InetAddress.getByName("10.3.4.5"))).isTrue();
    assertThat(HubBroker.isHome(InetAddress.getByName("172.31.4.5"))).isTrue();
    assertThat(HubBroker.isHome(InetAddress.getByName("169.254.4.5"))).isTrue();
    assertThat(HubBroker.isHome(InetAddress.getByName("fe80::1"))).isTrue();
    assertThat(HubBroker.isHome(InetAddress.getByName("fd12:3456::1"))).isTrue();
    assertThat(HubBroker.isHome(InetAddress.getByName("172.32.4.5"))).isFalse();
    assertThat(HubBroker.isHome(InetAddress.getByName("8.8.8.8"))).isFalse();
    assertThat(HubBroker.isHome(InetAddress.getByName("2001:db8::1"))).isFalse();

    FakeDeviceServer fake = new FakeDeviceServer();
    HubBroker other = new HubBroker(new FakeHubClock(), clients, 8883, 1883);
    try {
      other.bindServer(fake);
      assertThat(fake.streamServices()).containsOnlyKeys(8883, 1883);
      // 192.0.2.77 is not a home network's address.
      assertThat(fake.streamServices().get(1883).opened(new Pausing(false))).isNull();
      assertThat(fake.streamServices().get(8883).opened(new Pausing(true))).isNotNull();
      other.unbindServer(fake);
      assertThat(fake.streamServices()).isEmpty();
    } finally {
      other.close();
    }
  }

  @Test
  void aPortThatIsTakenIsTriedAgain() throws Exception {
    FakeHubClock time = new FakeHubClock();
    HubBroker other = new HubBroker(time, clients, 0, hub.port(false));
    try {
      other.bindServer(server);
      assertThat(other.port(false)).isEqualTo(-1);
      hub.close();
      await(
          () -> {
            time.advance(Duration.ofSeconds(11));
            return other.port(false) > 0;
          });
    } finally {
      other.close();
    }
  }

  @Test
  void theTransportItself() throws Exception {
    assertThatThrownBy(() -> hub.open(Endpoint.parse("broker:other")))
        .hasMessageContaining("that is broker:hub");
    assertThatThrownBy(() -> hub.open(Endpoint.parse("mqtt://127.0.0.1:1883")))
        .isInstanceOf(IllegalArgumentException.class);
    MqttConnection mqtt = local();
    assertThat(mqtt.endpoint()).isEqualTo(Endpoint.parse("broker:hub"));
    Heard heard = new Heard();
    assertThatThrownBy(() -> mqtt.subscribe(List.of("a#"), heard))
        .hasMessageContaining("'a#' is no topic filter");
    assertThatThrownBy(() -> mqtt.subscribe(List.of(), heard))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(mqtt.publish(message("a/+", "", false)).toCompletableFuture())
        .isCompletedExceptionally();
    assertThat(mqtt.publish(message("a\n", "", false)).toCompletableFuture())
        .isCompletedExceptionally();
    assertThat(mqtt.publish(message("x".repeat(300), "", false)).toCompletableFuture())
        .isCompletedExceptionally();
    assertThat(mqtt.publish(message("x", "y".repeat(262_144), false)).toCompletableFuture())
        .isCompletedExceptionally();
    mqtt.subscribe(List.of("t"), heard);
    heard.awaitConnected();
    hub.close();
    DeviceException why = heard.awaitBroken();
    assertThat(why.kind()).isEqualTo(DeviceException.Kind.DISCONNECTED);
    assertThatThrownBy(() -> hub.open(Endpoint.parse("broker:hub")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aDeviceThatBlocksDoesNotStopTheOthers() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    local()
        .subscribe(
            List.of("t"),
            new MqttConnection.Listener() {
              @Override
              public void received(MqttConnection.Message message) {
                try {
                  blocked.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }

              @Override
              public void broken(DeviceException why) {}
            });
    Heard heard = new Heard();
    local().subscribe(List.of("t"), heard);
    heard.awaitConnected();
    for (int i = 0; i < 50; i++) {
      local().publish(message("t", "" + i, false));
    }
    heard.await(50);
    blocked.countDown();
  }

  // ---------------------------------------------------------------- mosquitto's clients, TLS

  private static String program(String name) {
    for (String folder : List.of("/usr/bin", "/usr/local/bin")) {
      if (Files.isExecutable(Path.of(folder, name))) {
        return folder + "/" + name;
      }
    }
    assumeTrue(false, "skipped: " + name + " is not installed (apt install mosquitto-clients)");
    return null;
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return process.exitValue() + " " + output;
  }

  private void mosquitto(String... connection) throws Exception {
    List<String> common = new ArrayList<>(List.of(connection));
    common.addAll(List.of("-u", "ada", "-P", "ada", "-V", "mqttv311"));
    Heard inside = new Heard();
    local().subscribe(List.of("ada/#"), inside);
    String publisher = program("mosquitto_pub");
    for (int qos = 0; qos <= 2; qos++) {
      assertThat(run(with(publisher, common, "-q", "" + qos, "-t", "ada/x", "-m", "q" + qos, "-r")))
          .isEqualTo("0 ");
    }
    assertThat(inside.await(3)).containsExactly("ada/x=q0", "ada/x=q1", "ada/x=q2");
    String subscriber = program("mosquitto_sub");
    assertThat(run(with(subscriber, common, "-t", "ada/#", "-C", "1", "-W", "20", "-v")))
        .isEqualTo("0 ada/x q2\n");
    assertThat(run(with(subscriber, common, "-t", "bob/#", "-C", "1", "-W", "20")))
        .contains("All subscription requests were denied");
    List<String> wrong = new ArrayList<>(List.of(connection));
    wrong.addAll(List.of("-u", "ada", "-P", "wrong", "-V", "mqttv311"));
    assertThat(run(with(publisher, wrong, "-t", "ada/x", "-m", "x")))
        .contains("Connection error: Connection Refused: bad user name or password");
    // MQTT 5 is told which version is spoken.
    List<String> five = new ArrayList<>(List.of(connection));
    five.addAll(List.of("-u", "ada", "-P", "ada", "-V", "mqttv5"));
    assertThat(run(with(publisher, five, "-t", "ada/x", "-m", "x"))).doesNotStartWith("0 ");
  }

  private static String[] with(String program, List<String> common, String... more) {
    List<String> all = new ArrayList<>(List.of(program));
    all.addAll(common);
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void mosquittosClients() throws Exception {
    program("mosquitto_pub");
    mosquitto("-h", "127.0.0.1", "-p", "" + hub.port(false));
  }

  @Test
  void mosquittosClientsAndPahoWithTls() throws Exception {
    program("mosquitto_pub");
    Path store = directory.resolve("hub.p12");
    Path certificate = directory.resolve("hub.pem");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    assertThat(
            run(
                keytool,
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                "testing",
                "-alias",
                "hub",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost"))
        .startsWith("0");
    assertThat(
            run(
                keytool,
                "-exportcert",
                "-rfc",
                "-keystore",
                store.toString(),
                "-storepass",
                "testing",
                "-alias",
                "hub",
                "-file",
                certificate.toString()))
        .startsWith("0");
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, "testing".toCharArray());
    }
    KeyManagerFactory keyManagers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, "testing".toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keyManagers.getKeyManagers(), null, null);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("hub", keys.getCertificate("hub"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext believing = SSLContext.getInstance("TLS");
    believing.init(null, trust.getTrustManagers(), null);

    LoopbackServer encrypted = new LoopbackServer(tls);
    HubBroker secure = new HubBroker(clock, clients, ANY_PORT, 0);
    HubBroker plain = hub;
    try {
      secure.bindServer(encrypted);
      hub = secure;
      mosquitto(
          "-h", "localhost", "-p", "" + secure.port(true), "--cafile", certificate.toString());
      MqttClient paho =
          new MqttClient("ssl://localhost:" + secure.port(true), "p", new MemoryPersistence());
      pahos.add(paho);
      MqttConnectOptions options = options("bob");
      options.setSocketFactory(believing.getSocketFactory());
      BlockingQueue<String> heard = listening(paho);
      paho.connect(options);
      paho.subscribe("bob/#", 1);
      paho.publish("bob/x", "y".repeat(100_000).getBytes(), 1, false);
      assertThat(next(heard)).hasSize(6 + 100_000 + 3);
    } finally {
      hub = plain;
      secure.close();
    }
  }
}
