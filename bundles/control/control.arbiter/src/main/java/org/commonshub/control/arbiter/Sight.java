package org.commonshub.control.arbiter;

import org.commonshub.metering.api.Actuator;

/**
 * An actuator as it was last seen.
 *
 * @param deviceName what the prosumer calls its device
 * @param readOnly whether writes are refused
 */
record Sight(String deviceName, boolean readOnly, Actuator actuator) {}
