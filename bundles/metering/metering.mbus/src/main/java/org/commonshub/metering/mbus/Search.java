package org.commonshub.metering.mbus;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.StreamConnection;

/**
 * Finds the meters of a wired bus: whether there are any, by the address that all answer; then by
 * secondary address, narrowing digit by digit where several answer at once (EN 13757-7, 8.5), then
 * by primary address 0 … 250 for meters without one. Ends, with what it has, when its time is over.
 * Used once.
 */
final class Search {
  private static final int MOST = 64;
  private static final String ALL = "FFFFFFFF";

  /** What was on the line after a request. */
  private enum Line {
    SILENT,
    ONE,
    SEVERAL
  }

  private record Heard(Line line, byte[] bytes) {}

  private final StreamConnection stream;
  private final long deadline;
  private final Duration wait;
  private final Duration answer;
  private final ArrayDeque<String> masks = new ArrayDeque<>();
  private final ArrayDeque<String> neighbours = new ArrayDeque<>();
  private final Map<Meter, Candidate> found = new LinkedHashMap<>();
  private int primary;

  Search(StreamConnection stream, Duration time) {
    this.stream = stream;
    this.deadline = System.nanoTime() + time.toNanos();
    int baud = baud(stream.endpoint());
    // A slave begins within 330 bit times and 50 ms (EN 13757-2, 5.7.3.2); the request takes 17
    // characters of 11 bits. Gateways add the network.
    int network = stream.endpoint().scheme().equals("serial") ? 30 : 150;
    this.wait = Duration.ofMillis(50 + network + (330 + 17 * 11) * 1_000L / baud);
    this.answer = wait.plusMillis(261 * 11 * 1_000L / baud);
    masks.add(ALL);
  }

  private static int baud(Endpoint endpoint) {
    try {
      return Math.max(300, Integer.parseInt(endpoint.parameter("baud", "2400")));
    } catch (NumberFormatException e) {
      return 2_400;
    }
  }

  CompletionStage<List<Candidate>> run() {
    return anybody(2).thenCompose(there -> there ? step() : done());
  }

  /** Every slave answers the test address, so that a wrong line costs little time. */
  private CompletionStage<Boolean> anybody(int tries) {
    return hear(LinkFrame.reset(LinkFrame.ANY), wait)
        .thenCompose(
            heard ->
                heard.line() != Line.SILENT
                    ? CompletableFuture.completedFuture(true)
                    : tries > 1 ? anybody(tries - 1) : CompletableFuture.completedFuture(false));
  }

  private boolean over() {
    return deadline - System.nanoTime() <= wait.toNanos() || found.size() >= MOST;
  }

  private CompletionStage<List<Candidate>> step() {
    if (over()) {
      return done();
    }
    String mask = masks.isEmpty() ? neighbours.poll() : masks.poll();
    if (mask != null) {
      return secondary(mask).thenCompose(unused -> step());
    }
    if (primary > 250) {
      return done();
    }
    return primary(primary++).thenCompose(unused -> step());
  }

  private CompletionStage<List<Candidate>> done() {
    return CompletableFuture.completedFuture(new ArrayList<>(found.values()));
  }

