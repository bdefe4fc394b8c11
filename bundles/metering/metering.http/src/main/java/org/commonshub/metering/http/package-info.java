/**
 * Devices that answer over HTTP in JSON: Shelly, Tasmota, presets for further ones as data files,
 * and a template for any other; the driver {@code http}. Opens no socket and starts no thread.
 */
package org.commonshub.metering.http;
