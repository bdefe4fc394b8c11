package org.commonshub.identity.provider;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.commonshub.identity.api.DeviceKeys;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.measure.api.DeviceId;

/** Keys of devices, under {@code device-UUID} at the key providers. */
final class DeviceSigner implements DeviceKeys {
  private final Keyring keys;

  DeviceSigner(Keyring keys) {
    this.keys = keys;
  }

  private static String name(DeviceId device) {
    return "device-" + device;
  }

  @Override
  public Optional<VerificationKey> key(DeviceId device) {
    return keys.find(name(device)).map(Keyring.Kept::key);
  }

  @Override
  public byte[] sign(DeviceId device, SigningPurpose purpose, byte[] payload) throws IOException {
    try {
      return Identity.cose(make(device), purpose, payload);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private synchronized Keyring.Kept make(DeviceId device) throws IOException {
    return keys.findOrCreate(name(device));
  }

  @Override
  public synchronized void forget(DeviceId device) throws IOException {
    keys.destroy(name(device));
  }
}
