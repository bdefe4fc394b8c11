package org.commonshub.metering.mbus;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The layers above the wireless link layer, for one meter: extended link layer (EN 13757-4, 13),
 * authentication and fragmentation layer (EN 13757-7, 6), transport and application. Remembers
 * formats of compact frames, the fragments of one message and the last message counter. Not
 * thread-safe.
 */
final class RadioDecoder {
  /** Most bytes of a message in fragments. */
  private static final int MOST = 8_192;

  private static final int HOP_AND_REPEATED = 0x12;

  /**
   * What a frame holds.
   *
   * @param meter who sent it
   * @param content what tells one message from the next, however it was relayed
   * @param telegram values; empty if it carries none, or not yet
   */
  record Message(Meter meter, byte[] content, Optional<Telegram> telegram) {}

  private final Aes aes;
  private final Formats formats = new Formats();
  private final ByteArrayOutputStream fragments = new ByteArrayOutputStream();
  private int fragment;
  private byte[] fragmentHead = {};
  private long fragmentCounter = -1;
  private long lastCounter = -1;
  private int protection;

  /**
   * @param key key of the meter; null for none
   */
  RadioDecoder(byte[] key) {
    this.aes = Aes.of(key);
  }

  Message decode(RadioFrame frame) throws MalformedFrame {
    Octets in = new Octets(frame.data());
    Meter meter = frame.sender();
    boolean sealed = false;
    int ci = in.peek();
    if (ci >= 0x8C && ci <= 0x8F) {
      in.u8();
      int communication = in.u8();
      in.u8(); // Access number.
      byte[] address = meter.linkBytes();
      if (ci >= 0x8E) {
        address = in.take(Meter.LENGTH);
        meter = Meter.ofLink(address);
      }
      if (ci == 0x8D || ci == 0x8F) {
        sealed = (in.peek(3) & 0xE0) != 0;
        in = session(in, address, communication);
      }
    }
    byte[] content = in.rest();
    in = new Octets(content);
    OptionalLong counter = OptionalLong.empty();
    byte[] application = content;
    if (in.peek() == 0x90) {
      in.u8();
      Authenticated authenticated = authenticated(in, meter);
      if (authenticated == null) {
        return new Message(meter, content, Optional.empty());
      }
      counter = authenticated.counter();
      application = authenticated.payload();
    }
    if (application.length > Meter.LENGTH
        && ((application[0] & 0xFF) == 0x72 || (application[0] & 0xFF) == 0x73)) {
      meter = Meter.ofHeader(Arrays.copyOfRange(application, 1, 1 + Meter.LENGTH));
    }
    Optional<Telegram> telegram =
        Application.decode(application, true, meter, aes, counter, formats);
    if (telegram.isPresent()) {
      protectedAsBefore(sealed, telegram.get(), counter);
    }
    if (counter.isPresent() && telegram.isPresent()) {
      if (counter.getAsLong() <= lastCounter) {
        // Sent again, by a repeater or by somebody else.
        return new Message(meter, content, Optional.empty());
      }
      lastCounter = counter.getAsLong();
    }
    return new Message(meter, content, telegram);
  }

  /** Who forges a telegram leaves out what he has no key for. */
  private void protectedAsBefore(boolean sealed, Telegram telegram, OptionalLong counter)
      throws MalformedFrame {
    boolean encrypted =
        sealed
            || telegram
                .header()
                .filter(header -> header.mode() != Security.NONE && header.blocks() > 0)
                .isPresent();
    int level = aes == null ? 0 : counter.isPresent() ? 2 : encrypted ? 1 : 0;
    if (level < protection) {
      throw new MalformedFrame("it is less protected than those before; it may be forged");
    }
    protection = level;
  }

