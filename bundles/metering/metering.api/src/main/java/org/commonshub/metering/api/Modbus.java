package org.commonshub.metering.api;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Modbus for drivers: TCP, RTU over TCP and RTU over serial behind one guard that never yields a
 * wrong value (Modbus Application Protocol V1.1b3; Modbus over Serial Line V1.02). Implemented by
 * {@code metering.modbus}; called by {@code metering.sunspec} and register-map drivers. Writes need
 * a lease, which only the arbiter makes.
 */
@ProviderType
public interface Modbus {
  /** How messages are framed on the stream. */
  enum Framing {
    /** MBAP header. */
    TCP,
    /** Unit, PDU, CRC-16; on serial, or on TCP to a gateway. */
    RTU
  }

  /** Address space and the function that reads it. */
  enum Table {
    /** Function 1. */
    COILS,
    /** Function 2. */
    DISCRETE_INPUTS,
    /** Function 3. */
    HOLDING_REGISTERS,
    /** Function 4. */
    INPUT_REGISTERS
  }

  /**
   * Registers or bits to read.
   *
   * @param table address space
   * @param address first address as on the wire, 0 … 65535
   * @param count registers (at most 125) or bits (at most 2,000)
   */
  record Range(Table table, int address, int count) {}

  /**
   * What was read.
   *
   * @param range what was asked
   * @param words one unsigned 16-bit word per register, or 0/1 per bit
   */
  record Words(Range range, int[] words) {}

  /** One unit (slave) on a connection. */
  @ProviderType
  interface Unit {
    /**
     * Reads one range.
     *
     * @return exactly {@code range.count()} words; or {@link DeviceException}: REFUSED with the
     *     Modbus exception in words, INVALID_ANSWER for anything that is not the answer to this
     *     request
     */
    CompletionStage<Words> read(Range range);

    /**
     * Reads several ranges, one after the other; contiguous ones are merged into few requests
     * first.
     *
     * @return one {@code Words} per range, in the order asked
     */
    CompletionStage<List<Words>> readAll(List<Range> ranges);

    /**
     * Writes coils (function 5, or 15 for several) or holding registers (function 6 or 16, see
     * {@code single}) and checks the device's echo.
     *
     * @param lease checked when the request is about to leave
     * @param table COILS or HOLDING_REGISTERS
     * @param address first address as on the wire
     * @param words unsigned 16-bit words, or 0/1 per coil; 1 to 123
     * @param single whether a single register is written with function 6; some devices know only
     *     one of the two
     * @return completed when the device has confirmed; or {@link DeviceException}: FORBIDDEN if the
     *     stream is not {@link StreamConnection#writable} or the lease does not hold
     */
    CompletionStage<Void> write(
        WriteLease lease, Table table, int address, int[] words, boolean single);
  }

  /**
   * A unit on a stream.
   *
   * @param stream connection to the bus
   * @param framing framing on it
   * @param unitId 0 … 255
   * @param timeout per request
   */
  Unit unit(StreamConnection stream, Framing framing, int unitId, Duration timeout);
}
