package org.commonshub.benchmarks;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.commonshub.measure.api.CborCodec;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;

/** A meter that signs what it measures (docs/data-structure.md, section 9). */
final class SigningMeter {
  private static final List<Quantity> QUANTITIES =
      List.of(
          Quantity.ACTIVE_POWER,
          Quantity.ACTIVE_POWER_L1,
          Quantity.ACTIVE_POWER_L2,
          Quantity.ACTIVE_POWER_L3,
          Quantity.VOLTAGE_L1,
          Quantity.VOLTAGE_L2,
          Quantity.VOLTAGE_L3,
          Quantity.FREQUENCY,
          Quantity.ENERGY_IMPORT,
          Quantity.ENERGY_EXPORT);

  private final KeyPair keys;
  private final byte[] key;
  private final byte[] id;

  SigningMeter() {
    try {
      keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      byte[] encoded = keys.getPublic().getEncoded();
      key = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
      id = Arrays.copyOf(MessageDigest.getInstance("SHA-512").digest(key), 16);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  String key() {
    return HexFormat.of().formatHex(key);
  }

  String id() {
    return HexFormat.of().formatHex(id);
  }

  /** The n-th message with so many frames of ten values. */
  byte[] message(int n, int count) {
    ByteBuffer self = ByteBuffer.wrap(id);
    DeviceId device = new DeviceId(new UUID(self.getLong(), self.getLong()));
    List<ReadingFrame> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long sequence = 1 + (long) n * count + i;
      List<Measurement> values = new ArrayList<>();
      for (Quantity quantity : QUANTITIES) {
        values.add(Measurement.of(quantity, 2300 + sequence, -1));
      }
      frames.add(new ReadingFrame(device, 0, Instant.EPOCH, sequence, 1, values));
    }
    return sign(CborCodec.encode(frames));
  }

  private byte[] sign(byte[] payload) {
    byte[] protectedHeader = {(byte) 0xa1, 0x01, 0x27};
    byte[] length = {0x59, (byte) (payload.length >> 8), (byte) payload.length};
    if (payload.length < 256) {
      length = new byte[] {0x58, (byte) payload.length};
    }
    ByteArrayOutputStream signed = new ByteArrayOutputStream();
    signed.writeBytes(HexFormat.of().parseHex("846a5369676e61747572653143"));
    signed.writeBytes(protectedHeader);
    signed.write(0x40);
    signed.writeBytes(length);
    signed.writeBytes(payload);
    try {
      Signature signer = Signature.getInstance("Ed25519");
      signer.initSign(keys.getPrivate());
      signer.update(signed.toByteArray());
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      message.writeBytes(HexFormat.of().parseHex("d28443a10127a10450"));
      message.writeBytes(id);
      message.writeBytes(length);
      message.writeBytes(payload);
      message.write(0x58);
      message.write(64);
      message.writeBytes(signer.sign());
      return message.toByteArray();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
