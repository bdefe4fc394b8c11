package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A network as several nodes tell of it. What decides is believed only if a quorum of them agrees,
 * or if the network's validators signed it. Used by one thread at a time.
 */
final class Chain {
  private static final Logger log = LoggerFactory.getLogger(Chain.class);

  private final Nodes nodes;
  private final Finality finality;
  private final Set<String> validators;

  /**
   * @param finality when a block is in for good
   * @param validators trusted ones of a QBFT network, {@code 0x…} in lower case; empty elsewhere
   */
  Chain(Nodes nodes, Finality finality, Set<String> validators) {
    this.nodes = nodes;
    this.finality = finality;
    this.validators = Set.copyOf(validators);
  }

  Nodes nodes() {
    return nodes;
  }

  /** Number of the newest block. */
  long head(Deadline deadline) throws LedgerException, InterruptedException {
    return nodes.reached(
        deadline,
        endpoint ->
            Fields.number(endpoint.call(deadline, "eth_blockNumber", List.of()), "block number"));
  }

  /** Number of the newest block that is in for good; −1 if there is none yet. */
  long finalBlock(Deadline deadline, long head) throws LedgerException, InterruptedException {
    if (finality.confirmations() > 0) {
      return Math.max(-1, head - finality.confirmations() + 1);
    }
    return nodes.reached(
        deadline,
        endpoint -> {
          Object block =
              endpoint.call(deadline, "eth_getBlockByNumber", List.of("finalized", false));
          return block == null ? -1L : Fields.of(block).number("number");
        });
  }

  /** The header of a block; empty if the chain is not that long. */
  Optional<Header> header(Deadline deadline, long number)
      throws LedgerException, InterruptedException {
    Nodes.Question<Optional<Header>> question =
        endpoint -> {
          Object block =
              endpoint.call(
                  deadline, "eth_getBlockByNumber", List.of(Bytes.quantity(number), false));
          if (block == null) {
            return Optional.empty();
          }
          Header header = Header.parse(Fields.of(block));
          if (header.number() != number) {
            throw new MalformedException("block " + header.number() + " instead of " + number);
          }
          if (!validators.isEmpty() && header.sealed().filter(s -> s.by(validators)).isEmpty()) {
            throw new MalformedException(
                "block " + number + " is not sealed by two thirds of the configured validators");
          }
          return Optional.of(header);
        };
    if (!validators.isEmpty()) {
      try {
        return nodes.first(deadline, question);
      } catch (RpcException e) {
        throw new LedgerException(Kind.NOT_BELIEVED, e.getMessage(), e);
      }
    }
    return nodes.agreed(
        deadline,
        "block " + number,
        header -> header.map(h -> Bytes.hex(h.hash())).orElse("none"),
        question);
  }

  /** Transactions of an account up to a block. */
  long nonce(Deadline deadline, String address, String block)
      throws LedgerException, InterruptedException {
    return nodes.reached(
        deadline,
        endpoint ->
            Fields.number(
                endpoint.call(deadline, "eth_getTransactionCount", List.of(address, block)),
                "transaction count"));
  }

  BigInteger balance(Deadline deadline, String address)
      throws LedgerException, InterruptedException {
    return nodes.reached(
        deadline,
        endpoint ->
            Fields.quantity(
                endpoint.call(deadline, "eth_getBalance", List.of(address, "latest")), "balance"));
  }

  /** What a contract answers, as of a block. */
  byte[] view(Deadline deadline, byte[] to, byte[] data, long block)
      throws LedgerException, InterruptedException {
    return nodes.agreed(
        deadline,
        "the contract " + Bytes.hex(to),
        Bytes::hex,
        endpoint -> {
          try {
            return Fields.bytes(
                endpoint.call(
                    deadline,
                    "eth_call",
                    List.of(
                        Map.of("to", Bytes.hex(to), "data", Bytes.hex(data)),
                        Bytes.quantity(block))),
                "answer of the contract");
          } catch (RpcException e) {
            if (e.says("revert")) {
              return new byte[0]; // A contract that has no such function.
            }
            throw e;
          }
        });
  }

  /**
   * Gas that a call would take.
   *
   * @throws RpcException if the contract refuses the call
   */
  long estimate(Deadline deadline, String from, byte[] to, byte[] data)
      throws RpcException, LedgerException, InterruptedException {
    return nodes.first(
        deadline,
        endpoint ->
            Fields.number(
                endpoint.call(
                    deadline,
                    "eth_estimateGas",
                    List.of(Map.of("from", from, "to", Bytes.hex(to), "data", Bytes.hex(data)))),
                "gas"));
  }

