package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECAlgorithms;
import org.bouncycastle.math.ec.ECPoint;

/**
 * Seals of the validators of a QBFT network (EEA QBFT Blockchain Consensus Protocol, section 5,
 * block header). {@code extraData} is the RLP of {@code [vanity, [validator…], vote, round,
 * [seal…]]}. A block's hash leaves the seals out and takes round 0; a seal signs the same with the
 * true round.
 */
final class Qbft {
  /** {@code mixHash} by which such a block is known: "ctical byzantine fault tolerance". */
  static final byte[] MIX_HASH =
      HexFormat.of().parseHex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365");

  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256k1");
  private static final int MAX_VALIDATORS = 256;

  private Qbft() {}

  /**
   * What validators signed.
   *
   * @param validators addresses that the block names
   * @param hash what each seal signs
   * @param seals 65 bytes each: r, s, recovery identifier
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Sealed(List<byte[]> validators, byte[] hash, List<byte[]> seals) {
    /**
     * Whether at least two thirds of the trusted validators sealed it.
     *
     * @param trusted addresses in lower case, {@code 0x…}
     */
    boolean by(Set<String> trusted) {
      Set<String> signers = new HashSet<>();
      for (byte[] seal : seals) {
        byte[] signer = recover(hash, seal);
        if (signer != null && trusted.contains(Bytes.hex(signer))) {
          signers.add(Bytes.hex(signer));
        }
      }
      return signers.size() * 3 >= trusted.size() * 2 && !signers.isEmpty();
    }
  }

  /** {@code extraData} taken apart. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Extra(
      byte[] vanity, List<byte[]> validators, Object vote, byte[] round, List<byte[]> seals) {
    /** Without seals; with the true round or with 0. */
    byte[] encode(boolean withRound) {
      return Rlp.encode(
          List.of(vanity, validators, vote, withRound ? round : new byte[0], List.of()));
    }
  }

  static Extra parse(byte[] extraData) throws MalformedException {
    List<?> list = Rlp.list(Rlp.decode(extraData));
    if (list.size() != 5) {
      throw new MalformedException("extraData of a QBFT block has not 5 parts");
    }
    var unused = Rlp.number(list.get(3));
    return new Extra(
        Rlp.bytes(list.get(0)),
        each(list.get(1), 20),
        list.get(2),
        Rlp.bytes(list.get(3)),
        each(list.get(4), 65));
  }

  private static List<byte[]> each(Object value, int length) throws MalformedException {
    List<byte[]> all = new ArrayList<>();
    for (Object item : Rlp.list(value)) {
      byte[] bytes = Rlp.bytes(item);
      if (bytes.length != length || all.size() == MAX_VALIDATORS) {
        throw new MalformedException(
            "extraData of a QBFT block has a part that is not " + length + " bytes, or too many");
      }
      all.add(bytes);
    }
    return List.copyOf(all);
  }

  /**
   * Address whose key made a recoverable signature (SEC 1, section 4.1.6).
   *
   * @param signature r, s, recovery identifier 0 or 1
   * @return 20 bytes, or null if there is no such key
   */
  static byte[] recover(byte[] hash, byte[] signature) {
    BigInteger r = new BigInteger(1, Arrays.copyOfRange(signature, 0, 32));
    BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, 32, 64));
    BigInteger n = CURVE.getN();
    int parity = signature[64];
    if (r.signum() == 0
        || s.signum() == 0
        || r.compareTo(n) >= 0
        || s.compareTo(n) >= 0
        || (parity & ~1) != 0) {
      return null;
    }
    byte[] compressed =
        Bytes.concat(new byte[] {(byte) (2 + parity)}, Bytes.left(Bytes.minimal(r), 32));
    ECPoint point;
    try {
      point = CURVE.getCurve().decodePoint(compressed);
    } catch (IllegalArgumentException e) {
      return null;
    }
    BigInteger inverse = r.modInverse(n);
    BigInteger u1 = new BigInteger(1, hash).negate().multiply(inverse).mod(n);
    BigInteger u2 = s.multiply(inverse).mod(n);
    ECPoint key = ECAlgorithms.sumOfTwoMultiplies(CURVE.getG(), u1, point, u2).normalize();
    return key.isInfinity() ? null : address(key);
  }

  /** Address of a public key. */
  static byte[] address(ECPoint key) {
    byte[] encoded = key.getEncoded(false);
    return Arrays.copyOfRange(Bytes.keccak(Arrays.copyOfRange(encoded, 1, encoded.length)), 12, 32);
  }
}
