package org.commonshub.ledger.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9180, appendix A.1.1 (X25519, HKDF-SHA256, AES-128-GCM); RFC 7748, section 6.1. */
class HpkeTest {
  private static final byte[] PRIVATE =
      hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
  private static final byte[] PUBLIC =
      hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
  private static final byte[] EPHEMERAL =
      hex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736");
  private static final byte[] INFO = hex("4f6465206f6e2061204772656369616e2055726e");
  private static final byte[] AAD = hex("436f756e742d30");
  private static final byte[] TEXT =
      hex("4265617574792069732074727574682c20747275746820626561757479");

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  @Test
  void theVectorOfTheRfc() throws Exception {
    assertThat(Hpke.publicKey(PRIVATE)).isEqualTo(PUBLIC);
    Hpke.Message message = Hpke.AES_128.seal(PUBLIC, INFO, AAD, TEXT, EPHEMERAL);
    assertThat(message.enc())
        .isEqualTo(hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"));
    assertThat(message.ciphertext())
        .isEqualTo(
            hex(
                "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9"
                    + "6d8770ac83d07bea87e13c512a"));
    assertThat(Hpke.AES_128.open(PRIVATE, INFO, AAD, message)).isEqualTo(TEXT);
  }

  @Test
  void aliceOfRfc7748() throws Exception {
    assertThat(
            Hpke.publicKey(hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")))
        .isEqualTo(hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"info", "aad", "enc", "text", "key", "suite"})
  void anythingElseDoesNotOpen(String what) throws Exception {
    Hpke.Message message = Hpke.AES_256.seal(PUBLIC, INFO, AAD, TEXT, random());
    byte[] enc = message.enc().clone();
    byte[] text = message.ciphertext().clone();
    enc[3] ^= (byte) (what.equals("enc") ? 1 : 0);
    text[3] ^= (byte) (what.equals("text") ? 1 : 0);
    Hpke suite = what.equals("suite") ? Hpke.AES_128 : Hpke.AES_256;
    byte[] info = what.equals("info") ? AAD : INFO;
    byte[] aad = what.equals("aad") ? INFO : AAD;
    byte[] key = what.equals("key") ? EPHEMERAL : PRIVATE;
    assertThatThrownBy(() -> suite.open(key, info, aad, new Hpke.Message(enc, text)))
        .isInstanceOf(GeneralSecurityException.class);
    assertThat(Hpke.AES_256.open(PRIVATE, INFO, AAD, message)).isEqualTo(TEXT);
  }

  /** Points of small order (RFC 7748, section 6.1: the all-zero check). */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      })
  void keysThatGiveNoSecretAreRefused(String key) {
    assertThatThrownBy(() -> Hpke.AES_256.seal(hex(key), INFO, AAD, TEXT, random()))
        .isInstanceOf(GeneralSecurityException.class);
  }

  private static byte[] random() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  /** The W3C CCG did:key document's X25519 example, and what is none. */
  @Test
  void recipientsKeys() {
    String key = "z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F";
    assertThat(RecipientKey.parse(key)).hasSize(32);
    assertThat(RecipientKey.parse("did:key:" + key)).isEqualTo(RecipientKey.parse(key));
    for (String wrong :
        new String[] {
          "",
          "z6LS",
          key.substring(0, 40),
          key + "1",
          key.replace('H', '0'),
          "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
          "z".repeat(1_000),
        }) {
      assertThatThrownBy(() -> RecipientKey.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(new String(Sealer.INFO, StandardCharsets.US_ASCII)).startsWith("commonshub");
  }
}
