package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.platform.api.DurableFiles;

/**
 * An Ed25519 key of an operator or a provider, for their tools; a hub has none of these. Kept as
 * PKCS#8 in PEM (RFC 7468, RFC 8410), under a passphrase as PBES2 with PBKDF2-HMAC-SHA-256 and
 * AES-256-CBC (RFC 8018), both as OpenSSL reads them; behind it stands the public key as a comment.
 */
public final class SigningKey {
  private static final String SEALING = "PBEWithHmacSHA256AndAES_256";
  private static final int ITERATIONS = 600_000;
  private static final int MAX_FILE = 8192;
  private static final String PUBLIC = "public: ";

  private final PrivateKey secret;
  private final VerificationKey key;

  private SigningKey(PrivateKey secret, VerificationKey key) {
    this.secret = secret;
    this.key = key;
  }

  /** A new key. */
  public static SigningKey generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      return new SigningKey(pair.getPrivate(), VerificationKey.of(pair.getPublic()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Ed25519 is part of every Java", e);
    }
  }

  /** What others verify with. */
  public VerificationKey key() {
    return key;
  }

  /** Signs: 64 bytes. */
  public byte[] sign(byte[] message) {
    try {
      Signature signer = Signature.getInstance("Ed25519");
      signer.initSign(secret);
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Ed25519 is part of every Java", e);
    }
  }

  /**
   * Adds this key's signature to a document of a catalogue: root, targets, a provider's.
   *
   * @throws MetadataException if it is no such document
   */
  public byte[] signDocument(byte[] document) throws MetadataException {
    return Documents.sign(document, this);
  }

  /**
   * Keeps a key, mode 0600; the folder has to be there.
   *
   * @param passphrase empty for none
   * @throws FileAlreadyExistsException rather than writing over a key
   * @throws IllegalArgumentException if the passphrase is not plain ASCII, which is all that PBES2
   *     reads alike everywhere
   */
  public void write(Path file, char[] passphrase) throws IOException {
    for (char c : passphrase) {
      if (c < ' ' || c > '~') {
        throw new IllegalArgumentException("a passphrase has letters, digits and signs of ASCII");
      }
    }
    if (Files.exists(file)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    boolean plain = passphrase.length == 0;
    String label = plain ? "PRIVATE KEY" : "ENCRYPTED PRIVATE KEY";
    byte[] der = plain ? secret.getEncoded() : seal(passphrase);
    String pem =
        "-----BEGIN "
            + label
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END "
            + label
            + "-----\n"
            + PUBLIC
            + key.multikey()
            + "\n";
    DurableFiles.write(file, pem.getBytes(StandardCharsets.US_ASCII), true);
  }

  /**
   * Reads a key.
   *
   * @param passphrase empty for none
   * @throws IOException if the file is no such key, or the passphrase is wrong; the message is for
   *     people
   */
  public static SigningKey read(Path file, char[] passphrase) throws IOException {
    String text = new String(DurableFiles.read(file, MAX_FILE), StandardCharsets.US_ASCII);
    int begin = text.indexOf("KEY-----\n");
    int end = text.indexOf("\n-----END ");
    int named = text.indexOf(PUBLIC);
    if (!text.startsWith("-----BEGIN ") || begin < 0 || end < begin || named < end) {
      throw new IOException(file + " is no key that was written here");
    }
    boolean sealed = text.startsWith("-----BEGIN ENCRYPTED ");
    if (sealed && passphrase.length == 0) {
      throw new IOException(file + " is kept under a passphrase");
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(text.substring(begin + 9, end));
      PKCS8EncodedKeySpec spec = sealed ? open(der, passphrase) : new PKCS8EncodedKeySpec(der);
      PrivateKey secret = KeyFactory.getInstance("Ed25519").generatePrivate(spec);
      VerificationKey key = VerificationKey.parse(text.substring(named + PUBLIC.length()).strip());
      SigningKey made = new SigningKey(secret, key);
      byte[] probe = file.toString().getBytes(StandardCharsets.UTF_8);
      if (key.verify(probe, made.sign(probe))) {
        return made;
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(
          sealed ? "the passphrase of " + file + " is wrong" : file + " is damaged", e);
    }
    throw new IOException(file + " names another public key than its own");
  }

  private byte[] seal(char[] passphrase) throws IOException {
    byte[] salt = new byte[16];
    new SecureRandom().nextBytes(salt);
    try {
      Cipher cipher = Cipher.getInstance(SEALING);
      cipher.init(Cipher.ENCRYPT_MODE, secret(passphrase), new PBEParameterSpec(salt, ITERATIONS));
      // The JDK names the parameters after their ciphers, and finds no identifier for that name.
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("PBES2");
      parameters.init(cipher.getParameters().getEncoded());
      return new EncryptedPrivateKeyInfo(parameters, cipher.doFinal(secret.getEncoded()))
          .getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java cannot seal a key", e);
    }
  }

  private static PKCS8EncodedKeySpec open(byte[] der, char[] passphrase)
      throws IOException, GeneralSecurityException {
    EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
    if (!SEALING.equals(info.getAlgParameters().toString())) {
      throw new InvalidKeySpecException("sealed in another way");
    }
    if (info.getAlgParameters().getParameterSpec(PBEParameterSpec.class).getIterationCount()
        > 10 * ITERATIONS) {
      throw new InvalidKeySpecException("sealed with too many iterations");
    }
    Cipher cipher = Cipher.getInstance(SEALING);
    cipher.init(Cipher.DECRYPT_MODE, secret(passphrase), info.getAlgParameters());
    return info.getKeySpec(cipher);
  }

  private static SecretKey secret(char[] passphrase) throws GeneralSecurityException {
    PBEKeySpec spec = new PBEKeySpec(passphrase);
    try {
      return SecretKeyFactory.getInstance(SEALING).generateSecret(spec);
    } finally {
      spec.clearPassword();
    }
  }
}
