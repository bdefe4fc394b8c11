package org.commonshub.metering.ecp;

/** A message that is not taken, with a reason that tells a stranger nothing about this home. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  /** Kinds, with their HTTP and CoAP codes. */
  enum Kind {
    /** Not a message of this protocol. */
    MALFORMED(400, 0x80),
    /** Unknown key, or the signature is not that key's. */
    UNAUTHORISED(401, 0x81),
    /** Nothing is served at this path. */
    NOT_FOUND(404, 0x84),
    /** Another method than POST. */
    METHOD(405, 0x85),
    /** Sent before. */
    REPLAYED(409, 0x89),
    /** Larger than permitted. */
    TOO_LARGE(413, 0x8d),
    /** The device's clock is wrong. */
    TIME(422, 0x96),
    /** Too many wrong messages from this address. */
    TOO_MANY(429, 0x9d);

    private final int http;
    private final int coap;

    Kind(int http, int coap) {
      this.http = http;
      this.coap = coap;
    }

    int http() {
      return http;
    }

    int coap() {
      return coap;
    }
  }

  private final Kind kind;

  Refusal(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  static Refusal malformed(String why) {
    return new Refusal(Kind.MALFORMED, why);
  }
}
