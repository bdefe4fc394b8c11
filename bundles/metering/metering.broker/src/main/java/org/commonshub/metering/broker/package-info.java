/**
 * The hub's own MQTT broker (MQTT 3.1.1, OASIS Standard, 29 October 2014) for homes that have none.
 *
 * <p>{@link org.commonshub.metering.broker.Broker} is the protocol: packets in, packets out, no
 * socket, no thread, no clock. {@link org.commonshub.metering.broker.HubBroker} gives it all three.
 */
package org.commonshub.metering.broker;