  /** Session number, then, possibly encrypted, checksum and payload (EN 13757-4, 13.2.6). */
  private Octets session(Octets in, byte[] address, int communication) throws MalformedFrame {
    byte[] session = in.take(4);
    int encryption = (session[3] >> 5) & 0x07;
    byte[] payload = in.rest();
    if (encryption == 1) {
      if (aes == null) {
        throw MalformedFrame.key("it is encrypted and the device has no key");
      }
      byte[] iv = Arrays.copyOf(address, Aes.BLOCK);
      iv[8] = (byte) (communication & ~HOP_AND_REPEATED);
      System.arraycopy(session, 0, iv, 9, 4);
      payload = aes.ctr(iv, payload);
    } else if (encryption != 0) {
      throw new MalformedFrame("its link layer is encrypted in an unknown way");
    }
    if (payload.length < 3) {
      throw new MalformedFrame("it ends before its payload");
    }
    int expected = (payload[0] & 0xFF) | (payload[1] & 0xFF) << 8;
    // A receiver may have put the signal strength behind it.
    for (int end = payload.length; end >= payload.length - 1; end--) {
      if (Crc.of(payload, 2, end) == expected) {
        return new Octets(Arrays.copyOfRange(payload, 2, end));
      }
    }
    throw encryption == 1
        ? MalformedFrame.key("it cannot be decrypted with the device's key")
        : new MalformedFrame("its payload checksum is wrong");
  }

  private record Authenticated(OptionalLong counter, byte[] payload) {}

  /** Null while fragments are missing. */
  private Authenticated authenticated(Octets outer, Meter below) throws MalformedFrame {
    Octets in = new Octets(outer.take(outer.u8()));
    int control = in.u16();
    boolean more = (control & 0x4000) != 0;
    int number = control & 0xFF;
    if (number > 1 && number != fragment + 1) {
      fragment = 0; // One was missed: wait for the next message.
      return null;
    }
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int message = -1;
    if ((control & 0x2000) != 0) {
      message = in.u8();
      head.write(message);
    }
    if ((control & 0x0200) != 0) {
      in.take(2); // Key information.
    }
    long counter = -1;
    if ((control & 0x0800) != 0) {
      byte[] bytes = in.take(4);
      head.writeBytes(bytes);
      counter = new java.math.BigInteger(1, Octets.reversed(bytes)).longValue();
    }
    byte[] code = null;
    if ((control & 0x0400) != 0) {
      int type = (message >= 0 ? message : fragmentHead.length > 0 ? fragmentHead[0] : 0) & 0x0F;
      int length =
          switch (type) {
            case 4 -> 4;
            case 5 -> 8;
            case 6, 8 -> 12;
            case 7 -> 16;
            default -> throw new MalformedFrame("its authentication is of unknown type " + type);
          };
      if (type == 8) {
        throw new MalformedFrame("its authentication is of unknown type 8");
      }
      code = in.take(length);
    }
    if ((control & 0x1000) != 0) {
      head.writeBytes(in.take(2));
    }
    byte[] payload = outer.rest();
    byte[] signed = head.toByteArray();
    if (more || number > 1) {
      if (number <= 1) {
        fragments.reset();
        fragmentHead = signed;
        fragmentCounter = counter;
      }
      fragment = Math.max(1, number);
      if (fragments.size() + payload.length > MOST) {
        fragment = 0;
        throw new MalformedFrame("its fragments have more than " + MOST + " bytes");
      }
      fragments.writeBytes(payload);
      if (more) {
        return null;
      }
      payload = fragments.toByteArray();
      signed = fragmentHead;
      counter = fragmentCounter;
      fragments.reset();
      fragment = 0;
    }
    if (code != null && aes != null) {
      verify(code, counter, below, signed, payload);
    }
    return new Authenticated(
        counter < 0 ? OptionalLong.empty() : OptionalLong.of(counter), payload);
  }

  private void verify(byte[] code, long counter, Meter below, byte[] head, byte[] payload)
      throws MalformedFrame {
    if (counter < 0) {
      throw new MalformedFrame("it is authenticated without a message counter");
    }
    Meter meter = below;
    if (payload.length > Meter.LENGTH
        && ((payload[0] & 0xFF) == 0x72 || (payload[0] & 0xFF) == 0x73)) {
      meter = Meter.ofHeader(Arrays.copyOfRange(payload, 1, 1 + Meter.LENGTH));
    }
    byte[] message = Arrays.copyOf(head, head.length + payload.length);
    System.arraycopy(payload, 0, message, head.length, payload.length);
    byte[] expected =
        Arrays.copyOf(Security.authentication(aes, counter, meter, message), code.length);
    if (!java.security.MessageDigest.isEqual(expected, code)) {
      throw MalformedFrame.key(
          "its authentication code does not fit: the key is another, or somebody changed it");
    }
  }
}
