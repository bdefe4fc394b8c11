package org.commonshub.control.arbiter;

import org.commonshub.measure.api.DeviceId;

/** One actuator of one device. */
record Key(DeviceId device, String actuator) {}
