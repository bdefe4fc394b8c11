package org.commonshub.metering.ecp;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.commonshub.measure.api.CborCodec;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.ReadingFrame;

/** A meter that signs with Java's own Ed25519: the hub is tested against two signers. */
final class TestMeter {
  private final KeyPair keys;
  private final byte[] publicKey;

  TestMeter() {
    try {
      keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
    byte[] encoded = keys.getPublic().getEncoded();
    publicKey = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
  }

  byte[] publicKey() {
    return publicKey.clone();
  }

  String hex() {
    return java.util.HexFormat.of().formatHex(publicKey);
  }

  String id() {
    return java.util.HexFormat.of().formatHex(DeviceKey.identifier(publicKey));
  }

  ReadingFrame frame(long at, int boot, long sequence, Measurement... values) {
    ByteBuffer id = ByteBuffer.wrap(DeviceKey.identifier(publicKey));
    return new ReadingFrame(
        DeviceId.parse(new UUID(id.getLong(), id.getLong()).toString()),
        0,
        Instant.ofEpochMilli(at),
        sequence,
        boot,
        List.of(values));
  }

  byte[] message(ReadingFrame... frames) {
    return sign(CborCodec.encode(List.of(frames)));
  }

  byte[] enrolment(String name) {
    byte[] text = name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    ByteBuffer payload = ByteBuffer.allocate(3 + 1 + 32 + 1 + 2 + text.length);
    payload.put((byte) 0xa2).put((byte) 1).put((byte) 0x58).put((byte) 32).put(publicKey);
    payload.put((byte) 2).put((byte) 0x78).put((byte) text.length).put(text);
    return sign(Arrays.copyOf(payload.array(), payload.position()));
  }

  byte[] sign(byte[] payload) {
    try {
      byte[] kid = DeviceKey.identifier(publicKey);
      Signature signer = Signature.getInstance("Ed25519");
      signer.initSign(keys.getPrivate());
      signer.update(new Envelope(kid, payload, new byte[64]).signed());
      byte[] signature = signer.sign();
      byte[] head = new byte[9];
      int size = Envelope.head(head, 2, payload.length);
      ByteBuffer message = ByteBuffer.allocate(payload.length + 120);
      message.put(java.util.HexFormat.of().parseHex("d28443a10127a10450")).put(kid);
      message.put(head, 0, size).put(payload);
      message.put((byte) 0x58).put((byte) 64).put(signature);
      return Arrays.copyOf(message.array(), message.position());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
