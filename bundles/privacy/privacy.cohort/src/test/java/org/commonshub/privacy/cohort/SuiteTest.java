package org.commonshub.privacy.cohort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuiteTest {
  private final Suite suite = new Suite();

  /** RFC 7748, sections 5.2 and 6.1. */
  @ParameterizedTest
  @CsvSource({
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,"
        + "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,"
        + "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d,"
        + "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493,"
        + "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
  })
  void agreesAsRfc7748Says(String secret, String point, String common) throws Exception {
    assertThat(hex(suite.agree(bytes(secret), bytes(point)))).isEqualTo(common);
  }

  @Test
  void publicKeysOfRfc7748() throws Exception {
    byte[] alice = bytes("77076d0a7318a57d3c16c17251b26645df4c51d64fbc3e4eb0e1e1c5c0a2c92a");
    byte[] bob = bytes("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    assertThat(hex(suite.publicKey(bob)))
        .isEqualTo("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    assertThat(suite.agree(alice, suite.publicKey(bob)))
        .isEqualTo(suite.agree(bob, suite.publicKey(alice)));
  }

  /** RFC 5869, test case 1: the first block. */
  @Test
  void hkdf() {
    assertThat(
            hex(
                Suite.hkdf(
                    bytes("0b".repeat(22)),
                    bytes("000102030405060708090a0b0c"),
                    bytes("f0f1f2f3f4f5f6f7f8f9"))))
        .isEqualTo("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  }

  @ParameterizedTest
  @CsvSource({
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"
  })
  void keysThatHideNothingAreRefused(String point) {
    assertThatThrownBy(() -> suite.agree(new byte[32], bytes(point)))
        .isInstanceOf(CohortException.class);
  }

  @Test
  void whatAnotherSealedDoesNotOpen() {
    byte[] key = Suite.sha256(new byte[] {1});
    byte[] sealed = suite.seal(key, new byte[64]);
    assertThat(sealed).hasSize(Wire.SEALED);
    assertThat(suite.open(key, sealed)).contains(new byte[64]);
    sealed[5] ^= 1;
    assertThat(suite.open(key, sealed)).isEmpty();
    assertThat(suite.open(key, new byte[3])).isEmpty();
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
