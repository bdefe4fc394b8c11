package org.commonshub.metering.serial;

import org.commonshub.metering.api.DeviceException;

/** An open serial port. Used by one thread. */
interface Line {
  /** Opens ports. */
  @FunctionalInterface
  interface Opener {
    /**
     * Opens a port.
     *
     * @param listening whether {@link #read} waits a while for bytes instead of returning at once
     */
    Line open(PortSettings settings, boolean listening) throws DeviceException;
  }

  /** Changes the baud rate at once, also for what has not left yet. */
  boolean baud(int baud);

  /** Hands over bytes to be sent; returns how many were taken. */
  int write(byte[] bytes);

  /** Bytes that the system has not sent yet; negative if it cannot tell. */
  int waiting();

  /** Bytes that can be read; negative if the port is gone. */
  int available();

  /** Reads into a buffer; returns how many, negative if the port is gone. */
  int read(byte[] buffer, int count, int offset);

  /** Lets go of the port. */
  void close();
}
