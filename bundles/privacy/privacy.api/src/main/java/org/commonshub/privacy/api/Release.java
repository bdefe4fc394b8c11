package org.commonshub.privacy.api;

import java.time.Instant;
import java.util.List;

/**
 * What a recipient gets: exactly this, and nothing beside it. {@link ReleaseCodec} is its wire
 * form.
 *
 * @param consent id of the consent it rests on
 * @param recipient who gets it
 * @param purpose what for
 * @param instant when it was released
 * @param blocks values; blocks without values are left out
 */
public record Release(
    String consent, Recipient recipient, Purpose purpose, Instant instant, List<Block> blocks) {
  public Release {
    blocks = List.copyOf(blocks);
  }

  /** Number of values. */
  public int size() {
    return blocks.stream().mapToInt(Block::size).sum();
  }
}
