package org.commonshub.apps.zone;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.commonshub.apps.zone.wire.Frames;
import org.commonshub.apps.zone.wire.WireException;

/**
 * The hub's end of a connection. Any thread sends and never waits: what the socket does not take is
 * kept, up to a bound. One thread receives, and sends what was kept.
 */
final class Link implements AutoCloseable {
  /** Most bytes that wait for a zone to read. */
  static final int MAX_WAITING = 20 << 20;

  private static final int SLICE = 1 << 15;

  private final SocketChannel channel;
  private final Selector selector = Selector.open();
  private final SelectionKey key;
  private final ByteBuffer in = ByteBuffer.allocateDirect(SLICE);
  private final Frames frames = new Frames(false);
  private final Object sending = new Object();
  private final Deque<ByteBuffer> kept = new ArrayDeque<>();
  private long waiting;

  Link(SocketChannel channel) throws IOException {
    this.channel = channel;
    channel.configureBlocking(false);
    key = channel.register(selector, SelectionKey.OP_READ);
  }

  /**
   * Sends a message.
   *
   * @throws IOException if the connection is closed or the zone does not read
   */
  void send(byte[] message) throws IOException {
    List<ByteBuffer> parts = Frames.split(message);
    synchronized (sending) {
      if (waiting + message.length > MAX_WAITING) {
        throw new IOException("the zone does not read what it is sent");
      }
      for (ByteBuffer part : parts) {
        waiting += part.remaining();
        kept.add(part);
      }
      if (kept.size() == parts.size()) {
        flush();
      }
      if (kept.isEmpty()) {
        return;
      }
    }
    selector.wakeup();
  }

  /** Called with the lock. */
  private void flush() throws IOException {
    while (!kept.isEmpty()) {
      ByteBuffer part = kept.peek();
      int end = part.limit();
      int sent = channel.write(part.limit(Math.min(end, part.position() + SLICE)));
      part.limit(end);
      waiting -= sent;
      if (part.hasRemaining()) {
        if (sent == 0) {
          return;
        }
      } else {
        kept.remove();
      }
    }
  }

  /** The next message, or null if there is none within that time or somebody called wake. */
  byte[] receive(long millis) throws IOException, WireException {
    byte[] message = frames.next();
    if (message != null) {
      return message;
    }
    boolean more;
    synchronized (sending) {
      more = !kept.isEmpty();
    }
    key.interestOps(more ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    if (millis <= 0) {
      selector.selectNow();
    } else {
      selector.select(millis);
    }
    selector.selectedKeys().clear();
    synchronized (sending) {
      flush();
    }
    int read = channel.read(in);
    if (read < 0) {
      throw new EOFException("the zone hung up");
    }
    frames.add(in.flip());
    in.clear();
    return frames.next();
  }

  /** Makes the receiving thread look up. */
  void wake() {
    selector.wakeup();
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
