package org.commonshub.metering.messaging;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.TimeUnit;

/** Stands between client and server and, when asked, gives the client one chunk in two halves. */
final class Slow implements AutoCloseable {
  /** Longer than the second that Paho waits for bytes. */
  private static final long PAUSE_MILLIS = 2_500;

  private final Peer peer;
  private volatile boolean halve;
  private volatile boolean halved;

  Slow(int to) throws IOException {
    peer =
        new Peer(
            (in, out, connection) -> {
              try (Socket server = new Socket(InetAddress.getLoopbackAddress(), to)) {
                Thread back = new Thread(() -> copy(quietly(server), out), "slow");
                back.setDaemon(true);
                back.start();
                copyUp(in, server.getOutputStream());
              }
            });
  }

  int port() {
    return peer.port;
  }

  void halve() {
    halve = true;
  }

  boolean halved() {
    return halved;
  }

  private static InputStream quietly(Socket socket) {
    try {
      return socket.getInputStream();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void copyUp(InputStream in, OutputStream out) throws IOException {
    byte[] chunk = new byte[16_384];
    for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
      out.write(chunk, 0, count);
    }
  }

  private void copy(InputStream in, OutputStream out) {
    byte[] chunk = new byte[16_384];
    try {
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        if (halve && count > 1) {
          halve = false;
          halved = true;
          out.write(chunk, 0, count / 2);
          TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
          out.write(chunk, count / 2, count - count / 2);
        } else {
          out.write(chunk, 0, count);
        }
      }
    } catch (IOException e) {
      // Either side hung up.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    peer.close();
  }
}
