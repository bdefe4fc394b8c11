package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Several nodes of one network, and how many of them have to agree. */
final class Nodes {
  private static final Logger log = LoggerFactory.getLogger(Nodes.class);

  private final List<Endpoint> endpoints;
  private final long id;
  private final int quorum;

  /**
   * @param endpoints in the order in which they are preferred
   * @param id chain id
   * @param quorum how many have to agree
   */
  Nodes(List<Endpoint> endpoints, long id, int quorum) {
    this.endpoints = List.copyOf(endpoints);
    this.id = id;
    this.quorum = quorum;
  }

  /** Chain id. */
  long id() {
    return id;
  }

  int quorum() {
    return quorum;
  }

  /** A question to one node. */
  @FunctionalInterface
  interface Question<T> {
    T ask(Endpoint endpoint)
        throws RpcException, MalformedException, LedgerException, InterruptedException;
  }

  /** The nodes that answer and are on the right network, best first. */
  List<Endpoint> usable(Deadline deadline) throws LedgerException, InterruptedException {
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

  LedgerException tooFew(int answered, LedgerException problem) {
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

  static LedgerException unbelievable(Endpoint endpoint, Exception e) {
    return new LedgerException(
        Kind.NOT_BELIEVED,
        endpoint.name() + " answers what is not understood: " + e.getMessage() + ".",
        e);
  }

  /** The first node that answers; a refusal in JSON-RPC's form is an answer, too. */
  <T> T first(Deadline deadline, Question<T> question)
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
  <T> List<T> each(Deadline deadline, Question<T> question)
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
  <T extends Comparable<T>> T reached(Deadline deadline, Question<T> question)
      throws LedgerException, InterruptedException {
    List<T> answers = each(deadline, question);
    answers.sort(Comparator.reverseOrder());
    return answers.get(quorum - 1);
  }

  /** What a quorum says alike; {@code key} tells what alike means. */
  <T> T agreed(Deadline deadline, String what, Function<T, String> key, Question<T> question)
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
}
