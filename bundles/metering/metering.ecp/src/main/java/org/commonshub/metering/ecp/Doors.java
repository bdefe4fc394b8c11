package org.commonshub.metering.ecp;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceInbox;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.platform.api.HubClock;

/**
 * Where messages come in: HTTP and CoAP, one logic for both. Thread-safe; called on the server's
 * pool. An answer carries the hub's time, so that a device without a clock can set one.
 */
final class Doors implements DeviceServer.HttpService, DeviceServer.DatagramService {
  static final String PATH = "/ecp";

  private static final int ADDRESSES = 256;
  private static final int WRONG_PER_MINUTE = 30;
  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final int ANSWERS = 256;
  private static final int NAME = 64;

  private record Wrong(long since, int count) {}

  private record Asked(InetSocketAddress from, int id, int digest) {}

  private final HubClock clock;
  private final DeviceInbox inbox;
  private final Map<String, EcpSession> sessions = new ConcurrentHashMap<>();
  private final Map<String, Wrong> wrong = bounded(ADDRESSES);
  private final Map<Asked, byte[]> answers = bounded(ANSWERS);

  Doors(HubClock clock, DeviceInbox inbox) {
    this.clock = clock;
    this.inbox = inbox;
  }

  private static <K, V> Map<K, V> bounded(int most) {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
      }
    };
  }

  /** Lets a meter in; false if another device has its key already. */
  boolean add(EcpSession session) {
    return sessions.putIfAbsent(session.key().id(), session) == null;
  }

  void remove(EcpSession session) {
    sessions.remove(session.key().id(), session);
  }

  @Override
  public CompletionStage<HttpConnection.Response> handle(DeviceServer.HttpRequest request) {
    HttpConnection.Response response;
    try {
      if (!request.method().equals("POST")) {
        throw new Refusal(Refusal.Kind.METHOD, "Messages are posted.");
      }
      take(request.path(), request.body(), request.peer());
      response = response(200, body(Optional.empty()));
    } catch (Refusal e) {
      response = response(e.kind().http(), body(Optional.of(e.getMessage())));
    }
    return CompletableFuture.completedFuture(response);
  }

  private static HttpConnection.Response response(int status, byte[] body) {
    return new HttpConnection.Response(
        status, Map.of("content-type", "application/cbor", "cache-control", "no-store"), body);
  }

  @Override
  public Optional<byte[]> received(byte[] datagram, DeviceServer.Peer peer) {
    Coap request;
    try {
      request = Coap.parse(datagram);
      if (request == null) {
        return Optional.empty();
      }
    } catch (Refusal e) {
      // Bad Option and the like: a confirmable request is reset (RFC 7252, section 4.2).
      return (datagram[0] & 0x30) == 0
          ? Optional.of(new byte[] {0x70, 0, datagram[2], datagram[3]})
          : Optional.empty();
    }
    // A request that comes again because its answer was lost gets the same answer (section 4.5).
    Asked asked = new Asked(peer.address(), request.id(), Arrays.hashCode(datagram));
    synchronized (answers) {
      byte[] answered = answers.get(asked);
      if (answered != null) {
        return Optional.of(answered);
      }
    }
    byte[] answer;
    try {
      if (request.code() != Coap.POST) {
        throw new Refusal(Refusal.Kind.METHOD, "Messages are posted.");
      }
      take("/" + String.join("/", request.path()), request.payload(), peer);
      answer = request.answer(Coap.CHANGED, body(Optional.empty()));
    } catch (Refusal e) {
      answer = request.answer(e.kind().coap(), body(Optional.of(e.getMessage())));
    }
    synchronized (answers) {
      answers.put(asked, answer);
    }
    return Optional.of(answer);
  }

  private void take(String path, byte[] message, DeviceServer.Peer peer) throws Refusal {
    String address = peer.address().getAddress().getHostAddress();
    long now = clock.monotonicNanos();
    synchronized (wrong) {
      Wrong before = wrong.get(address);
      if (before != null && now - before.since < MINUTE_NANOS && before.count >= WRONG_PER_MINUTE) {
        throw new Refusal(
            Refusal.Kind.TOO_MANY, "Too many wrong messages from this address; wait a minute.");
      }
    }
    try {
      switch (path) {
        case PATH -> {
          Envelope envelope = Envelope.parse(message);
          EcpSession session = sessions.get(HexFormat.of().formatHex(envelope.kid()));
          if (session == null) {
            throw new Refusal(
                Refusal.Kind.UNAUTHORISED, "The key is not known or did not sign this.");
          }
          session.take(envelope);
        }
        case PATH + "/enrol" -> enrol(Envelope.parse(message));
        default -> throw new Refusal(Refusal.Kind.NOT_FOUND, "Messages go to /ecp or /ecp/enrol.");
      }
    } catch (Refusal e) {
      synchronized (wrong) {
        Wrong before = wrong.get(address);
        wrong.put(
            address,
            before == null || now - before.since >= MINUTE_NANOS
                ? new Wrong(now, 1)
                : new Wrong(before.since, before.count + 1));
      }
      throw e;
    }
  }

  /** A device that shows that it holds the key it names; a person decides. */
  private void enrol(Envelope envelope) throws Refusal {
    Envelope.Reader reader = new Envelope.Reader(envelope.payload());
    if (reader.head(5) != 2 || reader.head(0) != 1) {
      throw Refusal.malformed("An enrolment is {1: public key, 2: name}.");
    }
    DeviceKey key;
    try {
      key = DeviceKey.of(reader.bytes(32));
    } catch (GeneralSecurityException e) {
      throw Refusal.malformed("The public key is not an Ed25519 key.");
    }
    if (reader.head(0) != 2) {
      throw Refusal.malformed("An enrolment is {1: public key, 2: name}.");
    }
    String name = printable(reader.text(NAME));
    if (!reader.atEnd()
        || !key.id().equals(HexFormat.of().formatHex(envelope.kid()))
        || !key.signed(envelope)) {
      throw new Refusal(Refusal.Kind.UNAUTHORISED, "The key did not sign this.");
    }
    inbox.announce(
        EcpDriver.ID,
        Endpoint.parse("inbound:" + key.id()),
        new Discoverer.Candidate(
            name,
            DeviceRole.GRID_METER,
            Map.of(EcpDriver.PUBLIC_KEY, key.hex()),
            Map.of("serial", key.id(), "model", name)));
  }

  private static String printable(String text) {
    String clean =
        text.codePoints()
            .filter(c -> !Character.isISOControl(c) && c != 0xFFFD)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString()
            .strip();
    return clean.isEmpty() ? "Signing meter" : clean;
  }

  /** {@code {1: hub's time in ms, 0 if unknown, ? 2: why it was refused}}. */
  private byte[] body(Optional<String> reason) {
    byte[] text = reason.orElse("").getBytes(StandardCharsets.UTF_8);
    byte[] head = new byte[9];
    long millis =
        clock.quality() == HubClock.Quality.UNSYNCHRONISED ? 0 : clock.now().toEpochMilli();
    int size = Envelope.head(head, 0, millis);
    byte[] body = new byte[2 + size + (reason.isEmpty() ? 0 : 4 + text.length)];
    body[0] = (byte) (reason.isEmpty() ? 0xa1 : 0xa2);
    body[1] = 1;
    System.arraycopy(head, 0, body, 2, size);
    if (reason.isPresent()) {
      body[2 + size] = 2;
      body[3 + size] = 0x79; // text with a two-byte length
      body[4 + size] = (byte) (text.length >> 8);
      body[5 + size] = (byte) text.length;
      System.arraycopy(text, 0, body, 6 + size, text.length);
    }
    return body;
  }
}
