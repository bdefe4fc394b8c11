package org.commonshub.metering.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.MqttConnection.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against peers that misbehave, and about threads. */
class BrokerConnectionTest {
  private static final BrokerConnection.Times QUICK =
      new BrokerConnection.Times(20, 100, 25_000, 10_000);
  private static final BrokerConnection.Times HASTY =
      new BrokerConnection.Times(20, 100, 1_000, 500);

  private final ExecutorService delivery = Executors.newFixedThreadPool(4);
  private final List<BrokerConnection> open = new ArrayList<>();

  private BrokerConnection connection(int port) {
    return connection(Endpoint.parse("mqtt://127.0.0.1:" + port));
  }

  private BrokerConnection connection(Endpoint endpoint) {
    return connection(endpoint, QUICK);
  }

  private BrokerConnection connection(Endpoint endpoint, BrokerConnection.Times times) {
    BrokerConnection.Access access =
        new BrokerConnection.Access() {
          @Override
          public BrokerSettings settings() {
            return BrokerSettings.anonymous(endpoint.host(), endpoint.port());
          }

          @Override
          public Optional<String> secret(String value) {
            return Optional.of(value);
          }
        };
    BrokerConnection connection = new BrokerConnection(endpoint, access, delivery, times);
    open.add(connection);
    return connection;
  }

