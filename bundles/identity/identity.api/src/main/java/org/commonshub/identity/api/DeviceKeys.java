package org.commonshub.identity.api;

import java.io.IOException;
import java.util.Optional;
import org.commonshub.measure.api.DeviceId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Keys of meters that cannot sign by themselves: the hub signs for them, each with a key of its
 * own, and the key log of the hub vouches for none of them — a receipt says that the hub signed.
 * Any thread.
 */
@ProviderType
public interface DeviceKeys {
  /** The key of a device, if one was made. */
  Optional<VerificationKey> key(DeviceId device);

  /**
   * Signs for a device as COSE_Sign1; makes its key at the first time.
   *
   * @throws IOException if a key had to be made and could not be kept
   */
  byte[] sign(DeviceId device, SigningPurpose purpose, byte[] payload) throws IOException;

  /** Destroys a device's key, when the device is removed. */
  void forget(DeviceId device) throws IOException;
}
