/**
 * The one door to everything that can be told to a device.
 *
 * <p>Strategies, apps, markets and buttons of the console state an {@link
 * org.commonshub.control.api.Intent}; the {@link org.commonshub.control.api.Arbiter} lets the one
 * with the highest priority through to the device, for as long as its lease lasts, and hands the
 * device back to its own default when nobody holds it any more. Implemented by {@code
 * control.arbiter}; called by anybody who has a reason.
 */
@Export
@Version("1.0.0")
package org.commonshub.control.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
