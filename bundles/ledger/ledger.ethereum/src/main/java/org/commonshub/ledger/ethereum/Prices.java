package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.util.Optional;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;

/** What is offered for gas, within what the owner allows. */
final class Prices {
  private static final BigInteger GIGA = BigInteger.valueOf(1_000_000_000);

  private final Chain chain;
  private final Limit limit;

  /**
   * What may be paid.
   *
   * @param most wei per gas, altogether
   * @param legacy whether transactions have one gas price
   */
  record Limit(BigInteger most, boolean legacy) {}

  /** An offer in wei per gas; see {@link Transaction}. */
  record Price(boolean legacy, BigInteger tip, BigInteger maxFee) {}

  Prices(Chain chain, Limit limit) {
    this.chain = chain;
    this.limit = limit;
  }

  /** What to offer now. */
  Price now(Deadline deadline, long head) throws LedgerException, InterruptedException {
    Optional<BigInteger> base = chain.header(deadline, head).flatMap(Header::baseFee);
    if (limit.legacy() || base.isEmpty()) {
      BigInteger price = chain.price(deadline, "eth_gasPrice", BigInteger.ZERO);
      if (price.compareTo(limit.most()) > 0) {
        throw expensive(price);
      }
      return new Price(true, price, price);
    }
    if (base.get().compareTo(limit.most()) > 0) {
      throw expensive(base.get());
    }
    BigInteger tip =
        chain
            .price(deadline, "eth_maxPriorityFeePerGas", GIGA)
            .min(limit.most().subtract(base.get()));
    return new Price(false, tip, base.get().shiftLeft(1).add(tip).min(limit.most()));
  }

  private LedgerException expensive(BigInteger price) {
    return new LedgerException(
        Kind.TOO_EXPENSIVE,
        "Gas costs "
            + price
            + " wei and at most "
            + limit.most()
            + " may be paid; waiting for a lower price, or for a higher limit in the settings.");
  }

  /** What to offer in place of a transaction that waits. */
  Price replacing(Deadline deadline, long head, Transaction old)
      throws LedgerException, InterruptedException {
    Price now = now(deadline, head);
    BigInteger maxFee = raised(old.maxFee()).max(now.maxFee());
    BigInteger tip = old.legacy() ? maxFee : raised(old.tip()).max(now.tip());
    maxFee = maxFee.max(tip);
    if (maxFee.compareTo(limit.most()) > 0) {
      throw expensive(maxFee);
    }
    return new Price(old.legacy(), tip, maxFee);
  }

  /** 12.5 % more, rounded up: what nodes ask for before they take a replacement. */
  private static BigInteger raised(BigInteger price) {
    return price.multiply(BigInteger.valueOf(9)).shiftRight(3).add(BigInteger.ONE);
  }
}
