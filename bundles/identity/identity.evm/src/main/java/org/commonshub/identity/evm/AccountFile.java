package org.commonshub.identity.evm;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.commonshub.platform.api.DurableFiles;

/**
 * The account's private key in {@code DATA/identity.evm/account.sealed}, AES-256-GCM (NIST SP
 * 800-38D) under {@code account.key} beside it, both with mode 0600. A key that controls money is
 * never dropped: a restore moves the old files to {@code ADDRESS.sealed} and {@code ADDRESS.key}.
 */
final class AccountFile {
  private static final byte[] PURPOSE = "identity.evm/account".getBytes(StandardCharsets.US_ASCII);
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;

  private final SecureRandom random = new SecureRandom();
  private final Path file;
  private final Path keyFile;

  AccountFile(Path directory) throws IOException {
    DurableFiles.privateDirectory(directory);
    this.file = directory.resolve("account.sealed");
    this.keyFile = directory.resolve("account.key");
  }

  /**
   * The private key; made at the first time.
   *
   * @throws IOException if it is there and cannot be opened; the message is for people
   */
  byte[] load() throws IOException {
    byte[] sealed;
    try {
      sealed = DurableFiles.read(file, 1024);
    } catch (NoSuchFileException e) {
      byte[] fresh = new byte[KEY_BYTES];
      do {
        random.nextBytes(fresh);
      } while (!Secp256k1.usable(new BigInteger(1, fresh)));
      store(fresh);
      return fresh;
    }
    try {
      if (sealed.length != NONCE_BYTES + KEY_BYTES + TAG_BYTES) {
        throw new GeneralSecurityException("not as long as a sealed key");
      }
      byte[] nonce = Arrays.copyOf(sealed, NONCE_BYTES);
      return cipher(Cipher.DECRYPT_MODE, DurableFiles.read(keyFile, 1024), nonce)
          .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw new IOException(
          "The key of the hub's account in "
              + file
              + " cannot be opened with account.key: restore a backup with passphrase, or delete"
              + " both files to begin with an empty account.",
          e);
    }
  }

  /** Replaces the key, durably; the old one is kept under its address. */
  void replace(byte[] secret, String oldAddress) throws IOException {
    for (Path old : List.of(keyFile, file)) {
      String kept = old.getFileName().toString().replace("account", oldAddress);
      DurableFiles.write(old.resolveSibling(kept), DurableFiles.read(old, 1024), true);
    }
    store(secret);
  }

  private void store(byte[] secret) throws IOException {
    byte[] key;
    if (Files.exists(keyFile)) {
      key = DurableFiles.read(keyFile, 1024);
    } else {
      key = new byte[KEY_BYTES];
      random.nextBytes(key);
      DurableFiles.write(keyFile, key, true);
    }
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] box = cipher(Cipher.ENCRYPT_MODE, key, nonce).doFinal(secret);
      byte[] sealed = Arrays.copyOf(nonce, NONCE_BYTES + box.length);
      System.arraycopy(box, 0, sealed, NONCE_BYTES, box.length);
      DurableFiles.write(file, sealed, true);
    } catch (GeneralSecurityException e) {
      throw new IOException("The key in " + keyFile + " is damaged; delete it.", e);
    }
  }

  private static Cipher cipher(int mode, byte[] key, byte[] nonce) throws GeneralSecurityException {
    if (key.length != KEY_BYTES) {
      throw new GeneralSecurityException("not an AES-256 key");
    }
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BYTES * 8, nonce));
    cipher.updateAAD(PURPOSE);
    return cipher;
  }
}
