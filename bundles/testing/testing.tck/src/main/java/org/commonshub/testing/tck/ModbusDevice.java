package org.commonshub.testing.tck;

import java.io.IOException;
import java.util.function.IntFunction;
import org.commonshub.metering.api.Endpoint;

/** A {@link FaultyModbusServer} on a loopback port as a device of {@link DriverTck}. */
public final class ModbusDevice implements DriverTck.Device {
  private final FaultyModbusServer server;
  private final IntFunction<Registers> steps;
  private final Registers sparse;

  /**
   * Starts it, serving step 0.
   *
   * @param rtu RTU framing instead of TCP's
   * @param unit its unit id
   * @param steps registers of a step
   * @param sparse registers of a device that lacks something
   */
  public ModbusDevice(boolean rtu, int unit, IntFunction<Registers> steps, Registers sparse)
      throws IOException {
    this.server = FaultyModbusServer.tcp(rtu, unit);
    this.steps = steps;
    this.sparse = sparse;
    server.registers(steps.apply(0));
  }

  @Override
  public Endpoint endpoint() {
    return Endpoint.parse("tcp://127.0.0.1:" + server.port());
  }

  @Override
  public void serve(int step) {
    server.registers(steps.apply(step));
  }

  @Override
  public void serveSparse() {
    server.registers(sparse);
  }

  @Override
  public void fault(Fault fault) throws IOException {
    server.fault(fault);
  }

  @Override
  public void close() throws IOException {
    server.close();
    if (server.writes() > 0) {
      throw new AssertionError("the driver tried to write");
    }
  }
}
