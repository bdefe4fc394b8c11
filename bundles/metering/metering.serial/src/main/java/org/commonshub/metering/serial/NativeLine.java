package org.commonshub.metering.serial;

import com.fazecast.jSerialComm.SerialPort;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;

/** A serial port of this machine, through jSerialComm. */
final class NativeLine implements Line {
  private static final int LISTEN_MILLIS = 200;

  private final SerialPort port;

  private NativeLine(SerialPort port) {
    this.port = port;
  }

  static Line open(PortSettings settings, boolean listening) throws DeviceException {
    SerialPort port;
    try {
      port = SerialPort.getCommPort(settings.path());
    } catch (RuntimeException e) {
      throw new DeviceException(
          Kind.UNREACHABLE,
          "There is no serial port " + settings.path() + ". Check that the adapter is plugged in.",
          e);
    }
    port.setComPortParameters(
        settings.baud(), settings.data(), settings.stop() == 2 ? 3 : 1, settings.parity());
    port.setFlowControl(SerialPort.FLOW_CONTROL_DISABLED);
    if (listening) {
      port.setComPortTimeouts(SerialPort.TIMEOUT_READ_SEMI_BLOCKING, LISTEN_MILLIS, 0);
    } else {
      port.setComPortTimeouts(SerialPort.TIMEOUT_NONBLOCKING, 0, 0);
    }
    // Without the library's sleep, which would also come with every change of the baud rate.
    if (!port.openPort(0)) {
      throw unusable(settings, port.getLastErrorCode());
    }
    return new NativeLine(port);
  }

  private static DeviceException unusable(PortSettings settings, int code) {
    String why =
        switch (code) {
          case 2, 6, 19 -> "it is not there. Check that the adapter is plugged in";
          case 13 -> "the hub may not use it. Add its user to the group dialout";
          case 11, 16 -> "another program uses it. Stop that program";
          default -> "error " + code + ". Check the adapter and its settings";
        };
    return new DeviceException(
        Kind.UNREACHABLE, "The serial port " + settings.path() + " cannot be opened: " + why + ".");
  }

  @Override
  public boolean baud(int baud) {
    return port.setBaudRate(baud);
  }

  @Override
  public int write(byte[] bytes) {
    return port.writeBytes(bytes, bytes.length);
  }

  @Override
  public int waiting() {
    return port.bytesAwaitingWrite();
  }

  @Override
  public int available() {
    return port.bytesAvailable();
  }

  @Override
  public int read(byte[] buffer, int count, int offset) {
    return port.readBytes(buffer, count, offset);
  }

  @Override
  public void close() {
    port.closePort();
  }
}
