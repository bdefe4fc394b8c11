package org.commonshub.metering.mbus;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * From the control information (CI) field on: transport and application layer (EN 13757-7, EN
 * 13757-3).
 */
final class Application {
  static final int ERROR = 0x70;

  private Application() {}

  /**
   * Decodes what begins with a CI field.
   *
   * @param bytes CI field and what follows
   * @param radio whether it came by radio: 73h has another meaning, and unknown security modes are
   *     not old signatures
   * @param below address of the layer below; null on a wire
   * @param aes with the key; null for none
   * @param counter message counter of the authentication layer
   * @param formats known formats of compact frames
   * @return empty for a telegram that carries no values
   */
  static Optional<Telegram> decode(
      byte[] bytes, boolean radio, Meter below, Aes aes, OptionalLong counter, Formats formats)
      throws MalformedFrame {
    if (bytes.length == 0) {
      throw new MalformedFrame("it is empty");
    }
    int ci = bytes[0] & 0xFF;
    Octets in = new Octets(bytes, ci == 0x76);
    in.u8();
    switch (ci) {
      case 0x72, 0x76 -> {
        return full(Header.longHeader(in), radio, in, aes, counter, formats);
      }
      case 0x7A -> {
        if (below == null) {
          // On a wire nobody below tells who it is.
          below = new Meter("00000000", 0, 0, 0x0F);
        }
        return full(Header.shortHeader(in, below), radio, in, aes, counter, formats);
      }
      case 0x78 -> {
        RecordReader.Body body = RecordReader.full(in);
        formats.learn(body.headers());
        return checked(Optional.empty(), body);
      }
      case 0x73, 0x77 -> {
        if (radio) {
          return ci == 0x73
              ? compact(Header.longHeader(in), in, aes, counter, formats)
              : Optional.empty();
        }
        return Optional.of(FixedStructure.decode(in.rest(), ci == 0x77));
      }
      case 0x79 -> {
        return compact(null, in, aes, counter, formats);
      }
      case 0x7B -> {
        return below == null
            ? Optional.empty()
            : compact(Header.shortHeader(in, below), in, aes, counter, formats);
      }
      case 0x69 -> format(in, formats);
      case 0x6A -> {
        if (below != null) {
          format(clear(Header.shortHeader(in, below), radio, in, aes, counter), formats);
        }
      }
      case 0x6B -> format(clear(Header.longHeader(in), radio, in, aes, counter), formats);
      default -> {
        // Alarms, clocks, manufacturers' own, and whatever else has no values.
      }
    }
    return Optional.empty();
  }

  private static Optional<Telegram> full(
      Header header, boolean radio, Octets in, Aes aes, OptionalLong counter, Formats formats)
      throws MalformedFrame {
    RecordReader.Body body = RecordReader.full(clear(header, radio, in, aes, counter));
    formats.learn(body.headers());
    return checked(Optional.of(header), body);
  }

  /** A telegram of which not one record could be read is none. */
  private static Optional<Telegram> checked(Optional<Header> header, RecordReader.Body body)
      throws MalformedFrame {
    if (body.records().isEmpty() && body.remark().isPresent()) {
      throw new MalformedFrame(body.remark().get());
    }
    return Optional.of(new Telegram(header, body));
  }

  private static Octets clear(
      Header header, boolean radio, Octets in, Aes aes, OptionalLong counter)
      throws MalformedFrame {
    int mode = header.mode();
    if (mode == Security.CBC_BY_ACCESS_NUMBER || mode == Security.CBC_EPHEMERAL) {
      return new Octets(Security.clear(header, in, aes, counter));
    }
    if (mode != Security.NONE && radio) {
      throw Security.unsupported(mode);
    }
    // On a wire, editions before 2013 have a "signature" here, which was never defined.
    return in;
  }

  private static Optional<Telegram> compact(
      Header header, Octets in, Aes aes, OptionalLong counter, Formats formats)
      throws MalformedFrame {
    Octets clear = header == null ? in : clear(header, true, in, aes, counter);
    while (clear.peek() == 0x2F && header != null && header.mode() != Security.NONE) {
      clear.u8();
    }
    int signature = clear.u16();
    int wholeCrc = clear.u16();
    byte[] data = clear.rest();
    byte[] headers = formats.of(signature).orElse(null);
    if (headers == null) {
      return Optional.empty(); // Until a full frame has told the format.
    }
    RecordReader.Body body = RecordReader.compact(headers, new Octets(data));
    if (body.remark().isPresent() || Crc.of(body.whole()) != wholeCrc) {
      throw new MalformedFrame("its compact data do not fit the format sent before");
    }
    return Optional.of(new Telegram(Optional.ofNullable(header), body));
  }

  private static void format(Octets in, Formats formats) throws MalformedFrame {
    int length = in.u8();
    int signature = in.u16();
    byte[] headers = in.rest();
    if (headers.length + 2 < length || Crc.of(headers) != signature) {
      throw new MalformedFrame("its format does not match its signature");
    }
    formats.learn(headers);
  }

  /** Words for an application error (EN 13757-3, table of CI 70h). */
  static String error(int code) {
    return switch (code) {
      case 1 -> "it does not know the kind of request";
      case 2 -> "the request is too long for it";
      case 3 -> "too many records";
      case 4 -> "a record ended early";
      case 5 -> "more than ten data information extensions";
      case 6 -> "more than ten value information extensions";
      case 8 -> "its application is busy; read it less often";
      case 9 -> "it was read too often; read it less often";
      default -> "error " + code;
    };
  }
}
