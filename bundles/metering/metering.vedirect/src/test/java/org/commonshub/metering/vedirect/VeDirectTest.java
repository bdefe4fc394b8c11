package org.commonshub.metering.vedirect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeStreamConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Blocks as the paper has them, and as nobody should send them. */
class VeDirectTest {
  private static final class Found implements BlockReader.Blocks {
    final List<Block> good = new ArrayList<>();
    int bad;

    @Override
    public void good(Block block) {
      good.add(block);
    }

    @Override
    public void bad() {
      bad++;
    }
  }

  private static Found read(byte[]... parts) {
    Found found = new Found();
    BlockReader reader = new BlockReader(found);
    for (byte[] part : parts) {
      reader.accept(part);
    }
    return found;
  }

  private static Map<String, String> values(Values.Meter meter, String... fields) {
    Found found = read(Blocks.block(fields));
    assertThat(found.good).hasSize(1);
    Map<String, String> values = new TreeMap<>();
    for (Measurement value : Values.of(found.good.get(0), meter)) {
      values.put(value.quantity().toString(), value.decimalValue().toPlainString());
    }
    return values;
  }

  @Test
  void readsASolarCharger() {
    Found found = read(Blocks.solar(0));
    assertThat(found.good).hasSize(1);
    assertThat(found.good.get(0).fields()).hasSize(19).containsEntry("SER#", "HQ2100ABCDE");
    assertThat(Product.identity(found.good.get(0)))
        .containsEntry("model", "SmartSolar MPPT 75|15")
        .containsEntry("serial", "HQ2100ABCDE")
        .containsEntry("firmware", "1.59");
    assertThat(values(Values.Meter.AUTO, "V", "13310", "I", "-700", "VPV", "36120", "PPV", "34"))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "dc.voltage", "13.310",
                "dc.current", "-0.700",
                "dc.voltage[1]", "36.120",
                "dc.power[1]", "34",
                "power.active", "-34"));
  }

  @ParameterizedTest
  @CsvSource({
    "AUTO, 0, -250, -250",
    "AUTO, 0, 250, 250",
    "AUTO, -9, 250, -250",
    "AUTO, -6, -250, -250",
    "AUTO, 3, -60, 60",
    "AUTO, 8, 60, 60",
    "BATTERY, 3, -60, -60",
    "SOURCE, 0, 60, -60",
    "LOAD, 0, -60, 60",
  })
  void givesAShuntItsSign(Values.Meter meter, String mode, String power, String expected) {
    assertThat(values(meter, "P", power, "MON", mode)).containsEntry("power.active", expected);
  }

  @Test
  void readsAnInverterAndAChargerOfThreeOutputs() {
    assertThat(
            values(
                Values.Meter.AUTO,
                "MODE",
                "2",
                "CS",
                "9",
                "AC_OUT_V",
                "23004",
                "AC_OUT_I",
                "12",
                "AC_OUT_S",
                "276"))
        .containsEntry("voltage", "230.04")
        .containsEntry("current", "1.2")
        .containsEntry("power.apparent", "276")
        .containsEntry("device.state", "9");
    assertThat(values(Values.Meter.AUTO, "V", "13000", "V2", "12900", "I2", "500", "V3", "12800"))
        .containsEntry("dc.voltage[2]", "12.900")
        .containsEntry("dc.current[2]", "0.500")
        .containsEntry("dc.voltage[3]", "12.800");
    assertThat(values(Values.Meter.AUTO, "DC_IN_V", "2701", "DC_IN_I", "410", "DC_IN_P", "110"))
        .containsEntry("dc.voltage[1]", "27.01")
        .containsEntry("dc.power[1]", "110");
  }

  @ParameterizedTest
  @CsvSource({"---", "-1", "''", "1e3", "12345678901234567890"})
  void leavesOutWhatIsNotAvailable(String text) {
    assertThat(values(Values.Meter.AUTO, "H18", text, "V", "12000")).containsOnlyKeys("dc.voltage");
  }

  @Test
  void hexMessagesBelongToNoBlock() {
    byte[] block = Blocks.solar(1);
    for (int at = 0; at < block.length - 1; at++) {
      Found found =
          read(
              Arrays.copyOf(block, at),
              Blocks.text(":A4F10000\n"),
              Arrays.copyOfRange(block, at, block.length));
      assertThat(found.good).as("at byte %d", at).hasSize(1);
    }
  }

  @Test
  void everyWrongBitIsFound() {
    byte[] block = Blocks.shunt(1);
    for (int bit = 0; bit < 8 * block.length; bit++) {
      byte[] spoilt = block.clone();
      spoilt[bit / 8] ^= (byte) (1 << bit % 8);
      for (Block taken : read(spoilt).good) {
        assertThat(taken).isEqualTo(read(block).good.get(0));
      }
    }
  }

  @Test
  void aConnectionInTheMiddleCostsOneBlock() {
    byte[] block = Blocks.solar(0);
    for (int at = 1; at < block.length; at++) {
      Found found =
          read(Arrays.copyOfRange(block, at, block.length), Blocks.solar(1), Blocks.solar(2));
      assertThat(found.good).hasSizeGreaterThanOrEqualTo(1);
      assertThat(found.good).last().isEqualTo(read(Blocks.solar(2)).good.get(0));
    }
  }

  @Test
  void isBounded() {
    Found found = new Found();
    BlockReader reader = new BlockReader(found);
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    for (int i = 0; i < 100_000; i++) {
      many.writeBytes(Blocks.text("\r\nL" + i + "\t" + i));
    }
    reader.accept(many.toByteArray());
    reader.accept(Blocks.block("V", "1"));
    assertThat(found.good).isEmpty();
    assertThat(found.bad).isEqualTo(1);
    reader.accept(Blocks.block("V", "1".repeat(200)));
    assertThat(found.bad).isEqualTo(2);
    reader.accept(Blocks.block("V", "1"));
    assertThat(found.good).hasSize(1);
  }

  @Test
  void nothingIsThrownByAnything() {
    Random random = new Random(3);
    byte[] alphabet = Blocks.text("\r\n\t:VIPChecksum-0123456789");
    BlockReader reader = new BlockReader(new Found());
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[random.nextInt(8)];
      for (int j = 0; j < bytes.length; j++) {
        bytes[j] =
            random.nextInt(9) == 0
                ? (byte) random.nextInt()
                : alphabet[random.nextInt(alphabet.length)];
      }
      reader.accept(bytes);
    }
  }

  @Test
  void findsADevice() throws Exception {
    VeDirectDriver driver = new VeDirectDriver();
    FakeStreamConnection stream =
        new FakeStreamConnection(
            Endpoint.parse("serial:/dev/ttyUSB0"), request -> new CompletableFuture<>());
    var found =
        driver
            .probe(FakeDriverContext.of(driver.description(), stream, Map.of()))
            .toCompletableFuture();
    stream.push(Blocks.solar(0));
    assertThat(found).isCompleted();
    Discoverer.Candidate candidate = found.get().get(0);
    assertThat(candidate.role()).isEqualTo(DeviceRole.PV);
    assertThat(candidate.name()).isEqualTo("SmartSolar MPPT 75|15");
    assertThat(stream.listeners()).isZero();
    var other =
        driver
            .probe(FakeDriverContext.of(driver.description(), stream, Map.of()))
            .toCompletableFuture();
    stream.push(new byte[5000]);
    assertThat(other.get()).isEmpty();
  }
}
