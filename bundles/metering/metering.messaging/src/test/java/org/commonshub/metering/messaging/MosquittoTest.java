package org.commonshub.metering.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.testing.fakes.FakeSecrets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against Debian's mosquitto. */
class MosquittoTest {
  private static final BrokerConnection.Times QUICK =
      new BrokerConnection.Times(50, 400, 25_000, 10_000);

  @TempDir Path directory;

  private final Brokers brokers = new Brokers();
  private final FakeSecrets secrets = new FakeSecrets();
  private MqttTransport transport;

  @BeforeAll
  static void present() {
    Mosquitto.assumePresent();
  }

  @BeforeEach
  void open() {
    transport = new MqttTransport(brokers, QUICK);
    transport.bindSecrets(secrets);
  }

  @AfterEach
  void close() throws Exception {
    transport.close();
  }

  private TransportProvider.Handle open(String endpoint) {
    return transport.open(Endpoint.parse(endpoint));
  }

  private void configure(String name, String... pairs) throws Exception {
    Hashtable<String, Object> values = new Hashtable<>();
    for (int i = 0; i < pairs.length; i += 2) {
      values.put(pairs[i], pairs[i + 1]);
    }
    brokers.updated(Brokers.PID + "~" + name, values);
  }

  private static Message message(String topic, String payload, boolean retained) {
    return new Message(topic, payload.getBytes(StandardCharsets.UTF_8), retained);
  }

  private static void publish(MqttConnection mqtt, Message message) throws Exception {
    mqtt.publish(message).toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static String[] passwords(Path directory) throws IOException, InterruptedException {
    Path file = directory.resolve("passwords");
    Files.writeString(file, "");
    Mosquitto.run("/usr/bin/mosquitto_passwd", "-b", file.toString(), "ada", "lovelace");
    return new String[] {"allow_anonymous false", "password_file " + file};
  }

  @Test
  void messagesComeInOrderAndWildcardsMatch() throws Exception {
    try (Mosquitto broker = new Mosquitto(directory, "allow_anonymous true")) {
      Heard all = new Heard();
      Heard power = new Heard();
      MqttConnection mqtt = open("mqtt://127.0.0.1:" + broker.port).mqtt();
      mqtt.subscribe(List.of("home/#"), all);
      mqtt.subscribe(List.of("home/+/power", "office/x"), power);
      all.awaitConnected(1);
      power.awaitConnected(1);
      for (int i = 0; i < 50; i++) {
        publish(mqtt, message("home/a/power", "p" + i, false));
        publish(mqtt, message("home/a/energy", "e" + i, false));
      }
      all.awaitMessage(100);
      power.awaitMessage(50);
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        expected.add("p" + i);
      }
      assertThat(power.payloads()).isEqualTo(expected);
      assertThat(all.messages).noneMatch(Message::retained);
      assertThat(all.broken).isEmpty();
    }
  }

  @Test
  void whatTheBrokerKeptComesMarkedAndOnceToEachDevice() throws Exception {
    try (Mosquitto broker = new Mosquitto(directory, "allow_anonymous true")) {
      MqttConnection mqtt = open("mqtt://127.0.0.1:" + broker.port).mqtt();
      publish(mqtt, message("kept/1", "old", true));
      Heard first = new Heard();
      mqtt.subscribe(List.of("kept/#"), first);
      assertThat(first.awaitMessage(1).retained()).isTrue();
      Heard second = new Heard();
      mqtt.subscribe(List.of("kept/#"), second);
      assertThat(second.awaitMessage(1).retained()).isTrue();
      second.awaitConnected(1);
      publish(mqtt, message("kept/1", "new", false));
      assertThat(second.awaitMessage(2).retained()).isFalse();
      first.awaitMessage(2);
      assertThat(first.payloads()).containsExactly("old", "new");
      assertThat(second.payloads()).containsExactly("old", "new");
    }
  }

