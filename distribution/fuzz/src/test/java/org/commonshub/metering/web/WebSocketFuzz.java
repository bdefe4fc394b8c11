package org.commonshub.metering.web;

import java.nio.ByteBuffer;

/** Bytes that claim to be WebSocket frames, whole and in pieces: both must come to the same. */
public final class WebSocketFuzz {
  private WebSocketFuzz() {}

  private static final class Notes implements Frames.Sink {
    private final StringBuilder notes = new StringBuilder();

    @Override
    public void text(String message) {
      notes.append('t').append(message);
    }

    @Override
    public void ping(byte[] payload) {
      notes.append('p').append(payload.length);
    }

    @Override
    public void pong() {
      notes.append('o');
    }

    @Override
    public void goodbye(int code, String reason) {
      notes.append('c').append(code).append(reason);
    }

    @Override
    public boolean ready() {
      return true;
    }
  }

  private static String read(byte[] data, int step) {
    Budget budget = new Budget(1 << 20);
    Frames frames = new Frames(1 << 12, budget);
    Notes notes = new Notes();
    try {
      for (int i = 0; i < data.length; i += step) {
        frames.take(ByteBuffer.wrap(data, i, Math.min(step, data.length - i)), notes);
      }
    } catch (Frames.Violation e) {
      notes.notes.append('!').append(e.code());
    }
    frames.clear();
    if (budget.left() != 1 << 20) {
      throw new AssertionError("memory lost: " + budget.left());
    }
    return notes.notes.toString();
  }

  public static void fuzzerTestOneInput(byte[] data) {
    String whole = read(data, Math.max(1, data.length));
    if (!whole.equals(read(data, 1)) || !whole.equals(read(data, 7))) {
      throw new AssertionError("differs in pieces: " + whole);
    }
  }
}
