package org.commonshub.metering.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.ServiceBrowser.Instance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a responder on the same machine, on a port that no real one uses. */
@Timeout(60)
class MulticastBrowserTest {
  private MulticastSocket responder;
  private MulticastBrowser browser;

  @AfterEach
  void stop() {
    if (browser != null) {
      browser.close();
    }
    if (responder != null) {
      responder.close();
    }
  }

  /** How a responder answers. */
  private interface Script {
    /** Answers to a question for a name of a type; null for silence. */
    byte[] answer(String name, int type);
  }

  private void respond(boolean toGroup, Script script) {
    InetAddress group;
    try {
      group = InetAddress.getByName("224.0.0.251");
      responder = new MulticastSocket(new InetSocketAddress(0));
      for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        if (each.isUp()) {
          responder.joinGroup(new InetSocketAddress(group, 0), each);
        }
      }
      NetworkInterface out = null;
      for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        if (each.isUp() && each.supportsMulticast() && !each.isLoopback()) {
          out = each;
        }
      }
      if (out != null) {
        responder.setOption(StandardSocketOptions.IP_MULTICAST_IF, out);
      }
    } catch (IOException e) {
      skip(e);
      return;
    }
    Thread thread =
        new Thread(
            () -> {
              byte[] buffer = new byte[9_000];
              try {
                while (true) {
                  DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                  responder.receive(packet);
                  if ((buffer[2] & 0x80) == 0) {
                    answer(toGroup, script, packet, group);
                  }
                }
              } catch (IOException e) {
                // The test ends it.
              }
            });
    thread.setDaemon(true);
    thread.start();
    browser = new MulticastBrowser(responder.getLocalPort());
  }

  private static void skip(IOException e) {
    System.out.println("SKIPPED mDNS test: this machine has no multicast (" + e.getMessage() + ")");
    assumeTrue(false, "no multicast");
  }

  private void answer(boolean toGroup, Script script, DatagramPacket packet, InetAddress group)
      throws IOException {
    byte[] query = packet.getData();
    int at = 12;
    for (int left = query[5]; left > 0; left--) {
      StringBuilder name = new StringBuilder();
      while (query[at] != 0) {
        name.append(new String(query, at + 1, query[at], java.nio.charset.StandardCharsets.UTF_8))
            .append('.');
        at += query[at] + 1;
      }
      byte[] answer = script.answer(name.toString(), query[at + 2]);
      at += 5;
      if (answer != null) {
        responder.send(
            toGroup
                ? new DatagramPacket(answer, answer.length, group, responder.getLocalPort())
                : new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    }
  }

  /** Searches longer each time, until something is found: quick, and patient on a busy machine. */
  private List<Instance> find(String... types) throws Exception {
    List<Instance> found = List.of();
    for (int seconds = 1; seconds <= 16 && found.isEmpty(); seconds *= 4) {
      found = browse(Duration.ofSeconds(seconds), types);
    }
    return found;
  }

  private List<Instance> browse(Duration time, String... types) throws Exception {
    try {
      return browser.browse(List.of(types), time).toCompletableFuture().get(40, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DeviceException refused
          && refused.kind() == DeviceException.Kind.UNREACHABLE) {
        skip(new IOException(refused));
      }
      throw e;
    }
  }

  private static final byte[] TYPE = DnsTest.dotted("_shelly._tcp.local");
  private static final byte[] INSTANCE = DnsTest.name("plug.1", "_shelly", "_tcp", "local");
  private static final byte[] HOST = DnsTest.dotted("plug-1.local");

  /** One record at a time, as the smallest responders do. */
  private static byte[] piecewise(String name, int type) {
    DnsTest.Message message = new DnsTest.Message();
    return switch (name + type) {
      case "_shelly._tcp.local.12" -> message.record(TYPE, Dns.PTR, 9, INSTANCE).bytes();
      case "plug.1._shelly._tcp.local.33" ->
          message.record(INSTANCE, Dns.SRV, 9, DnsTest.service(80, HOST)).bytes();
      case "plug.1._shelly._tcp.local.16" ->
          message.record(INSTANCE, Dns.TXT, 9, DnsTest.texts("gen=2")).bytes();
      case "plug-1.local.1" ->
          message.record(HOST, Dns.A, 9, new byte[] {(byte) 192, 0, 2, 5}).bytes();
      default -> null;
    };
  }

  @Test
  void aResponderThatAnswersPieceByPiece() throws Exception {
    respond(false, MulticastBrowserTest::piecewise);
    List<Instance> found = find("_shelly._tcp", "_http._tcp");
    assertThat(found).hasSize(1);
    assertThat(found.get(0).name()).isEqualTo("plug.1");
    assertThat(found.get(0).address()).isEqualTo("192.0.2.5");
    assertThat(found.get(0).texts()).containsEntry("gen", "2");
  }

  @Test
  void aResponderThatOnlyAnswersTheGroup() throws Exception {
    respond(true, MulticastBrowserTest::piecewise);
    assertThat(find("_shelly._tcp")).hasSize(1);
  }

  @Test
  void garbageIsPassedOver() throws Exception {
    respond(
        false,
        (name, type) -> type == Dns.PTR ? new byte[] {0, 0, (byte) 0x84, 0, 1, 1, 1, 1} : null);
    assertThat(browse(Duration.ofMillis(300), "_shelly._tcp")).isEmpty();
  }

  @Test
  void whatCannotBeAsked() {
    browser = new MulticastBrowser(9);
    for (List<String> types :
        List.of(
            List.<String>of(),
            List.of("shelly"),
            List.of("_shelly._tcp.local"),
            List.of("_a_b._tcp"),
            Collections.nCopies(33, "_shelly._tcp"))) {
      assertThatThrownBy(
              () -> browser.browse(types, Duration.ofSeconds(1)).toCompletableFuture().get())
          .hasCauseInstanceOf(DeviceException.class)
          .hasMessageContaining("types");
    }
  }

  @Test
  void stoppingEndsASearch() throws Exception {
    respond(false, (name, type) -> null);
    CompletionStage<List<Instance>> first =
        browser.browse(List.of("_shelly._tcp"), Duration.ofSeconds(30));
    CompletionStage<List<Instance>> second =
        browser.browse(List.of("_shelly._tcp"), Duration.ofSeconds(30));
    assertThatThrownBy(
            () ->
                browser
                    .browse(List.of("_shelly._tcp"), Duration.ofSeconds(1))
                    .toCompletableFuture()
                    .get())
        .hasMessageContaining("Two searches");
    browser.close();
    for (CompletionStage<List<Instance>> stage : List.of(first, second)) {
      assertThatThrownBy(() -> stage.toCompletableFuture().get(20, TimeUnit.SECONDS))
          .hasCauseInstanceOf(DeviceException.class);
    }
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("metering-browse")) {
        thread.join(5_000);
        assertThat(thread.isAlive()).isFalse();
      }
    }
  }
}
