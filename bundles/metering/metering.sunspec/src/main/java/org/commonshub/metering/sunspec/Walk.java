package org.commonshub.metering.sunspec;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.sunspec.Found.Header;

/**
 * Finds the SunSpec map of a unit and walks along its models (SunSpec Device Information Model
 * Specification, section 3: 'SunS' at 40000, 50000 or 0, then id and length of each model up to id
 * 0xFFFF). Keeps its place: when a poll runs out of time, the next one goes on. Used by one poll at
 * a time.
 */
final class Walk {
  private static final int[] BASES = {40000, 50000, 0};
  private static final int MAX_MODELS = 128;
  private static final int END = 0xFFFF;

  /** Reads holding registers. */
  @FunctionalInterface
  interface Reader {
    /** Reads {@code count} registers from {@code address}. */
    CompletionStage<int[]> read(int address, int count);
  }

  private final String where;
  private final List<Header> headers = new ArrayList<>();
  private int base;
  private int next = -1;

  /**
   * @param where unit and endpoint, for sentences
   */
  Walk(String where) {
    this.where = where;
  }

  /** All models, in order. Fails as the reader does; may be called again to go on. */
  CompletionStage<List<Header>> headers(Reader reader) {
    return next < 0 ? base(reader).thenCompose(found -> walk(reader)) : walk(reader);
  }

  private CompletionStage<Integer> base(Reader reader) {
    int candidate = BASES[base];
    return refusedAsEmpty(reader.read(candidate, 2))
        .handle(
            (words, failure) -> {
              if (failure == null
                  && words.length == 2
                  && words[0] == 0x5375
                  && words[1] == 0x6E53) {
                next = candidate + 2;
                return CompletableFuture.completedFuture(next);
              }
              boolean last = base == BASES.length - 1;
              // Some devices stay silent at an address they do not know: another time, another
              // base.
              base = (base + 1) % BASES.length;
              if (failure != null) {
                return CompletableFuture.<Integer>failedFuture(cause(failure));
              }
              if (last) {
                return CompletableFuture.<Integer>failedFuture(
                    new DeviceException(
                        Kind.SETTINGS,
                        where
                            + " answers, but has no SunSpec map at 40000, 50000 or 0. Switch SunSpec"
                            + " on in the device, check the unit id, or use another driver."));
              }
              return base(reader).toCompletableFuture();
            })
        .thenCompose(stage -> stage);
  }

  private CompletionStage<List<Header>> walk(Reader reader) {
    return refusedAsEmpty(reader.read(next, 2))
        .thenCompose(
            words -> {
              boolean end = words.length < 2 || words[0] == END;
              if (end && headers.isEmpty()) {
                return CompletableFuture.failedFuture(
                    new DeviceException(
                        Kind.INVALID_ANSWER, where + " begins a SunSpec map and ends it at once."));
              }
              if (end) {
                return CompletableFuture.completedFuture(List.copyOf(headers));
              }
              int id = words[0];
              int length = words[1];
              int after = next + 2 + length;
              if (headers.size() >= MAX_MODELS || after > 65534) {
                return CompletableFuture.failedFuture(
                    new DeviceException(
                        Kind.INVALID_ANSWER,
                        where
                            + " has a SunSpec map that does not end (model "
                            + id
                            + " at register "
                            + next
                            + "). Update the device's firmware."));
              }
              if (id != 1 || length < 1) {
                return advance(reader, new Header(id, next, length, new int[0]));
              }
              return reader
                  .read(next + 2, Math.min(length, 66))
                  .thenCompose(common -> advance(reader, new Header(id, next, length, common)));
            });
  }

  private CompletionStage<List<Header>> advance(Reader reader, Header header) {
    headers.add(header);
    next = header.address() + 2 + header.length();
    return walk(reader);
  }

  private static CompletionStage<int[]> refusedAsEmpty(CompletionStage<int[]> read) {
    return read.exceptionallyCompose(
        failure ->
            cause(failure) instanceof DeviceException e && e.kind() == Kind.REFUSED
                ? CompletableFuture.completedFuture(new int[0])
                : CompletableFuture.failedFuture(cause(failure)));
  }

  static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
