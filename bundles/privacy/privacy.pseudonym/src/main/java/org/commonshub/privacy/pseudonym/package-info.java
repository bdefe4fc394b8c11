/** To come. */
package org.commonshub.privacy.pseudonym;
