package org.commonshub.measure.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The JSON form of records (docs/data-structure.md, docs/schema/commonshub-data-1.schema.json), in
 * UTF-8. Values are decimals that keep mantissa and exponent ({@code 230.10} is 23010 × 10^−2): a
 * reader that uses floating point loses that. Bounds and unknown fields as in {@link CborCodec}.
 * Stateless; safe for any thread.
 */
public final class JsonCodec {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(CborCodec.constraints())
          .build();

  private JsonCodec() {}

  /**
   * Encodes a list of records as an array.
   *
   * @throws IllegalArgumentException as {@link CborCodec#encode}
   */
  public static byte[] encode(List<? extends MeterRecord> records) {
    if (records.size() > Wire.MAX_RECORDS) {
      throw new IllegalArgumentException("more than " + Wire.MAX_RECORDS + " records");
    }
    return write(
        out -> {
          out.writeStartArray();
          for (MeterRecord record : records) {
            record(out, record);
          }
          out.writeEndArray();
        });
  }

  /**
   * Encodes one record as an object on one line.
   *
   * @throws IllegalArgumentException as {@link CborCodec#encode}
   */
  public static byte[] encodeRecord(MeterRecord record) {
    return write(out -> record(out, record));
  }

  /**
   * Decodes an array of records.
   *
   * @throws MalformedDataException if it is anything else; says where and why
   */
  public static List<MeterRecord> decode(byte[] utf8) throws MalformedDataException {
    return RecordReader.read(() -> FACTORY.createParser(utf8), utf8, true);
  }

  /**
   * Decodes one record.
   *
   * @throws MalformedDataException if it is anything else; says where and why
   */
  public static MeterRecord decodeRecord(byte[] utf8) throws MalformedDataException {
    return RecordReader.read(() -> FACTORY.createParser(utf8), utf8, false).get(0);
  }

  interface Body {
    void write(JsonGenerator out) throws IOException;
  }

  static byte[] write(Body body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
      body.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot happen: the target is memory
    }
    if (bytes.size() > Wire.MAX_BYTES) {
      throw new IllegalArgumentException(
          "more than " + Wire.MAX_BYTES + " bytes: split the list of records");
    }
    return bytes.toByteArray();
  }

  private static void record(JsonGenerator out, MeterRecord record) throws IOException {
    out.writeStartObject();
    out.writeStringField("device", record.device().toString());
    if (record instanceof ReadingFrame frame) {
      Wire.millis(frame.instant());
      out.writeStringField("at", frame.instant().toString());
      out.writeNumberField("sequence", frame.sequence());
      out.writeNumberField("clockEpoch", frame.clockEpoch());
      if (frame.meterEpoch() != 0) {
        out.writeNumberField("meterEpoch", frame.meterEpoch());
      }
      if (frame.revision() != 0) {
        out.writeNumberField("revision", frame.revision());
      }
      values(out, frame);
      extras(out, Wire.recordExtras(frame.extras()), Wire.RECORD);
    } else if (record instanceof Gap gap) {
      Wire.millis(gap.from());
      Wire.millis(gap.to());
      out.writeStringField("from", gap.from().toString());
      out.writeStringField("to", gap.to().toString());
      out.writeStringField("reason", Wire.name(gap.reason()));
      extras(out, gap.extras(), Wire.RECORD);
    }
    out.writeEndObject();
  }

  private static void values(JsonGenerator out, ReadingFrame frame) throws IOException {
    Map<String, Object> extras = Wire.valueExtras(frame.extras());
    out.writeArrayFieldStart("values");
    for (Measurement value : frame.values()) {
      Quantity quantity = value.quantity();
      out.writeStartObject();
      out.writeStringField("quantity", quantity.name());
      if (quantity.channel() != 0) {
        out.writeNumberField("channel", quantity.channel());
      }
      out.writeNumberField("value", value.decimalValue());
      out.writeStringField("unit", quantity.unit().symbol());
      if (quantity.key() == 0) {
        out.writeStringField("commodity", Wire.name(quantity.commodity()));
        out.writeStringField("phase", Wire.name(quantity.phase()));
        out.writeStringField("nature", Wire.name(quantity.nature()));
      }
      quality(out, value.quality());
      if (!extras.isEmpty() && extras.containsKey(quantity.toString())) {
        extras(out, Wire.map(extras.get(quantity.toString())), Wire.VALUE);
      }
      out.writeEndObject();
    }
    for (String label : Wire.unknownValues(frame, extras)) {
      unknown(out, Wire.map(extras.get(label)));
    }
    out.writeEndArray();
  }

  private static void quality(JsonGenerator out, Quality quality) throws IOException {
    if (quality.flags() != 0) {
      out.writeArrayFieldStart("quality");
      for (String name : quality.names()) {
        out.writeString(name);
      }
      out.writeEndArray();
    }
  }

  private static void unknown(JsonGenerator out, Map<String, Object> value) throws IOException {
    out.writeStartObject();
    for (Map.Entry<String, Object> field : new TreeMap<>(value).entrySet()) {
      if (field.getKey().equals("quality")) {
        if (!(field.getValue() instanceof Long flags)) {
          throw new IllegalArgumentException("extras: not a value of a newer version: " + value);
        }
        quality(out, new Quality(flags.intValue()));
      } else {
        out.writeFieldName(field.getKey());
        any(out, field.getValue(), 1);
      }
    }
    out.writeEndObject();
  }

  private static void extras(JsonGenerator out, Map<String, Object> extras, List<String> known)
      throws IOException {
    if (extras.isEmpty()) {
      return;
    }
    for (Map.Entry<String, Object> extra : new TreeMap<>(extras).entrySet()) {
      if (Wire.reserved(known, extra.getKey())) {
        throw new IllegalArgumentException("extras: " + extra.getKey() + " is a field of its own");
      }
      out.writeFieldName(extra.getKey());
      any(out, extra.getValue(), 1);
    }
  }

  private static void any(JsonGenerator out, Object value, int depth) throws IOException {
    if (depth > Wire.MAX_DEPTH) {
      throw new IllegalArgumentException("extras deeper than " + Wire.MAX_DEPTH);
    }
    if (value instanceof Optional<?> none && none.isEmpty()) {
      out.writeNull();
    } else if (value instanceof Boolean truth) {
      out.writeBoolean(truth);
    } else if (value instanceof Long || value instanceof Integer) {
      out.writeNumber(((Number) value).longValue());
    } else if (value instanceof BigInteger big) {
      out.writeNumber(big);
    } else if (value instanceof BigDecimal decimal) {
      out.writeNumber(decimal);
    } else if (value instanceof Double number && Double.isFinite(number)) {
      out.writeNumber(number);
    } else if (value instanceof String text) {
      out.writeString(text);
    } else if (value instanceof ByteBuffer buffered) {
      byte[] octets = new byte[buffered.remaining()];
      buffered.duplicate().get(octets);
      out.writeStartObject();
      out.writeStringField(
          "$bytes", Base64.getUrlEncoder().withoutPadding().encodeToString(octets));
      out.writeEndObject();
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (Object element : list) {
        any(out, element, depth + 1);
      }
      out.writeEndArray();
    } else if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<String, Object> entry : new TreeMap<>(Wire.map(map)).entrySet()) {
        out.writeFieldName(entry.getKey());
        any(out, entry.getValue(), depth + 1);
      }
      out.writeEndObject();
    } else {
      throw new IllegalArgumentException("extras cannot hold " + value);
    }
  }
}
