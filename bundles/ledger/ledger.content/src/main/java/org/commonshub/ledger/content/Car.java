package org.commonshub.ledger.content;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/** Content-addressed archives, version 1 (https://ipld.io/specs/transport/car/carv1/). */
final class Car {
  /** Largest block that is read: what IPFS nodes exchange at most. */
  static final int MAX_BLOCK = 1024 * 1024;

  private static final int MAX_HEADER = 64 * 1024;
  private static final int MAX_ROOTS = 1_000;

  private Car() {}

  /** A block whose bytes match its identifier. */
  record Block(Cid cid, byte[] data) {}

  static void writeHeader(OutputStream out, Cid root) throws IOException {
    byte[] header =
        Cbor.encode(
            Map.of("version", 1L, "roots", List.of(new Cbor.Tagged(Cid.LINK, root.link()))));
    varint(out, header.length);
    out.write(header);
  }

  static void writeBlock(OutputStream out, Cid cid, byte[] data, int length) throws IOException {
    varint(out, cid.bytes().length + length);
    out.write(cid.bytes());
    out.write(data, 0, length);
  }

  private static void varint(OutputStream out, int number) throws IOException {
    int rest = number;
    while (rest > 0x7F) {
      out.write(rest & 0x7F | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }

  /** Reads an archive block by block, in memory of one block. */
  static final class Reader {
    private final InputStream in;
    private final List<Cid> roots = new ArrayList<>();

    /**
     * Reads the header.
     *
     * @throws MalformedContentException if it is not that of a CAR file of version 1
     */
    Reader(InputStream in) throws IOException {
      this.in = in;
      int length = varint(true);
      if (length < 1 || length > MAX_HEADER) {
        throw new MalformedContentException("not a CAR file: header of " + length + " bytes");
      }
      try {
        if (!(Cbor.decode(run(length)) instanceof Map<?, ?> header
            && header.size() == 2
            && Long.valueOf(1).equals(header.get("version"))
            && header.get("roots") instanceof List<?> links
            && !links.isEmpty()
            && links.size() <= MAX_ROOTS)) {
          throw new MalformedContentException("not a CAR file of version 1");
        }
        for (Object link : links) {
          roots.add(link(link));
        }
      } catch (MalformedCborException e) {
        throw new MalformedContentException("not a CAR file: " + e.getMessage());
      }
    }

    List<Cid> roots() {
      return roots;
    }

    /**
     * The next block, null at the end.
     *
     * @throws MalformedContentException if it is cut short, too large, or not what its identifier
     *     says
     */
    Block next() throws IOException {
      int length = varint(false);
      if (length < 0) {
        return null;
      }
      if (length > MAX_BLOCK + 64) {
        throw new MalformedContentException("block of " + length + " bytes");
      }
      byte[] section = run(length);
      int cid = cidLength(section);
      byte[] data = Arrays.copyOfRange(section, cid, section.length);
      byte[] digest = Cid.sha256().digest(data);
      if (!Arrays.equals(digest, 0, 32, section, cid - 32, cid)) {
        throw new MalformedContentException("a block is not what its identifier says");
      }
      return new Block(new Cid(Arrays.copyOf(section, cid)), data);
    }

    private byte[] run(int length) throws IOException {
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new MalformedContentException("cut short");
      }
      return bytes;
    }

    /** Unsigned LEB128 of at most 28 bits; −1 at the end of the file if that is allowed. */
    private int varint(boolean required) throws IOException {
      int number = 0;
      for (int shift = 0; shift < 28; shift += 7) {
        int next = in.read();
        if (next < 0) {
          if (shift == 0 && !required) {
            return -1;
          }
          throw new MalformedContentException("cut short");
        }
        number |= (next & 0x7F) << shift;
        if (next < 0x80) {
          return number;
        }
      }
      throw new MalformedContentException("length out of bounds");
    }
  }

  /** A link in DAG-CBOR. */
  static Cid link(Object value) throws MalformedContentException {
    if (value instanceof Cbor.Tagged tagged
        && tagged.tag() == Cid.LINK
        && tagged.value() instanceof byte[] link
        && link.length > 1
        && link.length <= 64
        && link[0] == 0) {
      byte[] cid = Arrays.copyOfRange(link, 1, link.length);
      if (cidLength(cid) == cid.length) {
        return new Cid(cid);
      }
    }
    throw new MalformedContentException("not a link");
  }

  /** Length of the identifier at the start: version 0, or version 1 with SHA-256. */
  private static int cidLength(byte[] bytes) throws MalformedContentException {
    if (bytes.length >= 34 && bytes[0] == 0x12 && bytes[1] == 32) {
      return 34;
    }
    int at = 1;
    while (at < Math.min(10, bytes.length) && bytes[at] < 0) {
      at++;
    }
    at++;
    if (bytes.length >= at + 34 && bytes[0] == 1 && bytes[at] == 0x12 && bytes[at + 1] == 32) {
      return at + 34;
    }
    throw new MalformedContentException("an identifier that is not known here");
  }
}
