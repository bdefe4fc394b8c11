/** To come. */
package org.commonshub.identity.evm;
