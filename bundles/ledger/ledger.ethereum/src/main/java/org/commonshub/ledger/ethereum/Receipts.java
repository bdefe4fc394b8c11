package org.commonshub.ledger.ethereum;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receipts of transactions: any node may show one, and it counts only if it stands under the header
 * of a block that is believed. Used by one thread at a time.
 */
final class Receipts {
  private static final Logger log = LoggerFactory.getLogger(Receipts.class);
  private static final int MAX_TRANSACTIONS = 2_000;
  private static final int CACHED = 64;

  private final Chain chain;
  private final Nodes nodes;

  /** Receipts that were checked, by block's and transaction's hash. */
  private final Map<String, Verified> verified =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Verified> eldest) {
          return size() > CACHED;
        }
      };

  Receipts(Chain chain) {
    this.chain = chain;
    this.nodes = chain.nodes();
  }

  /** A receipt that stands under the header of a block. */
  record Verified(Receipt receipt, Proof proof) {}

  /** The receipt of a transaction under a header that is believed; empty if it is not in. */
  Optional<Verified> of(Deadline deadline, byte[] transaction)
      throws LedgerException, InterruptedException {
    LedgerException doubt = null;
    for (Endpoint endpoint : nodes.usable(deadline)) {
      try {
        Object answer =
            endpoint.call(deadline, "eth_getTransactionReceipt", List.of(Bytes.hex(transaction)));
        if (answer == null) {
          continue;
        }
        Receipt receipt = Receipt.parse(Fields.of(answer));
        if (!Arrays.equals(receipt.transaction(), transaction)) {
          throw new MalformedException("the receipt is that of another transaction");
        }
        return Optional.of(verify(deadline, endpoint, receipt));
      } catch (RpcException | MalformedException e) {
        doubt = Nodes.unbelievable(endpoint, e);
      } catch (LedgerException e) {
        if (e.kind() == Kind.UNREACHABLE) {
          endpoint.rest();
        }
        doubt = e;
      }
    }
    if (doubt != null) {
      throw doubt;
    }
    return Optional.empty();
  }

  private Verified verify(Deadline deadline, Endpoint endpoint, Receipt receipt)
      throws RpcException, MalformedException, LedgerException, InterruptedException {
    Header header = chain.header(deadline, receipt.block()).orElse(null);
    if (header == null || !Arrays.equals(header.hash(), receipt.blockHash())) {
      throw new MalformedException(
          "the receipt names a block "
              + receipt.block()
              + " that is not the one on which the nodes agree");
    }
    String key = Bytes.hex(header.hash()) + Bytes.hex(receipt.transaction());
    Verified known = verified.get(key);
    if (known != null) {
      return known;
    }
    List<Receipt> all = all(deadline, endpoint, header);
    List<byte[]> values = new ArrayList<>(all.size());
    for (Receipt one : all) {
      values.add(one.rlp());
    }
    if (receipt.index() >= values.size()
        || !Arrays.equals(values.get(receipt.index()), receipt.rlp())) {
      throw new MalformedException("the receipt is not among those of its block");
    }
    Trie.Proof path = Trie.prove(values, receipt.index());
    if (!Arrays.equals(path.root(), header.receiptsRoot())) {
      throw new MalformedException("the receipts of block " + header.number() + " are made up");
    }
    Verified result =
        new Verified(receipt, new Proof(nodes.id(), header.rlp(), receipt.index(), path.nodes()));
    verified.put(key, result);
    return result;
  }

  private List<Receipt> all(Deadline deadline, Endpoint endpoint, Header header)
      throws RpcException, MalformedException, LedgerException, InterruptedException {
    if (header.transactions().size() > MAX_TRANSACTIONS) {
      throw new MalformedException(
          "block " + header.number() + " has more than " + MAX_TRANSACTIONS + " transactions");
    }
    List<Receipt> all = new ArrayList<>();
    try {
      Object answer =
          endpoint.call(deadline, "eth_getBlockReceipts", List.of(Bytes.quantity(header.number())));
      if (answer instanceof List<?> list && list.size() == header.transactions().size()) {
        for (Object item : list) {
          all.add(Receipt.parse(Fields.of(item)));
        }
        return all;
      }
    } catch (RpcException | LedgerException e) {
      log.debug("receipts of block {} one by one: {}", header.number(), e.getMessage());
    }
    all.clear();
    for (byte[] transaction : header.transactions()) {
      all.add(
          Receipt.parse(
              Fields.of(
                  endpoint.call(
                      deadline, "eth_getTransactionReceipt", List.of(Bytes.hex(transaction))))));
    }
    return all;
  }

  /** Whether a quorum says that a transaction is in, and failed, in that very block. */
  boolean failed(Deadline deadline, Receipt receipt) throws LedgerException, InterruptedException {
    String claim =
        nodes.agreed(
            deadline,
            "a transaction of this hub",
            text -> text,
            endpoint -> {
              Object answer =
                  endpoint.call(
                      deadline,
                      "eth_getTransactionReceipt",
                      List.of(Bytes.hex(receipt.transaction())));
              if (answer == null) {
                return "none";
              }
              Receipt seen = Receipt.parse(Fields.of(answer));
              return Bytes.hex(seen.blockHash()) + (seen.success() ? "done" : "failed");
            });
    return claim.equals(Bytes.hex(receipt.blockHash()) + "failed");
  }
}
