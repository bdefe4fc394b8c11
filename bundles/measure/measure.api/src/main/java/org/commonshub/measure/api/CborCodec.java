package org.commonshub.measure.api;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * The CBOR form of records (docs/data-structure.md, docs/schema/commonshub-data-1.cddl).
 *
 * <p>Writing is deterministic (RFC 8949 §4.2.1): equal records give equal bytes, on any hub, so
 * they may be signed. Reading accepts any well-formed CBOR of that structure, within the bounds
 * below, and keeps fields it does not know. Stateless; safe for any thread.
 */
public final class CborCodec {
  /** Most bytes of one document. */
  public static final int MAX_BYTES = Wire.MAX_BYTES;

  /** Most records of one document. */
  public static final int MAX_RECORDS = Wire.MAX_RECORDS;

  private static final CBORFactory FACTORY =
      CBORFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(CBORParser.Feature.DECODE_USING_STANDARD_NEGATIVE_BIGINT_ENCODING)
          .enable(CBORParser.Feature.READ_UNDEFINED_AS_EMBEDDED_OBJECT)
          .enable(CBORParser.Feature.READ_SIMPLE_VALUE_AS_EMBEDDED_OBJECT)
          .streamReadConstraints(constraints())
          .build();

  private CborCodec() {}

  static StreamReadConstraints constraints() {
    return StreamReadConstraints.builder()
        .maxDocumentLength(Wire.MAX_BYTES)
        .maxNestingDepth(Wire.MAX_DEPTH)
        .maxTokenCount(Wire.MAX_TOKENS)
        .maxStringLength(Wire.MAX_TEXT)
        .maxNameLength(Wire.MAX_NAME)
        .maxNumberLength(Wire.MAX_DIGITS)
        .build();
  }

  /**
   * Encodes a list of records.
   *
   * @throws IllegalArgumentException if it is beyond {@link #MAX_RECORDS} or {@link #MAX_BYTES}, an
   *     instant is outside 1970 … 9999, or extras hold something docs/data-structure.md does not
   *     allow
   */
  public static byte[] encode(List<? extends MeterRecord> records) {
    if (records.size() > Wire.MAX_RECORDS) {
      throw new IllegalArgumentException("more than " + Wire.MAX_RECORDS + " records");
    }
    CborWriter out = new CborWriter();
    out.array(records.size());
    for (MeterRecord record : records) {
      write(out, record);
    }
    return out.toBytes();
  }

  /**
   * Encodes one record: the bytes to sign or hash.
   *
   * @throws IllegalArgumentException as {@link #encode}
   */
  public static byte[] encodeRecord(MeterRecord record) {
    CborWriter out = new CborWriter();
    write(out, record);
    return out.toBytes();
  }

  /**
   * Decodes a list of records.
   *
   * @throws MalformedDataException if it is anything else; says where and why
   */
  public static List<MeterRecord> decode(byte[] bytes) throws MalformedDataException {
    return RecordReader.read(() -> FACTORY.createParser(bytes), bytes, true);
  }

  /**
   * Decodes one record.
   *
   * @throws MalformedDataException if it is anything else; says where and why
   */
  public static MeterRecord decodeRecord(byte[] bytes) throws MalformedDataException {
    return RecordReader.read(() -> FACTORY.createParser(bytes), bytes, false).get(0);
  }

  @SuppressWarnings("EnumOrdinal") // the order of reasons is the wire format
  private static void write(CborWriter out, MeterRecord record) {
    if (record instanceof ReadingFrame frame) {
      frame(out, frame);
    } else if (record instanceof Gap gap) {
      SortedMap<byte[], byte[]> fields = extras(gap.extras(), Wire.RECORD);
      integer(fields, Wire.FROM, Wire.millis(gap.from()));
      integer(fields, Wire.TO, Wire.millis(gap.to()));
      integer(fields, Wire.REASON, gap.reason().ordinal());
      put(fields, Wire.DEVICE, device(gap.device()));
      out.fields(fields);
    }
  }

  private static void frame(CborWriter out, ReadingFrame frame) {
    Map<String, Object> valueExtras = Wire.valueExtras(frame.extras());
    Map<String, Object> extras = Wire.recordExtras(frame.extras());
    if (extras.isEmpty()) {
      // The common case without intermediate arrays; keys below 24 sort by their number.
      out.map(5 + (frame.meterEpoch() == 0 ? 0 : 1) + (frame.revision() == 0 ? 0 : 1));
      out.integer(Wire.DEVICE);
      out.bytes(uuid(frame.device()));
      out.integer(Wire.AT);
      out.integer(Wire.millis(frame.instant()));
      out.integer(Wire.SEQUENCE);
      out.integer(frame.sequence());
      out.integer(Wire.CLOCK_EPOCH);
      out.integer(frame.clockEpoch());
      if (frame.meterEpoch() != 0) {
        out.integer(Wire.METER_EPOCH);
        out.integer(frame.meterEpoch());
      }
      if (frame.revision() != 0) {
        out.integer(Wire.REVISION);
        out.integer(frame.revision());
      }
      out.integer(Wire.VALUES);
      values(out, frame, valueExtras);
      return;
    }
    SortedMap<byte[], byte[]> fields = extras(extras, Wire.RECORD);
    put(fields, Wire.DEVICE, device(frame.device()));
    integer(fields, Wire.AT, Wire.millis(frame.instant()));
    integer(fields, Wire.SEQUENCE, frame.sequence());
    integer(fields, Wire.CLOCK_EPOCH, frame.clockEpoch());
    if (frame.meterEpoch() != 0) {
      integer(fields, Wire.METER_EPOCH, frame.meterEpoch());
    }
    if (frame.revision() != 0) {
      integer(fields, Wire.REVISION, frame.revision());
    }
    CborWriter values = new CborWriter();
    values(values, frame, valueExtras);
    put(fields, Wire.VALUES, values);
    out.fields(fields);
  }

