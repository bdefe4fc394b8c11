/** To come. */
package org.commonshub.metering.mqtt;
