/** To come. */
package org.commonshub.privacy.rights;
