/** To come. */
package org.commonshub.ledger.anchor;
