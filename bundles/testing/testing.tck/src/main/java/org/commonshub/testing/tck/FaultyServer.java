package org.commonshub.testing.tck;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A loopback port with a thread for each connection, which can be shut and opened again. */
abstract class FaultyServer implements DriverTck.Device {
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private volatile Fault fault = Fault.NONE;
  private volatile boolean closed;
  private volatile ServerSocket listener;
  private volatile int port;

  /** Opens the port; to be called once all is ready to answer. */
  final void listen() throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    port = socket.getLocalPort();
    listener = socket;
    start("faulty-accept", () -> accept(socket));
  }

  /** The port it listens on. */
  public final int port() {
    return port;
  }

  /** What goes wrong now. */
  final Fault fault() {
    return fault;
  }

  @Override
  public final void fault(Fault next) throws IOException {
    Fault before = fault;
    fault = next;
    if (next == Fault.REFUSE && before != Fault.REFUSE) {
      listener.close();
      hangUp();
    } else if (next != Fault.REFUSE && before == Fault.REFUSE) {
      listen();
    }
  }

  /** Talks to one peer until it leaves. */
  abstract void serve(Socket connection) throws IOException, InterruptedException;

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept(ServerSocket socket) {
    while (!closed) {
      try {
        Socket connection = socket.accept();
        connection.setTcpNoDelay(true);
        connections.add(connection);
        start("faulty-peer", () -> talk(connection));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void talk(Socket connection) {
    try (connection) {
      serve(connection);
    } catch (IOException e) {
      // The driver hung up, or this server did.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(connection);
    }
  }

  private void hangUp() throws IOException {
    for (Socket connection : connections) {
      connection.close();
    }
  }

  /** Ends a connection so that the peer sees it at once. */
  static void reset(Socket connection) throws IOException {
    connection.setSoLinger(true, 0);
    connection.close();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    listener.close();
    hangUp();
  }
}
