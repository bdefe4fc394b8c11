package org.commonshub.metering.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.DeviceServer.Opened;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DoorStreamsTest {
  private final TestClock clock = new TestClock();
  private final Network network = new Network(clock);
  private final DeviceDoor door =
      new DeviceDoor(
          network,
          new DeviceDoor.Settings(
              InetAddress.getLoopbackAddress(), 0, 0, Admission.Plain.PRIVATE, 200, 200));

  @TempDir Path directory;

  @AfterEach
  void stop() {
    door.close();
    network.close();
  }

  /** Sends back what comes; "quit" closes, "fail" fails. */
  private static final class Echo implements DeviceServer.StreamService {
    final List<String> notes = new CopyOnWriteArrayList<>();
    final List<DeviceServer.StreamPeer> peers = new CopyOnWriteArrayList<>();

    @Override
    public DeviceServer.StreamListener opened(DeviceServer.StreamPeer peer) {
      peers.add(peer);
      notes.add("opened " + peer.peer().tls());
      return new DeviceServer.StreamListener() {
        @Override
        public void received(byte[] bytes) {
          String text = new String(bytes, StandardCharsets.US_ASCII);
          if (text.equals("fail")) {
            throw new IllegalStateException("test");
          }
          peer.send(bytes);
          if (text.equals("quit")) {
            peer.close();
          }
        }

        @Override
        public void closed() {
          notes.add("closed");
        }
      };
    }
  }

  @Test
  void plainAndTls() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "localhost");
    door.certificate(certificate);
    for (boolean tls : new boolean[] {false, true}) {
      Echo echo = new Echo();
      Opened opened = door.streams(0, tls, echo);
      try (Wire wire =
          tls
              ? new Wire(
                  certificate
                      .clientContext()
                      .getSocketFactory()
                      .createSocket("127.0.0.1", opened.port()))
              : new Wire(opened.port())) {
        wire.send("hello");
        assertThat(new String(wire.read(5), StandardCharsets.US_ASCII)).isEqualTo("hello");
        byte[] large = new byte[200_000];
        java.util.Arrays.fill(large, (byte) 'x');
        wire.send(large);
        assertThat(wire.read(large.length)).isEqualTo(large);
        wire.send("quit");
        assertThat(wire.rest()).isEqualTo("quit");
      }
      Wire.await("told", () -> echo.notes.size() == 2);
      assertThat(echo.notes).containsExactly("opened " + tls, "closed");
      assertThat(echo.peers.get(0).send(new byte[1])).isFalse();
      opened.close();
    }
  }

  @Test
  void refusedFailedAndClosed() throws Exception {
    Opened refusing = door.streams(0, false, peer -> null);
    try (Wire wire = new Wire(refusing.port())) {
      assertThat(wire.rest()).isEmpty();
    }
    Opened throwing =
        door.streams(
            0,
            false,
            peer -> {
              throw new IllegalStateException("test");
            });
    try (Wire wire = new Wire(throwing.port())) {
      assertThat(wire.rest()).isEmpty();
    }
    Echo echo = new Echo();
    Opened opened = door.streams(0, false, echo);
    try (Wire bad = new Wire(opened.port());
        Wire good = new Wire(opened.port())) {
      bad.send("fail");
      assertThat(bad.rest()).isEmpty();
      good.send("fine");
      assertThat(good.read(4)).isEqualTo("fine".getBytes(StandardCharsets.US_ASCII));
      opened.close();
      assertThat(good.rest()).isEmpty();
    }
    Wire.await("told", () -> echo.notes.size() == 4);
    // free at once
    for (int i = 0; i < 20; i++) {
      Opened again = door.streams(opened.port(), false, echo);
      again.close();
    }
    assertThatThrownBy(() -> new Wire(opened.port())).isInstanceOf(java.io.IOException.class);
  }

  @Test
  void whoDoesNotReadIsCutOff() throws Exception {
    Echo echo = new Echo();
    Opened opened = door.streams(0, false, echo);
    try (Wire wire = new Wire(opened.port())) {
      Wire.await("open", () -> echo.peers.size() == 1);
      int sent = 0;
      while (echo.peers.get(0).send(new byte[50_000])) {
        assertThat(++sent).isLessThan(1_000);
      }
      // The kernel's buffers fill first.
      Wire.await(
          "told",
          () -> {
            echo.peers.get(0).send(new byte[50_000]);
            clock.advance(java.time.Duration.ofSeconds(1));
            return echo.notes.contains("closed");
          });
    }
    Wire.await("given back", () -> network.shared().sending().left() == Network.SENDING);
  }

  @Test
  void datagrams() throws Exception {
    List<String> got = new CopyOnWriteArrayList<>();
    Opened opened =
        door.datagrams(
            0,
            (datagram, peer) -> {
              String text = new String(datagram, StandardCharsets.US_ASCII);
              got.add(text);
              if (text.equals("fail")) {
                throw new IllegalStateException("test");
              }
              return text.equals("quiet")
                  ? Optional.empty()
                  : Optional.of(("re:" + text).getBytes(StandardCharsets.US_ASCII));
            });
    assertThatThrownBy(() -> door.datagrams(opened.port(), (d, p) -> Optional.empty()))
        .hasMessageContaining("UDP port");
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      for (String text : List.of("fail", "quiet", "", "hello")) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        socket.send(
            new DatagramPacket(
                bytes, bytes.length, InetAddress.getLoopbackAddress(), opened.port()));
      }
      socket.setSoTimeout(20_000);
      List<String> answers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        DatagramPacket answer = new DatagramPacket(new byte[100], 100);
        socket.receive(answer);
        answers.add(new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII));
      }
      assertThat(answers).containsExactly("re:", "re:hello");
      assertThat(got).containsExactly("fail", "quiet", "", "hello");
      opened.close();
      socket.setSoTimeout(50);
      socket.send(
          new DatagramPacket(new byte[1], 1, InetAddress.getLoopbackAddress(), opened.port()));
      assertThatThrownBy(() -> socket.receive(new DatagramPacket(new byte[1], 1)))
          .isInstanceOfAny(SocketTimeoutException.class, java.net.PortUnreachableException.class);
    }
    door.datagrams(opened.port(), (d, p) -> Optional.empty()).close();
  }

  @Test
  void fiftyIdleConnectionsAreCheap() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "localhost");
    door.certificate(certificate);
    Echo echo = new Echo();
    Opened plain = door.streams(0, false, echo);
    Opened tls = door.streams(0, true, echo);
    List<Wire> wires = new ArrayList<>();
    try {
      long before = used();
      for (int i = 0; i < 100; i++) {
        wires.add(new Wire(plain.port()));
      }
      for (Wire wire : wires) {
        wire.send("x").read(1);
      }
      long perPlain = (used() - before) / 100;
      before = used();
      // The clients live in this JVM, too: both sides of TLS are counted.
      for (int i = 0; i < 100; i++) {
        Wire wire =
            new Wire(
                certificate
                    .clientContext()
                    .getSocketFactory()
                    .createSocket("127.0.0.1", tls.port()));
        wire.send("x").read(1);
        wires.add(wire);
      }
      long perTls = (used() - before) / 100;
      System.out.println(
          "Heap per idle connection, both sides: plain " + perPlain + " B, TLS " + perTls + " B");
      assertThat(perPlain).isLessThan(8 * 1024);
      assertThat(perTls).isLessThan(128 * 1024);
    } finally {
      for (Wire wire : wires) {
        wire.close();
      }
    }
  }

  private static long used() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
