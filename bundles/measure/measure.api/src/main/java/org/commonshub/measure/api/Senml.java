package org.commonshub.measure.api;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;

/**
 * Export of frames as SenML packs (RFC 8428), in JSON or CBOR. One way only: SenML carries neither
 * quality nor revision. Base name {@code urn:uuid:DEVICE:}, then the quantity's name, with {@code
 * /N} for channel N; base time is the frame's instant. Units of the SenML registry (RFC 8428, RFC
 * 8798): m3/h becomes m3/s, VAh becomes kVAh, % becomes /100, and 1 becomes /.
 */
public final class Senml {
  /** Media type of {@link #json}. */
  public static final String JSON_TYPE = "application/senml+json";

  /** Media type of {@link #cbor}. */
  public static final String CBOR_TYPE = "application/senml+cbor";

  private static final MathContext DIGITS = MathContext.DECIMAL64;
  private static final BigDecimal HOUR = BigDecimal.valueOf(3600);

  private Senml() {}

  /** A pack in JSON, UTF-8. */
  public static byte[] json(List<ReadingFrame> frames) {
    return JsonCodec.write(
        out -> {
          out.writeStartArray();
          for (ReadingFrame frame : frames) {
            boolean first = true;
            for (Measurement value : frame.values()) {
              out.writeStartObject();
              if (first) {
                out.writeStringField("bn", baseName(frame));
                out.writeNumberField("bt", seconds(frame));
                first = false;
              }
              out.writeStringField("n", name(value.quantity()));
              out.writeStringField("u", unit(value.quantity().unit()));
              out.writeNumberField("v", number(value));
              out.writeEndObject();
            }
          }
          out.writeEndArray();
        });
  }

  /** A pack in CBOR, with the integer labels of RFC 8428 §6. */
  public static byte[] cbor(List<ReadingFrame> frames) {
    CborWriter out = new CborWriter();
    out.array(frames.stream().mapToInt(frame -> frame.values().size()).sum());
    for (ReadingFrame frame : frames) {
      boolean first = true;
      for (Measurement value : frame.values()) {
        out.map(first ? 5 : 3);
        // Deterministic order: 0 n, 1 u, 2 v, then the negative labels −2 bn, −3 bt.
        out.integer(0);
        out.text(name(value.quantity()));
        out.integer(1);
        out.text(unit(value.quantity().unit()));
        out.integer(2);
        number(out, number(value));
        if (first) {
          out.integer(-2);
          out.text(baseName(frame));
          out.integer(-3);
          number(out, seconds(frame));
          first = false;
        }
      }
    }
    return out.toBytes();
  }

  private static void number(CborWriter out, BigDecimal number) {
    if (number.signum() == 0
        || (number.stripTrailingZeros().scale() <= 0
            && number.precision() - number.scale() <= 18)) {
      out.integer(number.longValueExact());
    } else {
      out.any(number.doubleValue(), 1);
    }
  }

  private static String baseName(ReadingFrame frame) {
    return "urn:uuid:" + frame.device() + ":";
  }

  private static BigDecimal seconds(ReadingFrame frame) {
    return BigDecimal.valueOf(Wire.millis(frame.instant()), 3);
  }

  private static String name(Quantity quantity) {
    return quantity.channel() == 0 ? quantity.name() : quantity.name() + "/" + quantity.channel();
  }

  private static String unit(Unit unit) {
    return switch (unit) {
      case CUBIC_METRE_PER_HOUR -> "m3/s";
      case VOLT_AMPERE_HOUR -> "kVAh";
      case PERCENT -> "/100";
      case ONE -> "/";
      default -> unit.symbol();
    };
  }

  private static BigDecimal number(Measurement value) {
    return switch (value.quantity().unit()) {
      case CUBIC_METRE_PER_HOUR -> value.decimalValue().divide(HOUR, DIGITS);
      case VOLT_AMPERE_HOUR -> value.decimalValue().movePointLeft(3);
      default -> value.decimalValue();
    };
  }
}
