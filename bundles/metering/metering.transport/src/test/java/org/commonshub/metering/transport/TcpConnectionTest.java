package org.commonshub.metering.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class TcpConnectionTest {
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(5);

  /** Messages end with a line feed. */
  private static final Framing LINE =
      received -> {
        for (int i = received.position(); i < received.limit(); i++) {
          if (received.get(i) == '\n') {
            return i - received.position() + 1;
          }
        }
        return 0;
      };

  private final NetworkTransport transport = new NetworkTransport();

  @AfterEach
  void stop() {
    transport.close();
  }

  private StreamConnection to(int port) {
    return transport.open(Endpoint.parse("tcp://127.0.0.1:" + port)).stream();
  }

  private static byte[] line(String text) {
    return (text + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  private static String ask(StreamConnection stream, String text, Duration timeout)
      throws Exception {
    byte[] answer =
        stream.exchange(line(text), LINE, timeout).toCompletableFuture().get(10, TimeUnit.SECONDS);
    return new String(answer, StandardCharsets.US_ASCII).strip();
  }

  private static Kind failure(StreamConnection stream, String text, Duration timeout) {
    try {
      ask(stream, text, timeout);
      return null;
    } catch (ExecutionException e) {
      return ((DeviceException) e.getCause()).kind();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static String readLine(java.io.InputStream in) throws Exception {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new java.io.EOFException();
      }
      line.write(next);
    }
    return line.toString(StandardCharsets.US_ASCII);
  }

  @Test
  void exchangesAreAnsweredInOrderOnOneConnection() throws Exception {
    try (Peer peer =
        new Peer(
            (in, out, n) -> {
              while (true) {
                out.write(line("re:" + readLine(in)));
              }
            })) {
      StreamConnection stream = to(peer.port);
      List<CompletableFuture<byte[]>> answers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        answers.add(stream.exchange(line("q" + i), LINE, LONG).toCompletableFuture());
      }
      for (int i = 0; i < 50; i++) {
        assertThat(answers.get(i).get(5, TimeUnit.SECONDS)).isEqualTo(line("re:q" + i));
      }
      assertThat(peer.connections).hasValue(1);
    }
  }

  @Test
  void aLateAnswerIsNeverTakenForTheNext() throws Exception {
    try (Peer peer =
        new Peer(
            (in, out, n) -> {
              while (true) {
                String request = readLine(in);
                if (request.equals("slow")) {
                  Thread.sleep(400);
                }
                out.write(line("re:" + request));
              }
            })) {
      StreamConnection stream = to(peer.port);
      assertThat(failure(stream, "slow", SHORT)).isEqualTo(Kind.TIMEOUT);
      for (int i = 0; i < 20; i++) {
        assertThat(ask(stream, "q" + i, LONG)).isEqualTo("re:q" + i);
      }
      assertThat(peer.connections).hasValue(2);
    }
  }

  @Test
  void bytesThatNobodyAskedForAreThrownAway() throws Exception {
    try (Peer peer =
        new Peer(
            (in, out, n) -> {
              if (n == 1) {
                String request = readLine(in);
                out.write(line("re:" + request));
                Thread.sleep(50);
                out.write(line("unasked"));
              }
              while (true) {
                String request = readLine(in);
                byte[] answer = line("re:" + request);
                out.write(answer);
                out.write(answer);
              }
            })) {
      StreamConnection stream = to(peer.port);
      assertThat(ask(stream, "a", LONG)).isEqualTo("re:a");
      Thread.sleep(100); // Lets the unasked line arrive: it is what the test is about.
      for (int i = 0; i < 20; i++) {
        String answer;
        try {
          answer = ask(stream, "q" + i, LONG);
        } catch (ExecutionException e) {
          continue; // A doubled answer may cost a reading, but never give a wrong one.
        }
        assertThat(answer).isEqualTo("re:q" + i);
      }
    }
  }

  @Test
  void aPeerThatHangsUpIsReportedAndConnectedAgain() throws Exception {
    try (Peer peer =
        new Peer(
            (in, out, n) -> {
              String request = readLine(in);
              if (n == 1) {
                out.write('x');
                return;
              }
              out.write(line("re:" + request));
            })) {
      StreamConnection stream = to(peer.port);
      assertThat(failure(stream, "a", LONG)).isEqualTo(Kind.DISCONNECTED);
      assertThat(ask(stream, "b", LONG)).isEqualTo("re:b");
    }
  }

  @Test
  void noRestartIsNeededAfterTheDeviceWasAway() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    StreamConnection stream = to(port);
    assertThatThrownBy(() -> ask(stream, "a", LONG))
        .hasCauseInstanceOf(DeviceException.class)
        .hasMessageContaining("tcp://127.0.0.1:" + port)
        .hasMessageContaining("refused");
    Peer.Script echo = (in, out, n) -> out.write(line("re:" + readLine(in)));
    try (Peer peer = new Peer(port, echo)) {
      assertThat(ask(stream, "b", LONG)).isEqualTo("re:b");
    }
  }

  @Test
  void refusalsKeepTheConnectionAndNonsenseDropsIt() throws Exception {
    Framing strict =
        received -> {
          byte first = received.get(received.position());
          if (first == 'R') {
            throw new DeviceException(Kind.REFUSED, "refused");
          }
          if (first == '?') {
            throw new IllegalStateException("nonsense");
          }
          return LINE.complete(received);
        };
    try (Peer peer =
        new Peer(
            (in, out, n) -> {
              while (true) {
                out.write(line(readLine(in)));
              }
            })) {
      StreamConnection stream = to(peer.port);
      assertThatThrownBy(() -> stream.exchange(line("R"), strict, LONG).toCompletableFuture().get())
          .hasMessageContaining("refused");
      assertThat(ask(stream, "a", LONG)).isEqualTo("a");
      assertThat(peer.connections).hasValue(1);
      assertThatThrownBy(() -> stream.exchange(line("?"), strict, LONG).toCompletableFuture().get())
          .hasCauseInstanceOf(DeviceException.class);
      assertThat(ask(stream, "b", LONG)).isEqualTo("b");
      assertThat(peer.connections).hasValue(2);
    }
  }

  @Test
  void aSlowDripEndsAtTheTimeOut() throws Exception {
    try (Peer peer =
        new Peer(
            (in, out, n) -> {
              readLine(in);
              while (true) {
                out.write('.');
                Thread.sleep(20);
              }
            })) {
      assertThat(failure(to(peer.port), "a", SHORT)).isEqualTo(Kind.TIMEOUT);
    }
  }

  @Test
  void anEndlessAnswerIsBounded() throws Exception {
    try (Peer peer =
        new Peer(
            (in, out, n) -> {
              readLine(in);
              byte[] junk = new byte[8192];
              while (true) {
                out.write(junk);
              }
            })) {
      assertThat(failure(to(peer.port), "a", LONG)).isEqualTo(Kind.INVALID_ANSWER);
    }
  }

  @Test
  void theQueueIsBounded() throws Exception {
    CountDownLatch hold = new CountDownLatch(1);
    try (Peer peer =
        new Peer(
            (in, out, n) -> {
              hold.await();
              while (true) {
                out.write(line("re:" + readLine(in)));
              }
            })) {
      StreamConnection stream = to(peer.port);
      List<CompletableFuture<byte[]>> answers = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        answers.add(stream.exchange(line("q" + i), LINE, LONG).toCompletableFuture());
      }
      assertThatThrownBy(() -> ask(stream, "one too many", LONG))
          .hasMessageContaining("Too many requests wait");
      hold.countDown();
      for (CompletableFuture<byte[]> answer : answers) {
        answer.get(5, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void sharersUseOneConnectionAndTheLastClosesIt() throws Exception {
    try (Peer peer =
        new Peer(
            (in, out, n) -> {
              while (true) {
                out.write(line("re:" + readLine(in)));
              }
            })) {
      Endpoint endpoint = Endpoint.parse("tcp://127.0.0.1:" + peer.port);
      TransportProvider.Handle one = transport.open(endpoint);
      TransportProvider.Handle two = transport.open(endpoint);
      ask(one.stream(), "a", LONG);
      ask(two.stream(), "b", LONG);
      assertThat(peer.connections).hasValue(1);
      one.close();
      one.close();
      ask(two.stream(), "c", LONG);
      two.close();
      assertThat(transport.connections()).isZero();
      assertThat(failure(two.stream(), "d", LONG)).isEqualTo(Kind.DISCONNECTED);
    }
  }

  @Test
  void pushedBytesArriveInOrderAndAcrossReconnects() throws Exception {
    try (Peer peer = new Peer((in, out, n) -> out.write(line("hello " + n)))) {
      StreamConnection stream = to(peer.port);
      LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
      AutoCloseable subscription =
          stream.listen(
              new StreamConnection.Listener() {
                @Override
                public void received(byte[] bytes) {
                  heard.add(new String(bytes, StandardCharsets.US_ASCII).strip());
                }

                @Override
                public void broken(DeviceException why) {
                  heard.add("broken");
                }
              });
      for (String expected : List.of("hello 1", "broken", "hello 2", "broken")) {
        assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo(expected);
      }
      assertThat(failure(stream, "a", LONG)).isEqualTo(Kind.UNREACHABLE);
      subscription.close();
    }
  }

  @Test
  void closingEndsThreadAndPendingExchanges() throws Exception {
    try (Peer peer = new Peer((in, out, n) -> Thread.sleep(10_000))) {
      StreamConnection stream = to(peer.port);
      CompletableFuture<byte[]> pending =
          stream.exchange(line("a"), LINE, LONG).toCompletableFuture();
      transport.close();
      assertThatThrownBy(() -> pending.get(2, TimeUnit.SECONDS))
          .hasCauseInstanceOf(DeviceException.class);
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals("metering-network")) {
          thread.join(2_000); // A pool says it ended some microseconds before its last thread does.
          assertThat(thread.isAlive()).as("%s lives on", thread).isFalse();
        }
      }
    }
  }

  @Test
  void unknownNamesAreSaidSo() {
    StreamConnection stream =
        transport.open(Endpoint.parse("tcp://no-such-meter.invalid:502")).stream();
    assertThatThrownBy(() -> ask(stream, "a", LONG)).hasMessageContaining("no-such-meter.invalid");
  }

  @Test
  void unknownParametersAreRefused() {
    assertThatThrownBy(() -> transport.open(Endpoint.parse("tcp://127.0.0.1:502?baud=9600")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("baud");
  }

  @Test
  void listenersShareOneConnectionAndLeaveItOneByOne() throws Exception {
    LinkedBlockingQueue<String> toSend = new LinkedBlockingQueue<>();
    try (Peer peer =
        new Peer(
            (in, out, n) -> {
              while (true) {
                out.write(line(toSend.take()));
              }
            })) {
      StreamConnection stream = to(peer.port);
      List<LinkedBlockingQueue<String>> heard = new ArrayList<>();
      List<AutoCloseable> subscriptions = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        LinkedBlockingQueue<String> mine = new LinkedBlockingQueue<>();
        heard.add(mine);
        subscriptions.add(
            stream.listen(
                new StreamConnection.Listener() {
                  @Override
                  public void received(byte[] bytes) {
                    mine.add(new String(bytes, StandardCharsets.US_ASCII).strip());
                    Arrays.fill(bytes, (byte) 0); // Each has bytes of its own.
                  }

                  @Override
                  public void broken(DeviceException why) {
                    mine.add("broken");
                  }
                }));
      }
      for (int left = 3; left > 0; left--) {
        String text = "to " + left;
        toSend.add(text);
        for (LinkedBlockingQueue<String> mine : heard.subList(3 - left, 3)) {
          // A listener may join, or leave, one message late.
          for (String next = null; !text.equals(next); next = mine.poll(1, TimeUnit.SECONDS)) {
            if (mine.isEmpty()) {
              toSend.add(text);
            }
          }
        }
        subscriptions.get(3 - left).close();
      }
      assertThat(peer.connections).hasValue(1);
    }
  }
}