  @AfterEach
  void everyThreadEnds() throws InterruptedException {
    for (BrokerConnection connection : open) {
      connection.close();
    }
    for (BrokerConnection connection : open) {
      assertThat(connection.awaitThreads(30_000)).as("threads of %s", connection).isTrue();
    }
    delivery.shutdown();
    assertThat(delivery.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
  }

  private static Message message(String topic) {
    return new Message(topic, new byte[] {1}, false);
  }

  private static DeviceException failure(CompletionStage<Void> stage) {
    try {
      stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
      throw new AssertionError("did not fail");
    } catch (java.util.concurrent.ExecutionException e) {
      return (DeviceException) e.getCause();
    } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void nobodyThere() throws Exception {
    Heard heard = new Heard();
    BrokerConnection connection = connection(Mosquitto.freePort());
    connection.subscribe(List.of("t"), heard);
    DeviceException why = heard.awaitBroken(1);
    assertThat(why.kind()).isEqualTo(Kind.UNREACHABLE);
    assertThat(why).hasMessageContaining("refused").hasMessageContaining("Check the port");
    DeviceException lost = failure(connection.publish(message("t")));
    assertThat(lost.kind()).isEqualTo(Kind.UNREACHABLE);
    Heard late = new Heard();
    connection.subscribe(List.of("t"), late);
    assertThat(late.awaitBroken(1).kind()).isEqualTo(Kind.UNREACHABLE);
  }

  @Test
  void nameNotKnown() {
    Heard heard = new Heard();
    connection(Endpoint.parse("mqtt://no-such-host.invalid:1883")).subscribe(List.of("t"), heard);
    assertThat(heard.awaitBroken(1))
        .hasMessageContaining("'no-such-host.invalid' is not known in this network");
  }

  /** Paho would wait for ever in the thread that connects. */
  @Test
  void hangsUpAtOnceAgainAndAgain() throws Exception {
    try (Peer peer =
        new Peer(
            (in, out, connection) -> {
              if (connection > 30) {
                Peer.serve(in, out);
              }
            })) {
      Heard heard = new Heard();
      connection(peer.port).subscribe(List.of("t"), heard);
      heard.awaitConnected(1);
      assertThat(heard.broken).hasSize(1);
      assertThat(heard.broken.get(0)).hasMessageContaining("hung up during the greeting");
    }
  }

  @Test
  void speaksSomethingElse() throws Exception {
    try (Peer peer =
        new Peer((in, out, connection) -> out.write("SSH-2.0-OpenSSH\r\n".getBytes()))) {
      Heard heard = new Heard();
      connection(peer.port).subscribe(List.of("t"), heard);
      DeviceException why = heard.awaitBroken(1);
      assertThat(why.kind()).isEqualTo(Kind.INVALID_ANSWER);
      assertThat(why).hasMessageContaining("no MQTT 3.1.1 broker");
    }
  }

  @Test
  void saysNothing() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (Peer peer = new Peer((in, out, connection) -> end.await())) {
      BrokerConnection connection =
          connection(Endpoint.parse("mqtt://127.0.0.1:" + peer.port), HASTY);
      assertThat(failure(connection.publish(message("t"))).kind()).isEqualTo(Kind.TIMEOUT);
      Heard heard = new Heard();
      connection.subscribe(List.of("t"), heard);
      assertThat(heard.awaitBroken(1))
          .hasMessageContaining("answered as an MQTT broker within 1 s");
      end.countDown();
    }
  }

  @Test
  void refusesInWords() throws Exception {
    String[] advice = {
      "does not speak MQTT 3.1.1",
      "client identifier",
      "out of service",
      "user and password",
      "user and password"
    };
    for (int code = 1; code <= 5; code++) {
      int answer = code;
      try (Peer peer =
          new Peer(
              (in, out, connection) -> {
                Peer.packet(in);
                out.write(new byte[] {0x20, 2, 0, (byte) answer});
                in.read();
              })) {
        Heard heard = new Heard();
        connection(peer.port).subscribe(List.of("t"), heard);
        assertThat(heard.awaitBroken(1)).hasMessageContaining(advice[code - 1]);
      }
    }
  }

  @Test
  void firstNobodyThereThenTheWrongPasswordIsToldTwice() throws Exception {
    try (Peer peer =
        new Peer(
            (in, out, connection) -> {
              if (connection > 5) {
                Peer.packet(in);
                Peer.send(out, "20020005");
                in.read();
              }
            })) {
      Heard heard = new Heard();
      connection(peer.port).subscribe(List.of("t"), heard);
      assertThat(heard.awaitBroken(2).kind()).isEqualTo(Kind.REFUSED);
      assertThat(heard.broken.get(0).kind()).isEqualTo(Kind.DISCONNECTED);
    }
  }

  @Test
  void aRefusedSubscriptionIsToldToItsDeviceOnly() throws Exception {
    try (Peer peer =
        new Peer(
            (in, out, connection) -> {
              Peer.packet(in);
              Peer.send(out, "20020000");
              for (int i = 0; i < 2; i++) {
                byte[] subscribe = Peer.packet(in);
                boolean secret = new String(subscribe).contains("secret");
                out.write(
                    new byte[] {
                      (byte) 0x90, 3, subscribe[1], subscribe[2], (byte) (secret ? 0x80 : 1)
                    });
              }
              in.read();
            })) {
      Heard allowed = new Heard();
      Heard refused = new Heard();
      BrokerConnection connection = connection(peer.port);
      connection.subscribe(List.of("open"), allowed);
      connection.subscribe(List.of("secret"), refused);
      allowed.awaitConnected(1);
      DeviceException why = refused.awaitBroken(1);
      assertThat(why.kind()).isEqualTo(Kind.REFUSED);
      assertThat(why).hasMessageContaining("does not let the hub read secret");
      assertThat(allowed.broken).isEmpty();
    }
  }

  @Test
  void tooLongMessagesAreLeftOutAndTheNextOnesCome() throws Exception {
    AtomicInteger acknowledged = new AtomicInteger();
    try (Peer peer =
        new Peer(
            (in, out, connection) -> {
              Peer.packet(in);
              Peer.send(out, "20020000");
              byte[] subscribe = Peer.packet(in);
              out.write(new byte[] {(byte) 0x90, 3, subscribe[1], subscribe[2], 1});
              for (int i = 1; i <= 25; i++) {
                out.write(PacketGuardTest.publish(1, i, "t", MqttConnection.MAX_PAYLOAD + i));
                assertThat(Peer.packet(in)[0]).isEqualTo((byte) 0x40);
                acknowledged.incrementAndGet();
              }
              out.write(PacketGuardTest.publish(1, 26, "t", 5));
              in.read();
            })) {
      Heard heard = new Heard();
      connection(peer.port).subscribe(List.of("#"), heard);
      assertThat(heard.awaitMessage(1).payload()).hasSize(5);
      assertThat(acknowledged).hasValue(25);
      assertThat(heard.broken).isEmpty();
    }
  }

  @Test
  void publishesOfManyThreadsAllArriveOnce() throws Exception {
    List<Integer> arrived = Collections.synchronizedList(new ArrayList<>());
    try (Peer peer =
        new Peer(
            (in, out, connection) -> {
              while (true) {
                byte[] packet = Peer.packet(in);
                if (packet[0] == 0x10) {
                  Peer.send(out, "20020000");
                } else if ((packet[0] & 0xF0) == 0x30) {
                  arrived.add(
                      (packet[packet.length - 2] & 0xFF) << 8 | packet[packet.length - 1] & 0xFF);
                  out.write(new byte[] {0x40, 2, packet[4], packet[5]});
                }
              }
            })) {
      BrokerConnection connection = connection(peer.port);
      ExecutorService publishers = Executors.newFixedThreadPool(8);
      for (int t = 0; t < 8; t++) {
        int from = t * 100;
        publishers.execute(
            () -> {
              for (int i = from; i < from + 100; i++) {
                Message message = new Message("t", new byte[] {(byte) (i >> 8), (byte) i}, false);
                connection.publish(message).toCompletableFuture().join();
              }
            });
      }
      publishers.shutdown();
      assertThat(publishers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
      assertThat(arrived).hasSize(800).doesNotHaveDuplicates();
    }
  }

  @Test
  void moreThanTheQueueHoldsIsRefused() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (Peer peer =
        new Peer(
            (in, out, connection) -> {
              Peer.packet(in);
              Peer.send(out, "20020000");
              end.await();
            })) {
      BrokerConnection connection =
          connection(
              Endpoint.parse("mqtt://127.0.0.1:" + peer.port),
              new BrokerConnection.Times(20, 100, 25_000, 3_000));
      List<CompletionStage<Void>> stages = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        stages.add(connection.publish(message("t")));
      }
      assertThat(stages.stream().filter(s -> s.toCompletableFuture().isCompletedExceptionally()))
          .hasSize(36);
      assertThat(failure(stages.get(99))).hasMessageContaining("Too many messages wait");
      assertThat(failure(stages.get(0)).kind()).isEqualTo(Kind.TIMEOUT);
      end.countDown();
    }
  }

