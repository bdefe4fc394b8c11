package org.commonshub.ledger.ethereum;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/** What the contracts' custom errors mean, in plain words. */
final class Refusals {
  private static final Map<String, String> TEXTS =
      Map.of(
          key("IsPaused()"),
          "The contract is paused by its administrators.",
          key("Conflict()"),
          "Another root with the same number is on its way.",
          key("Stale(uint64)"),
          "A root with a higher number is on its way.",
          key("MissingRole(address,uint256)"),
          "This hub lacks a role on the contract; its administrators can give it.",
          key("NotMember(address)"),
          "Somebody in the round is not a member of the community on the contract; its"
              + " administrators can admit them.",
          key("InsufficientCredit(address)"),
          "Somebody in the round has less credit than is taken.",
          key("ReceiverRefused(address)"),
          "An account in the round is a contract that refuses credits.");

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
