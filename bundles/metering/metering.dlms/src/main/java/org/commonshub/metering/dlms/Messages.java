package org.commonshub.metering.dlms;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * From messages to notifications: general block transfer, ciphering, replay protection (IEC
 * 62056-5-3, 5.4, 6.5, 6.14). For one meter; not thread-safe.
 */
final class Messages {
  private static final int BLOCK_TRANSFER = 0xE0;
  private static final int GLOBAL = 0xDB;
  private static final int DEDICATED = 0xDC;
  private static final int LAST_BLOCK = 0x80;
  private static final int MOST_SENDERS = 8;
  private static final int DEEPEST = 4;

  private final Security security;
  private final ByteArrayOutputStream blocks = new ByteArrayOutputStream();
  private final Map<String, Long> counters = new LinkedHashMap<>();
  private int nextBlock = 1;
  private int protection;

  Messages(Security security) {
    this.security = security;
  }

  /** Forgets blocks of a message that has begun. */
  void reset() {
    blocks.reset();
    nextBlock = 1;
  }

  /**
   * Takes a message.
   *
   * @return the notification; empty if it is not complete yet, or here for the second time
   */
  Optional<Notification> take(byte[] message) throws MalformedApdu {
    return take(message, new byte[0], 0, 0);
  }

  private Optional<Notification> take(byte[] message, byte[] title, int level, int depth)
      throws MalformedApdu {
    if (depth > DEEPEST) {
      throw new MalformedApdu("it is wrapped more than " + DEEPEST + " times");
    }
    Octets in = new Octets(message);
    int tag = in.u8();
    switch (tag) {
      case BLOCK_TRANSFER -> {
        byte[] whole = block(in);
        return whole == null ? Optional.empty() : take(whole, title, level, depth + 1);
      }
      case GLOBAL, DEDICATED -> {
        Security.Clear clear = security.open(in);
        String sender = Octets.hex(clear.systemTitle());
        Long last = counters.get(sender);
        if (last != null && clear.counter() == last) {
          return Optional.empty(); // Heard twice.
        }
        if (last != null && clear.counter() < last) {
          throw new MalformedApdu(
              "its frame counter went back, so it is a recording; if the meter was exchanged or"
                  + " reset, save the device again");
        }
        if (clear.plain().length == 0 || !known(clear.plain()[0] & 0xFF)) {
          throw MalformedApdu.key("it cannot be decrypted with the device's key");
        }
        Optional<Notification> inner;
        try {
          inner = take(clear.plain(), clear.systemTitle(), clear.verified() ? 2 : 1, depth + 1);
        } catch (MalformedApdu e) {
          throw clear.verified() || e.isKey()
              ? e
              : MalformedApdu.key(
                  "it makes no sense when decrypted with the device's key: " + e.getMessage());
        }
        counters.put(sender, clear.counter());
        if (counters.size() > MOST_SENDERS) {
          counters.remove(counters.keySet().iterator().next());
        }
        return inner;
      }
      case Notification.TAG -> {
        if (level < protection) {
          throw new MalformedApdu("it is less protected than those before; it may be forged");
        }
        Notification notification = Notification.read(in, title);
        protection = level;
        return Optional.of(notification);
      }
      default ->
          throw new MalformedApdu(String.format("it is of kind %02X, which is no list", tag));
    }
  }

  private static boolean known(int tag) {
    return tag == Notification.TAG || tag == BLOCK_TRANSFER || tag == GLOBAL || tag == DEDICATED;
  }

  /** Null while blocks are missing. */
  private byte[] block(Octets in) throws MalformedApdu {
    int control = in.u8();
    int number = in.u16();
    in.u16(); // Acknowledged.
    byte[] data = in.take(in.length());
    if (number == 1) {
      reset();
    }
    if (number != nextBlock || blocks.size() + data.length > Frames.MOST) {
      reset();
      return null;
    }
    blocks.writeBytes(data);
    nextBlock++;
    if ((control & LAST_BLOCK) == 0) {
      return null;
    }
    byte[] whole = blocks.toByteArray();
    reset();
    return whole;
  }

  /** System title of a ciphered message; no bytes if it has none. */
  static byte[] title(byte[] message) {
    return message.length > 10 && (message[0] & 0xFF) == GLOBAL && message[1] == 8
        ? Arrays.copyOfRange(message, 2, 10)
        : new byte[0];
  }

  /** Maker of a system title: its first three letters; empty if they are none. */
  static String maker(byte[] systemTitle) {
    if (systemTitle.length != 8) {
      return "";
    }
    String letters =
        new String(Arrays.copyOf(systemTitle, 3), java.nio.charset.StandardCharsets.US_ASCII);
    return letters.matches("[A-Z]{3}") ? letters : "";
  }
}
