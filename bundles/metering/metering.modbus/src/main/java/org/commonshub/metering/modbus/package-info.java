/**
 * Modbus behind one guard that never yields a wrong value, and meters described by register maps.
 *
 * <p>{@link org.commonshub.metering.modbus.ModbusService} implements {@link
 * org.commonshub.metering.api.Modbus}: j2mod encodes and decodes the messages, {@link
 * org.commonshub.metering.modbus.Adu} decides whether bytes are the answer to the request. {@link
 * org.commonshub.metering.modbus.RegisterMapDriver} reads meters by the data files in {@code
 * maps/}. Nothing here opens a socket, starts a thread or can write to a device.
 */
package org.commonshub.metering.modbus;
