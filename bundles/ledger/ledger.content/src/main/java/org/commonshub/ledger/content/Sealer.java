package org.commonshub.ledger.content;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import org.commonshub.identity.api.Cbor;

/**
 * Encrypts a stream to recipients and packs it as a CAR file. The stream is cut into parts, each
 * AES-256-GCM under one fresh content key with its number as nonce (the STREAM construction: 11
 * bytes of number, one that says whether it is the last), each a raw block. The root (DAG-CBOR)
 * links them in order and holds the content key, sealed to each recipient with {@link Hpke} over
 * the whole list of parts.
 */
final class Sealer extends OutputStream {
  /** Bytes of a part; its block is 256 KiB. */
  static final int PART = 256 * 1024 - Hpke.TAG;

  /** Most parts; the root stays below the size of a block. */
  static final int MAX_PARTS = 4_096;

  static final byte[] INFO = "commonshub sealed content 1".getBytes(StandardCharsets.US_ASCII);
  private static final int BLOCK_HEAD = 64;

  private final SecureRandom random;
  private final Path parts;
  private final OutputStream out;
  private final long maxBytes;
  private final byte[] key = new byte[32];
  private final byte[] part = new byte[PART];
  private final List<Cid> links = new ArrayList<>();
  private int filled;
  private long written;

  /**
   * Begins.
   *
   * @param parts file to be made for the parts; the caller deletes it
   * @param maxBytes most bytes of the CAR file
   */
  Sealer(Path parts, long maxBytes, SecureRandom random) throws IOException {
    this.parts = parts;
    this.maxBytes = maxBytes;
    this.random = random;
    random.nextBytes(key);
    out = new BufferedOutputStream(Files.newOutputStream(parts, StandardOpenOption.CREATE_NEW));
  }

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    int at = from;
    int left = length;
    while (left > 0) {
      if (filled == PART) {
        part(false);
      }
      int run = Math.min(left, PART - filled);
      System.arraycopy(bytes, at, part, filled, run);
      filled += run;
      at += run;
      left -= run;
    }
  }

  private void part(boolean last) throws IOException {
    written += filled + Hpke.TAG + BLOCK_HEAD;
    if (written > maxBytes || links.size() >= MAX_PARTS) {
      throw new IOException(
          "The readings are more than the content store keeps ("
              + maxBytes / (1024 * 1024)
              + " MiB): seal a shorter time or fewer devices, or make the store larger.");
    }
    byte[] block;
    try {
      byte[] text = java.util.Arrays.copyOf(part, filled);
      block = Hpke.gcm(Cipher.ENCRYPT_MODE, key, nonce(links.size(), last), new byte[0], text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM is part of every Java", e);
    }
    Cid cid = Cid.of(Cid.RAW, block);
    Car.writeBlock(out, cid, block, block.length);
    links.add(cid);
    filled = 0;
  }

  static byte[] nonce(int number, boolean last) {
    return ByteBuffer.allocate(12).putInt(7, number).put(11, (byte) (last ? 1 : 0)).array();
  }

  /** What the recipients' keys are bound to: the root without them. */
  static byte[] bound(List<?> links) {
    return Cbor.encode(Map.of("v", 1L, "parts", links));
  }

  /**
   * Ends the stream and writes the CAR file, durably.
   *
   * @param recipients raw X25519 keys
   * @throws IllegalArgumentException if one of them is none
   */
  Cid finish(Path car, List<byte[]> recipients) throws IOException {
    part(true);
    out.close();
    List<Object> tagged = new ArrayList<>();
    links.forEach(cid -> tagged.add(new Cbor.Tagged(Cid.LINK, cid.link())));
    byte[] bound = bound(tagged);
    List<Object> to = new ArrayList<>();
    for (byte[] recipient : recipients) {
      byte[] ephemeral = new byte[Hpke.KEY];
      random.nextBytes(ephemeral);
      try {
        Hpke.Message message = Hpke.AES_256.seal(recipient, INFO, bound, key, ephemeral);
        to.add(Map.of("enc", message.enc(), "key", message.ciphertext()));
      } catch (GeneralSecurityException e) {
        throw new IllegalArgumentException("A recipient's key is not a usable X25519 key.", e);
      }
    }
    byte[] root = Cbor.encode(Map.of("v", 1L, "to", to, "parts", tagged));
    Cid cid = Cid.of(Cid.DAG_CBOR, root);
    try (FileChannel file =
            FileChannel.open(car, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        OutputStream whole = new BufferedOutputStream(Channels.newOutputStream(file))) {
      Car.writeHeader(whole, cid);
      Car.writeBlock(whole, cid, root, root.length);
      Files.copy(parts, whole);
      whole.flush();
      file.force(true);
    }
    return cid;
  }

  @Override
  public void close() throws IOException {
    java.util.Arrays.fill(key, (byte) 0);
    out.close();
  }
}
