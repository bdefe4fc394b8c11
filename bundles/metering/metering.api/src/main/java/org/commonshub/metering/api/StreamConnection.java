package org.commonshub.metering.api;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A byte stream to an endpoint (TCP, serial), shared by all devices on it. Opened at first use and
 * again after a failure; nothing needs a restart after unplugging. Exchanges of all sharers are
 * queued (at most 64) and run one at a time.
 */
@ProviderType
public interface StreamConnection {
  /** Where it leads. */
  Endpoint endpoint();

  /**
   * Sends a request and collects one answer. Bytes that came in unasked before are thrown away, so
   * a late answer is never taken for this one: after any failure but {@link
   * DeviceException.Kind#REFUSED} the connection is dropped (TCP) or drained until quiet (serial)
   * before the next exchange.
   *
   * @param request bytes to send, at most 64 KiB
   * @param answer finds the end of the answer, at most 64 KiB
   * @param timeout from the first byte sent to the last received, connecting included; waiting in
   *     the queue does not count
   * @return the answer's bytes; or {@link DeviceException}
   */
  CompletionStage<byte[]> exchange(byte[] request, Framing answer, Duration timeout);

  /**
   * Baud rates of one exchange on a serial line (IEC 62056-21 mode C changes them in mid-exchange).
   *
   * @param sending while the request is sent
   * @param receiving from the last byte sent, for the answer; stays until the next exchange
   */
  record LineSpeed(int sending, int receiving) {}

  /** As {@link #exchange(byte[], Framing, Duration)}; on a line without a speed just that. */
  default CompletionStage<byte[]> exchange(
      byte[] request, LineSpeed speed, Framing answer, Duration timeout) {
    return exchange(request, answer, timeout);
  }

  /** Whether writes to devices are permitted on it; false for a device in read-only mode. */
  default boolean writable() {
    return false;
  }

  /**
   * Receives what a device sends by itself (push meters). Reconnects with back-off for as long as
   * the subscription is open. Excludes {@link #exchange} while open.
   *
   * @param listener called in order, on a transport thread: must return at once
   */
  AutoCloseable listen(Listener listener);

  /** Receives pushed bytes. */
  @org.osgi.annotation.versioning.ConsumerType
  interface Listener {
    /** Bytes in the order received, at most 64 KiB at once. */
    void received(byte[] bytes);

    /** The stream broke; what was buffered of a message is void. Followed by new attempts. */
    void broken(DeviceException why);
  }

  /** Drops the connection: the next exchange opens a new one. */
  void reset();
}
