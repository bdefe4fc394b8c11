package org.commonshub.metering.ecp;

import java.util.Map;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.commonshub.testing.fakes.FakeHubClock;

/** What strangers post and send to the doors of the signing meters. */
public final class EcpFuzz {
  private static final FakeHubClock CLOCK = new FakeHubClock();
  private static final FakeDeviceServer SERVER = new FakeDeviceServer();

  static {
    var unused = new EcpDriver(CLOCK, SERVER, (id, endpoint, candidate) -> {}, 1);
  }

  private EcpFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    CLOCK.advance(java.time.Duration.ofMinutes(2)); // Not slowed down.
    var unusedAnswer =
        SERVER.request(
            new DeviceServer.HttpRequest(
                "POST", "/ecp", Map.of(), Map.of(), data, FakeDeviceServer.PEER));
    var unusedEnrolment =
        SERVER.request(
            new DeviceServer.HttpRequest(
                "POST", "/ecp/enrol", Map.of(), Map.of(), data, FakeDeviceServer.PEER));
    var unusedDatagram = SERVER.datagramServices().get(1).received(data, FakeDeviceServer.PEER);
  }
}
