package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A block's header, whose hash was computed here from its fields.
 *
 * @param number of the block
 * @param hash of the block
 * @param receiptsRoot root of the tree of receipts
 * @param baseFee wei per gas that is burnt (EIP-1559), if the chain has it
 * @param transactions hashes, as the node told them
 * @param rlp what {@code hash} is the Keccak-256 of
 * @param sealed on a QBFT network: what the validators signed, and their signatures
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Header(
    long number,
    byte[] hash,
    byte[] receiptsRoot,
    Optional<BigInteger> baseFee,
    List<byte[]> transactions,
    byte[] rlp,
    Optional<Qbft.Sealed> sealed) {
  private static final int EXTRA = 12;

  /** Rebuilds a header from a block in JSON-RPC's form. */
  static Header parse(Fields block) throws MalformedException {
    List<Object> fields = new ArrayList<>(21);
    fields.add(block.bytes("parentHash", 32));
    fields.add(block.bytes("sha3Uncles", 32));
    fields.add(block.bytes(block.has("miner") ? "miner" : "author", 20));
    fields.add(block.bytes("stateRoot", 32));
    fields.add(block.bytes("transactionsRoot", 32));
    byte[] receiptsRoot = block.bytes("receiptsRoot", 32);
    fields.add(receiptsRoot);
    fields.add(block.bytes("logsBloom", 256));
    fields.add(Rlp.integer(block.quantity("difficulty")));
    long number = block.number("number");
    fields.add(Rlp.integer(number));
    fields.add(Rlp.integer(block.quantity("gasLimit")));
    fields.add(Rlp.integer(block.quantity("gasUsed")));
    fields.add(Rlp.integer(block.quantity("timestamp")));
    byte[] extra = block.bytes("extraData");
    fields.add(extra);
    if (block.has("step") && block.has("signature")) { // Authority Round, as on Energy Web
      fields.add(Rlp.integer(block.quantity("step")));
      fields.add(block.bytes("signature"));
    } else {
      fields.add(block.bytes("mixHash", 32));
      fields.add(block.bytes("nonce", 8));
    }
    Optional<BigInteger> baseFee = Optional.empty();
    if (block.has("baseFeePerGas")) {
      baseFee = Optional.of(block.quantity("baseFeePerGas"));
      fields.add(Rlp.integer(baseFee.get()));
    }
    optional(fields, block, "withdrawalsRoot", true);
    optional(fields, block, "blobGasUsed", false);
    optional(fields, block, "excessBlobGas", false);
    optional(fields, block, "parentBeaconBlockRoot", true);
    optional(fields, block, "requestsHash", true);

    byte[] hash = block.bytes("hash", 32);
    Optional<Qbft.Sealed> sealed = Optional.empty();
    if (Arrays.equals(block.has("mixHash") ? block.bytes("mixHash") : null, Qbft.MIX_HASH)) {
      Qbft.Extra parts = Qbft.parse(extra);
      fields.set(EXTRA, parts.encode(true));
      byte[] signed = Bytes.keccak(Rlp.encode(fields));
      sealed = Optional.of(new Qbft.Sealed(parts.validators(), signed, parts.seals()));
      fields.set(EXTRA, parts.encode(false));
    }
    byte[] rlp = Rlp.encode(fields);
    if (!Arrays.equals(Bytes.keccak(rlp), hash)) {
      throw new MalformedException("the hash of block " + number + " is not that of its header");
    }
    List<byte[]> transactions = new ArrayList<>();
    for (Object transaction : block.list("transactions")) {
      transactions.add(Fields.bytes(transaction, "transaction"));
    }
    return new Header(number, hash, receiptsRoot, baseFee, transactions, rlp, sealed);
  }

  private static void optional(List<Object> fields, Fields block, String name, boolean hash)
      throws MalformedException {
    if (block.has(name)) {
      fields.add(hash ? block.bytes(name, 32) : Rlp.integer(block.quantity(name)));
    }
  }
}
