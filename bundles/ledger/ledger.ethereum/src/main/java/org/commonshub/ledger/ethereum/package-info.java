/** Chains with the Ethereum Virtual Machine as ledgers. */
package org.commonshub.ledger.ethereum;