  @Test
  void aClosedSubscriptionHearsNothingAndTheOthersGoOn() throws Exception {
    try (Mosquitto broker = new Mosquitto(directory, "allow_anonymous true")) {
      MqttConnection mqtt = open("mqtt://127.0.0.1:" + broker.port).mqtt();
      Heard gone = new Heard();
      Heard stays = new Heard();
      AutoCloseable subscription = mqtt.subscribe(List.of("a/#", "b"), gone);
      mqtt.subscribe(List.of("a/#"), stays);
      gone.awaitConnected(1);
      stays.awaitConnected(1);
      subscription.close();
      publish(mqtt, message("a/1", "x", false));
      publish(mqtt, message("b", "x", false));
      stays.awaitMessage(1);
      assertThat(gone.messages).isEmpty();
    }
  }

  @Test
  void hundredDevicesShareOneConnection() throws Exception {
    try (Mosquitto broker = new Mosquitto(directory, "allow_anonymous true")) {
      List<Heard> devices = new ArrayList<>();
      List<TransportProvider.Handle> handles = new ArrayList<>();
      String endpoint = "mqtt://127.0.0.1:" + broker.port;
      for (int i = 0; i < 100; i++) {
        Heard device = new Heard();
        devices.add(device);
        handles.add(open(endpoint));
        handles.get(i).mqtt().subscribe(List.of("meter/" + i + "/#", "announce/+"), device);
      }
      assertThat(transport.connections()).isEqualTo(1);
      for (Heard device : devices) {
        device.awaitConnected(1);
      }
      MqttConnection mqtt = handles.get(0).mqtt();
      for (int i = 0; i < 100; i++) {
        publish(mqtt, message("meter/" + i + "/power", "v" + i, false));
      }
      publish(mqtt, message("announce/all", "end", false));
      for (int i = 0; i < 100; i++) {
        devices.get(i).awaitMessage(2);
        assertThat(devices.get(i).payloads()).containsExactly("v" + i, "end");
      }
      assertThat(broker.log().split("New client connected", -1)).hasSize(2);
      handles.forEach(TransportProvider.Handle::close);
      assertThat(transport.connections()).isZero();
    }
  }

  @Test
  void comesBackAfterTheBrokerWasKilled() throws Exception {
    Mosquitto broker = new Mosquitto(directory, "allow_anonymous true");
    try (broker) {
      MqttConnection mqtt = open("mqtt://127.0.0.1:" + broker.port).mqtt();
      Heard heard = new Heard();
      mqtt.subscribe(List.of("t"), heard);
      for (int outage = 1; outage <= 3; outage++) {
        heard.awaitConnected(outage);
        broker.kill();
        DeviceException why = heard.awaitBroken(outage);
        assertThat(why.kind()).isEqualTo(Kind.DISCONNECTED);
        assertThat(why).hasMessageContaining("ended the connection");
        assertThat(mqtt.publish(message("t", "lost", false)).toCompletableFuture())
            .failsWithin(20, TimeUnit.SECONDS)
            .withThrowableThat()
            .withCauseInstanceOf(DeviceException.class);
        broker.start();
        heard.awaitConnected(outage + 1);
        publish(mqtt, message("t", "back " + outage, false));
        heard.awaitMessage(outage);
      }
      assertThat(heard.payloads()).containsExactly("back 1", "back 2", "back 3");
      assertThat(heard.broken).hasSize(3); // Once per outage.
    }
  }

  @Test
  void passwordsAreUsedAndWrongOnesExplained() throws Exception {
    try (Mosquitto broker = new Mosquitto(directory, passwords(directory))) {
      String port = Integer.toString(broker.port);
      Heard heard = new Heard();
      MqttConnection mqtt = open("mqtt://127.0.0.1:" + port).mqtt();
      mqtt.subscribe(List.of("t"), heard);
      DeviceException anonymous = heard.awaitBroken(1);
      assertThat(anonymous.kind()).isEqualTo(Kind.REFUSED);
      assertThat(anonymous).hasMessageContaining("does not accept the hub's user and password");

      configure("mine", "host", "127.0.0.1", "port", port, "user", "ada", "password", "byron");
      assertThat(heard.awaitBroken(2).kind()).isEqualTo(Kind.REFUSED);
      assertThat(heard.broken.get(1).getMessage()).doesNotContain("byron");

      String missing = "${secret:not-there}";
      configure("mine", "host", "127.0.0.1", "port", port, "user", "ada", "password", missing);
      assertThat(heard.awaitBroken(3)).hasMessageContaining("is not stored in the hub");

      String reference = secrets.put("broker", "lovelace");
      configure("mine", "host", "127.0.0.1", "port", port, "user", "ada", "password", reference);
      heard.awaitConnected(1);
      publish(mqtt, message("t", "hello", false));
      heard.awaitMessage(1);

      brokers.deleted(Brokers.PID + "~mine");
      assertThat(heard.awaitBroken(4).kind()).isEqualTo(Kind.REFUSED);
    }
  }

