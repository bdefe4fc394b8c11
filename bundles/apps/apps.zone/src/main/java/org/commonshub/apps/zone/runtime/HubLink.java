package org.commonshub.apps.zone.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.commonshub.apps.zone.wire.Args;
import org.commonshub.apps.zone.wire.Frames;
import org.commonshub.apps.zone.wire.Message;
import org.commonshub.apps.zone.wire.Op;
import org.commonshub.apps.zone.wire.Outcome;
import org.commonshub.apps.zone.wire.WireException;

/** The connection to the hub. One thread reads, any thread writes. */
final class HubLink {
  private static final int SLICE = 1 << 15;

  private final SocketChannel channel;
  private final Object writing = new Object();
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, CompletableFuture<Args>> waiting = new ConcurrentHashMap<>();

  HubLink(SocketChannel channel) {
    this.channel = channel;
  }

  void hello(String token, String instance) throws IOException {
    write(
        new Message(Message.Kind.HELLO, 0, 0, Message.VERSION, java.util.List.of(token, instance))
            .encode());
  }

  /** Reads until the hub hangs up. */
  void run(Consumer<Message> requests) throws IOException, WireException {
    ByteBuffer in = ByteBuffer.allocateDirect(SLICE);
    Frames frames = new Frames(true);
    while (channel.read(in) >= 0) {
      frames.add(in.flip());
      in.clear();
      for (byte[] bytes = frames.next(); bytes != null; bytes = frames.next()) {
        Message message = Message.decode(bytes, Integer.MAX_VALUE);
        if (message.kind() == Message.Kind.REQUEST) {
          requests.accept(message);
        } else {
          answered(message);
        }
      }
    }
  }

  private void answered(Message message) throws WireException {
    CompletableFuture<Args> future = waiting.remove(message.id());
    if (future == null) {
      return;
    }
    Outcome outcome = message.code(Outcome.class);
    if (outcome == Outcome.OK) {
      future.complete(message.args());
    } else {
      future.completeExceptionally(Outcome.exception(outcome, message.args()));
    }
  }

  /** Asks; completes on the reading thread. */
  CompletableFuture<Args> send(int app, Op op, Object... body) {
    long id = ids.incrementAndGet();
    byte[] bytes = Message.request(app, id, op, body).encode();
    if (!Message.fits(bytes)) {
      throw new IllegalArgumentException("that is too much at once");
    }
    CompletableFuture<Args> future = new CompletableFuture<>();
    waiting.put(id, future);
    try {
      write(bytes);
    } catch (IOException e) {
      waiting.remove(id);
      future.completeExceptionally(e);
    }
    return future;
  }

  /** Asks and waits. */
  Args call(int app, Op op, Object... body) throws Exception {
    try {
      return send(app, op, body).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        cause.setStackTrace(new StackTraceElement[0]);
        throw cause;
      }
      throw e;
    }
  }

  /** Answers the hub. */
  void answer(int app, long id, Outcome outcome, Object... body) {
    byte[] bytes = Message.answer(app, id, outcome, body).encode();
    if (!Message.fits(bytes)) {
      bytes = Message.answer(app, id, Outcome.FAILED, "What the app shows is too much.").encode();
    }
    try {
      write(bytes);
    } catch (IOException e) {
      Runtime.getRuntime().halt(0); // The hub is gone.
    }
  }

  private void write(byte[] message) throws IOException {
    synchronized (writing) {
      for (ByteBuffer frame : Frames.split(message)) {
        int end = frame.limit();
        while (frame.position() < end) {
          // In slices: what is written at once is copied outside of the heap first.
          channel.write(frame.limit(Math.min(end, frame.position() + SLICE)));
          frame.limit(end);
        }
      }
    }
  }
}
