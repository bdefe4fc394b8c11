package org.commonshub.metering.mbus;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.tck.PushDriverTck;

/** The wireless driver against the compatibility kit: a water meter behind a CUL. */
class WirelessTckTest extends PushDriverTck {
  static final byte[] METER = RadioWriter.hex("2D2C 78563412 01 07");
  static final byte[] KEY = RadioWriter.hex("000102030405060708090A0B0C0D0E0F");

  @Override
  protected MeterDriver driver() {
    return new WirelessDriver(new FakeHubClock());
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("meter", "12345678", "key", "000102030405060708090A0B0C0D0E0F");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("key", "12");
  }

  @Override
  protected List<byte[]> messages() {
    return IntStream.range(0, 4).mapToObj(step -> message(step, 0)).toList();
  }

  @Override
  protected byte[] message(int step, int round) {
    byte[] stripped = telegram(step, round);
    return seal(stripped);
  }

  /** The access number is another in every telegram. */
  private static byte[] telegram(int step, int round) {
    byte[] records =
        RadioWriter.hex(String.format("04 13 %02X 34 12 00 02 5A %02X 00", step + 1, step + 1));
    return RadioWriter.stripped(
        METER, RadioWriter.mode5(METER, 4 * round + step & 0xFF, KEY, records));
  }

  byte[] seal(byte[] stripped) {
    return RadioWriter.cul(stripped).getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of("water.volume", "1192." + (961 + step));
  }
}
