package org.commonshub.metering.web;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A TCP port that connections come in on. Closing it closes them. */
final class Port implements Loop.Handler {
  private static final int BACKLOG = 128;
  private static final int ACCEPTS_PER_TURN = 32;
  private static final long PAUSE_NANOS = 1_000_000_000L;
  private static final Logger LOG = LoggerFactory.getLogger(Port.class);

  /** Makes what is spoken on a connection. */
  interface Service {
    /**
     * Somebody connected.
     *
     * @param left to be called when the connection is closed
     */
    Tcp.Protocol accepted(Tcp tcp, Runnable left);
  }

  /** Gives the certificate of now; null if there is none. */
  interface Certificates {
    SSLContext context();
  }

  private final Tcp.Shared shared;
  private final ServerSocketChannel channel;
  private final int port;
  private final Certificates certificates;
  private final Admission admission;
  private final Admission.Plain plain;
  private final Service service;
  private final Set<Tcp> connections = new HashSet<>();
  private SelectionKey key;
  private boolean closed;
  private boolean toldRefusal;
  private boolean toldAccept;

  private final Loop.Deadline pause =
      new Loop.Deadline() {
        @Override
        void expired() {
          if (!closed) {
            key.interestOps(SelectionKey.OP_ACCEPT);
          }
        }
      };

  private Port(
      Tcp.Shared shared,
      ServerSocketChannel channel,
      Certificates certificates,
      Admission admission,
      Admission.Plain plain,
      Service service) {
    this.shared = shared;
    this.channel = channel;
    this.port = channel.socket().getLocalPort();
    this.certificates = certificates;
    this.admission = admission;
    this.plain = plain;
    this.service = service;
  }

  /**
   * Opens a port.
   *
   * @param certificates null for a plain port
   * @throws IOException if it is taken
   */
  static Port open(
      Tcp.Shared shared,
      InetSocketAddress address,
      Certificates certificates,
      Admission admission,
      Admission.Plain plain,
      Service service)
      throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    Port port;
    try {
      channel.bind(address, BACKLOG);
      port = new Port(shared, channel, certificates, admission, plain, service);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e instanceof IOException io ? io : new IOException(e.getMessage(), e);
    }
    shared.loop().execute(port::register);
    return port;
  }

  private void register() {
    if (closed) {
      return;
    }
    try {
      key = shared.loop().register(channel, SelectionKey.OP_ACCEPT, this);
    } catch (IOException e) {
      LOG.error("Port {} for devices cannot be served.", port, e);
    }
  }

  int port() {
    return port;
  }

  @Override
  public void ready(SelectionKey ready) {
    for (int i = 0; i < ACCEPTS_PER_TURN && !closed; i++) {
      SocketChannel accepted;
      try {
        accepted = channel.accept();
      } catch (IOException e) {
        // Out of file descriptors: rest, or the selector spins.
        if (!toldAccept) {
          toldAccept = true;
          LOG.warn(
              "Port {} for devices cannot take connections ({}). Raise the hub's limit of open"
                  + " files.",
              port,
              e.getMessage());
        }
        key.interestOps(0);
        shared.loop().arm(pause, PAUSE_NANOS);
        return;
      }
      if (accepted == null) {
        return;
      }
      try {
        accept(accepted);
      } catch (IOException | RuntimeException e) {
        LOG.debug("A connection on port {} broke at once", port, e);
        close(accepted);
      }
    }
  }

  private void accept(SocketChannel accepted) throws IOException {
    InetSocketAddress remote = (InetSocketAddress) accepted.getRemoteAddress();
    SSLContext context = certificates == null ? null : certificates.context();
    if (certificates == null ? !Admission.permitted(plain, remote.getAddress()) : context == null) {
      if (!toldRefusal) {
        toldRefusal = true;
        LOG.warn(
            "{} was refused on port {}: it is not in the home network and its connection is not"
                + " encrypted. Let it use TLS, or set plain to any in"
                + " org.commonshub.metering.web.json. Said once.",
            remote.getAddress().getHostAddress(),
            port);
      }
      close(accepted);
      return;
    }
    if (!admission.enter(remote.getAddress())) {
      LOG.debug("{} has too many connections to port {}", remote, port);
      close(accepted);
      return;
    }
    Runnable leave = () -> admission.leave(remote.getAddress());
    try {
      Tcp.accepted(
          shared,
          accepted,
          context == null ? null : engine(context),
          tcp -> {
            connections.add(tcp);
            return service.accepted(
                tcp,
                () -> {
                  connections.remove(tcp);
                  leave.run();
                });
          });
    } catch (IOException | RuntimeException e) {
      leave.run();
      throw e;
    }
  }

  private static SSLEngine engine(SSLContext context) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    return engine;
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing to save.
    }
  }

  @Override
  public void ended() {
    close();
  }

  /** Closes the port and its connections; loop thread only. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    shared.loop().cancel(pause);
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("Port {} did not close cleanly", port, e);
    }
    for (Tcp tcp : Set.copyOf(connections)) {
      tcp.abort(null);
    }
  }
}
