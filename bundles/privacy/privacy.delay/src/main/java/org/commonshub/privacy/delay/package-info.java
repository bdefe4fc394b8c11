/** To come. */
package org.commonshub.privacy.delay;
