/** To come. */
package org.commonshub.metering.ocpp;
