package org.commonshub.ledger.api;

import org.osgi.annotation.versioning.ConsumerType;

/** Whiteboard: hears of every change of a submission's stage, at least once. */
@ConsumerType
public interface LedgerListener {
  /**
   * Called on the thread of that ledger's outbox; return within 1 s. What it throws is logged.
   *
   * @param ledger name of the ledger
   */
  void changed(String ledger, Status status);
}
