/**
 * Puts the journal's root where others see it: on every ledger each quarter of an hour, alone or
 * through an aggregator, and before neighbours who co-sign it; and does the same for neighbours.
 * Implements {@code ledger.api.Anchor} and answers {@code neighbour.api} topics; see the README.
 */
package org.commonshub.ledger.anchor;
