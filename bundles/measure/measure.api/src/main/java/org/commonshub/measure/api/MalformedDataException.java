package org.commonshub.measure.api;

import java.io.IOException;

/**
 * Input that is not the data structure it claims to be: malformed, truncated, too deep, too large,
 * or against the rules of docs/data-structure.md. The only exception a decoder of this package
 * throws for what it reads.
 */
public final class MalformedDataException extends IOException {
  private static final long serialVersionUID = 1;

  private final String reason;
  private final long offset;
  private final int line;
  private final int column;

  MalformedDataException(String reason, long offset, int line, int column, Throwable cause) {
    super(
        reason
            + (line > 0 ? " at line " + line + ", column " + column : " at byte " + offset)
            + "; nothing of the input was used",
        cause);
    this.reason = reason;
    this.offset = offset;
    this.line = line;
    this.column = column;
  }

  /** What is wrong, without the position. */
  public String reason() {
    return reason;
  }

  /** Byte at which it was noticed, from 0; −1 if unknown. */
  public long offset() {
    return offset;
  }

  /** Line at which it was noticed, from 1; 0 for binary input. */
  public int line() {
    return line;
  }

  /** Column at which it was noticed, from 1; 0 for binary input. */
  public int column() {
    return column;
  }
}
