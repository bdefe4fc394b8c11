package org.commonshub.metering.web;

import java.net.InetAddress;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.platform.api.HubCertificate;
import org.commonshub.platform.api.HubClock;

/** The hub's real device door on free ports of loopback, wired by hand. */
public final class OpenDoor implements AutoCloseable {
  private final Network network;
  private final DeviceDoor door;

  /**
   * Opens it.
   *
   * @param certificate null for a door without TLS
   */
  public OpenDoor(HubClock clock, HubCertificate certificate) {
    network = new Network(clock);
    door =
        new DeviceDoor(
            network,
            new DeviceDoor.Settings(
                InetAddress.getLoopbackAddress(), 0, 0, Admission.Plain.PRIVATE, 256, 16));
    if (certificate != null) {
      door.certificate(certificate);
    }
  }

  /** What drivers see of it. */
  public DeviceServer server() {
    return door;
  }

  @Override
  public void close() {
    door.close();
    network.close();
  }
}
