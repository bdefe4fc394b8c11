/** To come. */
package org.commonshub.ledger.ipfs;
