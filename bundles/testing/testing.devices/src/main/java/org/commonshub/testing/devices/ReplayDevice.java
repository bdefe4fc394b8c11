package org.commonshub.testing.devices;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A device that sends what a {@link Replay} says, to whoever is connected to its loopback port
 * (ser2net shows a serial port so), or into a serial port or pseudo-terminal. One peer at a time:
 * when another connects, the one before is left.
 */
public final class ReplayDevice implements AutoCloseable {
  private static final int MOST_INPUT = 64 * 1024;
  private static final long NEWCOMERS_NANOS = 50_000_000;

  private final ServerSocket server;
  private final InputStream ttyIn;
  private final OutputStream ttyOut;
  private Socket peer;
  private long looked;
  private final AtomicLong sent = new AtomicLong();
  private volatile boolean closed;

  private ReplayDevice(ServerSocket server, InputStream ttyIn, OutputStream ttyOut) {
    this.server = server;
    this.ttyIn = ttyIn;
    this.ttyOut = ttyOut;
  }

  /**
   * Listens on a loopback port.
   *
   * @param port port, or 0 for any free one
   */
  public static ReplayDevice tcp(int port) throws IOException {
    ServerSocket server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return new ReplayDevice(server, null, null);
  }

  /** Writes to a terminal, whose line settings are as they are (stty sets them). */
  public static ReplayDevice terminal(Path path) throws IOException {
    // Not Files.newInputStream: its available() knows files only.
    return new ReplayDevice(
        null, new FileInputStream(path.toFile()), new FileOutputStream(path.toFile()));
  }

  /** The port it listens on; −1 for a terminal. */
  public int port() {
    return server == null ? -1 : server.getLocalPort();
  }

  /**
   * Waits for a peer.
   *
   * @return whether there is one
   */
  public boolean await(Duration patience) throws IOException {
    if (server == null) {
      return true;
    }
    if (peer != null && System.nanoTime() - looked < NEWCOMERS_NANOS) {
      return true;
    }
    takeNewcomer(1);
    long end = System.nanoTime() + patience.toNanos();
    while (peer == null && !closed) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      takeNewcomer((int) Math.min(left, 500));
    }
    return peer != null;
  }

  private void takeNewcomer(int millis) throws IOException {
    looked = System.nanoTime();
    server.setSoTimeout(millis);
    try {
      while (true) {
        Socket newcomer = server.accept();
        newcomer.setTcpNoDelay(true);
        hangUp();
        peer = newcomer;
        server.setSoTimeout(1);
      }
    } catch (SocketTimeoutException e) {
      // Nobody else.
    }
  }

  /**
   * Does it all, and waits for a peer where there is none.
   *
   * @param patience how long to wait for a peer, and for a request
   * @throws IOException if none came
   */
  public void play(Iterable<Replay.Action> actions, Duration patience)
      throws IOException, InterruptedException {
    for (Replay.Action action : actions) {
      if (action instanceof Replay.Send send) {
        send(send.bytes(), patience);
      } else if (action instanceof Replay.Pause pause) {
        Thread.sleep(pause.millis());
      } else if (action instanceof Replay.HangUp) {
        hangUp();
      } else if (action instanceof Replay.Await request) {
        await(request.request(), patience);
      }
    }
  }

  /** Sends bytes; a peer that left meanwhile is replaced by the next. */
  public void send(byte[] bytes, Duration patience) throws IOException {
    while (!closed) {
      if (!await(patience)) {
        throw new InterruptedIOException("nobody connected within " + patience);
      }
      try {
        OutputStream out = ttyOut != null ? ttyOut : peer.getOutputStream();
        out.write(bytes);
        out.flush();
        sent.addAndGet(bytes.length);
        return;
      } catch (IOException e) {
        if (ttyOut != null) {
          throw e;
        }
        hangUp();
      }
    }
  }

  /** Bytes sent so far. */
  public long sent() {
    return sent.get();
  }

  /** Waits until a request has come in, whatever came before it. */
  private void await(byte[] request, Duration patience) throws IOException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    byte[] seen = new byte[request.length];
    int count = 0;
    for (int read = 0; read < MOST_INPUT; read++) {
      int next = next(end, patience);
      System.arraycopy(seen, 1, seen, 0, seen.length - 1);
      seen[seen.length - 1] = (byte) next;
      if (++count >= request.length && java.util.Arrays.equals(seen, request)) {
        return;
      }
    }
    throw new IOException("other requests came than the trace has");
  }

  private int next(long end, Duration patience) throws IOException, InterruptedException {
    while (true) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0 || !await(patience)) {
        throw new InterruptedIOException("no request came within " + patience);
      }
      if (ttyIn != null) {
        if (ttyIn.available() > 0) {
          return ttyIn.read();
        }
        Thread.sleep(1);
        continue;
      }
      peer.setSoTimeout((int) Math.min(left, 100));
      try {
        int next = peer.getInputStream().read();
        if (next >= 0) {
          return next;
        }
        hangUp();
      } catch (SocketTimeoutException e) {
        // Not yet.
      } catch (IOException e) {
        hangUp();
      }
    }
  }

  /** Breaks the connection. */
  public void hangUp() throws IOException {
    if (peer != null) {
      peer.close();
      peer = null;
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    hangUp();
    if (server != null) {
      server.close();
    } else {
      ttyIn.close();
      ttyOut.close();
    }
  }
}
