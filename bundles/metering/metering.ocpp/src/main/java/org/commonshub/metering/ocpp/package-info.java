/** OCPP 1.6J and 2.0.1 charge points: the hub is their central system. */
package org.commonshub.metering.ocpp;
