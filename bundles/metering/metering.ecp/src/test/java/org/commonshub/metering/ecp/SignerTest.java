package org.commonshub.metering.ecp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.commonshub.measure.api.CborCodec;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The reference signer in C, compiled here, against RFC 8032 and against this hub. */
class SignerTest {
  private static final Path SOURCES = Path.of("signer");

  @TempDir static Path folder;
  private static Path meter;

  @BeforeAll
  static void compile() throws Exception {
    boolean compiler = run("sh", "-c", "command -v cc").status == 0;
    if (!compiler) {
      System.out.println("SKIPPED: no C compiler (Debian: gcc, libc6-dev)");
    }
    assumeTrue(compiler, "no C compiler (Debian: gcc, libc6-dev)");
    meter = folder.resolve("meter");
    List<String> command = new ArrayList<>(List.of("cc", "-std=c99", "-Os", "-Wall", "-Wextra"));
    command.addAll(List.of("-pedantic", "-Werror", "-o", meter.toString()));
    try (Stream<Path> files = Files.list(SOURCES)) {
      files.map(Path::toString).filter(f -> f.endsWith(".c")).sorted().forEach(command::add);
    }
    Run built = run(command.toArray(String[]::new));
    assertThat(built.status).as(built.output).isZero();
  }

  private record Run(int status, String output) {}

  private static Run run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Run(process.exitValue(), output.strip());
  }

  private static byte[] made(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of(meter.toString()));
    command.addAll(List.of(words));
    Run run = run(command.toArray(String[]::new));
    assertThat(run.status).as(run.output).isZero();
    return HexFormat.of().parseHex(run.output);
  }

  /** RFC 8032, section 7.1. */
  @ParameterizedTest
  @CsvSource({
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60,"
        + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb,"
        + "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7,"
        + "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5,"
        + "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
  })
  void makesTheKeysOfTheStandard(String seed, String publicKey) throws Exception {
    Run run = run(meter.toString(), seed, "key");
    String id = HexFormat.of().formatHex(DeviceKey.identifier(HexFormat.of().parseHex(publicKey)));
    assertThat(run.output).isEqualTo(publicKey + " " + id);
  }

  @Test
  void itsMessagesVerifyAndSayWhatWasMeasured() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 50; i++) {
      byte[] seed = new byte[32];
      random.nextBytes(seed);
      String hex = HexFormat.of().formatHex(seed);
      String[] key = run(meter.toString(), hex, "key").output.split(" ");
      long power = random.nextInt(200_000) - 100_000;
      long energy = Math.abs(random.nextLong() >> random.nextInt(60));
      byte[] message =
          made(
              hex,
              "frame",
              "1700000000000",
              "3",
              Long.toString(i),
              "1=" + power + ".25",
              "40=" + energy);
      Envelope envelope = Envelope.parse(message);
      DeviceKey publicKey = DeviceKey.of(HexFormat.of().parseHex(key[0]));
      assertThat(publicKey.signed(envelope)).as("message %d", i).isTrue();
      assertThat(HexFormat.of().formatHex(envelope.kid())).isEqualTo(key[1]);
      ReadingFrame frame = (ReadingFrame) CborCodec.decode(envelope.payload()).get(0);
      assertThat(frame.clockEpoch()).isEqualTo(3);
      assertThat(frame.sequence()).isEqualTo(i);
      assertThat(frame.values())
          .containsExactly(
              Measurement.of(Quantity.ACTIVE_POWER, signed(power), -2),
              Measurement.of(Quantity.ENERGY_IMPORT, energy, 0));
      byte[] changed = message.clone();
      changed[changed.length - 1 - random.nextInt(64)] ^= 1;
      assertThat(publicKey.signed(Envelope.parse(changed))).isFalse();
    }
  }

  /** "-12.25" is −1225, not −1175. */
  private static long signed(long whole) {
    return whole < 0 ? whole * 100 - 25 : whole * 100 + 25;
  }

  @Test
  void itsCoapRequestsAreUnderstood() throws Exception {
    String seed = "07".repeat(32);
    Coap frame = Coap.parse(made(seed, "frame", "0", "1", "1", "1=5", "coap", "258"));
    assertThat(frame.confirmable()).isTrue();
    assertThat(frame.code()).isEqualTo(Coap.POST);
    assertThat(frame.id()).isEqualTo(258);
    assertThat(frame.path()).containsExactly("ecp");
    assertThat(Envelope.parse(frame.payload()).kid()).hasSize(16);
    Coap enrolment = Coap.parse(made(seed, "enrol", "My meter", "coap", "1"));
    assertThat(enrolment.path()).containsExactly("ecp", "enrol");
  }

  /** Small enough for a microcontroller: under 16 KiB of code, no allocation, bounded stack. */
  @Test
  void itIsSmall() throws Exception {
    long size = 0;
    for (String name : List.of("ecp", "ed25519", "sha512")) {
      Path object = folder.resolve(name + ".o");
      assertThat(
              run(
                      "cc",
                      "-std=c99",
                      "-Os",
                      "-c",
                      "-fstack-usage",
                      "-o",
                      object.toString(),
                      SOURCES.resolve(name + ".c").toString())
                  .status)
          .isZero();
      String[] lines = run("size", object.toString()).output.split("\n");
      size += Long.parseLong(lines[1].strip().split("\\s+")[0]);
      for (String line : Files.readAllLines(folder.resolve(name + ".su"))) {
        assertThat(line).contains("static");
        assertThat(Integer.parseInt(line.split("\t")[1])).as(line).isLessThan(1024);
      }
      assertThat(Files.readString(SOURCES.resolve(name + ".c"))).doesNotContain("malloc");
    }
    System.out.println("reference signer: " + size + " bytes of code and constants");
    assertThat(size).isLessThan(16 * 1024);
  }
}
