/** To come. */
package org.commonshub.metering.emoncms;
