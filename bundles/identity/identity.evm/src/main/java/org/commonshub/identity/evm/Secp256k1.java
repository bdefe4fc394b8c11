package org.commonshub.identity.evm;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.digests.KeccakDigest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.util.BigIntegers;

/**
 * ECDSA as Ethereum uses it (SEC 2 section 2.4.1, RFC 6979 with SHA-256, EIP-2 low s, EIP-55). Pure
 * functions; any thread.
 */
final class Secp256k1 {
  private static final X9ECParameters CURVE = SECNamedCurves.getByName("secp256k1");
  private static final ECDomainParameters DOMAIN =
      new ECDomainParameters(CURVE.getCurve(), CURVE.getG(), CURVE.getN(), CURVE.getH());
  private static final BigInteger ORDER = CURVE.getN();
  private static final BigInteger HALF = ORDER.shiftRight(1);

  private Secp256k1() {}

  /** Whether a number is a private key. */
  static boolean usable(BigInteger secret) {
    return secret.signum() > 0 && secret.compareTo(ORDER) < 0;
  }

  /** The public point of a private key. */
  static ECPoint point(BigInteger secret) {
    return new FixedPointCombMultiplier().multiply(CURVE.getG(), secret).normalize();
  }

  /** The address of a public point with EIP-55 checksum. */
  static String address(ECPoint point) {
    byte[] hash = keccak(Arrays.copyOfRange(point.getEncoded(false), 1, 65));
    return checksummed(HexFormat.of().formatHex(hash, 12, 32));
  }

  /** EIP-55: a letter is large where the digit of the hash of the small letters is 8 or more. */
  static String checksummed(String hex) {
    String digits =
        HexFormat.of().formatHex(keccak(hex.getBytes(StandardCharsets.US_ASCII)), 0, 20);
    StringBuilder mixed = new StringBuilder("0x");
    for (int i = 0; i < hex.length(); i++) {
      char c = hex.charAt(i);
      mixed.append(digits.charAt(i) >= '8' ? Character.toUpperCase(c) : c);
    }
    return mixed.toString();
  }

  /**
   * Signs.
   *
   * @return r (32 bytes), s (32), recovery identifier (SEC 1, section 4.1.6): whether y of the
   *     nonce's point is odd; 0 or 1, as its x is below the order but for one in 2¹²⁷
   */
  static byte[] sign(BigInteger secret, byte[] hash) {
    ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
    signer.init(true, new ECPrivateKeyParameters(secret, DOMAIN));
    BigInteger[] signature = signer.generateSignature(hash);
    BigInteger r = signature[0];
    BigInteger s = signature[1].compareTo(HALF) > 0 ? ORDER.subtract(signature[1]) : signature[1];
    byte[] out = new byte[65];
    System.arraycopy(BigIntegers.asUnsignedByteArray(32, r), 0, out, 0, 32);
    System.arraycopy(BigIntegers.asUnsignedByteArray(32, s), 0, out, 32, 32);
    ECPoint own = point(secret);
    while (!recover(hash, out).equals(own)) {
      if (out[64] == 1) {
        throw new IllegalStateException("The signature cannot be recovered; sign something else");
      }
      out[64] = 1;
    }
    return out;
  }

  /** The public point that made a signature (SEC 1, section 4.1.6). */
  static ECPoint recover(byte[] hash, byte[] signature) {
    BigInteger r = new BigInteger(1, Arrays.copyOf(signature, 32));
    BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, 32, 64));
    byte[] compressed = new byte[33];
    compressed[0] = (byte) (2 + signature[64]);
    System.arraycopy(signature, 0, compressed, 1, 32);
    ECPoint nonce = CURVE.getCurve().decodePoint(compressed);
    BigInteger inverse = r.modInverse(ORDER);
    BigInteger z = new BigInteger(1, hash).negate().mod(ORDER);
    return CURVE
        .getG()
        .multiply(z.multiply(inverse).mod(ORDER))
        .add(nonce.multiply(s.multiply(inverse).mod(ORDER)))
        .normalize();
  }

  static byte[] keccak(byte[] message) {
    KeccakDigest digest = new KeccakDigest(256);
    digest.update(message, 0, message.length);
    byte[] hash = new byte[32];
    digest.doFinal(hash, 0);
    return hash;
  }
}
