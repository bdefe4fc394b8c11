package org.commonshub.metering.api;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The serial ports of this machine. Implemented by {@code metering.serial}. */
@ProviderType
public interface SerialPorts {
  /**
   * A port.
   *
   * @param path stable path where there is one ({@code /dev/serial/by-id/…}), else the device
   * @param description what is plugged in, as the system says
   */
  record Port(String path, String description) {}

  /** Ports there are now. */
  List<Port> ports();
}
