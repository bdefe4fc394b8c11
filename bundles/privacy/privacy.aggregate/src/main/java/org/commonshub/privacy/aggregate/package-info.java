/** To come. */
package org.commonshub.privacy.aggregate;
