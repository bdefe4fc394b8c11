/**
 * SMA Energy Meter and Sunny Home Manager 2.0, which multicast what they measure: decoding of their
 * datagrams and the driver {@code speedwire}. Opens no socket and starts no thread.
 */
package org.commonshub.metering.speedwire;
