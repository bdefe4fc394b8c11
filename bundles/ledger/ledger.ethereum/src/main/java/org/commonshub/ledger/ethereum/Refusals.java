package org.commonshub.ledger.ethereum;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/** What the contracts' custom errors mean, in plain words. */
final class Refusals {
  private static final Map<String, String> TEXTS =
      Map.of(
          key("Paused()"),
          "The contract is paused by its administrators.",
          key("EnforcedPause()"),
          "The contract is paused by its administrators.",
          key("Unauthorized(address,bytes32)"),
          "This hub lacks a role on the contract; its administrators can give it.");

  private Refusals() {}

  static Optional<String> text(byte[] data) {
    return data.length < 4
        ? Optional.empty()
        : Optional.ofNullable(TEXTS.get(HexFormat.of().formatHex(Arrays.copyOf(data, 4))));
  }

  private static String key(String signature) {
    return HexFormat.of().formatHex(Abi.selector(signature));
  }
}
