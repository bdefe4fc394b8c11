package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.commonshub.identity.api.EvmAccount;

/**
 * What is signed: a transaction with dynamic fee (EIP-1559, type 2) or a legacy one bound to its
 * chain (EIP-155). Never makes a contract, never has an access list.
 *
 * @param legacy whether it is the old form; then {@code tip} equals {@code maxFee}, the gas price
 * @param chain chain id
 * @param nonce number within the account
 * @param tip most that the block's maker gets, wei per gas
 * @param maxFee most that is paid altogether, wei per gas
 * @param gas most gas
 * @param to 20 bytes
 * @param value wei
 * @param data call data
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Transaction(
    boolean legacy,
    long chain,
    long nonce,
    BigInteger tip,
    BigInteger maxFee,
    long gas,
    byte[] to,
    BigInteger value,
    byte[] data) {
  private static final int DYNAMIC = 2;

  /** Signs; the bytes for {@code eth_sendRawTransaction}. */
  byte[] sign(EvmAccount account) {
    byte[] signature = account.sign(Bytes.keccak(payload()));
    BigInteger r = new BigInteger(1, Arrays.copyOfRange(signature, 0, 32));
    BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, 32, 64));
    return raw(signature[64], r, s);
  }

  byte[] raw(int parity, BigInteger r, BigInteger s) {
    return legacy
        ? encoded(
            Rlp.integer(
                BigInteger.valueOf(chain).shiftLeft(1).add(BigInteger.valueOf(35 + parity))),
            Rlp.integer(r),
            Rlp.integer(s))
        : encoded(Rlp.integer(parity), Rlp.integer(r), Rlp.integer(s));
  }

  /** What is hashed to be signed (legacy ones: EIP-155). */
  private byte[] payload() {
    return legacy ? encoded(Rlp.integer(chain), new byte[0], new byte[0]) : encoded();
  }

  /** The transaction with that behind it. */
  private byte[] encoded(byte[]... behind) {
    List<Object> fields = new ArrayList<>();
    if (!legacy) {
      fields.add(Rlp.integer(chain));
    }
    fields.add(Rlp.integer(nonce));
    if (!legacy) {
      fields.add(Rlp.integer(tip));
    }
    fields.add(Rlp.integer(maxFee));
    fields.add(Rlp.integer(gas));
    fields.add(to);
    fields.add(Rlp.integer(value));
    fields.add(data);
    if (!legacy) {
      fields.add(List.of()); // access list
    }
    fields.addAll(Arrays.asList(behind));
    byte[] list = Rlp.encode(fields);
    return legacy ? list : Bytes.concat(new byte[] {DYNAMIC}, list);
  }

  /** Reads back what {@link #sign} made. */
  static Transaction decode(byte[] raw) throws MalformedException {
    if (raw.length == 0) {
      throw new MalformedException("an empty transaction");
    }
    boolean legacy = raw[0] < 0;
    List<?> fields = Rlp.list(Rlp.decode(legacy ? raw : Arrays.copyOfRange(raw, 1, raw.length)));
    if ((!legacy && raw[0] != DYNAMIC) || fields.size() != (legacy ? 9 : 12)) {
      throw new MalformedException("a transaction of a kind that is not made here");
    }
    int i = legacy ? 0 : 1;
    long chain =
        legacy
            ? small(Rlp.number(fields.get(6)).subtract(BigInteger.valueOf(35)).shiftRight(1))
            : small(Rlp.number(fields.get(0)));
    return new Transaction(
        legacy,
        chain,
        small(Rlp.number(fields.get(i++))),
        Rlp.number(fields.get(legacy ? i : i++)),
        Rlp.number(fields.get(i++)),
        small(Rlp.number(fields.get(i++))),
        Rlp.bytes(fields.get(i++)),
        Rlp.number(fields.get(i++)),
        Rlp.bytes(fields.get(i)));
  }

  private static long small(BigInteger value) throws MalformedException {
    if (value.bitLength() > 63 || value.signum() < 0) {
      throw new MalformedException("a number that is too large");
    }
    return value.longValue();
  }

  /** The same at another price, in the same place. */
  Transaction priced(BigInteger newTip, BigInteger newMaxFee) {
    return new Transaction(legacy, chain, nonce, newTip, newMaxFee, gas, to, value, data);
  }
}
