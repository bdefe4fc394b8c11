package org.commonshub.testing.devices;

/** An exception answer (Modbus application protocol 1.1b3, section 7). */
public final class ModbusRefusal extends Exception {
  private static final long serialVersionUID = 1L;

  /** The function is not known. */
  public static final int ILLEGAL_FUNCTION = 1;

  /** No such register. */
  public static final int ILLEGAL_ADDRESS = 2;

  /** A field of the request is out of range. */
  public static final int ILLEGAL_VALUE = 3;

  /** No device of that unit identifier behind this gateway. */
  public static final int TARGET_SILENT = 11;

  private final int code;

  /** An answer with this exception code. */
  public ModbusRefusal(int code) {
    super("Modbus exception " + code, null, false, false);
    this.code = code;
  }

  /** Exception code. */
  public int code() {
    return code;
  }
}
