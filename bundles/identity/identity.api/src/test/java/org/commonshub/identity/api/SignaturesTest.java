package org.commonshub.identity.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignaturesTest {
  private static final String CONTENT = "This is the content.";

  /** Key "11" of the COSE working group's examples. */
  private static final VerificationKey COSE_P256 =
      p256(
          "usWxHK2PmfnHKwXPS54m0kTcGJ90UiglWiGahtagnv8",
          "IBOL-C3BttVivg-lSreASjpkttcsz-1rb7btKLv8EX4");

  /** RFC 8032, section 7.1, TEST 1; also the key of RFC 8037, appendix A. */
  private static final VerificationKey RFC8032 =
      ed25519("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static VerificationKey ed25519(String hex) {
    return new VerificationKey(KeyAlgorithm.ED25519, bytes(hex));
  }

  /** A key from the coordinates of a JWK. */
  private static VerificationKey p256(String x, String y) {
    byte[] raw = new byte[33];
    byte[] last = Base64.getUrlDecoder().decode(y);
    raw[0] = (byte) (2 + (last[31] & 1));
    System.arraycopy(Base64.getUrlDecoder().decode(x), 0, raw, 1, 32);
    return new VerificationKey(KeyAlgorithm.P256, raw);
  }

  @ParameterizedTest
  @CsvSource({
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a, '',"
        + " e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c, '72',"
        + " 92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025, 'af82',"
        + " 6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
  })
  void rfc8032(String key, String message, String signature) {
    assertThat(ed25519(key).verify(bytes(message), bytes(signature))).isTrue();
    byte[] changed = bytes(signature);
    for (int i = 0; i < 64; i++) {
      changed[i] ^= 1;
      assertThat(ed25519(key).verify(bytes(message), changed)).isFalse();
      changed[i] ^= 1;
    }
    assertThat(ed25519(key).verify(bytes(message + "00"), changed)).isFalse();
  }

  /** S + L signs as well where it is not checked (RFC 8032, section 8.4). */
  @Test
  void anEdwardsSignatureHasOneForm() {
    byte[] signature =
        bytes(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    byte[] order = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    int carry = 0;
    for (int i = 0; i < 32; i++) {
      carry += (signature[32 + i] & 0xFF) + (order[i] & 0xFF);
      signature[32 + i] = (byte) carry;
      carry >>= 8;
    }
    assertThat(RFC8032.verify(new byte[0], signature)).isFalse();
  }

  /** RFC 6979, appendix A.2.5, SHA-256, "sample". */
  @Test
  void rfc6979() {
    VerificationKey key =
        new VerificationKey(
            KeyAlgorithm.P256,
            bytes("0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"));
    byte[] signature =
        bytes(
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                + "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
    assertThat(key.verify("sample".getBytes(StandardCharsets.UTF_8), signature)).isTrue();
    assertThat(key.verify("test".getBytes(StandardCharsets.UTF_8), signature)).isFalse();
  }

  /** W3C CCG did:key test vectors (seed of zeros; P-256 with the JWK's coordinates). */
  @Test
  void didKeyVectors() {
    VerificationKey zeros =
        ed25519("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29");
    String did = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
    assertThat(zeros.didKey()).isEqualTo(did);
    assertThat(VerificationKey.parse(did)).isEqualTo(zeros);
    VerificationKey first =
        p256(
            "fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI",
            "hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU");
    VerificationKey second =
        p256(
            "igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns",
            "efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM");
    assertThat(first.didKey())
        .isEqualTo("did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169");
    assertThat(second.didKey())
        .isEqualTo("did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv");
    assertThat(VerificationKey.parse(second.multikey())).isEqualTo(second);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "z",
        "did:key:z",
        "did:key:6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW0",
        "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWpp",
        "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", // secp256k1
        "z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9", // P-384
        "did:web:example.com"
      })
  void otherKeysAreRefused(String text) {
    assertThatThrownBy(() -> VerificationKey.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatIsNoPointOfTheCurveVerifiesNothing() {
    byte[] raw = new byte[33];
    Arrays.fill(raw, (byte) 0xFF);
    for (byte first : new byte[] {0, 2, 3, 4}) {
      raw[0] = first;
      assertThat(new VerificationKey(KeyAlgorithm.P256, raw).verify(new byte[1], new byte[64]))
          .isFalse();
    }
    assertThat(
            new VerificationKey(KeyAlgorithm.ED25519, new byte[32])
                .verify(new byte[1], new byte[64]))
        .isFalse();
    assertThat(RFC8032.verify(new byte[0], new byte[63])).isFalse();
  }

  @ParameterizedTest
  @EnumSource(KeyAlgorithm.class)
  void aThousandKeysComeBackFromTheirNames(KeyAlgorithm algorithm) {
    for (int i = 0; i < 500; i++) {
      Keys keys = Keys.make(algorithm);
      VerificationKey key = keys.open();
      assertThat(VerificationKey.parse(key.didKey())).isEqualTo(key).hasSameHashCodeAs(key);
      if (i < 50) {
        assertThat(key.verify(key.bytes(), keys.sign(key.bytes()))).isTrue();
      }
    }
    assertThat(Keys.make(algorithm).open().fingerprint()).matches("([0-9a-f]{4} ){7}[0-9a-f]{4}");
  }

  /** COSE WG Examples eddsa-sig-01 and ecdsa-sig-01, and RFC 9052 appendix C.2.1. */
  @ParameterizedTest
  @CsvSource({
    "EdDSA, D28445A201270300A10442313154546869732069732074686520636F6E74656E742E58407142FD2FF96D56DB85BEE905A76BA1D0B7321A95C8C4D3607C5781932B7AFB8711497DFA751BF40B58B3BCC32300B1487F3DB34085EEF013BF08F4A44D6FEF0D",
    "ES256, D28445A201260300A10442313154546869732069732074686520636F6E74656E742E58406520BBAF2081D7E0ED0F95F76EB0733D667005F7467CEC4B87B9381A6BA1EDE8E00DF29F32A37230F39A842A54821FDD223092819D7728EFB9D3A0080B75380B",
    "ES256, D28443A10126A10442313154546869732069732074686520636F6E74656E742E58408EB33E4CA31D1C465AB05AAC34CC6B23D58FEF5C083106C4D25A91AEF0B0117E2AF9A291AA32E14AB834DC56ED2A223444547E01F11D3B0916E5A4C345CACB36"
  })
  void coseExamples(String algorithm, String hex) throws Exception {
    CoseSign1 cose = CoseSign1.parse(bytes(hex));
    VerificationKey key = algorithm.equals("EdDSA") ? RFC8032 : COSE_P256;
    assertThat(cose.algorithm().jose()).isEqualTo(algorithm);
    assertThat(cose.payload()).hasValue(CONTENT.getBytes(StandardCharsets.UTF_8));
    assertThat((byte[]) cose.unprotectedHeader().get(CoseSign1.KID)).isEqualTo(bytes("3131"));
    byte[] toBeSigned = CoseSign1.sigStructure(cose.protectedHeader(), cose.payload().get());
    assertThat(key.verify(toBeSigned, cose.signature())).isTrue();
    assertThat(cose.verify(key, SigningPurpose.CHECKPOINT)).as("another content type").isFalse();
    if (hex.contains("A201270300")) {
      assertThat(toBeSigned)
          .isEqualTo(
              bytes(
                  "846A5369676E61747572653145A2012703004054546869732069732074686520636F6E74656E742E"));
    }
  }

  /** COSE WG Examples sign1-tests: what must fail to parse here, or to verify. */
  @ParameterizedTest
  @CsvSource({
    // sign-pass-01: algorithm outside the protected header, which this hub does not accept
    "parse, D28441A0A201260442313154546869732069732074686520636F6E74656E742E584087DB0D2E5571843B78AC33ECB2830DF7B6E0A4D5B7376DE336B23C591C90C425317E56127FBE04370097CE347087B233BF722B64072BEB4486BDA4031D27244F",
    // sign-pass-03: without the tag
    "parse, 8443A10126A10442313154546869732069732074686520636F6E74656E742E58408EB33E4CA31D1C465AB05AAC34CC6B23D58FEF5C083106C4D25A91AEF0B0117E2AF9A291AA32E14AB834DC56ED2A223444547E01F11D3B0916E5A4C345CACB36",
    // sign-fail-01: another tag
    "parse, D903E68443A10126A10442313154546869732069732074686520636F6E74656E742E58408EB33E4CA31D1C465AB05AAC34CC6B23D58FEF5C083106C4D25A91AEF0B0117E2AF9A291AA32E14AB834DC56ED2A223444547E01F11D3B0916E5A4C345CACB36",
    // sign-fail-03 and -04: another algorithm
    "parse, D28445A1013903E6A10442313154546869732069732074686520636F6E74656E742E58408EB33E4CA31D1C465AB05AAC34CC6B23D58FEF5C083106C4D25A91AEF0B0117E2AF9A291AA32E14AB834DC56ED2A223444547E01F11D3B0916E5A4C345CACB36",
    "parse, D2844AA10167756E6B6E6F776EA10442313154546869732069732074686520636F6E74656E742E58408EB33E4CA31D1C465AB05AAC34CC6B23D58FEF5C083106C4D25A91AEF0B0117E2AF9A291AA32E14AB834DC56ED2A223444547E01F11D3B0916E5A4C345CACB36",
    // ecdsa-sig-02: ES384
    "parse, D28444A1013822A104445033383454546869732069732074686520636F6E74656E742E58605F150ABD1C7D25B32065A14E05D6CB1F665D10769FF455EA9A2E0ADAB5DE63838DB257F0949C41E13330E110EBA7B912F34E1546FB1366A2568FAA91EC3E6C8D42F4A67A0EDF731D88C9AEAD52258B2E2C4740EF614F02E9D91E9B7B59622A3C",
    // sign-fail-02: changed payload
    "verify, D28443A10126A10442313154546869732069732074686520636F6E74656E742F58408EB33E4CA31D1C465AB05AAC34CC6B23D58FEF5C083106C4D25A91AEF0B0117E2AF9A291AA32E14AB834DC56ED2A223444547E01F11D3B0916E5A4C345CACB36",
    // sign-fail-06 and -07: protected header added and removed
    "verify, D28445A201260300A10442313154546869732069732074686520636F6E74656E742E58408EB33E4CA31D1C465AB05AAC34CC6B23D58FEF5C083106C4D25A91AEF0B0117E2AF9A291AA32E14AB834DC56ED2A223444547E01F11D3B0916E5A4C345CACB36",
    "verify, D28443A10126A10442313154546869732069732074686520636F6E74656E742E58406520BBAF2081D7E0ED0F95F76EB0733D667005F7467CEC4B87B9381A6BA1EDE8E00DF29F32A37230F39A842A54821FDD223092819D7728EFB9D3A0080B75380B",
    // sign-pass-02: signed with external data, which this hub does not use
    "verify, D28443A10126A10442313154546869732069732074686520636F6E74656E742E584010729CD711CB3813D8D8E944A8DA7111E7B258C9BDCA6135F7AE1ADBEE9509891267837E1E33BD36C150326AE62755C6BD8E540C3E8F92D7D225E8DB72B8820B"
  })
  void coseFailures(String where, String hex) throws Exception {
    if (where.equals("parse")) {
      assertThatThrownBy(() -> CoseSign1.parse(bytes(hex)))
          .isInstanceOf(MalformedCborException.class);
      return;
    }
    CoseSign1 cose = CoseSign1.parse(bytes(hex));
    assertThat(
            COSE_P256.verify(
                CoseSign1.sigStructure(cose.protectedHeader(), cose.payload().get()),
                cose.signature()))
        .isFalse();
  }

  @ParameterizedTest
  @EnumSource(KeyAlgorithm.class)
  void coseAndJwsAreBoundToTheirPurpose(KeyAlgorithm algorithm) throws Exception {
    Keys keys = Keys.make(algorithm);
    byte[] payload = CONTENT.getBytes(StandardCharsets.UTF_8);
    byte[] cose =
        CoseSign1.sign(
            algorithm, SigningPurpose.ORDER, Map.of(CoseSign1.KID, payload), payload, keys);
    Jws jws = Jws.parse(Jws.sign(algorithm, SigningPurpose.ORDER, "did:web:a#b", payload, keys));
    assertThat(jws.payload()).isEqualTo(payload);
    assertThat(jws.keyId()).isEqualTo("did:web:a#b");
    for (SigningPurpose purpose : SigningPurpose.values()) {
      boolean right = purpose == SigningPurpose.ORDER;
      assertThat(CoseSign1.parse(cose).verify(keys.open(), purpose)).isEqualTo(right);
      assertThat(jws.verify(keys.open(), purpose)).isEqualTo(right);
      assertThat(CoseSign1.parse(cose).verify(Keys.make(algorithm).open(), purpose)).isFalse();
    }
    KeyAlgorithm other = algorithm == KeyAlgorithm.P256 ? KeyAlgorithm.ED25519 : KeyAlgorithm.P256;
    assertThat(jws.verify(Keys.make(other).open(), SigningPurpose.ORDER)).isFalse();
  }

  /** RFC 8037, appendix A.4, and RFC 7515, appendix A.3. */
  @Test
  void jwsExamples() throws Exception {
    Jws edwards =
        Jws.parse(
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
                + "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    assertThat(edwards.verify(RFC8032)).isTrue();
    assertThat(edwards.payload()).asString().isEqualTo("Example of Ed25519 signing");
    Jws curve =
        Jws.parse(
            "eyJhbGciOiJFUzI1NiJ9."
                + "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
    VerificationKey key =
        p256(
            "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    assertThat(curve.verify(key)).isTrue();
    assertThat(edwards.verify(key)).isFalse();
    assertThat(curve.verify(key, SigningPurpose.ORDER)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a.b",
        "e30.e30.e30.e30",
        "e30..", // no algorithm
        "eyJhbGciOiJub25lIn0.e30.", // none
        "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", // HS256
        "eyJhbGciOiJFZERTQSIsImNyaXQiOlsieCJdfQ.e30.AAAA", // crit
        "eyJhbGciOiJFZERTQSIsImFsZyI6IkVTMjU2In0.e30.AAAA", // alg twice
        "eyJhbGciOiJFZERTQSJ9.e_#.AAAA",
        "W10.e30.AAAA"
      })
  void otherJwsAreRefused(String compact) {
    assertThatThrownBy(() -> Jws.parse(compact)).isInstanceOf(IOException.class);
  }
}
