/** To come. */
package org.commonshub.ledger.outbox;
