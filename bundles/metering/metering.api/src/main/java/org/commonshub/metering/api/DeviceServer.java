package org.commonshub.metering.api;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The door for devices that connect to the hub by themselves: HTTP and WebSocket on one port (and
 * one with TLS), datagrams and plain byte streams on ports of their own. Implemented by {@code
 * metering.web}; called by drivers of such devices, once per driver and not once per device. A port
 * is open only while somebody serves it. Nothing here authenticates: every service decides for
 * itself whom it believes, and answers strangers briefly.
 *
 * <p>Devices served this way have the endpoint {@code inbound:NAME}, where NAME is what the device
 * calls itself (a charge point's identity, a node, a key).
 *
 * <p>Callbacks come on a bounded pool, in order for one peer; they must return at once. When a
 * service fails, its peer is closed and nobody else notices.
 */
@ProviderType
public interface DeviceServer {
  /** Largest HTTP body and WebSocket message. */
  int MAX_MESSAGE = 256 * 1024;

  /**
   * Who is on the other side.
   *
   * @param address its address
   * @param tls whether the connection is encrypted
   */
  record Peer(InetSocketAddress address, boolean tls) {}

  /**
   * An HTTP request.
   *
   * @param method method
   * @param path decoded path, normalised, without query
   * @param query decoded parameters, the first of each name
   * @param headers headers by lower-case name, the first of each name
   * @param body body, at most {@link #MAX_MESSAGE}
   * @param peer sender
   */
  record HttpRequest(
      String method,
      String path,
      Map<String, String> query,
      Map<String, String> headers,
      byte[] body,
      Peer peer) {
    /** User and password of Basic authentication (RFC 7617), if the request has them. */
    public Optional<HttpConnection.Credentials> credentials() {
      String header = headers.getOrDefault("authorization", "");
      if (!header.regionMatches(true, 0, "Basic ", 0, 6)) {
        return Optional.empty();
      }
      try {
        String text =
            new String(
                java.util.Base64.getDecoder().decode(header.substring(6).strip()),
                java.nio.charset.StandardCharsets.UTF_8);
        int colon = text.indexOf(':');
        return colon < 0
            ? Optional.empty()
            : Optional.of(
                new HttpConnection.Credentials(
                    text.substring(0, colon), text.substring(colon + 1)));
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }
  }

  /** Serves HTTP below a path. */
  @ConsumerType
  interface HttpService {
    /** Answers; a stage that fails or takes over 10 s becomes a 500 or 503. */
    CompletionStage<HttpConnection.Response> handle(HttpRequest request);
  }

  /** Serves WebSocket connections (RFC 6455) below a path. */
  @ConsumerType
  interface WebSocketService {
    /** Subprotocols spoken, the preferred first. */
    List<String> subprotocols();

    /**
     * Somebody wants to connect.
     *
     * @param upgrade the request; {@code path} tells who it says it is
     * @return 101 to accept; 401 (with a Basic challenge), 403 or 404 to refuse
     */
    int admit(HttpRequest upgrade);

    /**
     * Connected.
     *
     * @param subprotocol the one agreed on, empty if none
     */
    WebSocketListener opened(HttpRequest upgrade, String subprotocol, WebSocket socket);
  }

  /** The hub's end of a WebSocket. */
  @ProviderType
  interface WebSocket {
    /** Sends a text message; false if closed or more than 1 MiB waits to be sent. */
    boolean send(String text);

    /** Closes with a status code (RFC 6455 §7.4). */
    void close(int code, String reason);
  }

  /** Takes what comes in on a WebSocket. */
  @ConsumerType
  interface WebSocketListener {
    /** A text message. */
    void text(String message);

    /** Closed by either side, or broken. Last call. */
    void closed(int code, String reason);
  }

  /** Serves datagrams of a port. */
  @ConsumerType
  interface DatagramService {
    /** A datagram; the answer, if any, is sent back to where it came from. */
    Optional<byte[]> received(byte[] datagram, Peer peer);
  }

  /** Serves byte streams of a port. */
  @ConsumerType
  interface StreamService {
    /** Somebody connected; null to refuse. */
    StreamListener opened(StreamPeer peer);
  }

  /** The hub's end of a byte stream. */
  @ProviderType
  interface StreamPeer {
    /** Who it is. */
    Peer peer();

    /** Sends; false if closed or more than 256 KiB waits to be sent. */
    boolean send(byte[] bytes);

    /** Closes after what waits was sent. */
    void close();
  }

  /** Takes what comes in on a byte stream. */
  @ConsumerType
  interface StreamListener {
    /** Bytes in order. */
    void received(byte[] bytes);

    /** Closed by either side, or broken. Last call. */
    void closed();
  }

  /**
   * Serves a path and all below it on the common port.
   *
   * @param path {@code /emoncms}; the longest match wins
   * @throws IllegalStateException if the path is served already
   */
  AutoCloseable http(String path, HttpService service);

  /**
   * Serves WebSockets of a path and all below it on the common port.
   *
   * @throws IllegalStateException if the path is served already
   */
  AutoCloseable webSocket(String path, WebSocketService service);

  /**
   * Serves datagrams.
   *
   * @param port UDP port, or 0 for any free one
   * @throws DeviceException UNREACHABLE if the port is taken
   */
  Opened datagrams(int port, DatagramService service) throws DeviceException;

  /**
   * Serves byte streams.
   *
   * @param port TCP port, or 0 for any free one
   * @param tls whether to encrypt with the hub's certificate
   * @throws DeviceException UNREACHABLE if the port is taken or there is no certificate
   */
  Opened streams(int port, boolean tls, StreamService service) throws DeviceException;

  /** Port of the common door: HTTP and WebSocket; −1 while closed. */
  int port(boolean tls);

  /** An open port. Closing it closes its connections. */
  interface Opened extends AutoCloseable {
    /** The port. */
    int port();

    @Override
    void close();
  }
}
