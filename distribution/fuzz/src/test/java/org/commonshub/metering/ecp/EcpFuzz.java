package org.commonshub.metering.ecp;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeHubClock;

/** What strangers post and send to the doors of the signing meters, and what a meter signs. */
public final class EcpFuzz {
  private static final FakeHubClock CLOCK = new FakeHubClock();
  private static final FakeDeviceServer SERVER = new FakeDeviceServer();

  /** What a meter may be told about what it signed: taken, not understood, replayed, wrong time. */
  private static final Set<Integer> DECLARED = Set.of(200, 400, 409, 413, 422);

  private static final byte[] SEED = new byte[32];
  private static final byte[] KEY = new byte[32];

  private EcpFuzz() {}

  private static final class Taken implements PushSession.Receiver {
    @Override
    public void values(Optional<Instant> at, List<Measurement> values) {
      if (values.isEmpty() || at.isPresent() && at.get().isAfter(CLOCK.now().plusSeconds(60))) {
        throw new AssertionError("nothing, or from the future, was taken");
      }
    }

    @Override
    public void failed(DeviceException why) {
      throw new AssertionError(why);
    }
  }

  /** Opens the doors, and lets one meter in. */
  public static void fuzzerInitialize() throws DeviceException {
    EcpDriver driver = new EcpDriver(CLOCK, SERVER, (id, endpoint, candidate) -> {}, 1);
    Ed25519.generatePublicKey(SEED, 0, KEY, 0);
    String id = HexFormat.of().formatHex(DeviceKey.identifier(KEY));
    PushSession meter =
        (PushSession)
            driver.open(
                FakeDriverContext.of(
                    driver.description(),
                    Endpoint.parse("inbound:" + id),
                    null,
                    Map.of(EcpDriver.PUBLIC_KEY, HexFormat.of().formatHex(KEY))));
    meter.start(new Taken());
  }

  public static void fuzzerTestOneInput(byte[] data) {
    CLOCK.advance(java.time.Duration.ofMinutes(2)); // Not slowed down.
    post("/ecp", data);
    post("/ecp/enrol", data);
    var unusedDatagram = SERVER.datagramServices().get(1).received(data, FakeDeviceServer.PEER);
    int status = post("/ecp", signed(data));
    if (!DECLARED.contains(status)) {
      throw new AssertionError("a signed message was answered with " + status);
    }
  }

  private static int post(String path, byte[] body) {
    return SERVER
        .request(
            new DeviceServer.HttpRequest(
                "POST", path, Map.of(), Map.of(), body, FakeDeviceServer.PEER))
        .toCompletableFuture()
        .join()
        .status();
  }

  private static byte[] signed(byte[] payload) {
    byte[] kid = DeviceKey.identifier(KEY);
    byte[] message = new Envelope(kid, payload, new byte[64]).signed();
    byte[] signature = new byte[64];
    Ed25519.sign(SEED, 0, message, 0, message.length, signature, 0);
    byte[] head = new byte[9];
    int size = Envelope.head(head, 2, payload.length);
    ByteBuffer all = ByteBuffer.allocate(payload.length + 120);
    all.put(HexFormat.of().parseHex("d28443a10127a10450")).put(kid);
    all.put(head, 0, size).put(payload);
    all.put((byte) 0x58).put((byte) 64).put(signature);
    return Arrays.copyOf(all.array(), all.position());
  }
}
