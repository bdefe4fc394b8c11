package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * What a transaction did.
 *
 * @param transaction its hash (told by the node, not covered by the receipts' root)
 * @param index its place in the block
 * @param block number of the block
 * @param blockHash hash of the block
 * @param success whether it was not reverted
 * @param gasUsed gas of it alone (told by the node)
 * @param price wei per gas that it paid (told by the node)
 * @param logs its events
 * @param rlp as it stands in the receipts' tree (EIP-2718)
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Receipt(
    byte[] transaction,
    int index,
    long block,
    byte[] blockHash,
    boolean success,
    BigInteger gasUsed,
    BigInteger price,
    List<Log> logs,
    byte[] rlp) {

  /** Deposits on chains of the OP stack have two more fields (OP stack specification, Canyon). */
  private static final int ROLLUP_DEPOSIT = 0x7E;

  /** An event: who said it, what it is and what about. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Log(byte[] address, List<byte[]> topics, byte[] data) {}

  static Receipt parse(Fields fields) throws MalformedException {
    int type = fields.has("type") ? (int) (fields.number("type") & 0xFF) : 0;
    long index = fields.number("transactionIndex");
    if (index > 100_000) {
      throw new MalformedException("transactionIndex is too large");
    }
    boolean success = fields.number("status") == 1;
    List<Log> logs = new ArrayList<>();
    List<Object> rlpLogs = new ArrayList<>();
    for (Object item : fields.list("logs")) {
      Log log = log(Fields.of(item));
      logs.add(log);
      rlpLogs.add(List.of(log.address(), log.topics(), log.data()));
    }
    List<Object> parts = new ArrayList<>();
    parts.add(Rlp.integer(success ? 1 : 0));
    parts.add(Rlp.integer(fields.quantity("cumulativeGasUsed")));
    parts.add(fields.bytes("logsBloom", 256));
    parts.add(rlpLogs);
    if (type == ROLLUP_DEPOSIT && fields.has("depositReceiptVersion")) {
      parts.add(Rlp.integer(fields.quantity("depositNonce")));
      parts.add(Rlp.integer(fields.quantity("depositReceiptVersion")));
    }
    byte[] list = Rlp.encode(parts);
    return new Receipt(
        fields.bytes("transactionHash", 32),
        (int) index,
        fields.number("blockNumber"),
        fields.bytes("blockHash", 32),
        success,
        fields.quantity("gasUsed"),
        fields.has("effectiveGasPrice") ? fields.quantity("effectiveGasPrice") : BigInteger.ZERO,
        List.copyOf(logs),
        type == 0 ? list : Bytes.concat(new byte[] {(byte) type}, list));
  }

  static Log log(Fields fields) throws MalformedException {
    List<byte[]> topics = new ArrayList<>();
    for (Object topic : fields.list("topics")) {
      byte[] bytes = Fields.bytes(topic, "topic");
      if (bytes.length != 32 || topics.size() == 4) {
        throw new MalformedException("topics are not up to 4 of 32 bytes");
      }
      topics.add(bytes);
    }
    return new Log(fields.bytes("address", 20), List.copyOf(topics), fields.bytes("data"));
  }
}
