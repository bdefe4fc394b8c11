package org.commonshub.metering.serial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.StreamConnection.LineSpeed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The order of sending, waiting and switching, on a line that keeps a journal. */
@Timeout(60)
class LineSpeedTest {
  private static final Framing LINE =
      received -> {
        for (int i = received.position(); i < received.limit(); i++) {
          if (received.get(i) == '\n') {
            return i - received.position() + 1;
          }
        }
        return 0;
      };

  /** Answers each request with the speed at which it is heard; refuses rates above 115,200. */
  private static final class Journal implements Line {
    final List<String> entries = new CopyOnWriteArrayList<>();
    final ArrayDeque<Byte> incoming = new ArrayDeque<>();
    private int unsent;
    private int baud;
    private String owed;
    private long writtenNanos;
    volatile long leastSentNanos = Long.MAX_VALUE;

    @Override
    public boolean baud(int wanted) {
      if (owed != null) {
        leastSentNanos = Math.min(leastSentNanos, System.nanoTime() - writtenNanos);
      }
      entries.add("baud " + wanted);
      baud = wanted;
      return wanted <= 115_200;
    }

    @Override
    public int write(byte[] bytes) {
      owed = new String(bytes, StandardCharsets.US_ASCII).strip();
      entries.add("write " + owed + " at " + baud);
      writtenNanos = System.nanoTime();
      unsent = 3;
      return bytes.length;
    }

    @Override
    public int waiting() {
      if (unsent > 0) {
        unsent--;
        entries.add("waiting");
      }
      return unsent;
    }

    @Override
    public int available() {
      if (owed != null) {
        for (byte b : (owed + " heard at " + baud + "\n").getBytes(StandardCharsets.US_ASCII)) {
          incoming.add(b);
        }
        owed = null;
      }
      return incoming.size();
    }

    @Override
    public int read(byte[] buffer, int count, int offset) {
      for (int i = 0; i < count; i++) {
        buffer[offset + i] = incoming.remove();
      }
      return count;
    }

    @Override
    public void close() {
      entries.add("close");
    }
  }

  private final Journal journal = new Journal();
  private final Endpoint endpoint = Endpoint.parse("serial:/dev/ttyUSB9?baud=9600");
  private final SerialConnection connection =
      new SerialConnection(
          endpoint,
          PortSettings.of(endpoint),
          (settings, listening) -> {
            journal.entries.add("open at " + settings.baud());
            journal.baud = settings.baud();
            return journal;
          });

  @AfterEach
  void end() {
    connection.close();
  }

  private static String text(CompletionStage<byte[]> answer) throws Exception {
    return new String(
            answer.toCompletableFuture().get(20, TimeUnit.SECONDS), StandardCharsets.US_ASCII)
        .strip();
  }

  private CompletionStage<byte[]> ask(String text, LineSpeed speed) {
    byte[] request = (text + "\n").getBytes(StandardCharsets.US_ASCII);
    return speed == null
        ? connection.exchange(request, LINE, Duration.ofSeconds(20))
        : connection.exchange(request, speed, LINE, Duration.ofSeconds(20));
  }

  @Test
  void theRateChangesWhenTheLastByteIsOut() throws Exception {
    assertThat(text(ask("hello", new LineSpeed(300, 300)))).isEqualTo("hello heard at 300");
    assertThat(text(ask("050", new LineSpeed(300, 4800)))).isEqualTo("050 heard at 4800");
    assertThat(text(ask("again", new LineSpeed(300, 300)))).isEqualTo("again heard at 300");
    assertThat(text(ask("plain", null))).isEqualTo("plain heard at 9600");
    assertThat(journal.entries)
        .containsSubsequence(
            "open at 9600",
            "baud 300",
            "write hello at 300",
            "write 050 at 300",
            "waiting",
            "waiting",
            "waiting",
            "baud 4800",
            "baud 300",
            "write again at 300",
            "baud 9600",
            "write plain at 9600");
    // Four characters of ten bits at 300 baud, whatever the system says.
    assertThat(journal.leastSentNanos).isGreaterThanOrEqualTo(4 * 10 * 1_000_000_000L / 300);
  }

  @Test
  void oneRateNeedsNoSwitch() throws Exception {
    assertThat(text(ask("a", new LineSpeed(9600, 9600)))).isEqualTo("a heard at 9600");
    assertThat(journal.entries).containsExactly("open at 9600", "write a at 9600");
  }

  @Test
  void ratesThatMakeNoSenseAreRefused() {
    for (LineSpeed wrong : List.of(new LineSpeed(0, 300), new LineSpeed(300, 5_000_000))) {
      assertThatThrownBy(() -> text(ask("a", wrong)))
          .hasRootCauseInstanceOf(DeviceException.class)
          .hasMessageContaining("50 to 4,000,000");
    }
    assertThatThrownBy(() -> text(ask("a", new LineSpeed(300, 230_400))))
        .hasRootCauseInstanceOf(DeviceException.class)
        .hasMessageContaining("cannot do 230400 baud")
        .satisfies(
            e -> assertThat(((DeviceException) e.getCause()).kind()).isEqualTo(Kind.SETTINGS));
  }
}
