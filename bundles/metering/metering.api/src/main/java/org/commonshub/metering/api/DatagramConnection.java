package org.commonshub.metering.api;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** Datagrams with one peer or of one multicast group. */
@ProviderType
public interface DatagramConnection {
  /** Where it leads. */
  Endpoint endpoint();

  /** Sends a datagram and takes the first that {@code matches} in reply. */
  CompletionStage<byte[]> exchange(
      byte[] request, java.util.function.Predicate<byte[]> matches, Duration timeout);

  /** Receives every datagram until closed; the listener runs on a transport thread. */
  AutoCloseable listen(Consumer<byte[]> listener);
}
