/**
 * Devices that publish to an MQTT broker: the ecosystems that the hub knows, a template for any
 * other, and the driver {@code mqtt}. Opens no socket and starts no thread.
 */
package org.commonshub.metering.mqtt;
