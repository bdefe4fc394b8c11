package org.commonshub.metering.iec62056;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.StreamConnection.LineSpeed;

/**
 * Asks a meter in mode C, and takes what one of mode A says at once (IEC 62056-21, 6.4.1 and
 * 6.4.3): sign on at 300 baud, agree on a rate, read the data message at that rate.
 */
final class AskingSession implements PollSession {
  private static final char ACK = 0x06;
  private static final int SIGN_ON_BAUD = 300;

  private final StreamConnection stream;
  private final IecSettings settings;
  private volatile Map<String, String> identity = Map.of();

  AskingSession(StreamConnection stream, IecSettings settings) {
    this.stream = stream;
    this.settings = settings;
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public CompletionStage<List<Measurement>> poll(Duration budget) {
    return read(budget)
        .thenApply(
            readout -> {
              identity = readout.identity();
              return Values.of(readout.values(), settings.baseUnits());
            });
  }

  CompletionStage<Readout> read(Duration budget) {
    long deadline = System.nanoTime() + budget.toNanos();
    return open(budget).thenCompose(opening -> opened(opening, deadline));
  }

  /** Signs on; the meter's first words. */
  CompletionStage<byte[]> open(Duration limit) {
    // In mode A all comes at once, at 300 baud; that takes as long as it takes.
    boolean soon = !settings.atOnce() && settings.timeout().compareTo(limit) < 0;
    return stream.exchange(
        words("/?" + settings.address() + "!\r\n"),
        new LineSpeed(settings.startBaud(), settings.startBaud()),
        Answers.opening(settings.atOnce()),
        soon ? settings.timeout() : limit);
  }

  private CompletionStage<Readout> opened(byte[] opening, long deadline) {
    try {
      Answers.Line line = named(opening);
      Identification meter = line.identification();
      if (settings.atOnce()) {
        return CompletableFuture.completedFuture(message(meter, opening, line.to()));
      }
      if (!meter.acknowledged()) {
        throw new DeviceException(
            Kind.SETTINGS,
            meter.changesByItself()
                ? "The meter at "
                    + stream.endpoint()
                    + " speaks mode B of IEC 62056-21, which the hub does not. Set the meter to"
                    + " mode C, or connect it in another way."
                : "The meter at "
                    + stream.endpoint()
                    + " speaks mode A of IEC 62056-21. Set the device's mode to A.");
      }
      return agreed(meter, deadline);
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** The identification, its parity checked. */
  static Answers.Line named(byte[] opening) throws DeviceException {
    Optional<Answers.Line> line = Answers.identification(ByteBuffer.wrap(opening));
    if (line.isEmpty()) {
      throw SevenBit.spoilt("it does not name itself");
    }
    SevenBit.strip(opening, line.get().from(), line.get().to());
    return line.get();
  }

  private CompletionStage<Readout> agreed(Identification meter, long deadline) {
    int start = settings.startBaud();
    char character;
    int rate = start;
    if (start != SIGN_ON_BAUD) {
      character = meter.rate(); // A bus that keeps its rate, whatever the meter says.
    } else if (!stream.endpoint().scheme().equals("serial")) {
      character = Identification.character(start); // A gateway's rate is not ours to change.
    } else {
      rate = Math.min(meter.baud(), settings.maxBaud());
      character = Identification.character(rate);
    }
    int agreed = rate;
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      return CompletableFuture.failedFuture(late(agreed, null));
    }
    return stream
        .exchange(
            words(ACK + "0" + character + "0\r\n"),
            new LineSpeed(start, agreed),
            Answers.message(),
            Duration.ofNanos(left))
        .handle(
            (answer, failure) -> {
              try {
                if (failure == null) {
                  return message(meter, answer, 0);
                }
                throw failure instanceof CompletionException && failure.getCause() != null
                    ? failure.getCause()
                    : failure;
              } catch (DeviceException e) {
                throw new CompletionException(e.kind() == Kind.TIMEOUT ? late(agreed, e) : e);
              } catch (Throwable e) {
                throw new CompletionException(e);
              }
            });
  }

  private DeviceException late(int baud, DeviceException cause) {
    return new DeviceException(
        Kind.TIMEOUT,
        "The meter at "
            + stream.endpoint()
            + " named itself, but its values did not come in time at "
            + baud
            + " baud. Raise the device's interval (a readout may take twice as long), or try"
            + " another max_baud.",
        cause);
  }

  private static Readout message(Identification meter, byte[] bytes, int from)
      throws DeviceException {
    Optional<Answers.Message> message = Answers.message(ByteBuffer.wrap(bytes), from);
    if (message.isEmpty()) {
      throw SevenBit.spoilt("its message has no beginning or no end");
    }
    return Readout.of(meter, SevenBit.strip(bytes, message.get().from(), message.get().to()));
  }

  private byte[] words(String text) {
    return settings.parity() ? SevenBit.even(text) : text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    // Holds nothing.
  }
}
