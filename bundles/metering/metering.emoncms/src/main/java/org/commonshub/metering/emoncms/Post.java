package org.commonshub.metering.emoncms;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What one node sent for one instant.
 *
 * @param node name or number
 * @param time the sender's time, if it gave one that can be believed
 * @param doubtful whether it gave one that cannot
 * @param inputs values by name
 */
record Post(String node, Optional<Instant> time, boolean doubtful, Map<String, BigDecimal> inputs) {
  Post {
    inputs = Map.copyOf(inputs);
  }
}
