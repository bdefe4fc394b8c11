package org.commonshub.metering.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A TCP peer on loopback whose behaviour is written by each test. */
final class Peer implements AutoCloseable {
  /** What it does with one connection. */
  interface Script {
    void talk(InputStream in, OutputStream out, int connection) throws Exception;
  }

  private final ServerSocket server;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  final AtomicInteger connections = new AtomicInteger();
  final int port;

  Peer(Script script) throws IOException {
    this(0, script);
  }

  Peer(int port, Script script) throws IOException {
    server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    this.port = server.getLocalPort();
    daemon(
        () -> {
          try {
            while (true) {
              Socket socket = server.accept();
              int number = connections.incrementAndGet();
              sockets.add(socket);
              daemon(
                  () -> {
                    try (socket) {
                      script.talk(socket.getInputStream(), socket.getOutputStream(), number);
                    } catch (Exception e) {
                      // The test sees it on the other side.
                    }
                  });
            }
          } catch (IOException e) {
            // Closed.
          }
        });
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "peer");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
