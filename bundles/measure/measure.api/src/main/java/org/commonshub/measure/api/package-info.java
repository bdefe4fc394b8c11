/**
 * The energy vocabulary: what a reading is, and the bus it travels on.
 *
 * <p>Value types are immutable and safe for any thread. Drivers (through {@code metering.provider})
 * make {@link org.commonshub.measure.api.ReadingFrame}s; {@code measure.provider} implements {@link
 * org.commonshub.measure.api.ReadingBus}, {@link org.commonshub.measure.api.LiveState} and {@link
 * org.commonshub.measure.api.EnergyBalance}; {@code history} and {@code ledger} implement {@link
 * org.commonshub.measure.api.ReadingSink}; {@code metering.provider} implements {@link
 * org.commonshub.measure.api.DeviceDirectory}.
 *
 * <p>Sign convention: passive (OBIS 16.7.0). Positive power is taken by the device, negative is
 * given by it. Grid meter + = import; PV is negative; a charging battery is positive. Registers are
 * never negative.
 */
@Export
@Version("1.0.0")
package org.commonshub.measure.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
