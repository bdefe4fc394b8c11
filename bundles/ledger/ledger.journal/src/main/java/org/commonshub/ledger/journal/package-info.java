/** To come. */
package org.commonshub.ledger.journal;
