package org.commonshub.measure.api;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Reads records from a token stream of either form. One use, one thread. */
final class RecordReader {
  /** Opens a parser; its failures are reported like all others. */
  interface Source {
    JsonParser open() throws IOException;
  }

  private final JsonParser parser;
  private final byte[] input;
  private final boolean binary;
  private int valuesSoFar;

  private RecordReader(JsonParser parser, byte[] input) {
    this.parser = parser;
    this.input = input;
    this.binary = parser instanceof CBORParser;
  }

  static List<MeterRecord> read(Source source, byte[] input, boolean list)
      throws MalformedDataException {
    if (input.length > Wire.MAX_BYTES) {
      throw new MalformedDataException(
          "more than " + Wire.MAX_BYTES + " bytes", Wire.MAX_BYTES, 0, 0, null);
    }
    try (JsonParser parser = source.open()) {
      RecordReader reader = new RecordReader(parser, input);
      try {
        return reader.document(list);
      } catch (MalformedDataException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        String reason =
            e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
        JsonLocation at = e instanceof JsonProcessingException json ? json.getLocation() : null;
        throw reader.malformed(reason, at == null ? parser.currentLocation() : at, e);
      }
    } catch (MalformedDataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new MalformedDataException(String.valueOf(e.getMessage()), 0, 0, 0, e);
    }
  }

  private MalformedDataException malformed(String reason) {
    return malformed(reason, parser.currentTokenLocation(), null);
  }

  private MalformedDataException malformed(String reason, JsonLocation at, Throwable cause) {
    String text = reason == null ? "unreadable" : reason.lines().findFirst().orElse("unreadable");
    return new MalformedDataException(
        text.length() > 300 ? text.substring(0, 300) + "…" : text,
        at.getByteOffset(),
        binary ? 0 : Math.max(1, at.getLineNr()),
        binary ? 0 : Math.max(1, at.getColumnNr()),
        cause);
  }

