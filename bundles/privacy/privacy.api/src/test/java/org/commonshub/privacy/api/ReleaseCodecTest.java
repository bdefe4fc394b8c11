package org.commonshub.privacy.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.Json;
import org.commonshub.identity.api.MalformedCborException;
import org.junit.jupiter.api.Test;

/** What leaves, byte for byte: release.json and release.cbor.hex beside this test. */
class ReleaseCodecTest {
  private static final Release RELEASE =
      new Release(
          "c-17",
          Recipient.parse("app:com.example.coach"),
          Purpose.GRID_OPERATION,
          Instant.parse("2027-01-31T12:00:00.250Z"),
          List.of(
              new Block(
                  "p-mfrggzdfmztwq2lknnwg23tpoa",
                  "energy.import",
                  Block.Statistic.AMOUNT,
                  900,
                  -1,
                  new long[] {1_801_353_600_000L, 1_801_354_500_000L, 1_801_355_400_000L},
                  new long[] {12_345, 0, 9_007_199_254_740_991L},
                  new int[] {0, 1, 0}),
              new Block(
                  "00000000-0000-8000-8000-000000000001",
                  "dc.power[2]",
                  Block.Statistic.VALUE,
                  0,
                  0,
                  new long[] {1_801_353_600_001L},
                  new long[] {-4711},
                  new int[] {10}),
              new Block(
                  "d",
                  "power.active",
                  Block.Statistic.MEAN,
                  604_800,
                  18,
                  new long[0],
                  new long[0],
                  new int[0])));

  @Test
  void json() throws IOException {
    String json = ReleaseCodec.json(RELEASE);
    assertThat(json).isEqualTo(golden("release.json"));
    assertThat(Json.canonical(Json.object(json.getBytes(UTF_8)))).isEqualTo(json);
  }

  @Test
  void cbor() throws IOException, MalformedCborException {
    byte[] cbor = ReleaseCodec.cbor(RELEASE);
    assertThat(HexFormat.of().formatHex(cbor)).isEqualTo(golden("release.cbor.hex"));
    assertThat(Cbor.encode(Cbor.decode(cbor))).isEqualTo(cbor);
  }

  @Test
  void nothingButTheReleaseIsInIt() {
    assertThat(
            ReleaseCodec.json(RELEASE)
                .replaceAll(
                    "\"(consent|recipient|purpose|instant|version"
                        + "|series|subject|quantity|statistic|interval_s|exponent|values)\":",
                    ""))
        .doesNotContainPattern("\"[^\"]*\":");
  }

  private static String golden(String name) throws IOException {
    try (InputStream in = ReleaseCodecTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), UTF_8).strip();
    }
  }
}
