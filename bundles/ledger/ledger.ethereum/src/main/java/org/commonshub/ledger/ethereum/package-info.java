/** To come. */
package org.commonshub.ledger.ethereum;
