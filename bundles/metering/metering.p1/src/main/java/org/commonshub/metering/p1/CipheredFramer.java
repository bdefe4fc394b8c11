package org.commonshub.metering.p1;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Telegrams within general-glo-ciphering APDUs of DLMS (Green Book, 9.2.7; Luxmetering, E-Meter P1
 * specification): {@code DB 08 system-title length 30 frame-counter ciphertext tag}, security suite
 * 0: AES-128-GCM with the system title and the frame counter as its 12-byte vector and a tag of 12
 * bytes; authenticated beside it are 30 and the authentication key.
 *
 * <p>A counter that does not rise is refused: such a frame came before.
 */
final class CipheredFramer implements Framer {
  private static final byte GENERAL_GLO_CIPHERING = (byte) 0xDB;
  private static final int TITLE = 8;
  private static final int COUNTER = 4;
  private static final int TAG = 12;

  /** Security control: authenticated and encrypted, suite 0. */
  private static final byte CONTROL = 0x30;

  /** The APDU's tag, the title's length, the title: begins every frame of one meter alike. */
  private static final int PREFIX = 2 + TITLE;

  private static final int LONGEST = PREFIX + 3 + 1 + COUNTER + Telegram.LONGEST + TAG;

  private final SecretKeySpec key;
  private final byte[] authenticated = new byte[17];
  private final PlainFramer plain;
  private final byte[] buffer = new byte[LONGEST];

  /** What is waiting: from the first to before the second. */
  private int from;

  private int to;

  /** Up to where it was searched for the beginning of another frame. */
  private int searched;

  private int noise;
  private byte[] title = {};
  private long counter = -1;

  /** What a header tells. */
  private record Header(int size, int body) {}

  /**
   * @param key encryption key, 16 bytes
   * @param authenticationKey 16 bytes
   */
  CipheredFramer(byte[] key, byte[] authenticationKey) {
    this.key = new SecretKeySpec(key, "AES");
    authenticated[0] = CONTROL;
    System.arraycopy(authenticationKey, 0, authenticated, 1, 16);
    plain = new PlainFramer(Checksum.NONE, true);
  }

  @Override
  public void take(byte[] bytes, Sink sink) {
    for (int taken = 0; taken < bytes.length; ) {
      if (to == buffer.length) {
        System.arraycopy(buffer, from, buffer, 0, to - from);
        searched -= from;
        to -= from;
        from = 0;
      }
      int count = Math.min(bytes.length - taken, buffer.length - to);
      System.arraycopy(bytes, taken, buffer, to, count);
      to += count;
      taken += count;
      while (frame(sink)) {
        // There may be another one.
      }
    }
  }

  @Override
  public void reset() {
    noise = 0;
    drop(to - from);
  }

  /** Works on what is first in the buffer; false if it takes more bytes to go on. */
  private boolean frame(Sink sink) {
    int begin = from;
    while (begin < to && buffer[begin] != GENERAL_GLO_CIPHERING) {
      begin++;
    }
    skip(begin - from, sink);
    if (to - from < PREFIX + 4) {
      if (to - from > 1 && buffer[from + 1] != TITLE) {
        skip(1, sink);
        return true;
      }
      return false;
    }
    Optional<Header> known = header();
    if (known.isEmpty()) {
      skip(1, sink);
      return true;
    }
    Header header = known.get();
    int next = nextPrefix(Math.min(to, from + header.size()));
    if (next > 0) {
      sink.trouble(Trouble.DAMAGED, "it was cut");
      drop(next - from);
      return true;
    }
    if (to - from < header.size()) {
      return false;
    }
    byte[] frame = Arrays.copyOfRange(buffer, from, from + header.size());
    noise = 0;
    drop(open(frame, header, sink) ? frame.length : frame.length - overlap(frame));
    return true;
  }

  /** How many bytes at the end may be the beginning of the frame behind one that was cut. */
  private static int overlap(byte[] frame) {
    for (int count = PREFIX - 1; count > 0; count--) {
      if (Arrays.equals(frame, frame.length - count, frame.length, frame, 0, count)) {
        return count;
      }
    }
    return 0;
  }

  /** The frame's size and where its security header begins; empty if that is none. */
  private Optional<Header> header() {
    int at = from + PREFIX;
    int first = buffer[at] & 0xFF;
    int body = PREFIX + 1;
    int size = first;
    if (first == 0x82) {
      size = (buffer[at + 1] & 0xFF) << 8 | buffer[at + 2] & 0xFF;
      body += 2;
    } else if (first == 0x81) {
      size = buffer[at + 1] & 0xFF;
      body++;
    }
    boolean fits =
        buffer[from + 1] == TITLE
            && first <= 0x82
            && size > 1 + COUNTER + TAG
            && body + size <= LONGEST;
    return fits && buffer[from + body] == CONTROL
        ? Optional.of(new Header(body + size, body))
        : Optional.empty();
  }

  /**
   * Where the same meter begins another frame inside of this one, which then was cut; 0 if nowhere.
   */
  private int nextPrefix(int end) {
    for (int at = Math.max(from + PREFIX, searched); at + PREFIX <= end; at++) {
      if (buffer[at] == GENERAL_GLO_CIPHERING
          && Arrays.equals(buffer, at, at + PREFIX, buffer, from, from + PREFIX)) {
        return at;
      }
      searched = at + 1;
    }
    return 0;
  }

  private void skip(int count, Sink sink) {
    drop(count);
    noise += count;
    if (noise > Telegram.LONGEST) {
      noise = 0;
      sink.trouble(Trouble.NOTHING_KNOWN, "no encrypted telegram begins in it");
    }
  }

  private void drop(int count) {
    from += count;
    if (from == to) {
      from = 0;
      to = 0;
    }
    searched = from;
  }

  /** Whether it is the meter's; what is in it goes to the sink. */
  private boolean open(byte[] frame, Header header, Sink sink) {
    byte[] vector = new byte[TITLE + COUNTER];
    System.arraycopy(frame, 2, vector, 0, TITLE);
    System.arraycopy(frame, header.body() + 1, vector, TITLE, COUNTER);
    int begin = header.body() + 1 + COUNTER;
    byte[] text;
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(8 * TAG, vector));
      cipher.updateAAD(authenticated);
      text = cipher.doFinal(frame, begin, frame.length - begin);
    } catch (AEADBadTagException e) {
      boolean opened = counter >= 0;
      sink.trouble(
          opened ? Trouble.DAMAGED : Trouble.NOT_OPENED,
          opened ? "it does not open with the key as those before did" : "it does not open");
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES-GCM", e);
    }
    if (replayed(vector)) {
      sink.trouble(Trouble.REPLAYED, "its frame counter is not above that of the one before");
      return true;
    }
    boolean[] found = {false};
    plain.reset();
    Sink inner =
        new Sink() {
          @Override
          public void telegram(Telegram telegram) {
            if (!found[0]) {
              found[0] = true;
              sink.telegram(telegram);
            }
          }

          @Override
          public void trouble(Trouble trouble, String why) {
            // Told below if nothing else is in it.
          }
        };
    plain.take(text, inner);
    plain.finish(inner);
    if (!found[0]) {
      sink.trouble(Trouble.DAMAGED, "it opens, but there is no telegram in it");
    }
    return true;
  }

  private boolean replayed(byte[] vector) {
    byte[] sender = Arrays.copyOf(vector, TITLE);
    long number = Integer.toUnsignedLong(ByteBuffer.wrap(vector, TITLE, COUNTER).getInt());
    if (Arrays.equals(sender, title) && number <= counter) {
      return true;
    }
    title = sender;
    counter = number;
    return false;
  }
}
