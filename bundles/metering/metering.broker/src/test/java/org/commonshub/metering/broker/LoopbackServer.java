package org.commonshub.metering.broker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceServer;

/** Byte streams on loopback, by the contract and with two threads a peer; nothing else. */
final class LoopbackServer implements DeviceServer {
  private static final int MOST = 256 * 1024;
  private static final byte[] END = {};

  private final SSLContext tls;
  final Set<Port> open = ConcurrentHashMap.newKeySet();

  /**
   * @param tls for encrypted ports; null if there is no certificate
   */
  LoopbackServer(SSLContext tls) {
    this.tls = tls;
  }

  @Override
  public Opened streams(int port, boolean encrypted, StreamService service) throws DeviceException {
    if (encrypted && tls == null) {
      throw new DeviceException(DeviceException.Kind.UNREACHABLE, "There is no certificate.");
    }
    try {
      ServerSocketFactory factory =
          encrypted ? tls.getServerSocketFactory() : ServerSocketFactory.getDefault();
      ServerSocket socket = factory.createServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
      return new Port(socket, encrypted, service);
    } catch (IOException e) {
      throw new DeviceException(DeviceException.Kind.UNREACHABLE, "The port is taken.", e);
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "loopback");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  final class Port implements Opened {
    private final ServerSocket server;
    private final boolean encrypted;
    private final StreamService service;
    private final Set<Peer> peers = ConcurrentHashMap.newKeySet();

    Port(ServerSocket server, boolean encrypted, StreamService service) {
      this.server = server;
      this.encrypted = encrypted;
      this.service = service;
      open.add(this);
      daemon(this::accept);
    }

    private void accept() {
      try {
        while (true) {
          Peer peer = new Peer(server.accept(), encrypted, service);
          peers.removeIf(p -> p.socket.isClosed());
          peers.add(peer);
          daemon(peer::read);
          daemon(peer::write);
        }
      } catch (IOException e) {
        // Closed.
      }
    }

    @Override
    public int port() {
      return server.getLocalPort();
    }

    @Override
    public void close() {
      open.remove(this);
      try {
        server.close();
        for (Peer peer : peers) {
          peer.socket.close();
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static final class Peer implements StreamPeer {
    final Socket socket;
    private final DeviceServer.Peer who;
    private final StreamService service;
    private final LinkedBlockingQueue<byte[]> outgoing = new LinkedBlockingQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    Peer(Socket socket, boolean encrypted, StreamService service) {
      this.socket = socket;
      this.service = service;
      this.who =
          new DeviceServer.Peer((InetSocketAddress) socket.getRemoteSocketAddress(), encrypted);
    }

    void read() {
      try {
        socket.setTcpNoDelay(true);
      } catch (IOException e) {
        // It shows below.
      }
      StreamListener listener = service.opened(this);
      if (listener == null) {
        close();
        return;
      }
      try (socket) {
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[16 * 1024];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          listener.received(Arrays.copyOf(buffer, count));
        }
      } catch (IOException e) {
        // Told below.
      }
      listener.closed();
    }

    void write() {
      try (socket) {
        OutputStream out = socket.getOutputStream();
        while (true) {
          byte[] next = outgoing.take();
          if (next == END) {
            return;
          }
          out.write(next);
          waiting.addAndGet(-next.length);
        }
      } catch (IOException e) {
        // The reader tells.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public DeviceServer.Peer peer() {
      return who;
    }

    @Override
    public boolean send(byte[] bytes) {
      if (socket.isClosed() || waiting.get() > MOST) {
        return false;
      }
      waiting.addAndGet(bytes.length);
      return outgoing.add(bytes);
    }

    @Override
    public void close() {
      outgoing.add(END);
    }
  }

  @Override
  public AutoCloseable http(String path, HttpService service) {
    throw new UnsupportedOperationException();
  }

  @Override
  public AutoCloseable webSocket(String path, WebSocketService service) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Opened datagrams(int port, DatagramService service) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int port(boolean encrypted) {
    return -1;
  }
}
