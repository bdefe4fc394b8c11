package org.commonshub.testing.fakes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.Jws;
import org.commonshub.identity.api.KeyAlgorithm;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.KeyLogWriter;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;

/**
 * A hub's identity with real Ed25519 keys in memory and a valid key log. Everything follows from
 * the name it is made with: the same name, the same DID, keys and signatures, in every run. Each
 * entry of the log is a day younger than the one before.
 */
public final class FakeIdentity implements HubIdentity {
  private final String name;
  private final String did;
  private int number = 1;
  private KeyPair pair;
  private byte[] log;

  /** A new hub each time. */
  public FakeIdentity() {
    this(Long.toHexString(new SecureRandom().nextLong()));
  }

  /** Always the same hub for one name. */
  public FakeIdentity(String name) {
    this.name = name;
    this.pair = pair(1);
    this.log = KeyLogWriter.begin(key(), publicKey(pair(2)), FakeHubClock.START, this::raw);
    try {
      this.did = KeyLog.verify(log).did();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String did() {
    return did;
  }

  @Override
  public synchronized VerificationKey key() {
    return publicKey(pair);
  }

  @Override
  public List<String> aliases() {
    return List.of(key().didKey());
  }

  @Override
  public String fingerprint() {
    return did.split(":")[2].replaceAll("(.{4})(?=.)", "$1 ");
  }

  @Override
  public String card() {
    return "commonshub:" + did + "?key=" + key().multikey();
  }

  @Override
  public synchronized byte[] keyLog() {
    return log.clone();
  }

  @Override
  public synchronized byte[] sign(SigningPurpose purpose, byte[] payload) {
    byte[] kid = key().multikey().getBytes(StandardCharsets.UTF_8);
    return CoseSign1.sign(
        KeyAlgorithm.ED25519, purpose, Map.of(CoseSign1.KID, kid), payload, this::raw);
  }

  @Override
  public synchronized String jws(SigningPurpose purpose, byte[] payload) {
    return Jws.sign(
        KeyAlgorithm.ED25519, purpose, did + "#" + key().multikey(), payload, this::raw);
  }

  @Override
  public synchronized VerificationKey rotate() throws IOException {
    KeyPair before = pair;
    pair = pair(number + 1);
    try {
      log =
          KeyLogWriter.append(
              log,
              key(),
              publicKey(pair(number + 2)),
              FakeHubClock.START.plusSeconds(86_400L * number),
              this::raw);
      number++;
    } catch (IOException e) {
      pair = before;
      throw e;
    }
    return key();
  }

  private byte[] raw(byte[] message) {
    try {
      Signature signer = Signature.getInstance("Ed25519");
      signer.initSign(pair.getPrivate());
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static VerificationKey publicKey(KeyPair pair) {
    return VerificationKey.of(pair.getPublic());
  }

  private KeyPair pair(int number) {
    try {
      byte[] seed =
          MessageDigest.getInstance("SHA-256")
              .digest((name + "#" + number).getBytes(StandardCharsets.UTF_8));
      KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
      generator.initialize(255, new Seed(seed));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Hands out one seed as if it were random. */
  private static final class Seed extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final byte[] seed;

    Seed(byte[] seed) {
      this.seed = seed;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(Arrays.copyOf(seed, bytes.length), 0, bytes, 0, bytes.length);
    }
  }
}
