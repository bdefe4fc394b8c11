package org.commonshub.identity.provider;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.Jws;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.KeyLogWriter;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key log in {@code DATA/identity.provider/did.jsonl} and the keys it names: entry <i>n</i>
 * makes key {@code hub-n} the current one and promises {@code hub-(n+1)}. A key is durable before
 * the log that promises it, and destroyed after the log that ended it.
 */
final class Identity implements HubIdentity {
  private static final Logger LOG = LoggerFactory.getLogger(Identity.class);
  private static final int MAX_PAYLOAD = 1 << 20;

  /** Of the names of the hub's keys. */
  static final String PREFIX = "hub-";

  /** The current key is with a provider that is not here (yet). */
  static final class KeyAbsentException extends IOException {
    private static final long serialVersionUID = 1L;

    KeyAbsentException(String message) {
      super(message);
    }
  }

  /** What changes by a rotation. */
  private record State(byte[] bytes, KeyLog log, Keyring.Kept current) {}

  private final Keyring keys;
  private final Path file;
  private final HubClock clock;
  private final List<String> hostAlias;
  private final String did;
  private volatile State state;

  /**
   * Opens the identity, or makes it where there is no log.
   *
   * @param host DNS name for the did:web alias, may be empty
   * @throws KeyAbsentException if no provider that is there holds the current key
   */
  Identity(Keyring keys, Path directory, HubClock clock, String host) throws IOException {
    this.keys = keys;
    this.file = directory.resolve("did.jsonl");
    this.clock = clock;
    this.hostAlias = host.isEmpty() ? List.of() : List.of("did:web:" + host.replace(":", "%3A"));
    if (!Files.exists(file)) {
      begin();
    }
    this.state = load();
    this.did = state.log().did();
    destroySpent();
  }

  static String name(int number) {
    return PREFIX + number;
  }

  private void begin() throws IOException {
    // Nothing was promised: what a chip kept through a factory reset is not to be used again.
    for (int n = 1; n <= KeyLog.MAX_ENTRIES + 1; n++) {
      keys.destroy(name(n));
    }
    Keyring.Kept first = keys.create(name(1));
    Keyring.Kept next = keys.create(name(2));
    byte[] log =
        KeyLogWriter.begin(first.key(), next.key(), clock.now(), toSign -> sign(first, toSign));
    DurableFiles.write(file, log, true);
    LOG.info("This hub has made its key and is {} from now on.", KeyLog.verify(log).did());
  }

  private State load() throws IOException {
    byte[] bytes = DurableFiles.read(file, KeyLog.MAX_BYTES);
    KeyLog log;
    try {
      log = KeyLog.verify(bytes);
    } catch (IOException e) {
      throw new IOException(
          file
              + " is damaged: "
              + e.getMessage()
              + ". Restore a backup with passphrase, or reset the hub to factory settings.",
          e);
    }
    String name = name(log.periods().size());
    Optional<Keyring.Kept> current = keys.find(name, log.current()::equals);
    return new State(
        bytes,
        log,
        current.orElseThrow(
            () ->
                new KeyAbsentException(
                    "The key of "
                        + log.did()
                        + " is with none of the key providers that are here ("
                        + String.join(", ", keys.names())
                        + "); this hub signs nothing until it is.")));
  }

  private void destroySpent() {
    try {
      for (int n = 1; n < state.log().periods().size(); n++) {
        keys.destroy(name(n));
      }
    } catch (IOException e) {
      LOG.warn("A spent key was not destroyed ({}); tried again at the next start.", e.toString());
    }
  }

  /** Whether the current key's provider is still here. */
  boolean usable() {
    return keys.holds(state.current());
  }

  @Override
  public String did() {
    return did;
  }

  @Override
  public VerificationKey key() {
    return state.current().key();
  }

  @Override
  public List<String> aliases() {
    List<String> aliases = new ArrayList<>(List.of(key().didKey()));
    aliases.addAll(hostAlias);
    return aliases;
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
  public byte[] keyLog() {
    return state.bytes().clone();
  }

  @Override
  public synchronized byte[] sign(SigningPurpose purpose, byte[] payload) {
    return cose(state.current(), purpose, bounded(payload));
  }

  @Override
  public synchronized String jws(SigningPurpose purpose, byte[] payload) {
    Keyring.Kept current = state.current();
    return Jws.sign(
        current.key().algorithm(),
        purpose,
        did + "#" + current.key().multikey(),
        bounded(payload),
        toSign -> sign(current, toSign));
  }

  @Override
  public synchronized VerificationKey rotate() throws IOException {
    int number = state.log().periods().size();
    Keyring.Kept next =
        keys.find(name(number + 1))
            .orElseThrow(
                () ->
                    new IOException(
                        "The next key is with none of the key providers that are here ("
                            + String.join(", ", keys.names())
                            + "): start the one that made it, and try again."));
    Keyring.Kept promised = keys.findOrCreate(name(number + 2));
    byte[] log =
        KeyLogWriter.append(
            state.bytes(), next.key(), promised.key(), clock.now(), toSign -> sign(next, toSign));
    DurableFiles.write(file, log, true);
    state = new State(log, KeyLog.verify(log), next);
    destroySpent();
    return next.key();
  }

  /** Signs with a key of this hub as COSE_Sign1. */
  static byte[] cose(Keyring.Kept kept, SigningPurpose purpose, byte[] payload) {
    byte[] kid = kept.key().multikey().getBytes(StandardCharsets.UTF_8);
    return CoseSign1.sign(
        kept.key().algorithm(),
        purpose,
        Map.of(CoseSign1.KID, kid),
        payload,
        toSign -> sign(kept, toSign));
  }

  private static byte[] bounded(byte[] payload) {
    if (payload.length > MAX_PAYLOAD) {
      throw new IllegalArgumentException("More than 1 MiB is not signed at once");
    }
    return payload;
  }

  private static byte[] sign(Keyring.Kept kept, byte[] toSign) {
    try {
      return kept.sign(toSign);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
