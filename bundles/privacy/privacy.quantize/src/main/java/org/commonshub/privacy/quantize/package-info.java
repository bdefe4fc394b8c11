/** To come. */
package org.commonshub.privacy.quantize;
