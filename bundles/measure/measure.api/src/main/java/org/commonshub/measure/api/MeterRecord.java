package org.commonshub.measure.api;

/** What travels on the bus: values, or the knowledge that there are none. */
public sealed interface MeterRecord permits ReadingFrame, Gap {
  /** Source. */
  DeviceId device();
}
