package org.commonshub.ledger.journal;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.ledger.api.ReceiptVerifier;

/**
 * One entry on disk, {@value #BYTES} bytes, so that none lies across two sectors; README.md has the
 * format.
 *
 * @param kind number of the {@link EntryKind}
 * @param millis instant
 * @param commitment to salt and content
 * @param place where salt and content are
 * @param length of the content
 * @param sound whether the check sum held
 */
record Row(int kind, long millis, byte[] commitment, long place, int length, boolean sound) {
  static final int BYTES = 64;
  private static final byte VERSION = 1;

  byte[] encode(long index) {
    ByteBuffer row = ByteBuffer.allocate(BYTES);
    row.putInt(0).put(VERSION).put((byte) kind).putShort((short) 0).putLong(millis);
    row.put(commitment).putLong(place).putInt(length).putInt(0);
    return row.putInt(0, crc(index, row.array(), 0)).array();
  }

  static Row decode(long index, byte[] bytes, int at) {
    ByteBuffer row = ByteBuffer.wrap(bytes, at, BYTES).slice();
    int length = row.getInt(56);
    boolean sound =
        row.getInt(0) == crc(index, bytes, at)
            && row.get(4) == VERSION
            && length >= 0
            && row.getLong(48) >= 0;
    return new Row(
        row.get(5) & 0xFF,
        row.getLong(8),
        Arrays.copyOfRange(bytes, at + 16, at + 48),
        row.getLong(48),
        length,
        sound);
  }

  private static int crc(long index, byte[] bytes, int at) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(8).putLong(0, index));
    crc.update(bytes, at + 4, BYTES - 4);
    return (int) crc.getValue();
  }

  ReceiptVerifier.Leaf leaf(long index, byte[] previous) {
    return new ReceiptVerifier.Leaf(
        index, kind, Instant.ofEpochMilli(millis), previous, commitment);
  }

  byte[] hash(long index, byte[] previous) {
    return MerkleTree.leaf(leaf(index, previous).data());
  }

  EntryKind entryKind() {
    for (EntryKind each : EntryKind.values()) {
      if (each.number() == kind) {
        return each;
      }
    }
    return EntryKind.HUB;
  }
}
