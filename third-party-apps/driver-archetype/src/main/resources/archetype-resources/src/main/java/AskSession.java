package ${package};

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.StreamConnection;

/** Asks a meter that answers one line. */
final class AskSession implements PollSession {
  private static final byte[] REQUEST = "READ\n".getBytes(StandardCharsets.US_ASCII);

  private static final Framing ONE_LINE =
      received -> {
        for (int i = received.position(); i < received.limit(); i++) {
          if (received.get(i) == '\n') {
            return i + 1 - received.position();
          }
        }
        if (received.remaining() > Line.LONGEST) {
          throw new DeviceException(
              DeviceException.Kind.INVALID_ANSWER,
              "The answer is longer than a line of this meter. Check that it is this meter.");
        }
        return 0;
      };

  private final StreamConnection stream;
  private final ${driverClass}Settings settings;

  AskSession(StreamConnection stream, ${driverClass}Settings settings) {
    this.stream = stream;
    this.settings = settings;
  }

  @Override
  public CompletionStage<List<Measurement>> poll(Duration budget) {
    Duration timeout = budget.compareTo(settings.timeout()) < 0 ? budget : settings.timeout();
    return stream.exchange(REQUEST, ONE_LINE, timeout).thenCompose(this::values);
  }

  private CompletionStage<List<Measurement>> values(byte[] answer) {
    try {
      Line line = Line.parse(Arrays.copyOf(answer, answer.length - 1));
      return CompletableFuture.completedFuture(line.values(settings.inverted()));
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
