package org.commonshub.measure.api;

import java.util.Objects;
import java.util.UUID;

/**
 * Identity of a device as the hub knows it: a UUID made by the hub, apart from address, PID and
 * serial number, so that none of these can change what history belongs to.
 */
public record DeviceId(UUID value) implements Comparable<DeviceId> {
  /** The home itself: source of derived balance readings. */
  public static final DeviceId HOME =
      new DeviceId(UUID.fromString("00000000-0000-8000-8000-000000000001"));

  public DeviceId {
    Objects.requireNonNull(value, "value");
  }

  /** A new random identity. */
  public static DeviceId random() {
    return new DeviceId(UUID.randomUUID());
  }

  /**
   * Parses the canonical form of {@link #toString()}.
   *
   * @throws IllegalArgumentException if it is not a UUID in canonical form
   */
  public static DeviceId parse(String text) {
    if (text.length() != 36) {
      throw new IllegalArgumentException(
          "device id is not a UUID: " + text.length() + " characters");
    }
    return new DeviceId(UUID.fromString(text));
  }

  @Override
  public int compareTo(DeviceId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
