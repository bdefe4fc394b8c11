package org.commonshub.metering.broker;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.commonshub.metering.api.DeviceServer.StreamPeer;

/**
 * What waits for one peer. The broker writes under its lock; {@link #flush} sends without it, in
 * order, on whichever thread comes first. A peer that takes no more is tried again at the next
 * flush.
 */
final class PeerOutlet implements Outlet {
  /** Bytes handed to the peer at once: small packets are put together, large ones cut. */
  static final int CHUNK = 8 * 1024;

  private final StreamPeer peer;
  private final Consumer<PeerOutlet> dirty;
  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
  private final AtomicInteger flushes = new AtomicInteger();
  private int offset;
  private int bytes;
  private boolean ending;
  private boolean ended;
  private Long stuckAt;

  /** Set by the owner right after the broker made it. */
  volatile Link link;

  /**
   * @param dirty told, under the broker's lock, that there is something to flush
   */
  PeerOutlet(StreamPeer peer, Consumer<PeerOutlet> dirty) {
    this.peer = peer;
    this.dirty = dirty;
  }

  @Override
  public void write(byte[] packet) {
    synchronized (waiting) {
      if (ending) {
        return;
      }
      waiting.add(packet);
      bytes += packet.length;
    }
    dirty.accept(this);
  }

  @Override
  public int waiting() {
    synchronized (waiting) {
      return bytes;
    }
  }

  @Override
  public void end() {
    synchronized (waiting) {
      ending = true;
    }
    dirty.accept(this);
  }

  /** Whether something could not be sent. */
  boolean isStuck() {
    synchronized (waiting) {
      return bytes > 0;
    }
  }

  /** Notes that something is left; the peer's patience begins anew when it took something. */
  void stuckSince(long now, boolean taken) {
    synchronized (waiting) {
      if (taken || stuckAt == null) {
        stuckAt = now;
      }
    }
  }

  /** Whether nothing was taken for so long. */
  boolean isStuckFor(long nanos, long now) {
    synchronized (waiting) {
      return bytes > 0 && stuckAt != null && now - stuckAt > nanos;
    }
  }

  /** Ends it though not all was sent. */
  void abandon() {
    synchronized (waiting) {
      waiting.clear();
      bytes = 0;
      ending = true;
    }
    flush();
  }

  /**
   * Sends what the peer takes.
   *
   * @return whether it took anything
   */
  boolean flush() {
    if (flushes.getAndIncrement() > 0) {
      return false; // The thread that is at it looks again.
    }
    boolean any = false;
    int seen = 1;
    do {
      seen = flushes.get();
      any |= drain();
    } while (!flushes.compareAndSet(seen, 0));
    return any;
  }

  private boolean drain() {
    boolean any = false;
    while (true) {
      byte[] chunk;
      synchronized (waiting) {
        chunk = chunk();
        if (chunk == null) {
          if (!ending || ended) {
            return any;
          }
          ended = true;
        }
      }
      if (chunk == null) {
        peer.close();
        return any;
      }
      if (!peer.send(chunk)) {
        return any;
      }
      any = true;
      synchronized (waiting) {
        taken(chunk.length);
      }
    }
  }

  /** The next bytes to send, or null; they stay until taken. */
  private byte[] chunk() {
    byte[] first = waiting.peek();
    if (first == null) {
      return null;
    }
    if (first.length - offset >= CHUNK) {
      return Arrays.copyOfRange(first, offset, offset + CHUNK);
    }
    byte[] chunk = new byte[Math.min(CHUNK, bytes)];
    int at = 0;
    int from = offset;
    for (byte[] each : waiting) {
      int count = Math.min(each.length - from, chunk.length - at);
      System.arraycopy(each, from, chunk, at, count);
      at += count;
      from = 0;
      if (at == chunk.length) {
        break;
      }
    }
    return chunk;
  }

  private void taken(int count) {
    bytes -= count;
    if (bytes <= 0) {
      stuckAt = null;
    }
    int rest = count;
    while (rest > 0) {
      byte[] first = waiting.peek();
      if (first == null) {
        bytes = 0; // abandoned in the meantime
        offset = 0;
        return;
      }
      int left = first.length - offset;
      if (rest < left) {
        offset += rest;
        return;
      }
      rest -= left;
      waiting.poll();
      offset = 0;
    }
  }
}
