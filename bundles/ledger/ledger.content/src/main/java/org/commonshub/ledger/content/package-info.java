/** To come. */
package org.commonshub.ledger.content;
