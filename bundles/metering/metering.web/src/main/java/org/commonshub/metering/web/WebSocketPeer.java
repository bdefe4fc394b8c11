package org.commonshub.metering.web;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.DeviceServer.WebSocket;
import org.commonshub.metering.api.DeviceServer.WebSocketListener;
import org.commonshub.metering.api.DeviceServer.WebSocketService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A WebSocket client of the common door (RFC 6455): text only, asked for a sign of life every 30 s.
 * Belongs to the loop thread except for {@link #send}, {@link #close} and what runs in the lane.
 */
final class WebSocketPeer implements Tcp.Protocol, WebSocket, Frames.Sink {
  static final long BEAT_NANOS = 30_000_000_000L;
  static final long GOODBYE_NANOS = 5_000_000_000L;

  /** Beats without a byte from the peer after which it is gone. */
  static final int SILENT_BEATS = 3;

  private static final int MAX_SENDING = 1 << 20;
  private static final int MAX_PONGS = 16 * 1024;
  private static final Logger LOG = LoggerFactory.getLogger(WebSocketPeer.class);

  private final Tcp.Shared shared;
  private final Tcp tcp;
  private final Lane lane;
  private final Routes.Route<WebSocketService> route;
  private final Runnable left;
  private final Set<WebSocketPeer> all;
  private final Frames frames;
  private WebSocketListener listener; // Of the lane.
  private volatile boolean closing;
  private volatile boolean mute;
  private boolean said;
  private boolean told;
  private int silent;

  private final Loop.Deadline beat =
      new Loop.Deadline() {
        @Override
        void expired() {
          beat();
        }
      };

  WebSocketPeer(
      Tcp.Shared shared,
      Tcp tcp,
      Lane lane,
      Routes.Route<WebSocketService> route,
      Runnable left,
      Set<WebSocketPeer> all) {
    this.shared = shared;
    this.tcp = tcp;
    this.lane = lane;
    this.route = route;
    this.left = left;
    this.all = all;
    this.frames = new Frames(DeviceServer.MAX_MESSAGE, shared.receiving());
    shared.loop().arm(beat, BEAT_NANOS);
  }

  Routes.Route<WebSocketService> route() {
    return route;
  }

  /** Says who takes the messages; in the lane. */
  void listen(WebSocketListener made) {
    listener = made;
    if (made == null) {
      close(1011, "the hub failed");
    }
  }

  private void beat() {
    if (closing) {
      tcp.finish();
    } else if (++silent >= SILENT_BEATS) {
      tcp.abort(new IOException("it gives no sign of life"));
    } else {
      tcp.send(Frames.frame(Frames.PING, new byte[0]), MAX_SENDING);
      shared.loop().arm(beat, BEAT_NANOS);
    }
  }

  @Override
  public void opened() {
    throw new IllegalStateException("open already");
  }

  @Override
  public void received(ByteBuffer bytes) {
    silent = 0;
    try {
      frames.take(bytes, this);
    } catch (Frames.Violation e) {
      LOG.debug("The WebSocket of {} is closed: {}", tcp.remote(), e.getMessage());
      bytes.position(bytes.limit());
      closeNow(e.code(), e.getMessage());
      tcp.finish();
    }
  }

  @Override
  public boolean ready() {
    return closing || !lane.full();
  }

  @Override
  public void text(String message) {
    if (closing) {
      return;
    }
    lane.add(
        2 * message.length(),
        () -> {
          if (listener != null && !mute) {
            try {
              listener.text(message);
            } catch (RuntimeException e) {
              LOG.warn("The service of {} failed with a message.", route.path(), e);
              close(1011, "the hub failed");
            }
          }
        });
  }

  @Override
  public void ping(byte[] payload) {
    if (!closing) {
      tcp.send(Frames.frame(Frames.PONG, payload), MAX_PONGS);
    }
  }

  @Override
  public void pong() {
    // Any byte is a sign of life.
  }

  @Override
  public void goodbye(int code, String reason) {
    say(code == 1005 ? 1000 : code, "");
    tell(code, reason);
    tcp.finish();
  }

  @Override
  public void close(int code, String reason) {
    if (!Frames.sendable(code)) {
      throw new IllegalArgumentException(code + " cannot be sent as a reason to close");
    }
    mute = true;
    closing = true;
    shared.loop().execute(() -> closeNow(code, reason));
  }

  /** Closes; loop thread only. */
  void closeNow(int code, String reason) {
    mute = true;
    if (say(code, reason)) {
      shared.loop().arm(beat, GOODBYE_NANOS);
    }
    tell(code, reason);
  }

  private boolean say(int code, String reason) {
    closing = true;
    if (said) {
      return false;
    }
    said = true;
    tcp.send(Frames.close(code, reason), 2 * MAX_SENDING);
    return true;
  }

  private void tell(int code, String reason) {
    if (!told) {
      told = true;
      lane.add(
          0,
          () -> {
            if (listener != null) {
              try {
                listener.closed(code, reason);
              } catch (RuntimeException e) {
                LOG.warn("The service of {} failed with a goodbye.", route.path(), e);
              }
            }
          });
    }
  }

  @Override
  public boolean send(String text) {
    return !closing
        && tcp.send(Frames.frame(Frames.TEXT, text.getBytes(StandardCharsets.UTF_8)), MAX_SENDING);
  }

  @Override
  public void ended() {
    tcp.finish();
  }

  @Override
  public void closed(Exception why) {
    closing = true;
    shared.loop().cancel(beat);
    frames.clear();
    all.remove(this);
    tell(1006, "");
    left.run();
  }
}
