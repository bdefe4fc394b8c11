/**
 * A client of a plain transparency log over HTTP: small enough to be read as an example of how a
 * client for another ledger is written. See README.md and docs/providers/ledger.md.
 */
package org.commonshub.ledger.transparency;
