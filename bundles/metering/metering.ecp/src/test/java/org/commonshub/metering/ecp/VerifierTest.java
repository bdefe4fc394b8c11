package org.commonshub.metering.ecp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against RFC 8032, against BouncyCastle, and against the curve's formulas in plain numbers. */
class VerifierTest {
  private static final BigInteger P =
      BigInteger.ONE.shiftLeft(255).subtract(BigInteger.valueOf(19));
  private static final BigInteger D =
      BigInteger.valueOf(-121_665).multiply(BigInteger.valueOf(121_666).modInverse(P)).mod(P);
  private static final BigInteger L =
      BigInteger.ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));

  /** A point in affine coordinates, slow and plain. */
  private record Plain(BigInteger x, BigInteger y) {
    static final Plain NEUTRAL = new Plain(BigInteger.ZERO, BigInteger.ONE);
    static final Plain BASE =
        new Plain(
            new BigInteger(
                "15112221349535400772501151409588531511454012693041857206046113283949847762202"),
            new BigInteger(
                "46316835694926478169428394003475163141307993866256225615783033603165251855960"));

    Plain plus(Plain o) {
      BigInteger cross = D.multiply(x).multiply(o.x).multiply(y).multiply(o.y);
      return new Plain(
          x.multiply(o.y)
              .add(y.multiply(o.x))
              .multiply(BigInteger.ONE.add(cross).modInverse(P))
              .mod(P),
          y.multiply(o.y)
              .add(x.multiply(o.x))
              .multiply(BigInteger.ONE.subtract(cross).modInverse(P))
              .mod(P));
    }

    Plain minus(Plain o) {
      return plus(new Plain(o.x.negate().mod(P), o.y));
    }

    Plain times(BigInteger scalar) {
      Plain product = NEUTRAL;
      for (int i = scalar.bitLength() - 1; i >= 0; i--) {
        product = product.plus(product);
        if (scalar.testBit(i)) {
          product = product.plus(this);
        }
      }
      return product;
    }

    byte[] encoded() {
      return littleEndian(x.testBit(0) ? y.setBit(255) : y);
    }
  }

  private static byte[] littleEndian(BigInteger number) {
    byte[] bytes = new byte[32];
    for (int i = 0; i < 32; i++) {
      bytes[i] = number.shiftRight(8 * i).byteValue();
    }
    return bytes;
  }

  private static BigInteger number(byte[] littleEndian) {
    BigInteger number = BigInteger.ZERO;
    for (int i = littleEndian.length - 1; i >= 0; i--) {
      number = number.shiftLeft(8).add(BigInteger.valueOf(littleEndian[i] & 0xFF));
    }
    return number;
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  /** A signer that also signs what an honest one never would. */
  private static final class Signer {
    final byte[] seed = new byte[32];
    final byte[] key = new byte[32];
    final BigInteger secret;
    final Verifier verifier;

    Signer(Random random) throws GeneralSecurityException {
      random.nextBytes(seed);
      Ed25519.generatePublicKey(seed, 0, key, 0);
      byte[] hash = Arrays.copyOf(MessageDigest.getInstance("SHA-512").digest(seed), 32);
      hash[0] &= (byte) 0xF8;
      hash[31] = (byte) (hash[31] & 0x7F | 0x40);
      secret = number(hash);
      verifier = DeviceKey.of(key).verifier();
    }

    byte[] sign(byte[] message) {
      byte[] signature = new byte[64];
      Ed25519.sign(seed, 0, message, 0, message.length, signature, 0);
      return signature;
    }

    /** With this R, whose discrete logarithm is r but for a point of small order. */
    byte[] sign(byte[] encodedR, BigInteger r, byte[] message) throws GeneralSecurityException {
      MessageDigest digest = MessageDigest.getInstance("SHA-512");
      digest.update(encodedR);
      digest.update(key);
      BigInteger k = number(digest.digest(message));
      byte[] signature = Arrays.copyOf(encodedR, 64);
      System.arraycopy(littleEndian(r.add(k.multiply(secret)).mod(L)), 0, signature, 32, 32);
      return signature;
    }

    boolean verifies(byte[] signature, byte[] message) {
      return verifier.verify(signature, message);
    }

    boolean bouncyCastle(byte[] signature, byte[] message) {
      return Ed25519.verify(signature, 0, key, 0, message, 0, message.length);
    }
  }

  /** RFC 8032, section 7.1, tests 1 to 3. */
  @ParameterizedTest
  @CsvSource({
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a, '',"
        + " e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
        + "1cf9b46bd25bf5f0595bbe24655141438e7a100b",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c, 72,"
        + " 92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
        + "d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025, af82,"
        + " 6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760"
        + "984dc6594a7c15e9716ed28dc027beceea1ec40a"
  })
  void takesTheSignaturesOfTheSpecification(String key, String message, String signature)
      throws Exception {
    assertThat(DeviceKey.of(hex(key)).verifier().verify(hex(signature), hex(message))).isTrue();
  }

  @Test
  void takesWhatOthersSign() throws Exception {
    Random random = new Random(8032);
    for (int i = 0; i < 200; i++) {
      Signer signer = new Signer(random);
      byte[] message = new byte[random.nextInt(300)];
      random.nextBytes(message);
      assertThat(signer.verifies(signer.sign(message), message)).as("key %d", i).isTrue();
      assertThat(new Signer(random).verifies(signer.sign(message), message)).isFalse();
    }
  }

  @Test
  void refusesEveryChangedBit() throws Exception {
    Signer signer = new Signer(new Random(1));
    byte[] message = "421.3 W".getBytes(StandardCharsets.UTF_8);
    byte[] signature = signer.sign(message);
    for (int bit = 0; bit < 8 * signature.length; bit++) {
      byte[] changed = signature.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(signer.verifies(changed, message)).as("bit %d of the signature", bit).isFalse();
    }
    for (int bit = 0; bit < 8 * message.length; bit++) {
      byte[] changed = message.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(signer.verifies(signature, changed)).as("bit %d of the message", bit).isFalse();
    }
    assertThat(signer.verifies(new byte[64], message)).isFalse();
  }

  /** RFC 8032, section 8.4: S + nL would do as well if nobody looked. */
  @Test
  void refusesAnSBeyondTheOrder() throws Exception {
    Signer signer = new Signer(new Random(2));
    byte[] message = {1, 2, 3};
    byte[] signature = signer.sign(message);
    BigInteger s = number(Arrays.copyOfRange(signature, 32, 64));
    for (BigInteger other = s.add(L); other.bitLength() <= 256; other = other.add(L)) {
      byte[] changed = signature.clone();
      System.arraycopy(littleEndian(other), 0, changed, 32, 32);
      assertThat(signer.verifies(changed, message)).as("S = %s", other).isFalse();
      assertThat(signer.bouncyCastle(changed, message)).isFalse();
    }
  }

  /** R has one encoding, and no part of small order. Only the key's holder could make these. */
  @Test
  void refusesAnRThatIsNotTheOne() throws Exception {
    Signer signer = new Signer(new Random(3));
    byte[] message = {4, 5, 6};
    byte[] neutral = Plain.NEUTRAL.encoded();
    byte[] good = signer.sign(neutral, BigInteger.ZERO, message);
    assertThat(signer.verifies(good, message)).isEqualTo(signer.bouncyCastle(good, message));
    List<byte[]> others =
        List.of(
            littleEndian(P.add(BigInteger.ONE)), // y = 1 again
            littleEndian(BigInteger.ONE.setBit(255)), // x = −0
            littleEndian(P.add(BigInteger.ONE).setBit(255)));
    for (byte[] other : others) {
      byte[] signature = signer.sign(other, BigInteger.ZERO, message);
      assertThat(signer.verifies(signature, message)).isFalse();
      assertThat(signer.bouncyCastle(signature, message)).isFalse();
    }
    Plain eighth =
        new Plain(
            new BigInteger(
                "43496726750457979451437558183816721346016168361625936758514574428539776020131"),
            new BigInteger(
                "2707385501144840649318225287225658788936804267575313519463743609750303402022"));
    assertThat(eighth.times(BigInteger.valueOf(8))).isEqualTo(Plain.NEUTRAL);
    for (int order = 1; order < 8; order++) {
      BigInteger r = BigInteger.valueOf(1_000 + order);
      Plain mixed = Plain.BASE.times(r).plus(eighth.times(BigInteger.valueOf(order)));
      assertThat(signer.verifies(signer.sign(mixed.encoded(), r, message), message)).isFalse();
    }
    BigInteger r = BigInteger.valueOf(1_000);
    byte[] unusual = signer.sign(Plain.BASE.times(r).encoded(), r, message);
    assertThat(signer.verifies(unusual, message)).isTrue();
  }

  /** Points of small order and y beyond the field are no keys: their holder could be anybody. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
      })
  void refusesKeysOfSmallOrder(String key) {
    assertThatThrownBy(() -> DeviceKey.of(hex(key))).isInstanceOf(GeneralSecurityException.class);
  }

  @Test
  void multipliesAsThePlainFormulasDo() throws Exception {
    Random random = new Random(4);
    Plain other = Plain.BASE.times(new BigInteger(252, random));
    Multiples p = new Multiples(Plain.BASE.encoded());
    Multiples q = new Multiples(other.encoded());
    BigInteger most = BigInteger.ONE.shiftLeft(253).subtract(BigInteger.ONE);
    List<BigInteger> scalars =
        List.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            BigInteger.valueOf(8),
            BigInteger.valueOf(9),
            L.subtract(BigInteger.ONE),
            L,
            BigInteger.ONE.shiftLeft(252),
            most,
            new BigInteger("8".repeat(63), 16),
            new BigInteger("9".repeat(63), 16),
            new BigInteger("0f".repeat(31), 16),
            new BigInteger(252, random));
    for (BigInteger s : scalars) {
      for (BigInteger k : scalars) {
        assertThat(Multiples.difference(p, littleEndian(s), q, littleEndian(k)).encoded())
            .as("%s P - %s Q", s, k)
            .isEqualTo(Plain.BASE.times(s).minus(other.times(k)).encoded());
      }
      assertThat(Multiples.difference(p, littleEndian(s), p, littleEndian(s)).encoded())
          .as("%s P - %s P", s, s)
          .isEqualTo(Plain.NEUTRAL.encoded());
    }
  }
}
