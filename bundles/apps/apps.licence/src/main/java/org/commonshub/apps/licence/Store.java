package org.commonshub.apps.licence;

import java.io.IOException;
import java.util.Optional;

/** Where state is kept: {@link org.commonshub.platform.api.DurablePair}, or memory in tests. */
interface Store {
  /** What was written last; empty at the first start, and if nothing whole is left. */
  Optional<byte[]> read() throws IOException;

  /** Durable when it returns; if it fails, what was there is there. */
  void write(byte[] content) throws IOException;
}
