package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.commonshub.identity.api.EvmAccount;

/** An account whose key everybody knows. */
final class TestAccount implements EvmAccount {
  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256k1");
  private static final ECDomainParameters DOMAIN = new ECDomainParameters(CURVE);

  private final BigInteger key;
  private final byte[] address;

  TestAccount(BigInteger key) {
    this.key = key;
    address = Qbft.address(new FixedPointCombMultiplier().multiply(CURVE.getG(), key).normalize());
  }

  /** A fresh account without money. */
  static TestAccount of(long seed) {
    return new TestAccount(
        new BigInteger(
            1,
            Bytes.sha256(
                ("account " + seed).getBytes(java.nio.charset.StandardCharsets.US_ASCII))));
  }

  BigInteger key() {
    return key;
  }

  byte[] bytes() {
    return address.clone();
  }

  @Override
  public String address() {
    return Bytes.hex(address);
  }

  @Override
  public byte[] sign(byte[] hash) {
    ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
    signer.init(true, new ECPrivateKeyParameters(key, DOMAIN));
    BigInteger[] rs = signer.generateSignature(hash);
    BigInteger s = rs[1].min(CURVE.getN().subtract(rs[1]));
    byte[] signature =
        Bytes.concat(
            Bytes.left(Bytes.minimal(rs[0]), 32), Bytes.left(Bytes.minimal(s), 32), new byte[1]);
    if (!java.util.Arrays.equals(Qbft.recover(hash, signature), address)) {
      signature[64] = 1;
    }
    return signature;
  }
}
