package org.commonshub.ledger.content;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.measure.api.CborCodec;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.MeterRecord;

/**
 * Readings as a stream, before it is sealed: a CBOR sequence (RFC 8742) of byte strings. The first
 * holds {@code {1: 1, 2: hub's DID, 3: from in ms, 4: to in ms, 5: [device, 16 bytes each]}}, the
 * last a COSE_Sign1 ({@code READINGS}) of the hub over {@code {1: records, 2: SHA-256 of all bytes
 * before}}, those between lists of records as {@link CborCodec} writes them.
 */
final class Batch {
  private static final int LIST = 200_000;
  private static final int LIST_RECORDS = 16_384;

  private final OutputStream out;
  private final MessageDigest sha = Cid.sha256();
  private final ByteArrayOutputStream list = new ByteArrayOutputStream();
  private int listed;
  private long records;

  /** Begins with the header. */
  Batch(OutputStream out, String did, List<DeviceId> devices, Instant from, Instant to)
      throws IOException {
    this.out = out;
    List<byte[]> ids =
        devices.stream()
            .map(
                device ->
                    ByteBuffer.allocate(16)
                        .putLong(device.value().getMostSignificantBits())
                        .putLong(device.value().getLeastSignificantBits())
                        .array())
            .toList();
    item(
        Cbor.encode(
            Map.of(1L, 1L, 2L, did, 3L, from.toEpochMilli(), 4L, to.toEpochMilli(), 5L, ids)));
  }

  void add(MeterRecord meterRecord) throws IOException {
    list.write(CborCodec.encodeRecord(meterRecord));
    listed++;
    records++;
    if (list.size() >= LIST || listed == LIST_RECORDS) {
      flush();
    }
  }

  private void flush() throws IOException {
    if (listed > 0) {
      ByteArrayOutputStream whole = new ByteArrayOutputStream(list.size() + 3);
      head(whole, 0x80, listed);
      list.writeTo(whole);
      item(whole.toByteArray());
      list.reset();
      listed = 0;
    }
  }

  long records() {
    return records;
  }

  /** Ends with the hub's signature. */
  void sign(HubIdentity hub) throws IOException {
    flush();
    byte[] digest = sha.digest();
    item(hub.sign(SigningPurpose.READINGS, Cbor.encode(Map.of(1L, records, 2L, digest))));
  }

  private void item(byte[] bytes) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream(5);
    head(head, 0x40, bytes.length);
    sha.update(head.toByteArray());
    sha.update(bytes);
    head.writeTo(out);
    out.write(bytes);
  }

  /** Head of a CBOR item in its shortest form. */
  private static void head(ByteArrayOutputStream to, int major, int length) {
    if (length < 24) {
      to.write(major | length);
    } else if (length < 0x100) {
      to.write(major | 24);
      to.write(length);
    } else if (length < 0x10000) {
      to.write(major | 25);
      to.write(length >> 8);
      to.write(length);
    } else {
      to.write(major | 26);
      to.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
    }
  }
}
