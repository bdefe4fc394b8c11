package org.commonshub.testing.tck;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PollSession;

/** The line of {@link LineDriver}, asked for: by {@code READ} on a stream, or {@code GET /line}. */
final class AskedDriver implements MeterDriver {
  private static final Pattern LINE =
      Pattern.compile("(P=(-?[0-9]{1,9})(?:;E=([0-9]{1,15}))?)\\*([0-9A-F]{2})\n");

  /** Up to the line feed, at most 64 bytes. */
  private static final Framing ONE_LINE =
      received -> {
        for (int i = 0; i < received.limit(); i++) {
          if (received.get(i) == '\n') {
            return i + 1;
          }
        }
        if (received.limit() > 64) {
          throw invalid();
        }
        return 0;
      };

  private static DeviceException invalid() {
    return new DeviceException(
        DeviceException.Kind.INVALID_ANSWER,
        "The answer is no line of a line meter. Check the address.");
  }

  @Override
  public DriverDescription description() {
    return new DriverDescription(
        "asked",
        "Asked line meter",
        Set.of("tcp", "http"),
        2000,
        List.of(
            new DriverDescription.Option(
                "timeout_ms",
                "Time-out",
                "How long it may take to answer, in milliseconds; 1000 unless given.",
                "1000",
                Map.of(),
                false,
                false)),
        List.of(),
        false);
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    long timeout;
    try {
      timeout = Long.parseLong(context.settings().get("timeout_ms"));
    } catch (NumberFormatException e) {
      throw new DeviceException(
          DeviceException.Kind.SETTINGS, "The time-out is a number of milliseconds.", e);
    }
    return new PollSession() {
      @Override
      public CompletionStage<List<Measurement>> poll(Duration budget) {
        Duration most = Duration.ofMillis(Math.min(timeout, budget.toMillis()));
        CompletionStage<byte[]> answer =
            context.endpoint().scheme().equals("http")
                ? context
                    .http()
                    .send(HttpConnection.Request.get("/line"), Optional.empty(), most)
                    .thenApply(response -> response.status() == 200 ? response.body() : new byte[0])
                : context.stream()
                    .exchange("READ\n".getBytes(StandardCharsets.US_ASCII), ONE_LINE, most);
        return answer.thenCompose(AskedDriver::decode);
      }

      @Override
      public void close() {
        // Nothing is held.
      }
    };
  }

  private static CompletionStage<List<Measurement>> decode(byte[] bytes) {
    Matcher matcher = LINE.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    if (!matcher.matches() || !matcher.group(4).equals(LineDriver.sum(matcher.group(1)))) {
      return java.util.concurrent.CompletableFuture.failedFuture(invalid());
    }
    List<Measurement> values = new java.util.ArrayList<>();
    values.add(Measurement.of(Quantity.ACTIVE_POWER, Long.parseLong(matcher.group(2)), 0));
    if (matcher.group(3) != null) {
      values.add(Measurement.of(Quantity.ENERGY_IMPORT, Long.parseLong(matcher.group(3)), 0));
    }
    return java.util.concurrent.CompletableFuture.completedFuture(values);
  }
}
