package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void whateverComesInIsAValueOrARefusal() {
    String[] seeds = {
      "{\"name\":\"Roof\",\"settings\":{\"a\":\"\\u00e9\",\"b\":[1,-2.5e3,true,null]}}",
      "[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]",
      "{\"n\":123456789012345678,\"x\":1e-300,\"s\":\"\\ud83d\\ude00 /\\\\\"}",
    };
    long seed = 20261121;
    Random random = new Random(seed);
    long deadline = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    int accepted = 0;
    int refused = 0;
    for (int round = 0; round < 200_000 && System.nanoTime() < deadline; round++) {
      byte[] bytes = seeds[random.nextInt(seeds.length)].getBytes(StandardCharsets.UTF_8);
      for (int i = random.nextInt(6); i > 0; i--) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(3)) {
          case 0 -> bytes[at] = (byte) random.nextInt(256);
          case 1 -> bytes = java.util.Arrays.copyOf(bytes, Math.max(1, at));
          default -> bytes[at] = bytes[random.nextInt(bytes.length)];
        }
      }
      try {
        Object value = Json.parse(bytes);
        Json.bytes(g -> Json.write(g, value));
        accepted++;
      } catch (Problem e) {
        assertThat(e.status()).isEqualTo(400);
        refused++;
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + " round " + round, e);
      }
    }
    System.out.printf("JSON: %d accepted, %d refused%n", accepted, refused);
    assertThat(accepted).isPositive();
    assertThat(refused).isPositive();
  }

  @Test
  void numbersThatJsonCannotHoldBecomeNull() {
    assertThat(
            new String(
                Json.bytes(
                    g ->
                        Json.write(
                            g, List.of(Double.NaN, Double.POSITIVE_INFINITY, 1.0, 0.1, 1e300))),
                StandardCharsets.UTF_8))
        .isEqualTo("[null,null,1,0.1,1.0E300]");
    assertThat(Json.parse("{\"a\":[1,2.5]}".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(Map.of("a", List.of(1L, 2.5)));
  }
}
