package org.commonshub.metering.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server does, named by the conformance statements of MQTT 3.1.1 (appendix B). */
class BrokerTest {
  private final TestBroker home = new TestBroker();

  // ---------------------------------------------------------------- CONNECT

  @Test
  void mqtt_3_1_0_1_theFirstPacketIsConnect() {
    for (String packet : List.of("c000", "e000", "40020001", "8206 0001 0001 74 00")) {
      TestClient client = new TestClient(home).send(packet);
      assertThat(client.ended).isTrue();
      assertThat(client.heard()).isEmpty();
    }
  }

  @Test
  void mqtt_3_1_0_2_aSecondConnectEndsIt() {
    TestClient client = home.client("a");
    client.login("all", "a", true);
    assertThat(client.ended).isTrue();
    assertThat(client.heard()).isEmpty();
    assertThat(home.broker.connected()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "'1011 0006 4d5149736470 03 02 003c 0003 616263'",
    "'100d 0004 4d515454 05 02 003c 00 0000'",
    "'100c 0004 4d515454 84 02 003c 0000'",
  })
  void mqtt_3_1_2_2_anotherVersionIsToldSo(String connect) {
    TestClient client = new TestClient(home).send(connect);
    assertThat(client.heard()).containsExactly("CONNACK 0 1");
    assertThat(client.ended).isTrue();
  }

  @Test
  void wrongPasswordsAndNone() {
    TestClient wrong = new TestClient(home).send(Bytes.connect("ada", "x", "a", true, 60));
    assertThat(wrong.heard()).containsExactly("CONNACK 0 4");
    assertThat(wrong.ended).isTrue();
    TestClient unknown = new TestClient(home).send(Bytes.connect("eve", "eve", "a", true, 60));
    assertThat(unknown.heard()).containsExactly("CONNACK 0 4");
    TestClient anonymous =
        new TestClient(home).send("100c 0004 4d515454 04 02 003c 0000".replace(" ", ""));
    assertThat(anonymous.heard()).containsExactly("CONNACK 0 5");
    assertThat(anonymous.ended).isTrue();
    TestClient noPassword =
        new TestClient(home)
            .send(
                new Bytes()
                    .string("MQTT")
                    .u8(4)
                    .u8(0x82)
                    .u16(60)
                    .string("a")
                    .string("ada")
                    .packet(0x10));
    assertThat(noPassword.heard()).containsExactly("CONNACK 0 5");
    assertThat(home.warnings).noneMatch(w -> w.contains("nothing"));
  }

  @Test
  void mqtt_3_1_3_6_anEmptyIdentifierGetsOne() {
    TestClient first = new TestClient(home).login("all", "", true);
    TestClient second = new TestClient(home).login("all", "", true);
    assertThat(first.heard()).containsExactly("CONNACK 0 0");
    assertThat(second.heard()).containsExactly("CONNACK 0 0");
    assertThat(first.ended).isFalse();
  }

  @Test
  void mqtt_3_1_3_8_anEmptyIdentifierNeedsACleanSession() {
    TestClient client = new TestClient(home).login("all", "", false);
    assertThat(client.heard()).containsExactly("CONNACK 0 2");
    assertThat(client.ended).isTrue();
  }

  @Test
  void mqtt_3_1_3_5_identifiersOf23AndMoreCharacters() {
    assertThat(new TestClient(home).login("all", "0123456789abcdefghijklM", true).heard())
        .containsExactly("CONNACK 0 0");
    assertThat(new TestClient(home).login("all", "ü".repeat(128), true).heard())
        .containsExactly("CONNACK 0 0");
    assertThat(new TestClient(home).login("all", "x".repeat(129), true).heard())
        .containsExactly("CONNACK 0 2");
  }

  @Test
  void mqtt_3_1_4_2_theSameIdentifierTakesOver() {
    TestClient first = home.client("same");
    TestClient second = home.client("same");
    assertThat(first.ended).isTrue();
    assertThat(second.ended).isFalse();
    TestClient ofAnotherUser = home.client("ada", "same");
    assertThat(second.ended).as("another user's client is nobody's rival").isFalse();
    assertThat(ofAnotherUser.ended).isFalse();
  }

  @Test
  void mqtt_3_1_4_5_packetsBeforeTheConnackAreTaken() {
    TestClient client =
        new TestClient(home)
            .send(
                new Bytes()
                    .raw(Bytes.connect("all", "lla", "a", true, 60))
                    .raw(Bytes.subscribe(1, "t", 0))
                    .raw(Bytes.publish("t", "x", 0, 0, false, false))
                    .bytes());
    assertThat(client.heard()).containsExactly("CONNACK 0 0", "SUBACK #1 0", "PUBLISH t x q0");
  }

  // ---------------------------------------------------------------- sessions

