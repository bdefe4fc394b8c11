/** To come. */
package org.commonshub.ledger.transparency;
