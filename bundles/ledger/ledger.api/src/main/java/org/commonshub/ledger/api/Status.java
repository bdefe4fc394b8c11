package org.commonshub.ledger.api;

import java.time.Instant;
import java.util.Optional;

/**
 * Where a submission stands.
 *
 * @param key of the submission
 * @param stage how far it came
 * @param since when it reached this stage
 * @param reference what the ledger calls it (a transaction's hash), once sent
 * @param position where it stands in the ledger (a block's number), once included
 * @param cost what the ledger took for it, in the unit of {@link LedgerDescription#costUnit()}
 * @param problem what keeps it from going on, in plain words, with what to do
 */
public record Status(
    String key,
    Stage stage,
    Instant since,
    Optional<String> reference,
    Optional<Long> position,
    Optional<Long> cost,
    Optional<String> problem) {}
