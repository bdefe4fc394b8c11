package org.commonshub.metering.ocpp;

import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;

/** States of the control pilot (IEC 61851-1), as far as OCPP tells them apart. */
enum EvState {
  /** No vehicle. */
  A(1),
  /** Vehicle connected, not charging. */
  B(2),
  /** Charging. */
  C(3),
  /** A fault. */
  E(5),
  /** Not available. */
  F(6);

  private final int code;

  EvState(int code) {
    this.code = code;
  }

  Measurement measurement() {
    return Measurement.of(Quantity.EV_STATE, code, 0);
  }
}
