/** To come. */
package org.commonshub.privacy.noise;