  @Test
  void aSlowDeviceDoesNotDelayTheOthers() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (Peer peer =
        new Peer(
            (in, out, connection) -> {
              Peer.packet(in);
              Peer.send(out, "20020000");
              for (int i = 0; i < 2; i++) {
                byte[] subscribe = Peer.packet(in);
                out.write(new byte[] {(byte) 0x90, 3, subscribe[1], subscribe[2], 1});
              }
              for (int i = 0; i < 1_000; i++) {
                byte[] publish = PacketGuardTest.publish(0, 0, "t", 2);
                publish[publish.length - 2] = (byte) (i >> 8);
                publish[publish.length - 1] = (byte) i;
                out.write(publish);
                if (i % 100 == 99) {
                  go.await(100, TimeUnit.MILLISECONDS); // lets the quick one keep up
                }
              }
              in.read();
            })) {
      CountDownLatch blocked = new CountDownLatch(1);
      Heard slow = new Heard();
      MqttConnection.Listener blocking =
          new MqttConnection.Listener() {
            @Override
            public void received(Message message) {
              try {
                blocked.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              slow.received(message);
            }

            @Override
            public void broken(DeviceException why) {}
          };
      Heard quick = new Heard();
      BrokerConnection connection = connection(peer.port);
      connection.subscribe(List.of("t"), blocking);
      connection.subscribe(List.of("#"), quick);
      quick.awaitMessage(1_000);
      assertThat(slow.messages).isEmpty();
      assertThat(connection.dropped()).isEqualTo(1_000 - 1 - Mailbox.MESSAGES);
      blocked.countDown();
      slow.awaitMessage(1 + Mailbox.MESSAGES);
    }
  }

  @Test
  void letsGoOfTheBrokerWhenNobodyIsLeft() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    try (Peer peer =
        new Peer(
            (in, out, connection) -> {
              try {
                Peer.serve(in, out);
              } finally {
                gone.countDown();
              }
            })) {
      BrokerConnection connection = connection(peer.port);
      Heard heard = new Heard();
      AutoCloseable subscription = connection.subscribe(List.of("t"), heard);
      heard.awaitConnected(1);
      subscription.close();
      assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
      connection.subscribe(List.of("t"), heard);
      heard.awaitConnected(2);
      assertThat(peer.connections).hasValue(2);
      assertThat(heard.broken).isEmpty();
    }
  }

  @Test
  void hundredTimesOpenedAndClosedLeavesNoThread() throws Exception {
    try (Peer peer =
        new Peer(
            (in, out, connection) -> {
              if (connection % 4 != 0) { // every fourth hangs up at once
                Peer.serve(in, out);
              }
            })) {
      for (int i = 0; i < 100; i++) {
        BrokerConnection connection = connection(peer.port);
        Heard heard = new Heard();
        connection.subscribe(List.of("t"), heard);
        if (i % 3 == 0) {
          heard.awaitConnected(1);
        } else if (i % 3 == 1) {
          connection.publish(message("t"));
        } // else closed in the middle of it
        connection.close();
      }
      for (BrokerConnection connection : open) {
        assertThat(connection.awaitThreads(30_000)).isTrue();
      }
      Thread[] all = new Thread[Thread.activeCount() + 100];
      int count = Thread.enumerate(all);
      assertThat(Arrays.stream(all, 0, count).map(Thread::getName))
          .noneMatch(name -> name.startsWith("MQTT") || name.startsWith("metering-mqtt"));
    }
  }

  @Test
  void refusesWhatIsNoFilterAndNoTopic() {
    BrokerConnection connection = connection(1);
    Heard heard = new Heard();
    assertThatThrownBy(() -> connection.subscribe(List.of(), heard))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> connection.subscribe(List.of("a#"), heard))
        .hasMessageContaining("'a#' is no topic filter");
    assertThatThrownBy(() -> connection.subscribe(Collections.nCopies(33, "a"), heard))
        .hasMessageContaining("1 to 32");
    assertThat(failure(connection.publish(message("a/+"))).kind()).isEqualTo(Kind.SETTINGS);
    assertThat(
            failure(
                connection.publish(
                    new Message("a", new byte[MqttConnection.MAX_PAYLOAD + 1], false))))
        .hasMessageContaining("at most 262144 bytes");
  }

  @Test
  void afterCloseEverythingIsRefused() throws Exception {
    BrokerConnection connection = connection(1);
    connection.close();
    assertThat(connection.awaitThreads(20_000)).isTrue();
    assertThat(failure(connection.publish(message("t"))).kind()).isEqualTo(Kind.DISCONNECTED);
    Heard heard = new Heard();
    connection.subscribe(List.of("t"), heard);
    assertThat(heard.awaitBroken(1).kind()).isEqualTo(Kind.DISCONNECTED);
  }
}
