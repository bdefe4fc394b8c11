/**
 * The emonCMS input API, so that OpenEnergyMonitor hardware and whatever else posts to an emonCMS
 * can post to the hub: requests, keys, and the driver {@code emoncms}. Opens no socket; {@code
 * DeviceServer} does.
 */
package org.commonshub.metering.emoncms;
