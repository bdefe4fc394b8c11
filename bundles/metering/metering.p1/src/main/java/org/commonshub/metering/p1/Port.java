package org.commonshub.metering.p1;

import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.p1.Framer.Sink;
import org.commonshub.metering.p1.Framer.Trouble;

/**
 * What comes in on a P1 port, whether in the clear or encrypted. Of a meter with a key nothing is
 * believed that is in the clear: anybody could have sent it.
 */
final class Port {
  /** Takes what came in. */
  interface Reader {
    /** A telegram that can be believed. */
    void telegram(Telegram telegram);

    /**
     * Something else.
     *
     * @param trouble kind
     * @param why in a sentence for people
     */
    void trouble(Trouble trouble, DeviceException why);
  }

  private final Endpoint endpoint;
  private final Framer framer;
  private final EncryptionDetector detector = new EncryptionDetector();
  private final PlainFramer plain;
  private final boolean encrypted;
  private final Reader reader;
  private long good;
  private long bad;

  /** Whether the other kind of telegram comes, which explains why what comes makes no sense. */
  private boolean otherKind;

  private final Sink believed =
      new Sink() {
        @Override
        public void telegram(Telegram telegram) {
          good++;
          otherKind = false;
          reader.telegram(telegram);
        }

        @Override
        public void trouble(Trouble trouble, String why) {
          if (!otherKind) {
            Port.this.trouble(trouble, why);
          }
        }
      };

  /** What comes in the clear where it should not. */
  private final Sink clear =
      new Sink() {
        @Override
        public void telegram(Telegram telegram) {
          otherKind = true;
          Port.this.trouble(Trouble.NOT_ENCRYPTED, "");
        }

        @Override
        public void trouble(Trouble trouble, String why) {
          // Ciphertext is no text.
        }
      };

  Port(Endpoint endpoint, P1Settings settings, Reader reader) {
    this.endpoint = endpoint;
    this.reader = reader;
    encrypted = settings.encrypted();
    plain = settings.plain();
    framer = encrypted ? settings.ciphered() : plain;
  }

  void take(byte[] bytes) {
    if (encrypted) {
      plain.take(bytes, clear);
    } else if (detector.take(bytes)) {
      otherKind = true;
      trouble(Trouble.ENCRYPTED, "");
    }
    framer.take(bytes, believed);
  }

  void reset() {
    framer.reset();
    plain.reset();
  }

  private void trouble(Trouble trouble, String why) {
    bad++;
    reader.trouble(trouble, explain(trouble, why));
  }

  private DeviceException explain(Trouble trouble, String why) {
    String dropped = " Dropped so far: " + bad + " of " + (good + bad) + ".";
    return switch (trouble) {
      case DAMAGED ->
          new DeviceException(
              Kind.INVALID_ANSWER,
              "A telegram from "
                  + endpoint
                  + " was damaged on its way: "
                  + why
                  + ". Check cable and plug, baud rate and parity."
                  + dropped);
      case NOTHING_KNOWN ->
          new DeviceException(
              Kind.INVALID_ANSWER,
              "What comes from "
                  + endpoint
                  + " is no P1 telegram: "
                  + why
                  + ". On a serial port use baud=115200, for DSMR 2.2 and 3"
                  + " baud=9600&data=7&parity=even; the P1 signal is inverted and needs a P1 cable.");
      case ENCRYPTED ->
          new DeviceException(
              Kind.SETTINGS,
              "The meter at "
                  + endpoint
                  + " encrypts its telegrams. Ask the grid operator for the key and enter it as"
                  + " 'Decryption key'.");
      case NOT_ENCRYPTED ->
          new DeviceException(
              Kind.SETTINGS,
              "What comes from "
                  + endpoint
                  + " is not encrypted, though a key is set; it is not believed. Remove the key if"
                  + " the meter does not encrypt.");
      case NOT_OPENED ->
          new DeviceException(
              Kind.SETTINGS,
              "The telegrams from "
                  + endpoint
                  + " do not open with the key. Check the decryption key, and the authentication key"
                  + " if the grid operator gave one.");
      case REPLAYED ->
          new DeviceException(
              Kind.INVALID_ANSWER,
              "A telegram from "
                  + endpoint
                  + " was dropped: "
                  + why
                  + ", so it may be an old one sent again. If the meter was replaced or reset, save"
                  + " the device again."
                  + dropped);
    };
  }
}
