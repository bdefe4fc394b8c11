/** To come. */
package org.commonshub.metering.sml;