  private CompletionStage<Void> secondary(String mask) {
    byte[] select;
    try {
      select =
          LinkFrame.select(WiredSettings.of(Map.of("address", mask)).secondary().orElseThrow());
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
    return hear(select, wait)
        .thenCompose(
            called -> {
              if (called.line() == Line.SILENT) {
                return nothing();
              }
              // Several E5h at the same time look like one: only data tell.
              return hear(LinkFrame.request(LinkFrame.SELECTED, true), answer)
                  .thenCompose(heard -> data(mask, heard));
            });
  }

  private CompletionStage<Void> data(String mask, Heard heard) {
    Optional<Meter> meter = meter(heard);
    if (meter.isPresent()) {
      add(meter.get(), secondarySettings(meter.get()));
      if (mask.indexOf('F') >= 0) {
        // Alike meters with consecutive numbers can collide into a frame that looks good.
        String id = meter.get().id();
        for (char digit = '0'; digit <= '9'; digit++) {
          if (digit != id.charAt(7)) {
            neighbours.add(id.substring(0, 7) + digit);
          }
        }
      }
      return nothing();
    }
    if (heard.line() == Line.SILENT) {
      return nothing();
    }
    int open = mask.indexOf('F');
    if (open >= 0) {
      for (char digit = '9'; digit >= '0'; digit--) {
        masks.addFirst(mask.substring(0, open) + digit + mask.substring(open + 1));
      }
    }
    return nothing();
  }

  private CompletionStage<Void> primary(int address) {
    return hear(LinkFrame.reset(address), wait)
        .thenCompose(
            called ->
                called.line() == Line.SILENT
                    ? nothing()
                    : hear(LinkFrame.request(address, true), answer)
                        .thenAccept(
                            heard ->
                                meter(heard)
                                    .ifPresent(
                                        meter ->
                                            add(
                                                meter,
                                                Map.of(
                                                    WiredSettings.ADDRESS,
                                                    Integer.toString(address))))));
  }

  private void add(Meter meter, Map<String, String> settings) {
    found.putIfAbsent(
        meter,
        new Candidate(
            meter.label() + " " + DeviceType.name(meter.type()),
            meter.kind().role(),
            settings,
            WiredSession.identity(meter)));
  }

  private static Map<String, String> secondarySettings(Meter meter) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(WiredSettings.ADDRESS, meter.id());
    if (meter.manufacturer().length() == 3) {
      settings.put(WiredSettings.MANUFACTURER, meter.manufacturer());
    }
    settings.put(WiredSettings.VERSION, Integer.toString(meter.version()));
    settings.put(WiredSettings.TYPE, Integer.toString(meter.type()));
    return settings;
  }

  /** Who sent data; also of telegrams that cannot be decrypted. */
  private static Optional<Meter> meter(Heard heard) {
    if (heard.line() != Line.ONE) {
      return Optional.empty();
    }
    try {
      LinkFrame frame = LinkFrame.parse(heard.bytes());
      if (!frame.response()) {
        return Optional.empty();
      }
      int kind = frame.data()[0] & 0xFF;
      if (kind == 0x72 || kind == 0x76) {
        Octets in = new Octets(frame.data(), kind == 0x76);
        in.u8();
        return Optional.of(Header.longHeader(in).meter());
      }
      return Application.decode(
              frame.data(), false, null, null, OptionalLong.empty(), new Formats())
          .flatMap(Telegram::header)
          .map(Header::meter);
    } catch (MalformedFrame e) {
      return Optional.empty();
    }
  }

  private static CompletionStage<Void> nothing() {
    return CompletableFuture.completedFuture(null);
  }

  /** Sends, and takes whatever comes. Fails only if there is no line. */
  private CompletionStage<Heard> hear(byte[] request, Duration timeout) {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      return CompletableFuture.completedFuture(new Heard(Line.SILENT, new byte[0]));
    }
    Framing anything =
        received -> {
          Framing strict = LinkFrame.answerTo(request, stream.endpoint());
          try {
            return strict.complete(received);
          } catch (DeviceException e) {
            return received.remaining(); // A collision.
          }
        };
    return stream
        .exchange(request, anything, timeout.toNanos() < left ? timeout : Duration.ofNanos(left))
        .thenApply(
            bytes -> {
              byte[] frame = LinkFrame.withoutEcho(request, bytes);
              try {
                LinkFrame.parse(frame);
                return new Heard(Line.ONE, frame);
              } catch (MalformedFrame e) {
                return new Heard(Line.SEVERAL, frame);
              }
            })
        .exceptionallyCompose(
            failure -> {
              Throwable cause = Readout.cause(failure);
              if (cause instanceof DeviceException e) {
                if (e.kind() == Kind.TIMEOUT) {
                  return CompletableFuture.completedFuture(new Heard(Line.SILENT, new byte[0]));
                }
                if (e.kind() == Kind.INVALID_ANSWER || e.kind() == Kind.DISCONNECTED) {
                  return CompletableFuture.completedFuture(new Heard(Line.SEVERAL, new byte[0]));
                }
              }
              return CompletableFuture.failedFuture(cause);
            });
  }
}
