package org.commonshub.identity.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.KeyAlgorithm;
import org.commonshub.identity.api.KeyProvider;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Private keys in {@code DATA/identity.provider/keys.sealed}: AES-256-GCM (NIST SP 800-38D, fresh
 * 96-bit nonce at every write) under {@code keys.key} beside it, both with mode 0600. The file is
 * rewritten as a whole, so it is the old or the new one after a power cut. This keeps keys out of
 * backups without a passphrase and out of copies of one file; who can read the hub user's files can
 * read them. Damage is never mended by making new keys: that would be another hub.
 */
@Component(
    service = {KeyProvider.class, FileKeys.class},
    property = {KeyProvider.NAME + "=file", "service.ranking:Integer=0"})
public final class FileKeys implements KeyProvider {
  private static final Pattern NAMES = Pattern.compile("[A-Za-z0-9._~-]{1,128}");
  private static final byte[] PURPOSE =
      "identity.provider/keys".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_KEYS = 10_000;
  private static final int MAX_BYTES = 8 << 20;
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  /** A pair as it is kept. */
  private record Pair(PrivateKey secret, VerificationKey open) {}

  private final SecureRandom random = new SecureRandom();
  private final Path file;
  private final byte[] seal;
  private volatile Map<String, Pair> pairs;

  @Activate
  public FileKeys(@Reference(name = "paths") HubPaths paths) throws IOException {
    this(paths.data().resolve("identity.provider"));
  }

  FileKeys(Path directory) throws IOException {
    DurableFiles.privateDirectory(directory);
    this.file = directory.resolve("keys.sealed");
    this.seal = sealKey(directory.resolve("keys.key"));
    this.pairs = Files.exists(file) ? decode(open(DurableFiles.read(file, MAX_BYTES))) : Map.of();
  }

  @Override
  public Set<KeyAlgorithm> algorithms() {
    return EnumSet.allOf(KeyAlgorithm.class);
  }

  @Override
  public synchronized VerificationKey create(String name, KeyAlgorithm algorithm)
      throws IOException {
    if (!NAMES.matcher(name).matches()) {
      throw new IOException("A key's name is 1 to 128 of letters, digits and . _ - ~");
    }
    if (pairs.containsKey(name) || pairs.size() >= MAX_KEYS) {
      throw new IOException(
          "Key " + name + " is there already, or there are " + MAX_KEYS + " keys.");
    }
    Map<String, Pair> more = new TreeMap<>(pairs);
    Pair pair = generate(algorithm);
    more.put(name, pair);
    store(more);
    return pair.open();
  }

  @Override
  public Optional<VerificationKey> find(String name) {
    return Optional.ofNullable(pairs.get(name)).map(Pair::open);
  }

  @Override
  public byte[] sign(String name, byte[] message) throws IOException {
    Pair pair = pairs.get(name);
    if (pair == null) {
      throw new IOException("There is no key " + name + " in " + file);
    }
    try {
      Signature signer =
          Signature.getInstance(
              pair.open().algorithm() == KeyAlgorithm.ED25519
                  ? "Ed25519"
                  : "SHA256withECDSAinP1363Format");
      signer.initSign(pair.secret());
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IOException("Key " + name + " cannot sign", e);
    }
  }

  @Override
  public synchronized void destroy(String name) throws IOException {
    if (pairs.containsKey(name)) {
      Map<String, Pair> fewer = new TreeMap<>(pairs);
      fewer.remove(name);
      store(fewer);
    }
  }

  /** All keys in the clear, for the sealed part of a backup. */
  byte[] export() {
    return encode(pairs);
  }

  /** Whether exported keys hold that key under that name. */
  boolean holds(byte[] exported, String name, VerificationKey key) throws IOException {
    Pair pair = decode(exported).get(name);
    return pair != null && pair.open().equals(key);
  }