  @Test
  void twoUsersOfOneBrokerByName() throws Exception {
    try (Mosquitto broker = new Mosquitto(directory, passwords(directory))) {
      String port = Integer.toString(broker.port);
      configure("bad", "host", "127.0.0.1", "port", port, "user", "eve", "password", "x");
      configure("good", "host", "127.0.0.1", "port", port, "user", "ada", "password", "lovelace");
      Heard good = new Heard();
      open("mqtt://127.0.0.1:" + port + "?broker=good").mqtt().subscribe(List.of("t"), good);
      good.awaitConnected(1);
      Heard bad = new Heard();
      open("mqtt://127.0.0.1:" + port + "?broker=bad").mqtt().subscribe(List.of("t"), bad);
      assertThat(bad.awaitBroken(1).kind()).isEqualTo(Kind.REFUSED);
      assertThat(transport.connections()).isEqualTo(2);
    }
  }

  @Test
  void aTopicTheUserMayNotReadIsTold() throws Exception {
    Mosquitto.assumePresent();
    // mosquitto 2.0 grants every subscription; that nothing comes is its way of refusing.
    Path access = Files.writeString(directory.resolve("acl"), "topic read allowed/#\n");
    try (Mosquitto broker =
        new Mosquitto(directory, "allow_anonymous true", "acl_file " + access)) {
      Heard heard = new Heard();
      MqttConnection mqtt = open("mqtt://127.0.0.1:" + broker.port).mqtt();
      mqtt.subscribe(List.of("allowed/x", "secret/x"), heard);
      heard.awaitConnected(1);
      publish(mqtt, message("secret/x", "1", false));
      assertThat(heard.messages).isEmpty();
    }
  }

  @Test
  void tlsWithTheHomesOwnAuthority() throws Exception {
    Authority authority = new Authority(directory, "home");
    Authority other = new Authority(directory, "other");
    try (Mosquitto broker =
        new Mosquitto(
            directory, with("allow_anonymous true", authority.server("b", "DNS:localhost")))) {
      String port = Integer.toString(broker.port);
      Heard heard = new Heard();
      MqttConnection mqtt = open("mqtts://localhost:" + port).mqtt();
      mqtt.subscribe(List.of("t"), heard);
      DeviceException unknown = heard.awaitBroken(1);
      assertThat(unknown.kind()).isEqualTo(Kind.SETTINGS);
      assertThat(unknown)
          .hasMessageContaining("is signed by nobody the hub knows")
          .hasMessageContaining("it shows ");

      configure("b", "host", "localhost", "port", port, "authority", other.certificate.toString());
      assertThat(heard.awaitBroken(2)).hasMessageContaining("is signed by nobody the hub knows");

      configure("b", "host", "localhost", "port", port, "authority", "/nowhere/ca.pem");
      assertThat(heard.awaitBroken(3))
          .hasMessageContaining("cannot be used")
          .hasMessageContaining("no such file");

      configure(
          "b", "host", "localhost", "port", port, "authority", authority.certificate.toString());
      heard.awaitConnected(1);
      publish(mqtt, message("t", "x".repeat(200_000), false));
      assertThat(heard.awaitMessage(1).payload()).hasSize(200_000);

      configure(
          "b",
          "host",
          "localhost",
          "port",
          port,
          "authority",
          Files.readString(authority.certificate));
      heard.awaitConnected(2);
    }
  }

