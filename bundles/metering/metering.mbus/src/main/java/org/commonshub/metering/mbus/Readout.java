package org.commonshub.metering.mbus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.StreamConnection;

/**
 * One read-out of a wired meter (EN 13757-2, 5.7; EN 13757-7, 8): reset or select, then request
 * until all telegrams are there, the frame count bit toggling. Used once.
 */
final class Readout {
  /** Requests for one telegram: the first and one repetition. */
  private static final int TRIES = 2;

  private final StreamConnection stream;
  private final WiredSettings settings;
  private final String where;
  private final long deadline;
  private final byte[] before;
  private final Aes aes;
  private final List<Telegram> telegrams = new ArrayList<>();
  private final Formats formats = new Formats();
  private byte[] first = {};
  private byte[] last = {};
  private boolean bit = true;
  private boolean doubted;
  private boolean repeated;

  /**
   * @param before user data of the first telegram of the last read-out: a meter that repeats it has
   *     missed the reset
   */
  Readout(
      StreamConnection stream, WiredSettings settings, String where, long deadline, byte[] before) {
    this.stream = stream;
    this.settings = settings;
    this.where = where;
    this.deadline = deadline;
    this.before = before;
    this.aes = Aes.of(settings.key());
  }

  /** User data of the first telegram. */
  byte[] first() {
    return first;
  }

  CompletionStage<List<Telegram>> run() {
    byte[] opening =
        settings.secondary().isPresent()
            ? LinkFrame.select(settings.secondary().get())
            : LinkFrame.reset(settings.primary());
    return exchange(opening, TRIES)
        .thenCompose(
            answer -> {
              if (!answer.acknowledged()) {
                return failed(
                    Kind.INVALID_ANSWER, "answered its call with something else than E5h", "");
              }
              return next();
            });
  }

  private CompletionStage<List<Telegram>> next() {
    return exchange(LinkFrame.request(settings.primary(), bit), TRIES).thenCompose(this::take);
  }

  private CompletionStage<List<Telegram>> take(LinkFrame answer) {
    if (answer.acknowledged()) {
      return telegrams.isEmpty()
          ? failed(Kind.REFUSED, "has no data to send", "")
          : CompletableFuture.completedFuture(telegrams);
    }
    if (!answer.response()) {
      return failed(Kind.INVALID_ANSWER, "answered with something else than data", "");
    }
    int address = settings.primary();
    if (address < LinkFrame.SELECTED && answer.address() != address) {
      return failed(
          Kind.INVALID_ANSWER,
          "was answered for by address " + answer.address(),
          " Check that no two meters have the same address.");
    }
    byte[] data = answer.data();
    if ((data[0] & 0xFF) == Application.ERROR) {
      String why = data.length > 1 ? Application.error(data[1] & 0xFF) : "it gave no reason";
      return failed(Kind.REFUSED, "refused to be read: " + why, "");
    }
    if (!telegrams.isEmpty() && Arrays.equals(data, last)) {
      if (!repeated) {
        // Perhaps an answer that came twice: a slave repeats what belongs to this bit.
        repeated = true;
        return next();
      }
      // It does not look at the bit: there is nothing more.
      return CompletableFuture.completedFuture(telegrams);
    }
    if (telegrams.isEmpty() && !doubted && Arrays.equals(data, before)) {
      // Down to the access number what it said at the last poll: the old telegram, repeated.
      doubted = true;
      bit = !bit;
      return next();
    }
    Optional<Telegram> telegram;
    try {
      telegram = Application.decode(data, false, null, aes, OptionalLong.empty(), formats);
    } catch (MalformedFrame e) {
      return e.isKey()
          ? failed(Kind.SETTINGS, "cannot be read: " + e.getMessage(), " Enter its key in 'key'.")
          : failed(
              Kind.INVALID_ANSWER, "sent a telegram that cannot be read: " + e.getMessage(), "");
    }
    if (telegram.isEmpty()) {
      return failed(
          Kind.INVALID_ANSWER,
          String.format("sent a telegram of kind %02X, which has no values", data[0] & 0xFF),
          "");
    }
    Optional<Header> header = telegram.get().header();
    if (header.isPresent() && !settings.means(header.get().meter())) {
      return failed(
          Kind.INVALID_ANSWER,
          "was answered for by " + header.get().meter().label(),
          " Make the secondary address more exact.");
    }
    if (telegrams.isEmpty()) {
      first = data;
    }
    last = data;
    repeated = false;
    telegrams.add(telegram.get());
    if (!telegram.get().body().more() || telegrams.size() >= settings.telegrams()) {
      return CompletableFuture.completedFuture(telegrams);
    }
    bit = !bit;
    return next();
  }

  private CompletionStage<LinkFrame> exchange(byte[] request, int tries) {
    Duration left = Duration.ofNanos(deadline - System.nanoTime());
    if (left.isNegative() || left.isZero()) {
      return failed(
          Kind.TIMEOUT,
          "was too slow for the polling interval",
          " Poll it less often: M-Bus meters take seconds.");
    }
    Duration timeout = left.compareTo(settings.timeout()) < 0 ? left : settings.timeout();
    return stream
        .exchange(request, LinkFrame.answerTo(request, stream.endpoint()), timeout)
        .thenCompose(
            bytes -> {
              try {
                return CompletableFuture.completedFuture(
                    LinkFrame.parse(LinkFrame.withoutEcho(request, bytes)));
              } catch (MalformedFrame e) {
                return failed(
                    Kind.INVALID_ANSWER,
                    "sent a frame that cannot be trusted: " + e.getMessage(),
                    " Check the wiring and that no two meters have the same address.");
              }
            })
        .exceptionallyCompose(
            failure -> {
              Throwable cause = cause(failure);
              boolean again =
                  cause instanceof DeviceException e
                      && (e.kind() == Kind.TIMEOUT || e.kind() == Kind.INVALID_ANSWER);
              return again && tries > 1 && deadline - System.nanoTime() > 0
                  ? exchange(request, tries - 1)
                  : CompletableFuture.failedFuture(hinted(cause));
            });
  }

  /** A silent serial line is most often one with the wrong parity. */
  private Throwable hinted(Throwable cause) {
    if (cause instanceof DeviceException e
        && e.kind() == Kind.TIMEOUT
        && stream.endpoint().scheme().equals("serial")
        && !stream.endpoint().parameter("parity", "none").equals("even")) {
      return new DeviceException(
          Kind.TIMEOUT,
          where
              + " does not answer, and the port is not set to even parity, which M-Bus needs. Add"
              + " ?baud=2400&parity=even to the endpoint.",
          e);
    }
    return cause;
  }

  private <T> CompletionStage<T> failed(Kind kind, String what, String advice) {
    return CompletableFuture.failedFuture(
        new DeviceException(kind, where + " " + what + "." + advice));
  }

  static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
