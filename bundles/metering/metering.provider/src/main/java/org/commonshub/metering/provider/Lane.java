package org.commonshub.metering.provider;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.commonshub.metering.api.Endpoint;

/**
 * One bus: the devices of one endpoint are asked one after the other. It is the lock for its own
 * state and that of its units; no driver, transport or bus consumer that could wait is called under
 * it.
 */
final class Lane {
  final Endpoint endpoint;
  final ArrayDeque<Unit> ready = new ArrayDeque<>();
  final Breaker breaker = new Breaker();
  Unit busy;
  final List<Unit> members = new ArrayList<>();
  String lastError = "";

  Lane(Endpoint endpoint) {
    this.endpoint = endpoint;
  }
}
