package org.commonshub.metering.iec62056;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.transport.NetworkTransport;
import org.commonshub.testing.tck.AskedDevice;
import org.commonshub.testing.tck.DriverTck;
import org.junit.jupiter.api.AfterAll;

/** The driver against the compatibility kit, as a meter behind a gateway, in modes C and A. */
class AskedTckTest extends DriverTck {
  private static final byte[] OPENING = ascii("/EMH5\\@01LZQJ\r\n");

  private final NetworkTransport transport = new NetworkTransport();

  @AfterAll
  void close() {
    transport.close();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  @Override
  protected MeterDriver driver() {
    return new IecDriver();
  }

  @Override
  protected List<String> links() {
    return List.of("C", "A");
  }

  @Override
  protected Device device(String link) throws IOException {
    return new AskedDevice(
        step -> received -> answer(link, received, message(step)),
        received ->
            answer(link, received, Meters.message(List.of("1.8.0(000001.0*kWh)", "1.7.0()"))));
  }

  private static byte[] message(int step) {
    return Meters.message(
        List.of(
            "F.F(00)",
            "1.8.0(" + (100_000 + step) + ".5*kWh)",
            "2.8.0(" + (7_000 + step) + ".1*kWh)",
            "1.7.0(00." + (100 + step) + "*kW)",
            "32.7(23" + step % 10 + "*V)"));
  }

  private static Optional<byte[]> answer(String link, byte[] received, byte[] message) {
    byte[] words = received.clone();
    for (int i = 0; i < words.length; i++) {
      words[i] &= 0x7F;
    }
    if (words[words.length - 1] != '\n') {
      return Optional.empty();
    }
    byte[] answer =
        Arrays.equals(words, ascii("/?0815!\r\n"))
            ? link.equals("C") ? OPENING : Sent.join(ascii("/EMH\\@01LZQJ\r\n"), message)
            : Arrays.equals(words, ascii("\u0006000\r\n")) ? message : new byte[0];
    return Optional.of(Meters.even(answer));
  }

  @Override
  protected boolean checksum(String link) {
    return true;
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of(
        IecSettings.MODE,
        link,
        IecSettings.ADDRESS,
        "0815",
        IecSettings.TIMEOUT,
        Integer.toString(TIMEOUT_MS));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "energy.import", (100_000 + step) + "500",
        "energy.export", (7_000 + step) + "100",
        "power.active", Integer.toString(100 + step));
  }

  @Override
  protected Set<String> missing() {
    return Set.of("power.active", "energy.export");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of(IecSettings.ADDRESS, "no!");
  }

  @Override
  protected TransportProvider transport(String link) {
    return transport;
  }
}
