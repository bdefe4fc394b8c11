package org.commonshub.metering.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class UdpConnectionTest {
  private final NetworkTransport transport = new NetworkTransport();
  private DatagramSocket peer;

  @AfterEach
  void stop() {
    transport.close();
    if (peer != null) {
      peer.close();
    }
  }

  /** Answers "slow…" late, "junk…" with something else first. */
  private int serve() throws IOException {
    peer = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread thread =
        new Thread(
            () -> {
              byte[] buffer = new byte[1_500];
              try {
                while (true) {
                  DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                  peer.receive(packet);
                  String text =
                      new String(
                          packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
                  if (text.startsWith("slow")) {
                    Thread.sleep(400);
                  }
                  if (text.startsWith("junk")) {
                    send("something else", packet);
                  }
                  send("re:" + text, packet);
                }
              } catch (IOException | InterruptedException e) {
                // The test ends it.
              }
            });
    thread.setDaemon(true);
    thread.start();
    return peer.getLocalPort();
  }

  private void send(String text, DatagramPacket to) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    peer.send(new DatagramPacket(bytes, bytes.length, to.getSocketAddress()));
  }

  private static String ask(DatagramConnection connection, String text, long millis)
      throws Exception {
    byte[] answer =
        connection
            .exchange(
                text.getBytes(StandardCharsets.US_ASCII),
                bytes -> new String(bytes, StandardCharsets.US_ASCII).startsWith("re:"),
                Duration.ofMillis(millis))
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    return new String(answer, StandardCharsets.US_ASCII);
  }

  @Test
  void theFirstDatagramThatMatchesIsTheAnswer() throws Exception {
    DatagramConnection connection =
        transport.open(Endpoint.parse("udp://127.0.0.1:" + serve())).datagrams();
    assertThat(ask(connection, "a", 5_000)).isEqualTo("re:a");
    assertThat(ask(connection, "junk", 5_000)).isEqualTo("re:junk");
  }

  @Test
  void aLateDatagramFindsNoReader() throws Exception {
    DatagramConnection connection =
        transport.open(Endpoint.parse("udp://127.0.0.1:" + serve())).datagrams();
    assertThatThrownBy(() -> ask(connection, "slow", 100))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            DeviceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
    assertThat(ask(connection, "b", 5_000)).isEqualTo("re:b");
  }

  @Test
  void nobodyThereIsSaidSo() throws Exception {
    int port;
    try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    DatagramConnection connection =
        transport.open(Endpoint.parse("udp://127.0.0.1:" + port)).datagrams();
    assertThatThrownBy(() -> ask(connection, "a", 1_000)).hasMessageContaining("127.0.0.1:" + port);
  }

  @Test
  void aGroupIsHeard() throws Exception {
    int port;
    try (DatagramSocket free = new DatagramSocket(0)) {
      port = free.getLocalPort();
    }
    DatagramConnection connection =
        transport
            .open(Endpoint.parse("udp-multicast://239.255.77.1:" + port + "?interface=lo"))
            .datagrams();
    LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (AutoCloseable subscription =
        connection.listen(bytes -> heard.add(new String(bytes, StandardCharsets.US_ASCII)))) {
      // The loopback device may lack multicast (containers): what is sent then comes back through
      // the socket itself, or the reason is printed.
      String answer;
      try {
        answer = ask(connection, "re:group", 2_000);
      } catch (ExecutionException e) {
        System.out.println("Skipped: no multicast on the loopback device: " + e.getMessage());
        return;
      }
      assertThat(answer).isEqualTo("re:group");
      assertThat(heard.poll(2, TimeUnit.SECONDS)).isEqualTo("re:group");
    }
  }
}
