package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
  private static final int MAX_TRANSACTIONS = 2_000;
  private static final int CACHED = 64;

  private final List<Endpoint> endpoints;
  private final long id;
  private final int quorum;
  private final Finality finality;
  private final Set<String> validators;

  /** Receipts that were checked, by block's and transaction's hash. */
  private final Map<String, Verified> verified =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Verified> eldest) {
          return size() > CACHED;
        }
      };

  /**
   * @param endpoints in the order in which they are preferred
   * @param id chain id
   * @param quorum how many have to agree
   * @param finality when a block is in for good
   * @param validators trusted ones of a QBFT network, {@code 0x…} in lower case; empty elsewhere
   */
  Chain(List<Endpoint> endpoints, long id, int quorum, Finality finality, Set<String> validators) {
    this.endpoints = List.copyOf(endpoints);
    this.id = id;
    this.quorum = quorum;
    this.finality = finality;
    this.validators = Set.copyOf(validators);
  }

  /** A receipt that stands under the header of a block. */
  record Verified(Receipt receipt, Proof proof) {}

  /** A question to one node. */
  @FunctionalInterface
  private interface Question<T> {
    T ask(Endpoint endpoint)
        throws RpcException, MalformedException, LedgerException, InterruptedException;
  }

  /** The nodes that answer and are on the right network, best first. */
  private List<Endpoint> usable(Deadline deadline) throws LedgerException, InterruptedException {
    List<Endpoint> usable = new ArrayList<>();
    LedgerException problem = null;
    boolean awake = endpoints.stream().filter(e -> !e.resting()).count() >= quorum;
    for (Endpoint endpoint : endpoints) {
      if (endpoint.resting() && awake) {
        continue;
      }
      if (!endpoint.checked()) {
        try {
          BigInteger seen =
              Fields.quantity(endpoint.call(deadline, "eth_chainId", List.of()), "chain id");
          if (!seen.equals(BigInteger.valueOf(id))) {
            endpoint.rest();
            problem =
                new LedgerException(
                    Kind.WRONG_NETWORK,
                    endpoint.name()
                        + " is on chain "
                        + seen
                        + ", not on chain "
                        + id
                        + "; nothing is sent there until the address or the chain id is"
                        + " corrected.");
            continue;
          }
          endpoint.markChecked();
        } catch (RpcException | MalformedException e) {
          endpoint.rest();
          problem = problem == null ? unbelievable(endpoint, e) : problem;
          continue;
        } catch (LedgerException e) {
          endpoint.rest();
          problem = problem == null ? e : problem;
          continue;
        }
      }
      usable.add(endpoint);
    }
    if (usable.size() < quorum) {
      if (problem != null && (quorum == 1 || problem.kind() == Kind.WRONG_NETWORK)) {
        throw problem;
      }
      throw tooFew(usable.size(), problem);
    }
    return usable;
  }

  private LedgerException tooFew(int answered, LedgerException problem) {
    return new LedgerException(
        Kind.UNREACHABLE,
        "Only "
            + answered
            + " of "
            + endpoints.size()
            + " nodes answer and "
            + quorum
            + " have to agree"
            + (problem == null ? "" : ": " + problem.getMessage()));
  }

  private static LedgerException unbelievable(Endpoint endpoint, Exception e) {
    return new LedgerException(
        Kind.NOT_BELIEVED,
        endpoint.name() + " answers what is not understood: " + e.getMessage() + ".",
        e);
  }

  /** The first node that answers; a refusal in JSON-RPC's form is an answer, too. */
  private <T> T first(Deadline deadline, Question<T> question)
      throws RpcException, LedgerException, InterruptedException {
    LedgerException problem = null;
    for (Endpoint endpoint : usable(deadline)) {
      try {
        return question.ask(endpoint);
      } catch (MalformedException e) {
        problem = unbelievable(endpoint, e);
      } catch (LedgerException e) {
        problem = e;
        endpoint.rest();
      }
      log.debug("{}", problem.getMessage());
    }
    throw problem == null ? tooFew(0, null) : problem;
  }

  /** What every node that answers says. */
  private <T> List<T> each(Deadline deadline, Question<T> question)
      throws LedgerException, InterruptedException {
    List<T> answers = new ArrayList<>();
    LedgerException problem = null;
    for (Endpoint endpoint : usable(deadline)) {
      try {
        answers.add(question.ask(endpoint));
      } catch (RpcException | MalformedException e) {
        problem = unbelievable(endpoint, e);
      } catch (LedgerException e) {
        problem = e;
        endpoint.rest();
      }
    }
    if (answers.size() < quorum) {
      if (problem != null && (quorum == 1 || problem.kind() == Kind.NOT_BELIEVED)) {
        throw problem;
      }
      throw tooFew(answers.size(), problem);
    }
    return answers;
  }

  /** The largest number that a quorum has reached. */
  private <T extends Comparable<T>> T reached(Deadline deadline, Question<T> question)
      throws LedgerException, InterruptedException {
    List<T> answers = each(deadline, question);
    answers.sort(Comparator.reverseOrder());
    return answers.get(quorum - 1);
  }

  /** What a quorum says alike; {@code key} tells what alike means. */
  private <T> T agreed(
      Deadline deadline,
      String what,
      java.util.function.Function<T, String> key,
      Question<T> question)
      throws LedgerException, InterruptedException {
    List<T> answers = each(deadline, question);
    Map<String, Integer> votes = new LinkedHashMap<>();
    for (T answer : answers) {
      if (votes.merge(key.apply(answer), 1, Integer::sum) >= quorum) {
        return answer;
      }
    }
    throw new LedgerException(
        Kind.NOT_BELIEVED,
        "The nodes contradict each other about "
            + what
            + ": "
            + votes.size()
            + " different answers from "
            + answers.size()
            + " nodes, "
            + quorum
            + " have to agree; nothing is believed until they do.");
  }

  /** Number of the newest block. */
  long head(Deadline deadline) throws LedgerException, InterruptedException {
    return reached(
        deadline,
        endpoint ->
            Fields.number(endpoint.call(deadline, "eth_blockNumber", List.of()), "block number"));
  }

  /** Number of the newest block that is in for good; −1 if there is none yet. */
  long finalBlock(Deadline deadline, long head) throws LedgerException, InterruptedException {
    if (finality.confirmations() > 0) {
      return Math.max(-1, head - finality.confirmations() + 1);
    }
    return reached(
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
    Question<Optional<Header>> question =
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
        return first(deadline, question);
      } catch (RpcException e) {
        throw new LedgerException(Kind.NOT_BELIEVED, e.getMessage(), e);
      }
    }
    return agreed(
        deadline,
        "block " + number,
        header -> header.map(h -> Bytes.hex(h.hash())).orElse("none"),
        question);
  }

  /** Transactions of an account up to a block. */
  long nonce(Deadline deadline, String address, String block)
      throws LedgerException, InterruptedException {
    return reached(
        deadline,
        endpoint ->
            Fields.number(
                endpoint.call(deadline, "eth_getTransactionCount", List.of(address, block)),
                "transaction count"));
  }

  BigInteger balance(Deadline deadline, String address)
      throws LedgerException, InterruptedException {
    return reached(
        deadline,
        endpoint ->
            Fields.quantity(
                endpoint.call(deadline, "eth_getBalance", List.of(address, "latest")), "balance"));
  }

  /** What a contract answers, as of a block. */
  byte[] view(Deadline deadline, byte[] to, byte[] data, long block)
      throws LedgerException, InterruptedException {
    return agreed(
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
    return first(
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
      return first(
          deadline,
          endpoint -> Fields.quantity(endpoint.call(deadline, method, List.of()), "price"));
    } catch (RpcException e) {
      return fallback;
    }
  }

  /** Whether any node knows a transaction. */
  boolean knows(Deadline deadline, byte[] transaction)
      throws LedgerException, InterruptedException {
    return each(
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
    for (Endpoint endpoint : usable(deadline)) {
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
        problem = unbelievable(endpoint, e);
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

  /** The receipt of a transaction under a header that is believed; empty if it is not in. */
  Optional<Verified> receipt(Deadline deadline, byte[] transaction)
      throws LedgerException, InterruptedException {
    LedgerException doubt = null;
    for (Endpoint endpoint : usable(deadline)) {
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
        doubt = unbelievable(endpoint, e);
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
    Header header = header(deadline, receipt.block()).orElse(null);
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
    List<Receipt> all = receipts(deadline, endpoint, header);
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
        new Verified(receipt, new Proof(id, header.rlp(), receipt.index(), path.nodes()));
    verified.put(key, result);
    return result;
  }

  private List<Receipt> receipts(Deadline deadline, Endpoint endpoint, Header header)
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
        agreed(
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

  /**
   * Events of a contract in a range of blocks: all that any node tells of, as none can be made up
   * (see {@link #receipt}) but each can be kept back.
   *
   * @param topics what the events have to have
   * @throws RpcException if nodes find the range too large, for example
   */
  List<Event> events(Deadline deadline, byte[] contract, List<String> topics, long from, long to)
      throws RpcException, LedgerException, InterruptedException {
    Map<String, Event> all = new LinkedHashMap<>();
    RpcException refusal = null;
    int answers = 0;
    for (Endpoint endpoint : usable(deadline)) {
      try {
        for (Event event : events(deadline, endpoint, contract, topics, from, to)) {
          all.put(Bytes.hex(event.transaction()) + Bytes.hex(event.log().data()), event);
        }
        answers++;
      } catch (RpcException e) {
        refusal = e;
      } catch (MalformedException e) {
        log.debug("{}", unbelievable(endpoint, e).getMessage());
      } catch (LedgerException e) {
        endpoint.rest();
        log.debug("{}", e.getMessage());
      }
    }
    if (answers >= quorum) {
      return List.copyOf(all.values());
    }
    if (refusal != null) {
      throw refusal;
    }
    throw tooFew(answers, null);
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
