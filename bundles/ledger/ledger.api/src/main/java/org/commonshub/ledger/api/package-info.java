/**
 * Making energy believable: a signed log of one's own, and ledgers that others keep.
 *
 * <p>The {@link org.commonshub.ledger.api.Journal} is this hub's append-only Merkle log of what is
 * billed and agreed (implemented by {@code ledger.journal}). Every quarter of an hour its root goes
 * through {@link org.commonshub.ledger.api.Anchor} (implemented by {@code ledger.anchor}) to every
 * {@link org.commonshub.ledger.api.Ledger}: a durable outbox (implemented by {@code ledger.outbox},
 * one service per ledger) in front of a {@link org.commonshub.ledger.api.LedgerClient}, which is
 * what the author of a client for another ledger implements ({@code ledger.ethereum}; see
 * docs/providers/ledger.md). {@link org.commonshub.ledger.api.Settlement} pays a round of credits.
 * {@link org.commonshub.ledger.api.Contradictions} (implemented by {@code ledger.plausibility})
 * says what must not be traded on; {@link org.commonshub.ledger.api.ContentStore} (implemented by
 * {@code ledger.content}) keeps sealed batches of readings, which a {@link
 * org.commonshub.ledger.api.ContentPublisher} (implemented by {@code ledger.ipfs}) hands out as far
 * as {@link org.commonshub.ledger.api.ContentRelease} (the privacy gate) allows. Callers are the
 * market, the console and the ledger group itself.
 *
 * <p>Nothing but salted digests may leave the hub through any of them while the privacy gate is
 * absent.
 */
@Export
@Version("1.0.0")
package org.commonshub.ledger.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