  @Test
  void mqtt_3_1_2_4_aSessionGoesOnWhereItEnded() {
    TestClient client = new TestClient(home).login("all", "a", false).subscribe("t/#", 1);
    assertThat(client.heard()).containsExactly("CONNACK 0 0", "SUBACK #1 1");
    client.breakOff();
    TestClient other = home.client("b");
    other.send(Bytes.publish("t/1", "one", 1, 7, false, false));
    other.send(Bytes.publish("t/2", "two", 0, 0, false, false)); // QoS 0 is not kept
    other.send(Bytes.publish("t/3", "three", 2, 8, false, false));
    TestClient again = new TestClient(home).login("all", "a", false);
    assertThat(again.heard())
        .containsExactly("CONNACK 1 0", "PUBLISH t/1 one q1 #1", "PUBLISH t/3 three q1 #2");
  }

  @Test
  void mqtt_3_1_2_6_aCleanSessionStartsAndEndsWithTheConnection() {
    new TestClient(home).login("all", "a", false).subscribe("t", 1).breakOff();
    assertThat(home.broker.sessions()).isEqualTo(1);
    TestClient clean = new TestClient(home).login("all", "a", true);
    assertThat(clean.heard()).containsExactly("CONNACK 0 0");
    home.client("b").send(Bytes.publish("t", "x", 1, 1, false, false));
    assertThat(clean.heard()).isEmpty();
    clean.subscribe("t", 1).breakOff();
    TestClient later = new TestClient(home).login("all", "a", false);
    assertThat(later.heard()).containsExactly("CONNACK 0 0");
    home.client("b").send(Bytes.publish("t", "x", 1, 1, false, false));
    assertThat(later.heard()).isEmpty();
  }

  @Test
  void mqtt_4_4_0_1_unacknowledgedMessagesComeAgainInOrder() {
    TestClient client = new TestClient(home).login("all", "a", false).subscribe("t", 1);
    TestClient other = home.client("b");
    for (int i = 1; i <= 3; i++) {
      other.send(Bytes.publish("t", "m" + i, 1, i, false, false));
    }
    client.heard();
    client.send(Bytes.ack(0x40, 2));
    client.breakOff();
    TestClient again = new TestClient(home).login("all", "a", false);
    assertThat(again.heard())
        .containsExactly("CONNACK 1 0", "PUBLISH t m1 q1 #1 dup", "PUBLISH t m3 q1 #3 dup");
    again.send(Bytes.ack(0x40, 1)).send(Bytes.ack(0x40, 3));
    other.send(Bytes.publish("t", "m4", 1, 4, false, false));
    assertThat(again.heard()).containsExactly("PUBLISH t m4 q1 #4");
    again.breakOff();
    assertThat(new TestClient(home).login("all", "a", false).heard())
        .containsExactly("CONNACK 1 0", "PUBLISH t m4 q1 #4 dup");
  }

  // ---------------------------------------------------------------- PUBLISH and its answers

  @Test
  void mqtt_3_3_4_1_answersByQualityOfService() {
    TestClient client = home.client("a");
    client.send(Bytes.publish("t", "x", 0, 0, false, false));
    assertThat(client.heard()).isEmpty();
    client.send(Bytes.publish("t", "x", 1, 65_535, false, false));
    assertThat(client.heard()).containsExactly("PUBACK #65535");
    client.send(Bytes.publish("t", "x", 2, 9, false, false));
    assertThat(client.heard()).containsExactly("PUBREC #9");
    client.send(Bytes.ack(0x62, 9));
    assertThat(client.heard()).containsExactly("PUBCOMP #9");
  }

  @Test
  void mqtt_4_3_3_2_exactlyOnceUntilReleased() {
    TestClient reader = home.client("r").subscribe("t", 1);
    reader.heard();
    TestClient client = new TestClient(home).login("all", "a", false);
    client.send(Bytes.publish("t", "x", 2, 9, false, false));
    client.send(Bytes.publish("t", "x", 2, 9, false, true));
    client.breakOff();
    TestClient again = new TestClient(home).login("all", "a", false);
    again.send(Bytes.publish("t", "x", 2, 9, false, true));
    assertThat(again.heard()).containsExactly("CONNACK 1 0", "PUBREC #9");
    assertThat(reader.heard()).containsExactly("PUBLISH t x q1 #1");
    again.send(Bytes.ack(0x62, 9));
    again.send(Bytes.ack(0x62, 9));
    assertThat(again.heard()).containsExactly("PUBCOMP #9", "PUBCOMP #9");
    again.send(Bytes.publish("t", "y", 2, 9, false, false));
    assertThat(reader.heard()).containsExactly("PUBLISH t y q1 #2");
  }

