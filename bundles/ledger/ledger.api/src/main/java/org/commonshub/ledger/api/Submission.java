package org.commonshub.ledger.api;

import java.util.Arrays;

/**
 * One effect that a ledger is to have, once.
 *
 * @param key unique name of the effect on this hub, for ever; letters, digits, {@code . _ - ~ /},
 *     at most 128. The part before the first {@code /} is its order: effects with the same one take
 *     place in the order of their submission.
 * @param kind what it does
 * @param digest 32 bytes that the ledger keeps
 * @param body what the effect needs beside the digest, at most 64 KiB; empty for {@link
 *     SubmissionKind#ROOT}
 */
public record Submission(String key, SubmissionKind kind, byte[] digest, byte[] body) {
  private static final int MAX_BODY = 64 * 1024;

  public Submission {
    if (!key.matches("[A-Za-z0-9._~/-]{1,128}")) {
      throw new IllegalArgumentException(
          "A submission's key is 1 to 128 of letters, digits and . _ - ~ /");
    }
    if (digest.length != 32) {
      throw new IllegalArgumentException("A digest has 32 bytes, not " + digest.length);
    }
    if (body.length > MAX_BODY) {
      throw new IllegalArgumentException("A body has at most " + MAX_BODY + " bytes");
    }
  }

  /** The part of the key that orders it. */
  public String order() {
    int slash = key.indexOf('/');
    return slash < 0 ? key : key.substring(0, slash);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Submission that
        && that.key.equals(key)
        && that.kind == kind
        && Arrays.equals(that.digest, digest)
        && Arrays.equals(that.body, body);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }
}
