package org.commonshub.privacy.provider;

import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Quantity;

/** One quantity of one device. */
record Series(DeviceId device, Quantity quantity) {}
