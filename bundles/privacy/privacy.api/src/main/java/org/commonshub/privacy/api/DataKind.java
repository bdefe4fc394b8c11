package org.commonshub.privacy.api;

/** What kind of data is asked for. */
public enum DataKind {
  /** Measured and derived quantities of devices. */
  READINGS,
  /** Modes and states of devices: on, charging, fault. */
  DEVICE_STATES,
  /** Prices this home pays or is offered. */
  PRICES,
  /** Orders and trades of this home. */
  TRADES
}
