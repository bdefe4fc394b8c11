/** The hub's own log: entries on disk, their Merkle tree, signed states, quarter hours. */
package org.commonshub.ledger.journal;
