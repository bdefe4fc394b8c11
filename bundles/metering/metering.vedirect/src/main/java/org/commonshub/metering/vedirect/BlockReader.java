package org.commonshub.metering.vedirect;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Finds blocks in a stream, however it is cut. A field is carriage return, line feed, label,
 * tabulator, value; the field {@code Checksum} has one byte that makes the sum of all bytes of the
 * block 0 modulo 256, and ends it. Messages of the HEX mode ({@code :…} and a line feed) may come
 * in between and belong to no block. Keeps one block at most. Not thread-safe.
 */
final class BlockReader {
  /** Longest label and value; the paper has 8 and 32. */
  static final int LABEL = 16;

  static final int VALUE = 64;

  /** Most fields of a block; the paper has 22. */
  static final int FIELDS = 64;

  private static final String CHECKSUM = "Checksum";

  /** Takes what was found. */
  interface Blocks {
    /** A block with a right check sum. */
    void good(Block block);

    /** A block with a wrong one, or of an impossible length; it is forgotten. */
    void bad();
  }

  private enum State {
    IDLE,
    LABEL,
    VALUE,
    CHECKSUM,
    HEX
  }

  private final Blocks blocks;
  private final byte[] text = new byte[VALUE];
  private int length;
  private Map<String, String> fields = new LinkedHashMap<>();
  private State state = State.IDLE;
  private State before = State.IDLE;
  private String label = "";
  private int sum;
  private boolean spoilt;

  BlockReader(Blocks blocks) {
    this.blocks = blocks;
  }

  /** Takes what came in. */
  void accept(byte[] bytes) {
    for (byte each : bytes) {
      accept(each);
    }
  }

  private void accept(byte each) {
    if (state == State.HEX) {
      if (each == '\n') {
        state = before;
      }
      return;
    }
    if (state != State.CHECKSUM && each == ':') {
      before = state;
      state = State.HEX;
      return;
    }
    sum += each;
    switch (state) {
      case CHECKSUM -> end();
      case LABEL -> {
        if (each == '\t') {
          label = take();
          state = label.equals(CHECKSUM) ? State.CHECKSUM : State.VALUE;
        } else {
          next(each, LABEL);
        }
      }
      case VALUE -> next(each, VALUE);
      default -> next(each, 0);
    }
  }

  /** A byte of a label or value, or the line feed before the next label. */
  private void next(byte each, int longest) {
    if (each == '\n') {
      if (state == State.VALUE) {
        field();
      }
      length = 0;
      state = State.LABEL;
    } else if (each != '\r' && length < longest) {
      text[length++] = each;
    } else if (each != '\r') {
      spoilt |= longest > 0;
    }
  }

  private void field() {
    if (fields.size() < FIELDS) {
      fields.putIfAbsent(label, take());
    } else {
      spoilt = true;
    }
  }

  private String take() {
    String taken = new String(text, 0, length, StandardCharsets.ISO_8859_1);
    length = 0;
    return taken;
  }

  private void end() {
    boolean right = (sum & 0xFF) == 0 && !spoilt && !fields.isEmpty();
    Block block = new Block(fields);
    clear();
    if (right) {
      blocks.good(block);
    } else {
      blocks.bad();
    }
  }

  /** Forgets what was begun: the stream broke. */
  void clear() {
    fields = new LinkedHashMap<>();
    length = 0;
    state = State.IDLE;
    sum = 0;
    spoilt = false;
  }
}
