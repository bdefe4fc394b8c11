/** To come. */
package org.commonshub.ledger.plausibility;