  /** A price per gas by its method; {@code fallback} where no node knows the method. */
  BigInteger price(Deadline deadline, String method, BigInteger fallback)
      throws LedgerException, InterruptedException {
    try {
      return nodes.first(
          deadline,
          endpoint -> Fields.quantity(endpoint.call(deadline, method, List.of()), "price"));
    } catch (RpcException e) {
      return fallback;
    }
  }

  /** Whether any node knows a transaction. */
  boolean knows(Deadline deadline, byte[] transaction)
      throws LedgerException, InterruptedException {
    return nodes
        .each(
            deadline,
            endpoint ->
                endpoint.call(deadline, "eth_getTransactionByHash", List.of(Bytes.hex(transaction)))
                    != null)
        .contains(true);
  }

  /**
   * Hands a signed transaction to all nodes.
   *
   * @throws RpcException if all that answer refuse it
   */
  void send(Deadline deadline, byte[] raw)
      throws RpcException, LedgerException, InterruptedException {
    RpcException refusal = null;
    LedgerException problem = null;
    boolean taken = false;
    for (Endpoint endpoint : nodes.usable(deadline)) {
      try {
        var unusedHash = endpoint.call(deadline, "eth_sendRawTransaction", List.of(Bytes.hex(raw)));
        taken = true;
      } catch (RpcException e) {
        if (e.says("already known", "known transaction", "already imported", "already exists")) {
          taken = true;
        } else {
          refusal = e;
        }
      } catch (MalformedException e) {
        problem = Nodes.unbelievable(endpoint, e);
      } catch (LedgerException e) {
        problem = e;
        endpoint.rest();
      }
    }
    if (taken) {
      return;
    }
    if (refusal != null) {
      throw refusal;
    }
    throw problem;
  }

  /**
   * Events of a contract in a range of blocks: all that any node tells of, as none can be made up
   * (see {@link Receipts}) but each can be kept back.
   *
   * @param topics what the events have to have
   * @throws RpcException if nodes find the range too large, for example
   */
  List<Event> events(Deadline deadline, byte[] contract, List<String> topics, long from, long to)
      throws RpcException, LedgerException, InterruptedException {
    Map<String, Event> all = new LinkedHashMap<>();
    RpcException refusal = null;
    int answers = 0;
    for (Endpoint endpoint : nodes.usable(deadline)) {
      try {
        for (Event event : events(deadline, endpoint, contract, topics, from, to)) {
          all.put(Bytes.hex(event.transaction()) + Bytes.hex(event.log().data()), event);
        }
        answers++;
      } catch (RpcException e) {
        refusal = e;
      } catch (MalformedException e) {
        log.debug("{}", Nodes.unbelievable(endpoint, e).getMessage());
      } catch (LedgerException e) {
        endpoint.rest();
        log.debug("{}", e.getMessage());
      }
    }
    if (answers >= nodes.quorum()) {
      return List.copyOf(all.values());
    }
    if (refusal != null) {
      throw refusal;
    }
    throw nodes.tooFew(answers, null);
  }

  private static List<Event> events(
      Deadline deadline,
      Endpoint endpoint,
      byte[] contract,
      List<String> topics,
      long from,
      long to)
      throws RpcException, MalformedException, LedgerException, InterruptedException {
    Object answer =
        endpoint.call(
            deadline,
            "eth_getLogs",
            List.of(
                Map.of(
                    "address",
                    Bytes.hex(contract),
                    "topics",
                    topics,
                    "fromBlock",
                    Bytes.quantity(from),
                    "toBlock",
                    Bytes.quantity(to))));
    if (!(answer instanceof List<?> list)) {
      throw new MalformedException("events are not a list");
    }
    List<Event> events = new ArrayList<>();
    for (Object item : list) {
      Fields fields = Fields.of(item);
      long block = fields.number("blockNumber");
      if (block < from || block > to) {
        throw new MalformedException("events of other blocks than asked for");
      }
      events.add(new Event(Receipt.log(fields), block, fields.bytes("transactionHash", 32)));
    }
    return events;
  }

  /** An event and where it is said to be; not verified. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Event(Receipt.Log log, long block, byte[] transaction) {}
}
