package org.commonshub.testing.devices;

/** What one Modbus unit answers. Called from the server's thread only; must not block. */
@FunctionalInterface
public interface Registers {
  /**
   * Reads a run of 16-bit registers.
   *
   * @param function 3 (holding registers) or 4 (input registers)
   * @param address first register, 0 … 65535
   * @param count 1 … 125
   * @return {@code count} words, of which the low 16 bits count
   * @throws ModbusRefusal to answer with an exception code
   */
  int[] read(int function, int address, int count) throws ModbusRefusal;
}
