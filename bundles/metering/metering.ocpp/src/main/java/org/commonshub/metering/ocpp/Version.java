package org.commonshub.metering.ocpp;

import java.util.List;

/** What a charge point speaks. */
enum Version {
  V201("ocpp2.0.1", "OCPP 2.0.1"),
  V16("ocpp1.6", "OCPP 1.6");

  /** The preferred first. */
  static final List<String> SUBPROTOCOLS = List.of(V201.subprotocol, V16.subprotocol);

  private final String subprotocol;
  private final String title;

  Version(String subprotocol, String title) {
    this.subprotocol = subprotocol;
    this.title = title;
  }

  String title() {
    return title;
  }

  /** The version of a WebSocket subprotocol; null if it is none. */
  static Version of(String subprotocol) {
    for (Version version : values()) {
      if (version.subprotocol.equals(subprotocol)) {
        return version;
      }
    }
    return null;
  }
}