  @Test
  void mqtt_4_3_2_2_aRepeatedMessageOfQos1IsANewOne() {
    TestClient reader = home.client("r").subscribe("t", 0);
    reader.heard();
    home.client("a")
        .send(Bytes.publish("t", "x", 1, 5, false, false))
        .send(Bytes.publish("t", "x", 1, 5, false, true));
    assertThat(reader.heard()).containsExactly("PUBLISH t x q0", "PUBLISH t x q0");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0", "0, 1, 0", "1, 0, 0", "1, 1, 1", "1, 2, 1", "2, 0, 0", "2, 1, 1", "2, 2, 1"
  })
  void mqtt_3_8_4_6_theLowerQualityOfServiceCounts(int published, int wished, int delivered) {
    TestClient reader = home.client("r").subscribe("t", wished);
    assertThat(reader.heard()).containsExactly("SUBACK #1 " + Math.min(1, wished));
    home.client("a").send(Bytes.publish("t", "x", published, published > 0 ? 3 : 0, false, false));
    assertThat(reader.heard())
        .containsExactly("PUBLISH t x q" + delivered + (delivered > 0 ? " #1" : ""));
  }

  @Test
  void mqtt_3_3_5_1_overlappingFiltersGiveOneMessageOfTheHighestQuality() {
    TestClient reader =
        home.client("r").send(Bytes.subscribe(1, "t/#", 0, "t/+", 1, "+/x", 0, "#", 0));
    assertThat(reader.heard()).containsExactly("SUBACK #1 0 1 0 0");
    home.client("a").send(Bytes.publish("t/x", "v", 1, 3, false, false));
    assertThat(reader.heard()).containsExactly("PUBLISH t/x v q1 #1");
  }

  @Test
  void mqtt_4_6_0_6_orderOfATopic() {
    TestClient reader = home.client("r").subscribe("t", 1);
    reader.heard();
    TestClient writer = home.client("w");
    List<String> expected = new ArrayList<>();
    for (int i = 1; i <= 200; i++) {
      writer.send(Bytes.publish("t", "m" + i, i % 2, i % 2 == 0 ? 0 : i, false, false));
      expected.add("m" + i);
    }
    List<String> heard = new ArrayList<>();
    for (List<String> more = reader.heard(); !more.isEmpty(); more = reader.heard()) {
      for (String each : more) {
        heard.add(each.split(" ")[2]);
        if (each.contains("#")) {
          reader.send(Bytes.ack(0x40, Integer.parseInt(each.replaceAll(".*#", ""))));
        }
      }
    }
    assertThat(heard).isEqualTo(expected);
    assertThat(home.broker.bytes()).isZero();
  }

  @Test
  void aWriterHearsItself() {
    TestClient client = home.client("a").subscribe("t", 0);
    client.heard();
    client.send(Bytes.publish("t", "x", 0, 0, false, false));
    assertThat(client.heard()).containsExactly("PUBLISH t x q0");
  }

  // ---------------------------------------------------------------- kept messages

  @Test
  void mqtt_3_3_1_5_keptMessages() {
    TestClient writer = home.client("w");
    TestClient early = home.client("e").subscribe("t/#", 1);
    early.heard();
    writer.send(Bytes.publish("t/1", "old", 1, 1, true, false));
    writer.send(Bytes.publish("t/1", "new", 1, 2, true, false));
    writer.send(Bytes.publish("t/2", "zero", 0, 0, true, false));
    // [MQTT-3.3.1-9]: not marked for who was there
    assertThat(early.heard())
        .containsExactly("PUBLISH t/1 old q1 #1", "PUBLISH t/1 new q1 #2", "PUBLISH t/2 zero q0");
    // [MQTT-3.3.1-6], [MQTT-3.3.1-8]: the last one, marked
    TestClient late = home.client("l").subscribe("t/+", 1);
    assertThat(late.heard())
        .containsExactly(
            "SUBACK #1 1", "PUBLISH t/1 new q1 #1 retain", "PUBLISH t/2 zero q0 retain");
    // [MQTT-3.3.1-12]: a message that is not to be kept changes nothing
    writer.send(Bytes.publish("t/1", "passing", 0, 0, false, false));
    late.heard();
    // [MQTT-3.8.4-3]: subscribing once more repeats them
    assertThat(late.subscribe("t/+", 0).heard())
        .containsExactly("SUBACK #1 0", "PUBLISH t/1 new q0 retain", "PUBLISH t/2 zero q0 retain");
    // [MQTT-3.3.1-10], -11: an empty one removes it, and is no kept message itself
    writer.send(Bytes.publish("t/1", "", 0, 0, true, false));
    assertThat(late.heard()).containsExactly("PUBLISH t/1  q0");
    assertThat(home.client("x").subscribe("t/#", 1).heard())
        .containsExactly("SUBACK #1 1", "PUBLISH t/2 zero q0 retain");
  }

  @Test
  void keptMessagesAreBoundedByUser() {
    home.user("hog", "hog/#");
    TestClient hog = home.client("hog", "h");
    for (int i = 0; i < 300; i++) {
      hog.send(Bytes.publish("hog/" + i, "x", 1, 1 + i, true, false));
    }
    TestClient reader = home.client("r").subscribe("hog/#", 0);
    assertThat(reader.heard()).hasSize(1 + RetainedMessages.TOPICS_PER_USER);
    assertThat(home.warnings).anyMatch(w -> w.contains("cannot keep more messages of 'hog'"));
    home.client("ada", "a").send(Bytes.publish("ada/1", "y", 1, 1, true, false));
    assertThat(home.client("q").subscribe("ada/#", 0).heard()).hasSize(2);
    // A topic that is known may still change.
    hog.send(Bytes.publish("hog/0", "z", 1, 1, true, false));
    assertThat(home.client("s").subscribe("hog/0", 0).heard())
        .containsExactly("SUBACK #1 0", "PUBLISH hog/0 z q0 retain");
    home.users.remove("hog");
    home.broker.changed("hog", home.now());
    assertThat(hog.ended).isTrue();
    assertThat(home.client("t").subscribe("hog/#", 0).heard()).containsExactly("SUBACK #1 0");
  }

  @Test
  void manyKeptMessagesComeAsFastAsTheyAreAcknowledged() {
    TestClient writer = home.client("w");
    for (int i = 0; i < 200; i++) {
      writer.send(Bytes.publish("k/" + i, "x", 1, 1 + i, true, false));
    }
    TestClient reader = home.client("r").subscribe("k/#", 1);
    Set<String> topics = new java.util.HashSet<>();
    for (List<String> more = reader.heard(); !more.isEmpty(); more = reader.heard()) {
      assertThat(more).hasSizeLessThanOrEqualTo(Session.WINDOW + 1);
      for (String each : more) {
        if (each.startsWith("PUBLISH")) {
          topics.add(each.split(" ")[1]);
          reader.send(Bytes.ack(0x40, Integer.parseInt(each.replaceAll(".*#(\\d+).*", "$1"))));
        }
      }
    }
    assertThat(topics).hasSize(200);
    assertThat(home.broker.bytes()).isZero();
  }

  // ---------------------------------------------------------------- SUBSCRIBE, UNSUBSCRIBE

  @Test
  void mqtt_3_10_4_unsubscribe() {
    TestClient client = home.client("a").send(Bytes.subscribe(1, "a", 0, "b", 0, "b/#", 0));
    client.heard();
    client.send(Bytes.unsubscribe(5, "a", "b/#", "never"));
    assertThat(client.heard()).containsExactly("UNSUBACK #5"); // [MQTT-3.10.4-5]
    client.send(Bytes.publish("a", "x", 0, 0, false, false));
    client.send(Bytes.publish("b", "y", 0, 0, false, false));
    assertThat(client.heard()).containsExactly("PUBLISH b y q0");
    assertThat(home.broker.subscriptions()).isEqualTo(1);
  }

  @Test
  void mqtt_4_7_2_1_wildcardsDoNotMatchDollar() {
    TestClient client = home.client("a").send(Bytes.subscribe(1, "#", 0, "+/x", 0));
    client.heard();
    client.send(Bytes.publish("$SYS/x", "v", 0, 0, false, false));
    assertThat(client.heard()).isEmpty();
    client.subscribe("$SYS/+", 0).heard();
    client.send(Bytes.publish("$SYS/x", "v", 0, 0, false, false));
    assertThat(client.heard()).containsExactly("PUBLISH $SYS/x v q0");
  }

  @Test
  void limitsOfSubscriptions() {
    TestClient client = home.client("a");
    for (int i = 0; i < Broker.SUBSCRIPTIONS; i++) {
      client.subscribe("f/" + i, 0);
    }
    client.heard();
    assertThat(client.subscribe("more", 0).heard()).containsExactly("SUBACK #1 80");
    assertThat(client.subscribe("f/3", 1).heard()).containsExactly("SUBACK #1 1");
    assertThat(client.send(Bytes.unsubscribe(2, "f/4")).subscribe("more", 0).heard())
        .containsExactly("UNSUBACK #2", "SUBACK #1 0");
    assertThat(home.client("b").subscribe("a/".repeat(16) + "#", 0).heard())
        .containsExactly("SUBACK #1 80");
    assertThat(home.client("c").subscribe("x".repeat(257), 0).heard())
        .containsExactly("SUBACK #1 80");
  }

  // ---------------------------------------------------------------- ping, farewell, will

  @Test
  void mqtt_3_12_4_1_ping() {
    assertThat(home.client("a").send("c000").heard()).containsExactly("PINGRESP");
  }

  @Test
  void mqtt_3_1_2_24_keepAlive() {
    TestClient client = home.client("a"); // 60 s
    home.pass(Duration.ofSeconds(89));
    assertThat(client.ended).isFalse();
    client.send("c000");
    home.pass(Duration.ofSeconds(89));
    assertThat(client.ended).isFalse();
    home.pass(Duration.ofSeconds(2));
    assertThat(client.ended).isTrue();
    TestClient without = new TestClient(home).send(Bytes.connect("all", "lla", "b", true, 0));
    home.pass(Duration.ofMinutes(59));
    assertThat(without.ended).isFalse();
    home.pass(Duration.ofMinutes(2));
    assertThat(without.ended).isTrue();
  }

  private TestClient withWill(String user, String topic, int qos, boolean retain) {
    TestClient client =
        new TestClient(home)
            .send(
                Bytes.connectWithWill(
                    user, TestBroker.password(user), "w", topic, "gone", qos, retain));
    assertThat(client.heard()).containsExactly("CONNACK 0 0");
    return client;
  }

  @Test
  void mqtt_3_1_2_8_theWillIsPublishedUnlessTheClientSaysGoodbye() {
    TestClient reader = home.client("r").subscribe("will", 1);
    reader.heard();
    withWill("all", "will", 1, false).breakOff();
    assertThat(reader.heard()).containsExactly("PUBLISH will gone q1 #1");
    withWill("all", "will", 0, false).send("ff"); // protocol error
    assertThat(reader.heard()).containsExactly("PUBLISH will gone q0");
    withWill("all", "will", 2, false);
    withWill("all", "will", 2, false); // take-over
    assertThat(reader.heard()).containsExactly("PUBLISH will gone q1 #2");
    reader.send(Bytes.ack(0x40, 1)).send(Bytes.ack(0x40, 2));
    home.pass(Duration.ofSeconds(80));
    reader.send("c000");
    home.pass(Duration.ofSeconds(20)); // keep alive
    assertThat(reader.heard()).containsExactly("PINGRESP", "PUBLISH will gone q1 #3");
    TestClient polite = withWill("all", "will", 1, false).send("e000");
    assertThat(polite.ended).isTrue();
    polite.breakOff();
    assertThat(reader.heard()).isEmpty(); // [MQTT-3.1.2-10], [MQTT-3.14.4-3]
  }

  @Test
  void mqtt_3_1_2_17_aWillMayBeKept() {
    withWill("all", "will", 1, true).breakOff();
    assertThat(home.client("r").subscribe("will", 0).heard())
        .containsExactly("SUBACK #1 0", "PUBLISH will gone q0 retain");
  }

  @Test
  void aWillGoesNoFurtherThanItsClientMay() {
    TestClient reader = home.client("r").subscribe("#", 0);
    reader.heard();
    withWill("ada", "bob/x", 0, true).breakOff();
    assertThat(reader.heard()).isEmpty();
    withWill("ada", "ada/x", 0, true).breakOff();
    assertThat(reader.heard()).containsExactly("PUBLISH ada/x gone q0");
  }

  @Test
  void mqtt_3_14_4_nothingCountsAfterDisconnect() {
    TestClient reader = home.client("r").subscribe("t", 0);
    reader.heard();
    TestClient client =
        home.client("a")
            .send(
                new Bytes()
                    .raw(Bytes.hex("e000"))
                    .raw(Bytes.publish("t", "x", 0, 0, false, false))
                    .bytes());
    client.send(Bytes.publish("t", "x", 0, 0, false, false));
    assertThat(client.ended).isTrue();
    assertThat(reader.heard()).isEmpty();
  }

  @Test
  void acknowledgementsNobodyAskedFor() {
    assertThat(home.client("a").send(Bytes.ack(0x40, 77)).ended).isFalse();
    assertThat(home.client("b").send(Bytes.ack(0x50, 77)).ended).isTrue();
    assertThat(home.client("c").send(Bytes.ack(0x70, 77)).ended).isTrue();
  }

  // ---------------------------------------------------------------- everybody in its own place

  @Test
  void eachClientIsConfinedToItsTopics() {
    TestClient ada = home.client("ada", "a");
    TestClient bob = home.client("bob", "b").subscribe("bob/#", 1);
    bob.heard();
    assertThat(
            ada.send(Bytes.subscribe(1, "ada/#", 1, "bob/#", 1, "#", 1, "+/x", 1, "ada", 0))
                .heard())
        .containsExactly("SUBACK #1 1 80 80 80 0");
    ada.send(Bytes.publish("bob/x", "intruder", 1, 1, true, false));
    assertThat(ada.heard()).containsExactly("PUBACK #1"); // dropped all the same
    assertThat(bob.heard()).isEmpty();
    bob.send(Bytes.publish("bob/x", "own", 1, 1, true, false));
    assertThat(ada.heard()).isEmpty();
    assertThat(bob.heard()).containsExactly("PUBLISH bob/x own q1 #1", "PUBACK #1");
    assertThat(home.warnings)
        .anyMatch(w -> w.contains("'ada' may not publish to bob/x"))
        .anyMatch(w -> w.contains("'ada' may not read bob/#"));
  }

  @Test
  void aUserThatChangesStartsAnew() {
    TestClient ada = new TestClient(home).login("ada", "a", false).subscribe("ada/#", 1);
    home.user("ada", "other/#");
    home.broker.changed("ada", home.now());
    assertThat(ada.ended).isTrue();
    TestClient again = new TestClient(home).login("ada", "a", false);
    assertThat(again.heard()).containsExactly("CONNACK 0 0");
    home.client("x").send(Bytes.publish("ada/1", "v", 1, 1, false, false));
    assertThat(again.heard()).isEmpty();
  }

  // ---------------------------------------------------------------- limits

  @Test
  void fiftyClients() {
    List<TestClient> clients = new ArrayList<>();
    for (int i = 0; i < Broker.CLIENTS; i++) {
      clients.add(home.client("c" + i));
    }
    TestClient tooMany = new TestClient(home).login("all", "more", true);
    assertThat(tooMany.heard()).containsExactly("CONNACK 0 3");
    assertThat(tooMany.ended).isTrue();
    TestClient again = new TestClient(home).login("all", "c3", true);
    assertThat(again.heard()).as("a take-over needs no place").containsExactly("CONNACK 0 0");
    clients.get(0).send("e000");
    assertThat(new TestClient(home).login("all", "more", true).heard())
        .containsExactly("CONNACK 0 0");
    assertThat(home.broker.connected()).isEqualTo(Broker.CLIENTS);
  }

  @Test
  void strangersAreShownOutAfterTenSeconds() {
    TestClient silent = new TestClient(home);
    TestClient slow = new TestClient(home).send("10 25 00");
    home.pass(Duration.ofSeconds(9));
    assertThat(silent.ended).isFalse();
    slow.send("04");
    home.pass(Duration.ofSeconds(2));
    assertThat(silent.ended).isTrue();
    assertThat(slow.ended).isTrue();
    assertThat(home.broker.strangers()).isZero();
  }

  @Test
  void manyStrangersDoNotKeepOthersOut() {
    List<TestClient> strangers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      strangers.add(new TestClient(home));
    }
    assertThat(home.broker.strangers()).isEqualTo(Broker.STRANGERS);
    assertThat(strangers.get(0).ended).isTrue();
    assertThat(strangers.get(499).ended).isFalse();
    home.client("a");
  }

  @Test
  void aStrangersPacketIsShort() {
    TestClient client = new TestClient(home);
    client.send(Bytes.connect("all", "x".repeat(20_000), "a", true, 60));
    assertThat(client.ended).isTrue();
    assertThat(client.heard()).isEmpty();
  }

  @Test
  void wrongPasswordsAreSlowedByAddress() {
    List<TestClient> tries = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      tries.add(new TestClient(home, "192.168.1.66"));
      tries.get(i).send(Bytes.connect("ada", "guess" + i, "a", true, 60));
    }
    assertThat(tries.stream().filter(t -> t.ended)).hasSize(4);
    TestClient right = new TestClient(home, "192.168.1.66").login("ada", "a", true);
    TestClient elsewhere = new TestClient(home, "192.168.1.67").login("bob", "b", true);
    assertThat(right.heard()).as("waits for its turn").isEmpty();
    assertThat(elsewhere.heard()).containsExactly("CONNACK 0 0");
    home.pass(Duration.ofSeconds(16));
    assertThat(right.heard()).as("but is let in").containsExactly("CONNACK 0 0");
    long answered = tries.stream().filter(t -> t.heard().contains("CONNACK 0 4")).count();
    assertThat(answered).isBetween(4L, 10L);
    home.pass(Duration.ofMinutes(11));
    assertThat(new TestClient(home, "192.168.1.66").login("ada", "a", true).heard())
        .containsExactly("CONNACK 0 0");
  }

  @Test
  void packetsSentWhileWaitingForItsTurnAreTakenLater() {
    for (int i = 0; i < 5; i++) {
      new TestClient(home).send(Bytes.connect("ada", "no", "a", true, 60));
    }
    TestClient client =
        new TestClient(home).login("ada", "a", true).subscribe("ada/#", 0).send("c000");
    assertThat(client.heard()).isEmpty();
    home.pass(Duration.ofSeconds(5));
    assertThat(client.heard()).containsExactly("CONNACK 0 0", "SUBACK #1 0", "PINGRESP");
    for (int i = 0; i < 5; i++) {
      new TestClient(home).send(Bytes.connect("ada", "no", "a", true, 60));
    }
    TestClient pushy = new TestClient(home).login("ada", "b", true);
    pushy.send(new byte[Broker.PACKET_STRANGER + 1]);
    assertThat(pushy.ended).isTrue();
  }

  @Test
  void tooManyMessages() {
    TestClient reader = home.client("r").subscribe("t", 0);
    reader.heard();
    TestClient quick = home.client("q");
    for (int i = 0; i < Broker.MESSAGES_BURST + 500; i++) {
      quick.send(Bytes.publish("t", "x", 0, 0, false, false));
    }
    assertThat(reader.heard()).hasSize(Broker.MESSAGES_BURST);
    assertThat(quick.ended).isFalse();
    home.pass(Duration.ofSeconds(1));
    for (int i = 0; i < 500; i++) {
      quick.send(Bytes.publish("t", "x", 0, 0, false, false));
    }
    assertThat(reader.heard()).hasSize(Broker.MESSAGES_PER_SECOND);
    quick.send(Bytes.publish("t", "x", 1, 1, false, false));
    assertThat(quick.ended).as("QoS 1 cannot be dropped").isTrue();
  }

  @Test
  void tooManyBytes() {
    TestClient client = home.client("a");
    byte[] large = Bytes.publish("t", "x".repeat(200_000), 0, 0, false, false);
    for (int i = 0; i < 20; i++) {
      client.send(large);
    }
    assertThat(client.ended).isFalse();
    client.send(large);
    assertThat(client.ended).isTrue();
    assertThat(home.warnings).anyMatch(w -> w.contains("KiB/s"));
  }

  @Test
  void packetsOf256KiB() {
    TestClient reader = home.client("r").subscribe("t", 1);
    reader.heard();
    TestClient writer = home.client("w");
    String most = "x".repeat(Broker.PACKET - 4 - 3 - 2);
    writer.send(Bytes.publish("t", most, 1, 1, false, false));
    assertThat(writer.heard()).containsExactly("PUBACK #1");
    assertThat(reader.heard()).containsExactly("PUBLISH t " + most + " q1 #1");
    writer.send(Bytes.publish("t", most + "x", 1, 2, false, false));
    assertThat(writer.ended).isTrue();
  }

  @Test
  void unfinishedPacketsAreBoundedTogether() {
    byte[] large = Bytes.publish("t", "x".repeat(250_000), 0, 0, false, false);
    byte[] most = java.util.Arrays.copyOf(large, 200_000);
    List<TestClient> clients = new ArrayList<>();
    for (int i = 0; i < Broker.CLIENTS; i++) {
      clients.add(home.client("c" + i).send(most));
    }
    assertThat(home.broker.partialBytes()).isLessThanOrEqualTo(Broker.PARTIAL_BYTES);
    assertThat(clients.stream().filter(c -> !c.ended)).hasSize(Broker.PARTIAL_BYTES / 200_000);
    clients.forEach(TestClient::breakOff);
    assertThat(home.broker.partialBytes()).isZero();
  }

  @Test
  void unreleasedMessagesOfQos2AreBounded() {
    TestClient client = home.client("a");
    for (int i = 1; i <= Session.RECEIVED; i++) {
      client.send(Bytes.publish("t", "x", 2, i, false, false));
    }
    assertThat(client.ended).isFalse();
    client.send(Bytes.publish("t", "x", 2, 1_000, false, false));
    assertThat(client.ended).isTrue();
  }

  @Test
  void whoReadsSlowlyLosesTheOldestAndDelaysNobody() {
    TestClient slow = home.client("s").subscribe("t", 0);
    TestClient quick = home.client("q").subscribe("t", 0);
    slow.heard();
    quick.heard();
    slow.waiting = 1_000_000;
    TestClient writer = home.client("w");
    for (int i = 0; i < 1_500; i++) {
      writer.send(Bytes.publish("t", "m" + i, 0, 0, false, false));
    }
    assertThat(quick.heard()).hasSize(1_500);
    assertThat(slow.heard()).isEmpty();
    assertThat(slow.ended).isFalse();
    slow.waiting = 0;
    home.broker.writable(slow.link);
    List<String> late = slow.heard();
    assertThat(late).hasSize(Session.QUEUE_ONLINE).endsWith("PUBLISH t m1499 q0");
    assertThat(late.get(0)).isEqualTo("PUBLISH t m500 q0");
    assertThat(home.broker.bytes()).isZero();
  }

  @Test
  void whoDoesNotAcknowledgeIsDisconnectedAndFindsTheNewestLater() {
    TestClient slow = new TestClient(home).login("all", "s", false).subscribe("t", 1);
    slow.heard();
    TestClient writer = home.client("w");
    int sent = 0;
    while (!slow.ended) {
      writer.send(Bytes.publish("t", "m" + sent++, 1, 1 + sent, false, false));
      assertThat(sent).isLessThan(2_000);
    }
    assertThat(sent).isEqualTo(Session.WINDOW + Session.QUEUE_ONLINE + 1);
    assertThat(home.warnings).anyMatch(w -> w.contains("does not read the messages"));
    TestClient again = new TestClient(home).login("all", "s", false);
    List<String> texts = new ArrayList<>();
    for (List<String> more = again.heard(); !more.isEmpty(); more = again.heard()) {
      for (String each : more) {
        if (each.startsWith("PUBLISH")) {
          texts.add(each.split(" ")[2]);
          again.send(Bytes.ack(0x40, Integer.parseInt(each.replaceAll(".*#(\\d+).*", "$1"))));
        }
      }
    }
    assertThat(texts).hasSize(Session.WINDOW + Session.QUEUE_OFFLINE).endsWith("m" + (sent - 1));
    assertThat(home.broker.bytes()).isZero();
  }

  @Test
  void whatWaitsForSomebodyAwayIsBounded() {
    new TestClient(home).login("all", "s", false).subscribe("t", 1).breakOff();
    TestClient writer = home.client("w");
    for (int i = 0; i < 300; i++) {
      writer.send(Bytes.publish("t", "m" + i, 1, 1 + i, false, false));
    }
    TestClient again = new TestClient(home).login("all", "s", false);
    List<String> heard = again.heard();
    assertThat(heard.get(1)).isEqualTo("PUBLISH t m200 q1 #1");
    again.breakOff();
    home.pass(Duration.ofHours(25));
    assertThat(home.broker.sessions()).isZero();
    assertThat(home.broker.bytes()).isZero();
  }

  @Test
  void sessionsAreBounded() {
    for (int i = 0; i < 200; i++) {
      String user = "u" + i % 20;
      home.user(user, "#");
      new TestClient(home).login(user, "c" + i, false).subscribe("t", 1).breakOff();
      home.pass(Duration.ofSeconds(1));
    }
    assertThat(home.broker.sessions()).isEqualTo(Broker.SESSIONS);
    assertThat(new TestClient(home).login("u19", "c199", false).heard())
        .containsExactly("CONNACK 1 0");
    assertThat(new TestClient(home).login("u0", "c0", false).heard())
        .containsExactly("CONNACK 0 0");
    for (int i = 0; i < 50; i++) {
      new TestClient(home).login("ada", "x" + i, false).breakOff();
    }
    assertThat(new TestClient(home).login("u19", "c199", false).heard())
        .as("one user's many sessions do not drive out another's")
        .containsExactly("CONNACK 1 0");
  }

  @Test
  void allTogetherWaitInBoundedMemoryAndTheQuickGetTheirs() {
    List<TestClient> slow = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      TestClient client =
          new TestClient(home).login("all", "s" + i, i % 2 == 0).subscribe("t", i % 3 == 0 ? 1 : 0);
      client.waiting = 1_000_000;
      slow.add(client);
    }
    TestClient quick = home.client("q").subscribe("t", 1);
    quick.heard();
    TestClient writer = home.client("w");
    int heard = 0;
    for (int i = 0; i < 60; i++) {
      writer.send(Bytes.publish("t", "x".repeat(60_000), 1, 1 + i, false, false));
      assertThat(home.broker.bytes()).isLessThanOrEqualTo(Broker.BYTES + 100_000);
      for (String each : quick.heard()) {
        heard++;
        quick.send(Bytes.ack(0x40, Integer.parseInt(each.replaceAll(".*#", ""))));
      }
      home.pass(Duration.ofSeconds(1));
      writer.send("c000");
    }
    assertThat(heard).isEqualTo(60);
    assertThat(quick.ended).isFalse();
    slow.forEach(TestClient::breakOff);
    home.pass(Duration.ofHours(25));
    assertThat(home.broker.bytes()).isZero();
  }

  // ---------------------------------------------------------------- the hub's side

  @Test
  void theHubSeesAllTopicsAndSpeaksToAll() {
    List<String> seen = new ArrayList<>();
    Broker.Watcher watcher =
        home.broker.watch(
            List.of("#", "ada/+"), m -> seen.add(m.topic() + "=" + new String(m.payload())));
    TestClient ada = home.client("ada", "a").subscribe("ada/#", 1);
    ada.heard();
    ada.send(Bytes.publish("ada/power", "5", 0, 0, false, false));
    ada.heard();
    home.broker.publish("ada/relay", "on".getBytes(), true, home.now());
    assertThat(ada.heard()).containsExactly("PUBLISH ada/relay on q1 #1");
    assertThat(seen).containsExactly("ada/power=5", "ada/relay=on");
    assertThat(home.broker.kept(List.of("ada/#", "#"))).containsExactly("ada/relay");
    home.broker.unwatch(watcher);
    ada.send(Bytes.publish("ada/power", "6", 0, 0, false, false));
    assertThat(seen).hasSize(2);
  }

  // ---------------------------------------------------------------- anything at all

  @Test
  void whateverComesNothingLeaksAndNothingBreaks() {
    Random random = new Random(4);
    byte[][] pieces = {
      Bytes.connect("all", "lla", "x", false, 1),
      Bytes.connect("all", "lla", "y", true, 60),
      Bytes.connect("all", "bad", "z", true, 60),
      Bytes.connectWithWill("all", "lla", "w", "t", "v", 1, true),
      Bytes.subscribe(1, "t", 1, "#", 0),
      Bytes.subscribe(2, "+/a", 2),
      Bytes.unsubscribe(3, "#"),
      Bytes.publish("t", "x", 0, 0, true, false),
      Bytes.publish("t", "x", 1, 4, false, false),
      Bytes.publish("t/a", "y".repeat(500), 2, 5, true, false),
      Bytes.ack(0x40, 1),
      Bytes.ack(0x62, 5),
      Bytes.hex("c000"),
      Bytes.hex("e000"),
      Bytes.hex("ffff"),
    };
    List<TestClient> clients = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      if (clients.size() < 8 || random.nextInt(50) == 0) {
        clients.add(new TestClient(home, "192.168.1." + random.nextInt(250)));
      }
      TestClient client = clients.get(random.nextInt(clients.size()));
      switch (random.nextInt(12)) {
        case 0 -> client.breakOff();
        case 1 -> home.pass(Duration.ofMillis(250));
        case 2 -> {
          client.waiting = random.nextInt(100_000);
          home.broker.writable(client.link);
        }
        case 3 -> {
          byte[] noise = new byte[random.nextInt(40)];
          random.nextBytes(noise);
          client.send(noise);
        }
        default -> client.send(pieces[random.nextInt(pieces.length)]);
      }
      clients.removeIf(c -> c.ended);
    }
    clients.forEach(TestClient::breakOff);
    home.pass(Duration.ofHours(25));
    assertThat(home.broker.connected()).isZero();
    assertThat(home.broker.strangers()).isZero();
    assertThat(home.broker.sessions()).isZero();
    assertThat(home.broker.subscriptions()).isZero();
    assertThat(home.broker.bytes()).isZero();
    assertThat(home.broker.partialBytes()).isZero();
  }
}
