package org.commonshub.metering.transport;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * DNS messages as far as finding services takes them (RFC 1035 §4, RFC 2782, RFC 6762, RFC 6763
 * §6). Whatever the bytes, reading ends soon: a compressed name may only point backwards, and
 * names, records and texts are counted.
 */
final class Dns {
  static final int A = 1;
  static final int PTR = 12;
  static final int TXT = 16;
  static final int AAAA = 28;
  static final int SRV = 33;

  private static final int IN = 1;
  private static final int QU = 0x8000;
  private static final int HEADER = 12;
  private static final int MAX_NAME = 255;
  private static final int MAX_LABEL = 63;
  private static final int MAX_RECORDS = 512;
  private static final int MAX_TEXTS = 64;

  /** The message is none. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * A name.
   *
   * @param labels from the most special to the most general; may contain dots and spaces
   */
  record Name(List<String> labels) {
    /** A name of labels without dots. */
    static Name of(String dotted) {
      return new Name(List.of(dotted.split("\\.")));
    }

    /** What equal names have in common: their case does not matter (RFC 6762 §16). */
    Name key() {
      List<String> lower = new ArrayList<>(labels.size());
      for (String label : labels) {
        lower.add(label.toLowerCase(Locale.ROOT));
      }
      return new Name(lower);
    }

    /** The name it is beneath by one label. */
    Name parent() {
      return new Name(labels.subList(Math.min(1, labels.size()), labels.size()));
    }
  }

  /** A question. */
  record Question(Name name, int type) {}

  /** What a record says. */
  sealed interface Data {}

  /** PTR: one of the things of this name. */
  record Pointer(Name target) implements Data {}

  /** SRV: where it is served. */
  record Service(int port, Name target) implements Data {}

  /** TXT: keys in lower case, the first of each. */
  record Texts(Map<String, String> texts) implements Data {}

  /** A or AAAA. */
  record Address(InetAddress address) implements Data {}

  /** A record. */
  record Answer(Name name, Data data) {}

  private Dns() {}

  /**
   * A query.
   *
   * @param unicast whether the answer may be sent to the asker alone (RFC 6762 §5.4)
   */
  static byte[] query(int id, List<Question> questions, boolean unicast) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    word(out, id);
    word(out, 0);
    word(out, questions.size());
    word(out, 0);
    word(out, 0);
    word(out, 0);
    for (Question question : questions) {
      for (String label : question.name.labels) {
        byte[] bytes = label.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(MAX_LABEL, bytes.length);
        out.write(length);
        out.write(bytes, 0, length);
      }
      out.write(0);
      word(out, question.type);
      word(out, unicast ? IN | QU : IN);
    }
    return out.toByteArray();
  }

  private static void word(ByteArrayOutputStream out, int value) {
    out.write(value >> 8);
    out.write(value);
  }

  /**
   * The records of a response that are understood, of all sections. Empty if it is a query, an
   * error, or says goodbye (TTL 0).
   */
  static List<Answer> answers(byte[] message) throws Malformed {
    if (message.length < HEADER) {
      throw new Malformed("shorter than a header");
    }
    ByteBuffer in = ByteBuffer.wrap(message);
    in.getShort();
    int flags = in.getShort() & 0xffff;
    int questions = in.getShort() & 0xffff;
    int records = (in.getShort() & 0xffff) + (in.getShort() & 0xffff) + (in.getShort() & 0xffff);
    // Response, opcode 0, no error; the other bits are ignored (RFC 6762 §18).
    if ((flags & 0xf80f) != 0x8000) {
      return List.of();
    }
    if (questions > MAX_RECORDS || records > MAX_RECORDS) {
      throw new Malformed("too many records");
    }
    for (int i = 0; i < questions; i++) {
      name(in);
      skip(in, 4);
    }
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      record(in, answers);
    }
    return answers;
  }

  private static void record(ByteBuffer in, List<Answer> answers) throws Malformed {
    Name name = name(in);
    need(in, 10);
    int type = in.getShort() & 0xffff;
    int kind = in.getShort() & 0x7fff; // without the cache-flush bit
    int life = in.getInt();
    int length = in.getShort() & 0xffff;
    need(in, length);
    int end = in.position() + length;
    ByteBuffer data = in.duplicate().limit(end);
    in.position(end);
    if (kind != IN || life == 0) {
      return;
    }
    Data read = data(type, data, length);
    if (read != null) {
      answers.add(new Answer(name, read));
    }
  }

  private static Data data(int type, ByteBuffer data, int length) throws Malformed {
    return switch (type) {
      case PTR -> new Pointer(name(data));
      case SRV -> {
        need(data, 7);
        skip(data, 4);
        int port = data.getShort() & 0xffff;
        yield new Service(port, name(data));
      }
      case TXT -> new Texts(texts(data));
      case A -> address(data, length, 4);
      case AAAA -> address(data, length, 16);
      default -> null;
    };
  }

  private static Address address(ByteBuffer data, int length, int expected) throws Malformed {
    if (length != expected) {
      throw new Malformed("an address of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    data.get(bytes);
    try {
      return new Address(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      throw new Malformed("no address");
    }
  }

  private static Map<String, String> texts(ByteBuffer data) throws Malformed {
    Map<String, String> texts = new LinkedHashMap<>();
    while (data.hasRemaining()) {
      int length = data.get() & 0xff;
      need(data, length);
      byte[] bytes = new byte[length];
      data.get(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8);
      int equals = text.indexOf('=');
      String key = equals < 0 ? text : text.substring(0, equals);
      if (!key.isEmpty() && texts.size() < MAX_TEXTS) {
        texts.putIfAbsent(
            key.toLowerCase(Locale.ROOT), equals < 0 ? "" : text.substring(equals + 1));
      }
    }
    return texts;
  }

  /** Reads a name and leaves the buffer behind it (RFC 1035 §4.1.4). */
  private static Name name(ByteBuffer in) throws Malformed {
    byte[] message = in.array();
    int limit = in.limit();
    int at = in.position();
    int lowest = at;
    int after = -1;
    int length = 0;
    List<String> labels = new ArrayList<>(5);
    while (true) {
      if (at >= limit) {
        throw new Malformed("a name is cut");
      }
      int size = message[at] & 0xff;
      if (size == 0) {
        in.position(after < 0 ? at + 1 : after);
        return new Name(labels);
      }
      if (size >= 0xc0) {
        if (at + 1 >= limit) {
          throw new Malformed("a name is cut");
        }
        int target = (size & 0x3f) << 8 | (message[at + 1] & 0xff);
        if (target >= lowest || target < HEADER) {
          throw new Malformed("a name does not point backwards");
        }
        if (after < 0) {
          after = at + 2;
        }
        at = target;
        lowest = target;
        continue;
      }
      length += size + 1;
      if (size > MAX_LABEL || length > MAX_NAME || at + 1 + size > limit) {
        throw new Malformed("a name is too long");
      }
      labels.add(
          new String(Arrays.copyOfRange(message, at + 1, at + 1 + size), StandardCharsets.UTF_8));
      at += 1 + size;
    }
  }

  private static void need(ByteBuffer in, int count) throws Malformed {
    if (in.remaining() < count) {
      throw new Malformed("it is cut");
    }
  }

  private static void skip(ByteBuffer in, int count) throws Malformed {
    need(in, count);
    in.position(in.position() + count);
  }
}
