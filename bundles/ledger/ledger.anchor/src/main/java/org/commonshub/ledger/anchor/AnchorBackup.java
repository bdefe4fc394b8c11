package org.commonshub.ledger.anchor;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The anchor's part of a backup: {@code "CHA1"}, then blocks of kind (1), length (4) and bytes:
 * rows of the anchors (kind 1), proofs of aggregators (2), what was seen as a witness (3), an empty
 * one of kind 0 at the end. Rows stand first. Big endian.
 */
final class AnchorBackup {
  /** Most rows in a block. */
  static final int ROWS = 1000;

  private static final int MAGIC = 0x43484131;
  private static final int END = 0;
  private static final int ANCHORS = 1;
  private static final int PROOF = 2;
  private static final int WITNESSED = 3;
  private static final int MOST = Math.max(Proofs.MAX_FILE, Witness.MAX_FILE);

  /** A thousand years. */
  private static final long MOST_ROWS = 36_000_000;

  private AnchorBackup() {}

  /** Where a backup goes. */
  static final class Writer {
    private final DataOutputStream out;

    Writer(OutputStream out) throws IOException {
      this.out = new DataOutputStream(out);
      this.out.writeInt(MAGIC);
    }

    void rows(byte[] rows) throws IOException {
      block(ANCHORS, rows);
    }

    void proof(byte[] proof) throws IOException {
      block(PROOF, proof);
    }

    void witnessed(byte[] seen) throws IOException {
      block(WITNESSED, seen);
    }

    void end() throws IOException {
      block(END, new byte[0]);
      out.flush();
    }

    private void block(int kind, byte[] bytes) throws IOException {
      out.writeByte(kind);
      out.writeInt(bytes.length);
      out.write(bytes);
    }
  }

  /**
   * Puts it in place; again from the start if it was interrupted.
   *
   * @param file for the rows, until they are complete
   * @param witness null if this hub is none at the moment
   */
  static void restore(InputStream in, Path file, Anchoring anchoring, Witness witness)
      throws IOException {
    DataInputStream data = new DataInputStream(in);
    if (data.readInt() != MAGIC) {
      throw new IOException("This is not the anchor's part of a backup.");
    }
    try {
      int kind;
      long rows = 0;
      byte[] block;
      try (OutputStream out = Files.newOutputStream(file)) {
        for (kind = data.readByte(), block = block(data);
            kind == ANCHORS;
            kind = data.readByte(), block = block(data)) {
          rows += block.length / AnchorLog.ROW;
          if (block.length % AnchorLog.ROW != 0 || rows > MOST_ROWS) {
            throw new IOException("The anchors in the backup are damaged.");
          }
          out.write(block);
        }
      }
      anchoring.restoreRows(file);
      for (; kind != END; kind = data.readByte(), block = block(data)) {
        if (kind == PROOF) {
          anchoring.restoreProof(block);
        } else if (kind != WITNESSED) {
          throw new IOException(
              "Block " + kind + " in the anchor's part of the backup is unknown.");
        } else if (witness != null) {
          witness.restore(block);
        }
      }
    } catch (EOFException e) {
      throw new IOException("The anchor's part of the backup was cut off.", e);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static byte[] block(DataInputStream data) throws IOException {
    int length = data.readInt();
    if (length < 0 || length > MOST) {
      throw new IOException("A block in the anchor's part of the backup is too long.");
    }
    byte[] block = new byte[length];
    data.readFully(block);
    return block;
  }
}
