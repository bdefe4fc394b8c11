package org.commonshub.metering.iec62056;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.junit.jupiter.api.Test;

/** The conversation of modes C and A: words, rates, times, and what a person is told. */
class AskingSessionTest {
  private static final Duration BUDGET = Duration.ofSeconds(20);

  /** A line on which every exchange is written down. */
  private static final class Line implements StreamConnection {
    final List<String> words = new ArrayList<>();
    final List<LineSpeed> speeds = new ArrayList<>();
    final List<Duration> waits = new ArrayList<>();
    final List<Listener> listeners = new ArrayList<>();
    final Endpoint endpoint;
    BiFunction<String, LineSpeed, byte[]> meter;

    Line(String endpoint, BiFunction<String, LineSpeed, byte[]> meter) {
      this.endpoint = Endpoint.parse(endpoint);
      this.meter = meter;
    }

    @Override
    public Endpoint endpoint() {
      return endpoint;
    }

    @Override
    public CompletionStage<byte[]> exchange(byte[] request, Framing answer, Duration timeout) {
      throw new AssertionError("without a speed");
    }

    @Override
    public CompletionStage<byte[]> exchange(
        byte[] request, LineSpeed speed, Framing answer, Duration timeout) {
      byte[] seven = request.clone();
      for (int i = 0; i < seven.length; i++) {
        seven[i] &= 0x7F;
      }
      String said = new String(seven, StandardCharsets.US_ASCII);
      words.add(said.replace("\u0006", "ACK").replace("\r\n", ";"));
      speeds.add(speed);
      waits.add(timeout);
      byte[] heard = meter.apply(said, speed);
      try {
        int end = heard.length == 0 ? 0 : answer.complete(ByteBuffer.wrap(heard));
        if (end > 0) {
          return CompletableFuture.completedFuture(java.util.Arrays.copyOf(heard, end));
        }
        throw new DeviceException(Kind.TIMEOUT, "No answer. Check the wires.");
      } catch (DeviceException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    @Override
    public AutoCloseable listen(Listener listener) {
      listeners.add(listener);
      return () -> listeners.remove(listener);
    }

    @Override
    public void reset() {
      throw new AssertionError("not asked for");
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Offers a rate, and sends its message at the one acknowledged. */
  private static BiFunction<String, StreamConnection.LineSpeed, byte[]> meter(char rate) {
    return (said, speed) ->
        said.startsWith("/?")
            ? Meters.even(ascii("/EMH" + rate + "\\@LZQJ\r\n"))
            : Meters.even(Meters.landisE350().message());
  }

  private static DriverContext context(Line line, Map<String, String> settings) {
    return FakeDriverContext.of(new IecDriver().description(), line, settings);
  }

  private static List<Measurement> poll(Line line, Map<String, String> settings) throws Exception {
    try (PollSession session = (PollSession) new IecDriver().open(context(line, settings))) {
      List<Measurement> values = session.poll(BUDGET).toCompletableFuture().get();
      assertThat(session.identity()).containsEntry("maker", "EMH metering");
      return values;
    }
  }

  private static StreamConnection.LineSpeed speed(int sending, int receiving) {
    return new StreamConnection.LineSpeed(sending, receiving);
  }

  @Test
  void aMeterIsAskedAtTheRateItOffers() throws Exception {
    for (char rate = '0'; rate <= '6'; rate++) {
      Line line = new Line("serial:/dev/ttyUSB0", meter(rate));
      assertThat(ReadoutTest.plain(poll(line, Map.of(IecSettings.MAX_BAUD, "19200"))))
          .isEqualTo(Meters.landisE350().values());
      assertThat(line.words).containsExactly("/?!;", "ACK0" + rate + "0;");
      assertThat(line.speeds)
          .containsExactly(speed(300, 300), speed(300, Identification.baud(rate)));
      assertThat(line.waits.get(0)).isEqualTo(Duration.ofSeconds(4));
      assertThat(line.waits.get(1)).isBetween(Duration.ofSeconds(1), BUDGET);
    }
  }

  @Test
  void noHigherThanAPersonAllows() throws Exception {
    Line line = new Line("serial:/dev/ttyUSB0", meter('6'));
    poll(line, Map.of(IecSettings.MAX_BAUD, "2400", IecSettings.ADDRESS, "00 12AB"));
    assertThat(line.words).containsExactly("/?00 12AB!;", "ACK030;");
    assertThat(line.speeds).containsExactly(speed(300, 300), speed(300, 2_400));
  }

  @Test
  void aGatewaysRateIsKept() throws Exception {
    Line line = new Line("tcp://192.0.2.7:7000", meter('5'));
    poll(line, Map.of());
    assertThat(line.words).containsExactly("/?!;", "ACK000;");
    assertThat(line.speeds).containsExactly(speed(300, 300), speed(300, 300));
  }

  @Test
  void aBusThatKeepsItsRateIsNotChanged() throws Exception {
    Line line = new Line("serial:/dev/ttyUSB0", meter('4'));
    poll(line, Map.of(IecSettings.START_BAUD, "9600"));
    assertThat(line.words).containsExactly("/?!;", "ACK040;");
    assertThat(line.speeds).containsExactly(speed(9_600, 9_600), speed(9_600, 9_600));
  }

  @Test
  void theReadingHeadMayHearTheHub() throws Exception {
    byte[] opening = Meters.even(ascii("/?!\r\n/EMH4X\r\n"));
    byte[] message = Sent.join(Meters.even(ascii("\u0006040\r\n")), Meters.landisE350().message());
    Line line =
        new Line("serial:/dev/ttyUSB0", (said, speed) -> said.startsWith("/?") ? opening : message);
    assertThat(ReadoutTest.plain(poll(line, Map.of()))).isEqualTo(Meters.landisE350().values());
  }

  @Test
  void anOldMeterSendsAtOnce() throws Exception {
    byte[] all = Sent.join(ascii("/EMH\\3k260\r\n"), Meters.actarisAce3000().message());
    Line line = new Line("serial:/dev/ttyUSB0", (said, speed) -> all);
    assertThat(ReadoutTest.plain(poll(line, Map.of(IecSettings.MODE, "A"))))
        .isEqualTo(Meters.actarisAce3000().values());
    assertThat(line.words).containsExactly("/?!;");
    assertThat(line.waits).containsExactly(BUDGET);
    assertThatThrownBy(() -> poll(line, Map.of()))
        .hasCauseInstanceOf(DeviceException.class)
        .hasMessageContaining("mode to A");
  }

  @Test
  void aPersonIsToldWhatToDo() {
    record Case(
        BiFunction<String, StreamConnection.LineSpeed, byte[]> meter, Kind kind, String says) {}
    for (Case each :
        List.of(
            new Case((said, speed) -> new byte[0], Kind.TIMEOUT, "Check the wires"),
            new Case(
                (said, speed) -> said.startsWith("/?") ? ascii("/EMH5X\r\n") : new byte[0],
                Kind.TIMEOUT,
                "Raise the device's interval"),
            new Case(
                (said, speed) -> said.startsWith("/?") ? ascii("/EMH5X\r\n") : ascii("\u0015"),
                Kind.REFUSED,
                "lower max_baud"),
            new Case((said, speed) -> ascii("/LUGCUH50\r\n"), Kind.SETTINGS, "mode B"),
            new Case((said, speed) -> new byte[5_000], Kind.INVALID_ANSWER, "first baud rate"),
            new Case(
                (said, speed) -> {
                  byte[] spoilt = Meters.even(ascii("/EMH5X\r\n"));
                  spoilt[5] ^= 1;
                  return spoilt;
                },
                Kind.INVALID_ANSWER,
                "parity"))) {
      Line line = new Line("serial:/dev/ttyUSB0", each.meter);
      assertThatThrownBy(() -> poll(line, Map.of()))
          .hasCauseInstanceOf(DeviceException.class)
          .hasMessageContaining(each.says)
          .satisfies(e -> assertThat(((DeviceException) e.getCause()).kind()).isEqualTo(each.kind));
    }
    Line line = new Line("file:/var/tmp/x.txt", meter('5'));
    assertThatThrownBy(() -> poll(line, Map.of())).hasMessageContaining("mode to D");
    for (Map<String, String> wrong :
        List.of(
            Map.of(IecSettings.MODE, "E"),
            Map.of(IecSettings.START_BAUD, "115200"),
            Map.of(IecSettings.TIMEOUT, "1"),
            Map.of(IecSettings.TIMEOUT, "soon"),
            Map.of(IecSettings.ADDRESS, "x".repeat(33)))) {
      assertThatThrownBy(() -> poll(new Line("serial:/dev/ttyUSB0", meter('5')), wrong))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining(wrong.keySet().iterator().next());
    }
  }

  @Test
  void parityIsMadeHereUnlessAPersonSaysNo() throws Exception {
    List<byte[]> sent = new ArrayList<>();
    StreamConnection line =
        new StreamConnection() {
          @Override
          public Endpoint endpoint() {
            return Endpoint.parse("serial:/dev/ttyUSB0");
          }

          @Override
          public CompletionStage<byte[]> exchange(
              byte[] request, Framing answer, Duration timeout) {
            sent.add(request);
            return new CompletableFuture<>();
          }

          @Override
          public AutoCloseable listen(Listener listener) {
            return () -> {};
          }

          @Override
          public void reset() {
            // Nothing is open.
          }
        };
    for (String parity : List.of("even", "none")) {
      new AskingSession(line, IecSettings.of(Map.of(IecSettings.PARITY, parity))).poll(BUDGET);
    }
    assertThat(sent.get(0)).isEqualTo(new byte[] {(byte) 0xAF, 0x3F, 0x21, (byte) 0x8D, 0x0A});
    assertThat(sent.get(1)).isEqualTo(ascii("/?!\r\n"));
  }

  @Test
  void aMeterIsFoundByAskingOrElseByListening() throws Exception {
    Line line = new Line("serial:/dev/ttyUSB0", meter('5'));
    List<Candidate> found =
        new IecDriver().probe(context(line, Map.of())).toCompletableFuture().get();
    assertThat(found).hasSize(1);
    assertThat(found.get(0).settings()).containsExactly(Map.entry(IecSettings.MODE, "C"));
    assertThat(found.get(0).name()).isEqualTo("EMH metering LZQJ");
    assertThat(line.words).containsExactly("/?!;");

    line.meter = (said, speed) -> ascii("/EMH LZQJ\r\n");
    found = new IecDriver().probe(context(line, Map.of())).toCompletableFuture().get();
    assertThat(found.get(0).settings()).containsEntry(IecSettings.MODE, "A");

    line.meter = (said, speed) -> new byte[0];
    CompletableFuture<List<Candidate>> heard =
        new IecDriver().probe(context(line, Map.of())).toCompletableFuture();
    assertThat(heard).isNotDone();
    line.listeners.get(0).received(Meters.ebzDd3().telegram());
    assertThat(heard.get().get(0).settings()).containsExactly(Map.entry(IecSettings.MODE, "D"));
    assertThat(heard.get().get(0).name()).isEqualTo("eBZ 1EBZ0100507409");
    assertThat(line.listeners).isEmpty();

    heard = new IecDriver().probe(context(line, Map.of())).toCompletableFuture();
    line.listeners.get(0).received(new byte[10_000]);
    assertThat(heard.get()).isEmpty();
  }
}
