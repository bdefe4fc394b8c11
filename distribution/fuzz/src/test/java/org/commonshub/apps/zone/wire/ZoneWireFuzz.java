package org.commonshub.apps.zone.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.commonshub.apps.api.Card;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/** What a zone sends: frames, messages, and cards in them. */
public final class ZoneWireFuzz {
  private ZoneWireFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Frames frames = new Frames(false);
    try {
      frames.add(ByteBuffer.wrap(data));
      for (byte[] bytes = frames.next(); bytes != null; bytes = frames.next()) {
        message(bytes);
      }
    } catch (WireException e) {
      // As declared.
    }
    try {
      message(data);
    } catch (WireException e) {
      // As declared.
    }
    try {
      cards(Args.of(Cbor.decode(data)));
    } catch (WireException | MalformedCborException e) {
      // As declared.
    }
  }

  private static void cards(Args args) throws WireException {
    List<Card> cards = CardCodec.decode(args);
    if (!CardCodec.decode(Args.of(CardCodec.encode(cards))).equals(cards)) {
      throw new AssertionError("does not survive: " + cards);
    }
  }

  private static void message(byte[] bytes) throws WireException {
    Message message = Message.decode(bytes, Message.MAX_ITEMS);
    if (!Arrays.equals(message.encode(), bytes)) {
      throw new AssertionError("does not survive: " + message);
    }
    read(() -> cards(message.args()));
    read(() -> Values.request(message.args()));
    read(() -> Values.device(message.args()));
    read(() -> message.args().instant());
    read(() -> message.args().decimal());
    read(() -> Outcome.exception(message.code(Outcome.class), message.args()));
  }

  /** Something that reads. */
  private interface Reader {
    void read() throws WireException;
  }

  private static void read(Reader reader) {
    try {
      reader.read();
    } catch (WireException e) {
      // As declared.
    }
  }
}