  private JsonToken next() throws IOException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw malformed("ends too early", parser.currentLocation(), null);
    }
    if (binary) {
      refuseTags(token);
    }
    return token;
  }

  /** Tags 2, 3 and 4 make numbers; any other would be lost in reading, so it is refused. */
  private void refuseTags(JsonToken token) throws IOException {
    CBORParser.TagList tags = ((CBORParser) parser).getCurrentTags();
    if (tags.isEmpty()) {
      return;
    }
    boolean number = token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
    int tag = ((CBORParser) parser).getCurrentTag();
    if (!number || tags.size() != 1 || tag < 2 || tag > 4) {
      throw malformed("tag " + tag + " has no place here");
    }
  }

  private List<MeterRecord> document(boolean list) throws IOException {
    List<MeterRecord> records = new ArrayList<>();
    JsonToken token = next();
    if (list) {
      expect(token, JsonToken.START_ARRAY, "a list of records");
      while ((token = next()) != JsonToken.END_ARRAY) {
        if (records.size() == Wire.MAX_RECORDS) {
          throw malformed("more than " + Wire.MAX_RECORDS + " records");
        }
        records.add(record(token));
      }
    } else {
      records.add(record(token));
    }
    if (parser.nextToken() != null) {
      throw malformed("more bytes after the end", parser.currentLocation(), null);
    }
    return List.copyOf(records);
  }

  private void expect(JsonToken token, JsonToken expected, String what)
      throws MalformedDataException {
    if (token != expected) {
      throw malformed(what + " is expected, not " + describe(token));
    }
  }

  private static String describe(JsonToken token) {
    return switch (token) {
      case START_OBJECT -> "a map";
      case START_ARRAY -> "a list";
      case END_OBJECT, END_ARRAY -> "an end";
      case FIELD_NAME -> "a field name";
      case VALUE_STRING -> "text";
      case VALUE_NUMBER_INT -> "a whole number";
      case VALUE_NUMBER_FLOAT -> "a decimal";
      case VALUE_TRUE, VALUE_FALSE -> "a truth value";
      case VALUE_NULL -> "null";
      default -> "something else";
    };
  }

  /** Index of a field, or −1 for one to keep as an extra. */
  private int field(List<String> fields, String name) throws MalformedDataException {
    if (!binary) {
      int index = fields.indexOf(name);
      if (name.isEmpty() ? index >= 0 : index < 0 && Wire.reserved(fields, name)) {
        throw malformed("field \"" + name + "\" is the key of another field");
      }
      return index;
    }
    if (Wire.reserved(fields, name)) {
      int index = fields.indexOf(name);
      if (index >= 0) {
        throw malformed("field \"" + name + "\" has the key " + index);
      }
      return Integer.parseInt(name);
    }
    return -1;
  }

  private MeterRecord record(JsonToken start) throws IOException {
    expect(start, JsonToken.START_OBJECT, "a record");
    JsonLocation begin = parser.currentTokenLocation();
    DeviceId device = null;
    Instant at = null;
    Instant from = null;
    Instant to = null;
    Gap.Reason reason = null;
    Long sequence = null;
    Integer clockEpoch = null;
    int meterEpoch = 0;
    int revision = 0;
    List<Measurement> values = null;
    Map<String, Object> valueExtras = new LinkedHashMap<>();
    Map<String, Object> extras = new LinkedHashMap<>();
    while (next() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      int field = field(Wire.RECORD, name);
      JsonToken token = next();
      switch (field) {
        case Wire.VERSION_FIELD -> {
          if (integer(token, "version", 0, Integer.MAX_VALUE) != Wire.VERSION) {
            throw malformed("version is not " + Wire.VERSION);
          }
        }
        case Wire.DEVICE -> device = device(token);
        case Wire.AT -> at = instant(token, "at");
        case Wire.FROM -> from = instant(token, "from");
        case Wire.TO -> to = instant(token, "to");
        case Wire.REASON -> reason = reason(token);
        case Wire.SEQUENCE -> sequence = integer(token, "sequence", Long.MIN_VALUE, Long.MAX_VALUE);
        case Wire.CLOCK_EPOCH -> clockEpoch = int32(token, "clockEpoch");
        case Wire.METER_EPOCH -> meterEpoch = int32(token, "meterEpoch");
        case Wire.REVISION -> revision = int32(token, "revision");
        case Wire.VALUES -> values = values(token, valueExtras);
        default -> extras.put(text(name), any(token, 1));
      }
    }
    if (device == null) {
      throw malformed("record without device", begin, null);
    }
    if (at == null) {
      if (from == null || to == null || reason == null) {
        throw malformed(
            "record has neither \"at\" (a frame) nor \"from\", \"to\" and \"reason\" (a gap)",
            begin,
            null);
      }
      if (sequence != null || clockEpoch != null || values != null) {
        throw malformed("gap with fields of a frame", begin, null);
      }
      if (!to.isAfter(from)) {
        throw malformed("gap ends before it starts", begin, null);
      }
      return new Gap(device, from, to, reason, extras);
    }
    if (from != null || to != null || reason != null) {
      throw malformed("frame with fields of a gap", begin, null);
    }
    if (sequence == null || clockEpoch == null || values == null) {
      throw malformed("frame without \"sequence\", \"clockEpoch\" or \"values\"", begin, null);
    }
    if (!valueExtras.isEmpty()) {
      extras.put(Wire.RECORD.get(Wire.VALUES), Map.copyOf(valueExtras));
    }
    return new ReadingFrame(device, meterEpoch, at, sequence, clockEpoch, revision, values, extras);
  }

  private DeviceId device(JsonToken token) throws IOException {
    if (binary) {
      if (token != JsonToken.VALUE_EMBEDDED_OBJECT
          || !(parser.getEmbeddedObject() instanceof byte[] octets)
          || octets.length != 16) {
        throw malformed("device is expected to be 16 bytes");
      }
      ByteBuffer buffer = ByteBuffer.wrap(octets);
      return new DeviceId(new UUID(buffer.getLong(), buffer.getLong()));
    }
    expect(token, JsonToken.VALUE_STRING, "device");
    String text = parser.getText();
    try {
      DeviceId device = DeviceId.parse(text);
      if (device.toString().equalsIgnoreCase(text)) {
        return device;
      }
    } catch (IllegalArgumentException e) {
      // reported below
    }
    throw malformed("device is not a UUID");
  }

  private Instant instant(JsonToken token, String what) throws IOException {
    if (binary) {
      return Instant.ofEpochMilli(integer(token, what, 0, Wire.MAX_MILLIS));
    }
    expect(token, JsonToken.VALUE_STRING, what);
    String text = parser.getText();
    try {
      Instant instant = Instant.parse(text);
      if (text.endsWith("Z")
          && instant.getNano() % 1_000_000 == 0
          && instant.getEpochSecond() >= 0
          && instant.getEpochSecond() <= Wire.MAX_MILLIS / 1000) {
        return instant;
      }
    } catch (DateTimeException e) {
      // reported below
    }
    throw malformed(what + " is not a UTC instant of 1970…9999 like 2026-11-01T10:00:00.123Z");
  }

  private Gap.Reason reason(JsonToken token) throws IOException {
    Gap.Reason[] reasons = Gap.Reason.values();
    if (binary) {
      return reasons[(int) integer(token, "reason", 0, reasons.length - 1)];
    }
    expect(token, JsonToken.VALUE_STRING, "reason");
    Gap.Reason reason = Wire.constant(reasons, parser.getText());
    if (reason == null) {
      throw malformed("unknown reason of a gap");
    }
    return reason;
  }

  private int int32(JsonToken token, String what) throws IOException {
    return (int) integer(token, what, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  private long integer(JsonToken token, String what, long min, long max) throws IOException {
    expect(token, JsonToken.VALUE_NUMBER_INT, what);
    if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw malformed(what + " is out of range");
    }
    long value = parser.getLongValue();
    if (value < min || value > max) {
      throw malformed(what + " is out of " + min + "…" + max);
    }
    return value;
  }

  private String text(String text) throws MalformedDataException {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (Character.isHighSurrogate(text.charAt(i))
            && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        } else {
          throw malformed("text is not Unicode");
        }
      }
    }
    return text;
  }

  private List<Measurement> values(JsonToken token, Map<String, Object> extras) throws IOException {
    expect(token, JsonToken.START_ARRAY, "values");
    List<Measurement> values = new ArrayList<>();
    while ((token = next()) != JsonToken.END_ARRAY) {
      if (values.size() == ReadingFrame.MAX_VALUES || ++valuesSoFar > Wire.MAX_VALUES) {
        throw malformed("too many values");
      }
      Value value = new Value();
      if (binary && token == JsonToken.VALUE_NUMBER_INT) {
        compact(value, token);
      } else {
        general(value, token);
      }
      Measurement known = value.measurement();
      String label = known == null ? value.label() : known.quantity().toString();
      Map<String, Object> extra = value.extras(known == null);
      if (known != null) {
        values.add(known);
      }
      if (!extra.isEmpty()) {
        if (extras.size() == ReadingFrame.MAX_VALUES) {
          throw malformed("too many values");
        }
        if (extras.putIfAbsent(label, extra) != null) {
          throw malformed("quantity " + label + " twice");
        }
      }
    }
    return values;
  }

  /** {@code key, mantissa} or {@code −key, mantissa, exponent}. */
  private void compact(Value value, JsonToken token) throws IOException {
    long key = integer(token, "quantity", -Integer.MAX_VALUE, Integer.MAX_VALUE);
    if (key == 0) {
      throw malformed("quantity is 0");
    }
    value.quantity = Math.abs(key);
    value.mantissa = integer(next(), "value", Long.MIN_VALUE, Long.MAX_VALUE);
    if (key < 0) {
      value.exponent = (int) integer(next(), "exponent", -18, 18);
    }
  }

  private void general(Value value, JsonToken token) throws IOException {
    expect(token, JsonToken.START_OBJECT, "a value");
    boolean complete = false;
    while (next() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      int field = field(Wire.VALUE, name);
      token = next();
      switch (field) {
        case Wire.QUANTITY -> {
          if (token == JsonToken.VALUE_NUMBER_INT) {
            value.quantity = integer(token, "quantity", 1, Integer.MAX_VALUE);
          } else {
            value.quantity = word(token, "quantity");
          }
        }
        case Wire.MANTISSA -> {
          complete = true;
          if (binary) {
            value.mantissa = integer(token, "value", Long.MIN_VALUE, Long.MAX_VALUE);
          } else {
            decimal(value, token);
          }
        }
        case Wire.EXPONENT -> {
          if (!binary) {
            throw malformed("exponent is part of the value in JSON");
          }
          value.exponent = (int) integer(token, "exponent", -18, 18);
        }
        case Wire.QUALITY -> value.quality = quality(token);
        case Wire.CHANNEL -> value.channel = (int) integer(token, "channel", 0, 255);
        case Wire.UNIT -> value.unit = word(token, "unit");
        case Wire.COMMODITY -> value.commodity = word(token, "commodity");
        case Wire.PHASE -> value.phase = word(token, "phase");
        case Wire.NATURE -> value.nature = word(token, "nature");
        default -> value.more.put(text(name), any(token, 1));
      }
    }
    if (value.quantity == null || !complete) {
      throw malformed("value without \"quantity\" or \"value\"");
    }
  }

  private String word(JsonToken token, String what) throws IOException {
    expect(token, JsonToken.VALUE_STRING, what);
    String word = text(parser.getText());
    if (word.isEmpty() || word.length() > 64) {
      throw malformed(what + " is not 1…64 characters long");
    }
    return word;
  }

  private void decimal(Value value, JsonToken token) throws IOException {
    if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
      throw malformed("a number is expected, not " + describe(token));
    }
    BigDecimal decimal = parser.getDecimalValue();
    if (decimal.scale() < -18 || decimal.scale() > 18 || decimal.unscaledValue().bitLength() > 63) {
      throw malformed("value does not fit into 63 bits × 10^−18…18");
    }
    value.mantissa = decimal.unscaledValue().longValue();
    value.exponent = -decimal.scale();
  }

  private int quality(JsonToken token) throws IOException {
    if (binary) {
      return (int) integer(token, "quality", 0, 0xFFFF_FFFFL);
    }
    expect(token, JsonToken.START_ARRAY, "quality");
    int flags = 0;
    while ((token = next()) != JsonToken.END_ARRAY) {
      int flag = Quality.flag(word(token, "quality"));
      if (flag == 0) {
        throw malformed("unknown quality flag");
      }
      flags |= flag;
    }
    return flags;
  }

  private Object any(JsonToken token, int depth) throws IOException {
    if (depth > Wire.MAX_DEPTH) {
      throw malformed("deeper than " + Wire.MAX_DEPTH);
    }
    return switch (token) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        while (next() != JsonToken.END_OBJECT) {
          String name = text(parser.currentName());
          map.put(name, any(next(), depth + 1));
        }
        yield binary ? Map.copyOf(map) : bytesOr(map);
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        JsonToken element;
        while ((element = next()) != JsonToken.END_ARRAY) {
          list.add(any(element, depth + 1));
        }
        yield List.copyOf(list);
      }
      case VALUE_STRING -> text(parser.getText());
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> Optional.empty();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(token);
      case VALUE_EMBEDDED_OBJECT -> {
        if (parser.getEmbeddedObject() instanceof byte[] octets) {
          yield ByteBuffer.wrap(octets).asReadOnlyBuffer();
        }
        throw malformed("undefined and simple values have no place here");
      }
      default -> throw malformed(describe(token) + " is not expected");
    };
  }

  private Object number(JsonToken token) throws IOException {
    if (binary) {
      int start = (int) parser.currentTokenLocation().getByteOffset();
      if ((input[start] & 0xE0) == 0xC0) {
        int end = (int) parser.currentLocation().getByteOffset();
        return tagged(ByteBuffer.wrap(input, start, end - start));
      }
    }
    if (token == JsonToken.VALUE_NUMBER_INT) {
      return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          ? parser.getBigIntegerValue()
          : (Object) parser.getLongValue();
    }
    if (!binary) {
      return parser.getDecimalValue();
    }
    double number = parser.getDoubleValue();
    if (!Double.isFinite(number)) {
      throw malformed("not a finite number");
    }
    return number;
  }

  /**
   * A bignum or decimal fraction (RFC 8949 §3.4.3, §3.4.4), from the bytes themselves: the parser
   * takes a bignum whose first bit is set for a negative number.
   */
  private Object tagged(ByteBuffer bytes) throws MalformedDataException {
    try {
      Object number;
      if ((bytes.get(bytes.position()) & 0xFF) != 0xC4) {
        BigInteger whole = bignum(bytes);
        number = whole.bitLength() < 64 ? (Object) whole.longValue() : whole;
      } else {
        bytes.getShort();
        BigInteger exponent = integerItem(bytes);
        boolean big = (bytes.get(bytes.position()) & 0xE0) == 0xC0;
        BigInteger mantissa = big ? bignum(bytes) : integerItem(bytes);
        number = new BigDecimal(mantissa, Math.negateExact(exponent.intValueExact()));
      }
      if (!bytes.hasRemaining()) {
        return number;
      }
    } catch (BufferUnderflowException | IndexOutOfBoundsException | ArithmeticException e) {
      // reported below
    }
    throw malformed("number in a form that has no place here");
  }

  private static BigInteger bignum(ByteBuffer bytes) {
    int tag = bytes.get() & 0xFF;
    int head = bytes.get() & 0xFF;
    if ((tag != 0xC2 && tag != 0xC3) || head < 0x40 || head > 0x58) {
      throw new ArithmeticException("not a bignum of definite length");
    }
    byte[] magnitude = new byte[head == 0x58 ? bytes.get() & 0xFF : head - 0x40];
    bytes.get(magnitude);
    BigInteger number = new BigInteger(1, magnitude);
    return tag == 0xC3 ? number.not() : number;
  }

  private static BigInteger integerItem(ByteBuffer bytes) {
    int head = bytes.get() & 0xFF;
    int more = head & 0x1F;
    if (head >= 0x40 || more > 27) {
      throw new ArithmeticException("not an integer");
    }
    byte[] magnitude = more < 24 ? new byte[] {(byte) more} : new byte[1 << (more - 24)];
    if (more >= 24) {
      bytes.get(magnitude);
    }
    BigInteger number = new BigInteger(1, magnitude);
    return head >= 0x20 ? number.not() : number;
  }

  /** Byte strings stand in JSON as {@code {"$bytes": "base64url"}}. */
  private Object bytesOr(Map<String, Object> map) {
    if (map.size() == 1 && map.get("$bytes") instanceof String text) {
      try {
        return ByteBuffer.wrap(Base64.getUrlDecoder().decode(text)).asReadOnlyBuffer();
      } catch (IllegalArgumentException e) {
        return Map.copyOf(map);
      }
    }
    return Map.copyOf(map);
  }

  /** A value as it stands on the wire, before it is known whether this version understands it. */
  private final class Value {
    private Object quantity;
    private long mantissa;
    private int exponent;
    private int quality;
    private int channel;
    private String unit;
    private String commodity;
    private String phase;
    private String nature;
    private final Map<String, Object> more = new LinkedHashMap<>();

    /** The measurement, or null if a newer version is needed to understand it. */
    Measurement measurement() throws MalformedDataException {
      Quantity known =
          quantity instanceof Long key
              ? Quantity.byKey(Math.toIntExact(key)).orElse(null)
              : Quantity.byName((String) quantity).orElse(null);
      if (known == null && quantity instanceof String name && name.startsWith("x-")) {
        known = custom(name);
      } else if (known != null) {
        if (unit != null && !unit.equals(known.unit().symbol())) {
          throw malformed(known + " is in " + known.unit().symbol() + ", not in " + unit);
        }
        if (differs(commodity, known.commodity())
            || differs(phase, known.phase())
            || differs(nature, known.nature())) {
          throw malformed(known + " has another commodity, phase or nature");
        }
      }
      if (known == null) {
        return null;
      }
      return new Measurement(
          known.channel(channel),
          mantissa,
          exponent,
          quality == 0 ? Quality.MEASURED : new Quality(quality));
    }

    private static boolean differs(String said, Enum<?> known) {
      return said != null && !said.equals(Wire.name(known));
    }

    private Quantity custom(String name) throws MalformedDataException {
      if (unit == null || commodity == null || phase == null || nature == null) {
        throw malformed("custom quantity without unit, commodity, phase or nature");
      }
      Unit ofUnit = Wire.unit(unit);
      Commodity ofCommodity = Wire.constant(Commodity.values(), commodity);
      Phase ofPhase = Wire.constant(Phase.values(), phase);
      Nature ofNature = Wire.constant(Nature.values(), nature);
      if (ofUnit == null || ofCommodity == null || ofPhase == null || ofNature == null) {
        return null;
      }
      try {
        return Quantity.custom(name, ofCommodity, ofUnit, ofPhase, ofNature);
      } catch (IllegalArgumentException e) {
        throw malformed(e.getMessage());
      }
    }

    String label() {
      return channel == 0 ? quantity.toString() : quantity + "[" + channel + "]";
    }

    Map<String, Object> extras(boolean whole) {
      if (!whole) {
        return more.isEmpty() ? Map.of() : Map.copyOf(more);
      }
      Map<String, Object> all = new LinkedHashMap<>(more);
      all.put("quantity", quantity);
      all.put("value", BigDecimal.valueOf(mantissa, -exponent));
      if (quality != 0) {
        all.put("quality", quality & 0xFFFF_FFFFL);
      }
      if (channel != 0) {
        all.put("channel", (long) channel);
      }
      putIf(all, "unit", unit);
      putIf(all, "commodity", commodity);
      putIf(all, "phase", phase);
      putIf(all, "nature", nature);
      return Map.copyOf(all);
    }

    private static void putIf(Map<String, Object> map, String key, String value) {
      if (value != null) {
        map.put(key, value);
      }
    }
  }
}
