/**
 * How devices are read: drivers, the transports they are given, and the registry of devices.
 *
 * <p>A driver bundle implements {@link org.commonshub.metering.api.MeterDriver} and opens no
 * socket, file or thread itself: it gets a {@link org.commonshub.metering.api.DriverContext} bound
 * to the one endpoint its device is configured with. {@code metering.provider} calls drivers from
 * its scheduler and implements {@link org.commonshub.metering.api.DeviceRegistry}; {@code
 * metering.transport} and {@code metering.serial} implement {@link
 * org.commonshub.metering.api.TransportProvider}; {@code metering.modbus} implements {@link
 * org.commonshub.metering.api.Modbus}.
 *
 * <p><b>Threading.</b> No method of a driver or a transport blocks: work that waits for a device
 * returns a {@link java.util.concurrent.CompletionStage}. Calls into one session never overlap. A
 * driver that blocks all the same is found out by a watchdog, loses its lane and is reported;
 * nobody else waits for it.
 */
@Export
@Version("1.1.0")
package org.commonshub.metering.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
