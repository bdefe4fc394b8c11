package org.commonshub.metering.web;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.Optional;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.DeviceServer.DatagramService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A UDP port. Datagrams that come faster than the service takes them are dropped, as the network
 * itself would.
 */
final class DatagramPort implements Loop.Handler {
  private static final int DATAGRAMS_PER_TURN = 64;
  private static final Logger LOG = LoggerFactory.getLogger(DatagramPort.class);

  private final Tcp.Shared shared;
  private final DatagramChannel channel;
  private final int port;
  private final boolean anybody;
  private final DatagramService service;
  private final Lane lane;
  private boolean closed;
  private boolean told;
  private volatile long dropped;

  private DatagramPort(
      Tcp.Shared shared, DatagramChannel channel, boolean anybody, DatagramService service) {
    this.shared = shared;
    this.channel = channel;
    this.port = channel.socket().getLocalPort();
    this.anybody = anybody;
    this.service = service;
    this.lane = new Lane(shared.workers(), () -> {}, this::stuck);
  }

  /**
   * Opens a port.
   *
   * @param anybody whether datagrams from outside the home network are taken
   * @throws IOException if it is taken
   */
  static DatagramPort open(
      Tcp.Shared shared, InetSocketAddress address, boolean anybody, DatagramService service)
      throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    DatagramPort port;
    try {
      channel.bind(address);
      port = new DatagramPort(shared, channel, anybody, service);
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
      shared.loop().register(channel, SelectionKey.OP_READ, this);
    } catch (IOException e) {
      LOG.error("UDP port {} for devices cannot be served.", port, e);
    }
  }

  private void stuck() {
    LOG.warn("The service of UDP port {} does not come back from a call.", port);
  }

  int port() {
    return port;
  }

  /** Datagrams dropped since the port was opened. */
  long dropped() {
    return dropped;
  }

  @Override
  public void ready(SelectionKey ready) {
    for (int i = 0; i < DATAGRAMS_PER_TURN && !closed; i++) {
      ByteBuffer in = shared.loop().in.clear();
      InetSocketAddress from;
      try {
        from = (InetSocketAddress) channel.receive(in);
      } catch (IOException e) {
        LOG.debug("UDP port {} could not be read", port, e);
        return;
      }
      if (from == null) {
        return;
      }
      if ((!anybody && !Admission.local(from.getAddress())) || lane.full()) {
        dropped++;
        continue;
      }
      in.flip();
      byte[] datagram = new byte[in.remaining()];
      in.get(datagram);
      lane.add(datagram.length, () -> serve(datagram, from));
    }
  }

  private void serve(byte[] datagram, InetSocketAddress from) {
    try {
      Optional<byte[]> answer = service.received(datagram, new DeviceServer.Peer(from, false));
      if (answer.isPresent()) {
        channel.send(ByteBuffer.wrap(answer.get()), from);
      }
    } catch (IOException e) {
      LOG.debug("No answer to {} from UDP port {}", from, port, e);
    } catch (RuntimeException e) {
      if (!told) {
        told = true;
        LOG.warn("The service of UDP port {} failed with a datagram. Said once.", port, e);
      }
    }
  }

  @Override
  public void ended() {
    close();
  }

  /** Closes the port; loop thread only. */
  void close() {
    closed = true;
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("UDP port {} did not close cleanly", port, e);
    }
  }
}