  private static void values(CborWriter out, ReadingFrame frame, Map<String, Object> extras) {
    var unknown = Wire.unknownValues(frame, extras);
    int items = unknown.size();
    for (Measurement value : frame.values()) {
      items += compact(value, extras) ? value.exponent() == 0 ? 2 : 3 : 1;
    }
    out.array(items);
    for (Measurement value : frame.values()) {
      Quantity quantity = value.quantity();
      if (!compact(value, extras)) {
        general(out, value, extras);
      } else if (value.exponent() == 0) {
        out.integer(quantity.key());
        out.integer(value.mantissa());
      } else {
        out.integer(-quantity.key());
        out.integer(value.mantissa());
        out.integer(value.exponent());
      }
    }
    for (String label : unknown) {
      unknown(out, Wire.map(extras.get(label)));
    }
  }

  private static boolean compact(Measurement value, Map<String, Object> extras) {
    Quantity quantity = value.quantity();
    return quantity.key() != 0
        && quantity.channel() == 0
        && value.quality().flags() == 0
        && (extras.isEmpty() || !extras.containsKey(quantity.toString()));
  }

  private static void general(CborWriter out, Measurement value, Map<String, Object> extras) {
    Quantity quantity = value.quantity();
    Object more = extras.isEmpty() ? null : extras.get(quantity.toString());
    SortedMap<byte[], byte[]> fields =
        more == null ? CborWriter.fields() : extras(Wire.map(more), Wire.VALUE);
    if (quantity.key() != 0) {
      integer(fields, Wire.QUANTITY, quantity.key());
    } else {
      text(fields, Wire.QUANTITY, quantity.name());
      text(fields, Wire.UNIT, quantity.unit().symbol());
      text(fields, Wire.COMMODITY, Wire.name(quantity.commodity()));
      text(fields, Wire.PHASE, Wire.name(quantity.phase()));
      text(fields, Wire.NATURE, Wire.name(quantity.nature()));
    }
    number(
        fields,
        value.mantissa(),
        value.exponent(),
        value.quality().flags() & 0xFFFF_FFFFL,
        quantity.channel());
    out.fields(fields);
  }

  private static void number(
      SortedMap<byte[], byte[]> fields, long mantissa, int exponent, long quality, int channel) {
    integer(fields, Wire.MANTISSA, mantissa);
    if (exponent != 0) {
      integer(fields, Wire.EXPONENT, exponent);
    }
    if (quality != 0) {
      integer(fields, Wire.QUALITY, quality);
    }
    if (channel != 0) {
      integer(fields, Wire.CHANNEL, channel);
    }
  }

  /** A value kept as it came because this version does not understand it. */
  private static void unknown(CborWriter out, Map<String, Object> value) {
    SortedMap<byte[], byte[]> fields = CborWriter.fields();
    try {
      for (Map.Entry<String, Object> field : value.entrySet()) {
        String name = field.getKey();
        switch (name) {
          case "quantity" -> {
            if (field.getValue() instanceof Long key) {
              integer(fields, Wire.QUANTITY, key);
            } else {
              text(fields, Wire.QUANTITY, (String) field.getValue());
            }
          }
          case "value" -> {
            BigDecimal number = (BigDecimal) field.getValue();
            number(
                fields,
                number.unscaledValue().longValueExact(),
                -number.scale(),
                (Long) value.getOrDefault("quality", 0L),
                ((Long) value.getOrDefault("channel", 0L)).intValue());
          }
          case "quality", "channel" -> {
            // with the value
          }
          case "unit", "commodity", "phase", "nature" ->
              text(fields, Wire.VALUE.indexOf(name), (String) field.getValue());
          default -> extra(fields, name, field.getValue(), Wire.VALUE);
        }
      }
    } catch (ClassCastException | ArithmeticException e) {
      throw new IllegalArgumentException("extras: not a value of a newer version: " + value, e);
    }
    out.fields(fields);
  }

  private static SortedMap<byte[], byte[]> extras(Map<String, Object> extras, List<String> known) {
    SortedMap<byte[], byte[]> fields = CborWriter.fields();
    extras.forEach((name, value) -> extra(fields, name, value, known));
    return fields;
  }

  private static void extra(
      SortedMap<byte[], byte[]> fields, String name, Object value, List<String> known) {
    if (Wire.reserved(known, name)) {
      throw new IllegalArgumentException("extras: " + name + " is a field of its own");
    }
    CborWriter encoded = new CborWriter();
    encoded.any(value, 1);
    fields.put(CborWriter.key(name), encoded.toBytes());
  }

  private static byte[] uuid(DeviceId device) {
    return ByteBuffer.allocate(16)
        .putLong(device.value().getMostSignificantBits())
        .putLong(device.value().getLeastSignificantBits())
        .array();
  }

  private static CborWriter device(DeviceId device) {
    CborWriter out = new CborWriter();
    out.bytes(uuid(device));
    return out;
  }

  private static void integer(SortedMap<byte[], byte[]> fields, int key, long value) {
    CborWriter out = new CborWriter();
    out.integer(value);
    put(fields, key, out);
  }

  private static void text(SortedMap<byte[], byte[]> fields, int key, String value) {
    CborWriter out = new CborWriter();
    out.text(value);
    put(fields, key, out);
  }

  private static void put(SortedMap<byte[], byte[]> fields, int key, CborWriter value) {
    CborWriter encoded = new CborWriter();
    encoded.integer(key);
    fields.put(encoded.toBytes(), value.toBytes());
  }
}