  @Test
  void aCertificateForAnotherNameIsRefusedAndItsFingerprintHelps() throws Exception {
    Authority authority = new Authority(directory, "home");
    try (Mosquitto broker =
        new Mosquitto(
            directory, with("allow_anonymous true", authority.server("b", "DNS:broker.lan")))) {
      String port = Integer.toString(broker.port);
      configure(
          "a", "host", "localhost", "port", port, "authority", authority.certificate.toString());
      Heard heard = new Heard();
      open("mqtts://localhost:" + port).mqtt().subscribe(List.of("t"), heard);
      DeviceException why = heard.awaitBroken(1);
      assertThat(why.kind()).isEqualTo(Kind.SETTINGS);
      assertThat(why).hasMessageContaining("is not made for the name 'localhost'");
      configure(
          "b", "host", "127.0.0.1", "port", port, "authority", authority.certificate.toString());
      Heard byAddress = new Heard();
      open("mqtts://127.0.0.1:" + port).mqtt().subscribe(List.of("t"), byAddress);
      assertThat(byAddress.awaitBroken(1))
          .hasMessageContaining("is not made for the name '127.0.0.1'");

      String fingerprint = authority.fingerprint("b");
      assertThat(why.getMessage().replace(":", "")).containsIgnoringCase(fingerprint);
      Heard pinned = new Heard();
      open("mqtts://localhost:" + port + "?sha256=" + fingerprint)
          .mqtt()
          .subscribe(List.of("t"), pinned);
      pinned.awaitConnected(1);

      configure(
          "a",
          "host",
          "localhost",
          "port",
          port,
          "fingerprint",
          fingerprint.toUpperCase(java.util.Locale.ROOT).replaceAll("(..)(?!$)", "$1:"));
      heard.awaitConnected(1);

      Heard wrong = new Heard();
      open("mqtts://localhost:" + port + "?sha256=" + "0".repeat(64))
          .mqtt()
          .subscribe(List.of("t"), wrong);
      assertThat(wrong.awaitBroken(1)).hasMessageContaining("shows another certificate");
    }
  }

  @Test
  void encryptionOnOneSideOnlyIsExplained() throws Exception {
    Authority authority = new Authority(directory, "home");
    try (Mosquitto plain = new Mosquitto(directory, "allow_anonymous true");
        Mosquitto tls =
            new Mosquitto(
                directory, with("allow_anonymous true", authority.server("b", "DNS:localhost")))) {
      Heard toPlain = new Heard();
      open("mqtts://localhost:" + plain.port).mqtt().subscribe(List.of("t"), toPlain);
      assertThat(toPlain.awaitBroken(1).getMessage()).contains("with encryption");
      Heard toTls = new Heard();
      open("mqtt://localhost:" + tls.port).mqtt().subscribe(List.of("t"), toTls);
      assertThat(toTls.awaitBroken(1).getMessage()).contains("mqtts://");
    }
  }

  /** Paho reads with a time-out of a second: a record of TLS in two halves must survive it. */
  @Test
  void anEncryptedRecordMayComeInTwoHalves() throws Exception {
    Authority authority = new Authority(directory, "home");
    try (Mosquitto broker =
            new Mosquitto(
                directory, with("allow_anonymous true", authority.server("b", "DNS:localhost")));
        Slow slow = new Slow(broker.port)) {
      Heard heard = new Heard();
      MqttConnection mqtt =
          open("mqtts://localhost:" + slow.port() + "?sha256=" + authority.fingerprint("b")).mqtt();
      mqtt.subscribe(List.of("t"), heard);
      heard.awaitConnected(1);
      slow.halve();
      assertThat(mqtt.publish(message("t", "x".repeat(5_000), false)).toCompletableFuture())
          .succeedsWithin(20, TimeUnit.SECONDS);
      assertThat(heard.awaitMessage(1).payload()).hasSize(5_000);
      assertThat(heard.broken).isEmpty();
      assertThat(slow.halved()).isTrue();
    }
  }

  private static String[] with(String first, String... more) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
