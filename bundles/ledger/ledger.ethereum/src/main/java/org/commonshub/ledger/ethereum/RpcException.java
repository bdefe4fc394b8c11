package org.commonshub.ledger.ethereum;

import java.util.Optional;

/** A node's answer that says no. */
final class RpcException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final int MAX_TEXT = 160;

  private final transient Optional<byte[]> data;

  RpcException(String message, Optional<byte[]> data) {
    super(plain(message));
    this.data = data;
  }

  /** What a contract gave with its refusal. */
  Optional<byte[]> data() {
    return data;
  }

  private static String plain(String message) {
    String line = message.replaceAll("[^ -~]", " ");
    return line.length() > MAX_TEXT ? line.substring(0, MAX_TEXT) + "…" : line;
  }

  boolean says(String... words) {
    String message = getMessage().toLowerCase(java.util.Locale.ROOT);
    for (String word : words) {
      if (message.contains(word)) {
        return true;
      }
    }
    return false;
  }
}
