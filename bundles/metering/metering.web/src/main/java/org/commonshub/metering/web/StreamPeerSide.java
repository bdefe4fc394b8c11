package org.commonshub.metering.web;

import java.nio.ByteBuffer;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.DeviceServer.StreamListener;
import org.commonshub.metering.api.DeviceServer.StreamPeer;
import org.commonshub.metering.api.DeviceServer.StreamService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client of a port that carries plain bytes. Belongs to the loop thread but for the lane. */
final class StreamPeerSide implements Tcp.Protocol, StreamPeer {
  private static final int MAX_SENDING = 256 * 1024;
  private static final long HANDSHAKE_NANOS = 10_000_000_000L;
  private static final Logger LOG = LoggerFactory.getLogger(StreamPeerSide.class);

  private final Tcp.Shared shared;
  private final Tcp tcp;
  private final StreamService service;
  private final Runnable left;
  private final Lane lane;
  private StreamListener listener; // Of the lane.
  private volatile boolean closing;
  private boolean opened;

  private final Loop.Deadline handshake =
      new Loop.Deadline() {
        @Override
        void expired() {
          tcp.abort(null);
        }
      };

  StreamPeerSide(Tcp.Shared shared, Tcp tcp, StreamService service, Runnable left) {
    this.shared = shared;
    this.tcp = tcp;
    this.service = service;
    this.left = left;
    this.lane = new Lane(shared.workers(), tcp::resume, this::stuck);
    shared.loop().arm(handshake, HANDSHAKE_NANOS);
  }

  private void stuck() {
    LOG.warn(
        "A stream service of the device door does not come back from a call for {}; the"
            + " connection is closed.",
        tcp.remote().getAddress().getHostAddress());
    shared.loop().execute(() -> tcp.abort(null));
  }

  @Override
  public void opened() {
    opened = true;
    shared.loop().cancel(handshake);
    lane.add(
        0,
        () ->
            guarded(
                () -> {
                  listener = service.opened(this);
                  if (listener == null) {
                    close();
                  }
                }));
  }

  private void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      LOG.warn("A stream service of the device door failed; its peer is closed.", e);
      closing = true;
      shared.loop().execute(() -> tcp.abort(null));
    }
  }

  @Override
  public void received(ByteBuffer bytes) {
    if (!closing && lane.full()) {
      return;
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    if (!closing) {
      lane.add(
          copy.length,
          () -> {
            if (listener != null && !closing) {
              guarded(() -> listener.received(copy));
            }
          });
    }
  }

  @Override
  public void ended() {
    tcp.finish();
  }

  @Override
  public void closed(Exception why) {
    shared.loop().cancel(handshake);
    left.run();
    if (opened) {
      lane.add(
          0,
          () -> {
            if (listener != null) {
              guarded(listener::closed);
            }
          });
    }
  }

  @Override
  public DeviceServer.Peer peer() {
    return new DeviceServer.Peer(tcp.remote(), tcp.tls());
  }

  @Override
  public boolean send(byte[] bytes) {
    return !closing && tcp.send(ByteBuffer.wrap(bytes), MAX_SENDING);
  }

  @Override
  public void close() {
    closing = true;
    shared.loop().execute(tcp::finish);
  }
}
