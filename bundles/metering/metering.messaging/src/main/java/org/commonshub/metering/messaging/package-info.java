/**
 * Connections to MQTT brokers in the home (MQTT 3.1.1, OASIS Standard, 29 October 2014) on Eclipse
 * Paho, with what Paho lacks around it: bounds, own reconnection, threads that end, errors in
 * words.
 */
package org.commonshub.metering.messaging;
