package org.commonshub.ledger.api;

/**
 * A ledger, for people.
 *
 * @param name what it is called on this hub
 * @param technology {@code Ethereum}, {@code transparency log}
 * @param network which one of that technology, by its own identifier ({@code chain 246, Energy
 *     Web})
 * @param costUnit unit of {@link Status#cost()}, the smallest one ({@code wei}); empty if it is
 *     free
 * @param trust whom one has to believe that what it says is true, in one plain sentence
 */
public record LedgerDescription(
    String name, String technology, String network, String costUnit, String trust) {}
