package org.commonshub.metering.api;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/** Finds the end of a message in a stream of bytes. Called on transport threads: pure and quick. */
@ConsumerType
@FunctionalInterface
public interface Framing {
  /**
   * Looks at what has come in so far.
   *
   * @param received bytes from position to limit; must not be changed
   * @return length of the first complete message, 1 … remaining; or 0 if more bytes are needed
   * @throws DeviceException if this can no longer become a valid message; the connection is dropped
   */
  int complete(ByteBuffer received) throws DeviceException;
}