  /**
   * Takes over exported keys, durably.
   *
   * @param replace whether all keys of the hub here, and those under the same name, give way
   */
  synchronized void adopt(byte[] exported, boolean replace) throws IOException {
    Map<String, Pair> more = new TreeMap<>(pairs);
    if (replace) {
      more.keySet().removeIf(name -> name.startsWith(Identity.PREFIX));
    }
    decode(exported).forEach((name, pair) -> more.merge(name, pair, (a, b) -> replace ? b : a));
    store(more);
  }

  private void store(Map<String, Pair> next) throws IOException {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] box = cipher(Cipher.ENCRYPT_MODE, nonce).doFinal(encode(next));
      byte[] sealed = Arrays.copyOf(nonce, NONCE_BYTES + box.length);
      System.arraycopy(box, 0, sealed, NONCE_BYTES, box.length);
      DurableFiles.write(file, sealed, true);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM is part of every Java", e);
    }
    pairs = Map.copyOf(next);
  }

  private byte[] open(byte[] sealed) throws IOException {
    try {
      if (sealed.length < NONCE_BYTES) {
        throw new GeneralSecurityException("cut short");
      }
      return cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(sealed, NONCE_BYTES))
          .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
    } catch (GeneralSecurityException e) {
      throw damaged(e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(seal, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(PURPOSE);
    return cipher;
  }

  private IOException damaged(Exception cause) {
    return new IOException(
        "The hub's keys in "
            + file
            + " cannot be opened with keys.key: restore a backup with passphrase, or reset the hub"
            + " to factory settings and enter it again at its neighbours.",
        cause);
  }

  private byte[] sealKey(Path path) throws IOException {
    try {
      byte[] bytes = DurableFiles.read(path, 1024);
      if (bytes.length == KEY_BYTES) {
        return bytes;
      }
    } catch (NoSuchFileException e) {
      // first start
    }
    if (Files.exists(file)) {
      throw damaged(null);
    }
    byte[] fresh = new byte[KEY_BYTES];
    random.nextBytes(fresh);
    DurableFiles.write(path, fresh, true);
    return fresh;
  }

  private static Pair generate(KeyAlgorithm algorithm) {
    try {
      KeyPairGenerator generator =
          KeyPairGenerator.getInstance(algorithm == KeyAlgorithm.ED25519 ? "Ed25519" : "EC");
      if (algorithm == KeyAlgorithm.P256) {
        generator.initialize(new ECGenParameterSpec("secp256r1"));
      }
      KeyPair pair = generator.generateKeyPair();
      return new Pair(pair.getPrivate(), VerificationKey.of(pair.getPublic()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(algorithm + " is part of every Java", e);
    }
  }

  private static byte[] encode(Map<String, Pair> pairs) {
    Map<String, Object> map = new TreeMap<>();
    pairs.forEach(
        (name, pair) -> map.put(name, List.of(pair.secret().getEncoded(), pair.open().multikey())));
    return Cbor.encode(map);
  }

  private Map<String, Pair> decode(byte[] bytes) throws IOException {
    Map<String, Pair> decoded = new TreeMap<>();
    try {
      if (!(Cbor.decode(bytes) instanceof Map<?, ?> map)) {
        throw new MalformedCborException("not a map");
      }
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (!(entry.getKey() instanceof String name
            && entry.getValue() instanceof List<?> pair
            && pair.size() == 2
            && pair.get(0) instanceof byte[] secret
            && pair.get(1) instanceof String multikey)) {
          throw new MalformedCborException("not a key");
        }
        VerificationKey open = VerificationKey.parse(multikey);
        String factory = open.algorithm() == KeyAlgorithm.ED25519 ? "Ed25519" : "EC";
        decoded.put(
            name,
            new Pair(
                KeyFactory.getInstance(factory).generatePrivate(new PKCS8EncodedKeySpec(secret)),
                open));
      }
    } catch (MalformedCborException | GeneralSecurityException | IllegalArgumentException e) {
      throw damaged(e);
    }
    return decoded;
  }
}
