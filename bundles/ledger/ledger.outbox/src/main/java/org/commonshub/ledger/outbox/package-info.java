/**
 * A durable outbox in front of every ledger client: what is submitted has its effect exactly once,
 * through crashes, outages and ledgers that misbehave. See README.md.
 */
package org.commonshub.ledger.outbox;
