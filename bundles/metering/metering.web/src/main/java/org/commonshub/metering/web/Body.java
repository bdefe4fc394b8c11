package org.commonshub.metering.web;

import java.nio.ByteBuffer;
import java.util.List;

/** The body of an HTTP/1.1 message (RFC 9112 §6 and §7), collected up to a limit. */
final class Body {
  private static final int CHUNK_LINE = 256;
  private static final int TRAILERS = 4 * 1024;

  private enum State {
    LENGTH,
    CHUNK_SIZE,
    CHUNK_DATA,
    CHUNK_END,
    TRAILER,
    UNTIL_END,
    DONE
  }

  private final Bytes bytes;
  private final int most;
  private State state;
  private long left;
  private long chunk;
  private int digits;
  private int lineLength;
  private int trailerLength;
  private boolean extension;
  private boolean lineHasText;

  private Body(State state, long left, int most, Budget budget) {
    this.state = left == 0 && state == State.LENGTH ? State.DONE : state;
    this.left = left;
    this.most = most;
    this.bytes = new Bytes(budget);
  }

  /** No body. */
  static Body none() {
    return new Body(State.LENGTH, 0, 0, new Budget(0));
  }

  /** The body of a request. */
  static Body ofRequest(Head head, boolean http10, int most, Budget budget) throws HttpException {
    return of(head, http10, false, most, budget);
  }

  /** The body of an answer with a status that has one. */
  static Body ofAnswer(Head head, int most, Budget budget) throws HttpException {
    return of(head, false, true, most, budget);
  }

  private static Body of(Head head, boolean http10, boolean answer, int most, Budget budget)
      throws HttpException {
    List<String> encodings = head.all("transfer-encoding");
    List<String> lengths = head.all("content-length");
    if (!encodings.isEmpty()) {
      if (encodings.size() > 1 || !encodings.get(0).equalsIgnoreCase("chunked")) {
        throw new HttpException(501, "its transfer encoding is not 'chunked'");
      }
      if (!answer && (http10 || !lengths.isEmpty())) {
        // Two lengths are how requests are smuggled past proxies (RFC 9112 §11.2).
        throw new HttpException(400, "it has two kinds of length");
      }
      return new Body(State.CHUNK_SIZE, 0, most, budget);
    }
    if (lengths.isEmpty()) {
      return new Body(answer ? State.UNTIL_END : State.LENGTH, 0, most, budget);
    }
    String text = lengths.get(0);
    if (text.isEmpty()
        || text.length() > 18
        || !text.chars().allMatch(c -> c >= '0' && c <= '9')
        || lengths.stream().anyMatch(other -> !other.equals(text))) {
      throw new HttpException(400, "its content length is not a number");
    }
    long length = Long.parseLong(text);
    if (length > most) {
      throw tooLarge(most);
    }
    return new Body(State.LENGTH, length, most, budget);
  }

  private static HttpException tooLarge(int most) {
    return new HttpException(413, "its body is longer than " + most + " bytes");
  }

  /** Whether all has come. */
  boolean complete() {
    return state == State.DONE;
  }

  /** Whether the end of the connection is the end of the body. */
  boolean untilEnd() {
    return state == State.UNTIL_END;
  }

  /** Takes bytes up to the end of the body. */
  void take(ByteBuffer from) throws HttpException {
    while (from.hasRemaining() && state != State.DONE) {
      switch (state) {
        case LENGTH, CHUNK_DATA -> {
          int count = (int) Math.min(left, from.remaining());
          bytes.add(from, count, state == State.LENGTH ? bytes.length() + (int) left : most);
          left -= count;
          if (left == 0) {
            state = state == State.LENGTH ? State.DONE : State.CHUNK_END;
          }
        }
        case UNTIL_END -> {
          if (from.remaining() > most - bytes.length()) {
            throw tooLarge(most);
          }
          bytes.add(from, from.remaining(), most);
        }
        case CHUNK_SIZE -> chunkSize(from.get());
        case CHUNK_END -> chunkEnd(from.get());
        default -> trailer(from.get());
      }
    }
  }

  private void chunkSize(byte one) throws HttpException {
    if (++lineLength > CHUNK_LINE) {
      throw new HttpException(400, "a chunk's first line is too long");
    }
    if (one == '\n') {
      if (digits == 0) {
        throw new HttpException(400, "a chunk has no size");
      }
      left = chunk;
      state = chunk == 0 ? State.TRAILER : State.CHUNK_DATA;
      chunk = 0;
      digits = 0;
      lineLength = 0;
      extension = false;
      return;
    }
    int digit = Character.digit(one, 16);
    if (extension || one == ';' || one == '\r' || one == ' ' || one == '\t') {
      extension = true;
    } else if (digit >= 0 && one > 0) {
      digits++;
      chunk = chunk * 16 + digit;
      if (chunk > most - bytes.length()) {
        throw tooLarge(most);
      }
    } else {
      throw new HttpException(400, "a chunk's size is not a number");
    }
  }

  private void chunkEnd(byte one) throws HttpException {
    if (one == '\n') {
      state = State.CHUNK_SIZE;
      lineLength = 0;
    } else if (one != '\r' || ++lineLength > 1) {
      throw new HttpException(400, "a chunk is longer than its size");
    }
  }

  private void trailer(byte one) throws HttpException {
    if (++trailerLength > TRAILERS) {
      throw new HttpException(431, "its trailers are too long");
    }
    if (one == '\n') {
      if (!lineHasText) {
        state = State.DONE;
      }
      lineHasText = false;
    } else if (one != '\r') {
      lineHasText = true;
    }
  }

  /** The body; empties this. */
  byte[] bytes() {
    return bytes.take();
  }

  /** Lets go of what came. */
  void clear() {
    bytes.clear();
  }
}
