package org.commonshub.metering.p1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.p1.Framer.Trouble;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real captures, where the shared test data is present. */
class CapturesTest {
  private static final ZoneId ZONE = ZoneId.of("Europe/Amsterdam");
  private static Path folder;

  @BeforeAll
  static void find() {
    folder = null;
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path candidate = at.resolve("../shared/data/p1").normalize();
      if (Files.isDirectory(at.resolve("bundles")) && Files.isDirectory(candidate)) {
        folder = candidate;
        break;
      }
    }
    if (folder == null) {
      System.out.println("Skipped: the captures in ../shared/data/p1 are not there.");
    }
    Assumptions.assumeTrue(folder != null, "no captures");
  }

  private static byte[] read(String name) throws IOException {
    return Files.readAllBytes(folder.resolve(name));
  }

  private static Instant at(Telegram telegram) {
    return Stamp.parse(telegram.values("0-0:1.0.0").get(0), ZONE).orElseThrow();
  }

  @Test
  void ahundredTelegramsDecodeAndPowerAgreesWithTheRegister() throws IOException {
    Collected collected =
        Collected.of(new PlainFramer(Checksum.CRC16, false), read("dsmr5-1s-100-telegrams.txt"));
    assertThat(collected.troubles).isEmpty();
    assertThat(collected.telegrams).hasSize(100);
    List<Map<String, String>> values =
        collected.telegrams.stream().map(each -> Collected.plain(MainValues.of(each))).toList();
    assertThat(values).allMatch(each -> each.size() == values.get(0).size());
    BigDecimal power = BigDecimal.ZERO;
    for (int i = 0; i < values.size(); i++) {
      power = power.add(new BigDecimal(values.get(i).get("power.active")));
      if (i > 0) {
        assertThat(at(collected.telegrams.get(i))).isAfter(at(collected.telegrams.get(i - 1)));
      }
    }
    long seconds =
        Duration.between(at(collected.telegrams.get(0)), at(collected.telegrams.get(99)))
            .toSeconds();
    BigDecimal integrated =
        power
            .multiply(BigDecimal.valueOf(seconds))
            .divide(BigDecimal.valueOf(3600L * values.size()), 3, RoundingMode.HALF_UP);
    BigDecimal counted =
        new BigDecimal(values.get(99).get("energy.import"))
            .subtract(new BigDecimal(values.get(0).get("energy.import")));
    assertThat(integrated.subtract(counted).abs()).isLessThanOrEqualTo(BigDecimal.ONE);
  }

  @Test
  void theExampleOfDsmr3() throws IOException {
    Collected collected =
        Collected.of(new PlainFramer(Checksum.CRC16, false), read("p1-example-3.0.txt"));
    assertThat(collected.values())
        .containsEntry("power.active", "1190")
        .containsEntry("energy.import", "24691356");
    SubMeter gas = SubMeter.of(collected.telegrams.get(0), 1, ZONE).orElseThrow();
    assertThat(gas.reading().orElseThrow().at()).contains(Instant.parse("2009-02-12T15:00:00Z"));
    assertThat(gas.reading().orElseThrow().value().decimalValue()).isEqualByComparingTo("0");
  }

  /**
   * The check sums printed with these two examples are not those of their bytes: they are refused,
   * and read with the right sum, or where somebody chose to go without.
   */
  @ParameterizedTest
  @CsvSource({
    "p1-example-4.0.txt, 2010-12-09T10:00:00Z",
    "p1-example-5.0.txt, 2010-12-09T10:25:00Z"
  })
  void theExamplesOfDsmr4And5(String name, Instant gasAt) throws IOException {
    byte[] printed = read(name);
    Collected refused = Collected.of(new PlainFramer(Checksum.CRC16, false), printed);
    assertThat(refused.telegrams).isEmpty();
    assertThat(refused.troubles).containsExactly(Trouble.DAMAGED);
    String text = new String(printed, StandardCharsets.ISO_8859_1);
    byte[] right =
        Telegrams.sealed(text.substring(0, text.lastIndexOf('!') + 1).replace("\r\n", "\n"));
    for (Collected collected :
        List.of(
            Collected.of(new PlainFramer(Checksum.CRC16, false), right),
            Collected.of(new PlainFramer(Checksum.NONE, false), printed))) {
      assertThat(collected.values())
          .containsEntry("power.active", "1193")
          .containsEntry("energy.import", "246913578")
          .containsEntry("energy.export", "246913578");
      Telegram telegram = collected.telegrams.get(0);
      assertThat(at(telegram)).isEqualTo(Instant.parse("2010-12-09T10:30:20Z"));
      SubMeter.Reading gas = SubMeter.of(telegram, 1, ZONE).orElseThrow().reading().orElseThrow();
      assertThat(gas.at()).contains(gasAt);
      assertThat(gas.value().decimalValue()).isEqualByComparingTo("12785.123");
    }
  }
}
