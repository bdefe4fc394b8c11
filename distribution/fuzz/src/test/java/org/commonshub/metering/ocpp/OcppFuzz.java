package org.commonshub.metering.ocpp;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeHubClock;

/** Messages of a charge point, one a line, in both versions of OCPP. */
public final class OcppFuzz {
  private OcppFuzz() {}

  private static final class Checked implements PushSession.Receiver {
    @Override
    public void values(Optional<Instant> at, List<Measurement> values) {
      for (Measurement value : values) {
        if (value.quantity().nature() == Nature.REGISTER && value.mantissa() < 0) {
          throw new AssertionError("negative register");
        }
      }
    }

    @Override
    public void failed(DeviceException why) {
      // The declared failure.
    }
  }

  /** Loads what it takes, so that the first input is not the one that is too slow. */
  public static void fuzzerInitialize() throws Exception {
    fuzzerTestOneInput(
        "[2,\"1\",\"Heartbeat\",{}]\n[2,\"1\",\"Nonsense\",{}]".getBytes(StandardCharsets.UTF_8));
  }

  public static void fuzzerTestOneInput(byte[] data) throws Exception {
    String[] lines = new String(data, StandardCharsets.UTF_8).split("\n", 64);
    for (String protocol : Version.SUBPROTOCOLS) {
      FakeDeviceServer server = new FakeDeviceServer();
      try (OcppDriver driver =
          new OcppDriver(server, (id, endpoint, candidate) -> {}, new FakeHubClock())) {
        OcppSession session =
            (OcppSession)
                driver.open(
                    FakeDriverContext.of(
                        driver.description(),
                        Settings.endpoint("CP1"),
                        null,
                        Map.of("sample-interval", "0")));
        session.start(new Checked());
        FakeDeviceServer.Socket socket = server.connect("/ocpp/CP1", Map.of(), protocol);
        for (String line : lines) {
          if (socket.closedWith() == 0) {
            socket.say(line);
          }
        }
        for (String sent : socket.sent()) {
          if (sent.contains("\",\"InternalError\",")) {
            throw new AssertionError(sent);
          }
        }
        session.close();
      }
    }
  }
}
