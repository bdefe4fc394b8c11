/** To come. */
package org.commonshub.metering.dlms;
