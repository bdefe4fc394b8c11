/** To come. */
package org.commonshub.metering.iec62056;
