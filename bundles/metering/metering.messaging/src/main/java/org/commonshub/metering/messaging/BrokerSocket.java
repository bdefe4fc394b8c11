package org.commonshub.metering.messaging;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSocket;

/**
 * The socket Paho is given, plain or encrypted, with {@link PacketGuard} in its way. It can be
 * closed at any moment by {@link #kill}, whatever Paho is doing with it.
 *
 * <p>Two more of Paho's traps end here. Its receiver must not fail before its sender runs, or the
 * thread that starts them waits for ever: nothing is read, and no failure shown, before the first
 * byte is written. And acknowledgements queue up without bound when a broker sends but does not
 * read: nothing is read while {@value #UNACKNOWLEDGED} wait.
 */
final class BrokerSocket extends Socket {
  private static final int HANDSHAKE_MILLIS = 10_000;
  private static final int READ_MILLIS = 1_000;
  private static final int CHUNK = 8 * 1024;
  static final int UNACKNOWLEDGED = 1_000;

  private final Tls tls;
  private final String host;
  private final Socket plain = new Socket();
  private final PacketGuard guard = new PacketGuard();
  private volatile SSLSocket encrypted;
  private volatile PacketGuard.Malformed malformed;
  private volatile boolean killed;

  private final Object pace = new Object();
  private boolean written;
  private int unacknowledged;

  /**
   * @param tls whom to believe; null for no encryption
   */
  BrokerSocket(Tls tls, String host) {
    this.tls = tls;
    this.host = host;
  }

  /** What the broker did wrong, or null. */
  PacketGuard.Malformed malformed() {
    return malformed;
  }

  @Override
  public void connect(SocketAddress address, int timeoutMillis) throws IOException {
    if (killed) {
      throw new IOException("closed");
    }
    InetSocketAddress to = (InetSocketAddress) address;
    if (to.isUnresolved()) {
      throw new UnknownHostException(to.getHostString());
    }
    plain.connect(to, timeoutMillis);
    plain.setTcpNoDelay(true);
    plain.setKeepAlive(true);
    if (tls != null) {
      plain.setSoTimeout(HANDSHAKE_MILLIS);
      encrypted = tls.over(plain, host, to.getPort());
    }
  }

  @Override
  public void setSoTimeout(int millis) throws java.net.SocketException {
    plain.setSoTimeout(millis);
  }

  @Override
  public InputStream getInputStream() throws IOException {
    SSLSocket over = encrypted;
    return new Guarded(over == null ? plain.getInputStream() : over.getInputStream());
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    SSLSocket over = encrypted;
    return new Counted(over == null ? plain.getOutputStream() : over.getOutputStream());
  }

  @Override
  public synchronized void close() throws IOException {
    kill();
  }

  /** Closes at once, without a farewell; reads and writes under way fail. */
  void kill() {
    killed = true;
    synchronized (pace) {
      pace.notifyAll();
    }
    try {
      plain.close();
    } catch (IOException e) {
      // Nothing to save: it is being thrown away.
    }
  }

  /** Hands out complete packets only. Used by Paho's receiver alone. */
  private final class Guarded extends InputStream {
    private final InputStream in;
    private final byte[] chunk = new byte[CHUNK];
    private final ByteBuffer received = ByteBuffer.wrap(chunk).limit(0);
    private ByteBuffer packet = ByteBuffer.allocate(0);

    Guarded(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      return more() ? packet.get() & 0xFF : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!more()) {
        return -1;
      }
      int count = Math.min(length, packet.remaining());
      packet.get(into, offset, count);
      return count;
    }

    private boolean more() throws IOException {
      while (!packet.hasRemaining()) {
        awaitPace();
        byte[] next;
        try {
          next = guard.take(received);
        } catch (PacketGuard.Malformed e) {
          malformed = e;
          throw new IOException("The broker sent " + e.getMessage(), e);
        }
        if (next != null) {
          packet = ByteBuffer.wrap(next);
          count(next);
          return true;
        }
        int count = in.read(chunk, 0, chunk.length);
        if (count < 0) {
          return false;
        }
        received.position(0).limit(count);
      }
      return true;
    }

    private void count(byte[] next) {
      if ((next[0] & 0xF6) == 0x32) { // PUBLISH with QoS 1
        synchronized (pace) {
          unacknowledged++;
        }
      }
    }

    private void awaitPace() throws IOException {
      synchronized (pace) {
        if (!written || unacknowledged >= UNACKNOWLEDGED) {
          try {
            pace.wait(READ_MILLIS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("stopped", e);
          }
        }
        if (!written) {
          throw new SocketTimeoutException("waiting for the sender");
        }
        if (killed) {
          throw new IOException("closed");
        }
        if (unacknowledged >= UNACKNOWLEDGED) {
          throw new SocketTimeoutException("waiting for the sender");
        }
      }
    }
  }

  /** Counts the acknowledgements that leave. Used by Paho's sender alone. */
  private final class Counted extends FilterOutputStream {
    private int rest;
    private int shift = -1;

    Counted(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      synchronized (pace) {
        written = true;
        pace.notifyAll();
      }
      out.write(bytes, offset, length);
      int acknowledged = 0;
      for (int i = offset; i < offset + length; ) {
        if (shift >= 0) {
          rest |= (bytes[i] & 0x7F) << shift;
          shift = bytes[i] < 0 ? shift + 7 : -1;
          i++;
        } else if (rest > 0) {
          int skipped = Math.min(rest, offset + length - i);
          rest -= skipped;
          i += skipped;
        } else {
          acknowledged += (bytes[i] & 0xF0) == 0x40 ? 1 : 0;
          shift = 0;
          i++;
        }
      }
      synchronized (pace) {
        unacknowledged -= acknowledged;
        pace.notifyAll();
      }
    }
  }
}
