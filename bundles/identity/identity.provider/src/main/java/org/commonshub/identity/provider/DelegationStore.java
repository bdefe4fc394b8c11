package org.commonshub.identity.provider;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.Delegations;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delegations accepted here, in {@code DATA/identity.provider/delegations.cbor}, each with the
 * newest key log of its home that was seen. What is signed is a CBOR map whose {@code "kind"} tells
 * a delegation from an assertion.
 */
final class DelegationStore implements Delegations {
  static final int MAX_DELEGATIONS = 64;

  private static final Logger LOG = LoggerFactory.getLogger(DelegationStore.class);

  private static final Duration LIFE = Duration.ofSeconds(60);
  private static final int MAX_MESSAGE = KeyLog.MAX_BYTES + 8 * 1024;
  private static final int MAX_FILE = 20 << 20;
  private static final int MAX_ASSERTIONS = 1_024;
  private static final int ID_BYTES = 16;
  private static final Pattern ACCOUNT = Pattern.compile("[^\\p{Cntrl}]{1,128}");
  private static final String DELEGATION = "delegation";
  private static final String ASSERTION = "assertion";

  /** Writes to the audit log: actor, action, subject. */
  @FunctionalInterface
  interface Audit {
    void record(String actor, String action, String subject);
  }

  /** What was accepted, and the keys of its home. */
  private record Accepted(Delegation delegation, byte[] log) {}

  /** A message whose signature holds. */
  private record Signed(Map<?, ?> body, KeyLog log, byte[] logBytes) {
    String text(String name) throws IOException {
      if (!(body.get(name) instanceof String text) || text.length() > 400) {
        throw new IOException("The message says no " + name + ".");
      }
      return text;
    }

    Instant instant(String name) throws IOException {
      if (!(body.get(name) instanceof Long millis) || Math.abs(millis) > 1L << 50) {
        throw new IOException("The message says no " + name + ".");
      }
      return Instant.ofEpochMilli(millis);
    }

    String id() throws IOException {
      if (!(body.get("id") instanceof byte[] id) || id.length != ID_BYTES) {
        throw new IOException("The message has no identifier.");
      }
      return HexFormat.of().formatHex(id);
    }
  }

  private final SecureRandom random = new SecureRandom();
  private final Identity identity;
  private final HubClock clock;
  private final Path file;
  private final Audit audit;
  private final Instant start;
  private final Map<String, Accepted> accepted;

  /** Assertions that were used, until when they must be remembered. */
  private final Map<String, Instant> used = new HashMap<>();

  DelegationStore(Identity identity, Path directory, HubClock clock, Audit audit)
      throws IOException {
    this.identity = identity;
    this.clock = clock;
    this.file = directory.resolve("delegations.cbor");
    this.audit = audit;
    this.start = clock.now();
    this.accepted = load();
  }

  @Override
  public byte[] issue(String account, String hub, Right right, int days) {
    if (days < 1 || days > 3_650) {
      throw new IllegalArgumentException("A delegation holds for 1 to 3,650 days");
    }
    Map<String, Object> body = body(DELEGATION, account, hub);
    body.put("right", right.name());
    body.put("until", clock.now().plus(Duration.ofDays(days)).toEpochMilli());
    byte[] signed = identity.sign(SigningPurpose.DELEGATION, Cbor.encode(body));
    audit.record(account, "delegation.issue", hub);
    return signed;
  }

  @Override
  public Delegation read(byte[] delegation) throws IOException {
    return delegation(open(delegation, DELEGATION));
  }

  @Override
  public synchronized Delegation accept(byte[] delegation) throws IOException {
    Signed signed = open(delegation, DELEGATION);
    Delegation read = delegation(signed);
    Map<String, Accepted> next = new TreeMap<>(accepted);
    next.values().removeIf(old -> !old.delegation().until().isAfter(clock.now()));
    for (Accepted other : next.values()) {
      if (other.delegation().home().equals(read.home())) {
        continues(signed.log(), other);
      }
    }
    next.put(read.id(), new Accepted(read, signed.logBytes()));
    if (next.size() > MAX_DELEGATIONS) {
      throw new IOException(
          "This hub has accepted " + MAX_DELEGATIONS + " delegations already: end one first.");
    }
    store(next);
    audit.record(read.account() + "@" + read.home(), "delegation.accept", read.id());
    return read;
  }

  @Override
  public synchronized List<Delegation> accepted() {
    return accepted.values().stream()
        .map(Accepted::delegation)
        .filter(delegation -> delegation.until().isAfter(clock.now()))
        .toList();
  }

  @Override
  public synchronized void revoke(String id) throws IOException {
    Map<String, Accepted> next = new TreeMap<>(accepted);
    if (next.remove(id) != null) {
      store(next);
      audit.record("hub", "delegation.revoke", id);
    }
  }

  @Override
  public byte[] assertion(String account, String hub) {
    Map<String, Object> body = body(ASSERTION, account, hub);
    audit.record(account, "delegation.assert", hub);
    return identity.sign(SigningPurpose.DELEGATION, Cbor.encode(body));
  }

  @Override
  public synchronized Delegation enter(byte[] assertion) throws IOException {
    Signed signed = open(assertion, ASSERTION);
    Instant now = clock.now();
    Instant at = signed.instant("at");
    if (clock.quality() == HubClock.Quality.UNSYNCHRONISED) {
      throw new IOException("The clock of this hub is not set yet: log in with a password.");
    }
    if (at.isBefore(now.minus(LIFE)) || at.isAfter(now.plus(LIFE)) || at.isBefore(start)) {
      throw new IOException(
          "The ticket of the other hub is older than a minute, or the clocks of the two hubs"
              + " differ: open this hub from there again.");
    }
    Accepted covering = covering(signed, now);
    used.values().removeIf(until -> until.isBefore(now));
    if (used.size() >= MAX_ASSERTIONS || used.containsKey(signed.id())) {
      throw new IOException("The ticket of the other hub was used before: open this hub again.");
    }
    if (signed.logBytes().length > covering.log().length) {
      Map<String, Accepted> next = new TreeMap<>(accepted);
      Delegation delegation = covering.delegation();
      next.put(delegation.id(), new Accepted(delegation, signed.logBytes()));
      store(next);
    }
    used.put(signed.id(), at.plus(LIFE));
    Delegation delegation = covering.delegation();
    audit.record(
        delegation.account() + "@" + delegation.home(), "delegation.enter", delegation.id());
    return delegation;
  }

  private Accepted covering(Signed signed, Instant now) throws IOException {
    String home = signed.log().did();
    String account = signed.text("account");
    Optional<Accepted> covering =
        accepted.values().stream()
            .filter(known -> known.delegation().home().equals(home))
            .filter(known -> known.delegation().account().equals(account))
            .filter(known -> known.delegation().until().isAfter(now))
            .max((a, b) -> a.delegation().right().compareTo(b.delegation().right()));
    if (covering.isEmpty()) {
      throw new IOException(
          "No delegation for " + account + " was accepted here, or it has ended.");
    }
    continues(signed.log(), covering.get());
    return covering.get();
  }

  /** Refuses keys that are older than those seen before, or of another history. */
  private static void continues(KeyLog log, Accepted known) throws IOException {
    if (!log.continues(KeyLog.verify(known.log()))) {
      throw new IOException(
          "The other hub shows an older or another key history than before: it was restored from"
              + " a copy, or somebody else has its keys. End its delegation and ask its owner.");
    }
  }

  private Map<String, Object> body(String kind, String account, String hub) {
    if (!ACCOUNT.matcher(account).matches() || !hub.startsWith("did:") || hub.length() > 400) {
      throw new IllegalArgumentException("A name of an account and a DID of a hub are needed");
    }
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    Map<String, Object> body = new HashMap<>();
    body.put("kind", kind);
    body.put("id", id);
    body.put("account", account);
    body.put("hub", hub);
    body.put("at", clock.now().toEpochMilli());
    body.put("log", identity.keyLog());
    return body;
  }

  private Delegation delegation(Signed signed) throws IOException {
    Instant until = signed.instant("until");
    if (!until.isAfter(clock.now())) {
      throw new IOException("The delegation ended at " + until + ".");
    }
    Right right;
    try {
      right = Right.valueOf(signed.text("right"));
    } catch (IllegalArgumentException e) {
      throw new IOException("The delegation gives a right that is not known here.", e);
    }
    String account = signed.text("account");
    if (!ACCOUNT.matcher(account).matches()) {
      throw new IOException("The delegation names no usable account.");
    }
    return new Delegation(signed.id(), signed.log().did(), account, right, until);
  }

  /** Takes a message apart and believes it if its own key log and its signature hold. */
  private Signed open(byte[] message, String kind) throws IOException {
    if (message.length > MAX_MESSAGE) {
      throw new IOException("This is longer than any " + kind + " of a hub.");
    }
    try {
      CoseSign1 cose = CoseSign1.parse(message);
      if (!(cose.payload().isPresent()
          && Cbor.decode(cose.payload().get()) instanceof Map<?, ?> body
          && kind.equals(body.get("kind"))
          && body.get("log") instanceof byte[] log)) {
        throw new IOException("This is no " + kind + " of a hub.");
      }
      Signed signed = new Signed(body, KeyLog.verify(log), log);
      if (!cose.verify(signed.log().current(), SigningPurpose.DELEGATION)) {
        throw new IOException("The signature does not hold: it was changed on the way.");
      }
      if (!identity.did().equals(body.get("hub"))) {
        throw new IOException("This is for another hub, not for this one.");
      }
      return signed;
    } catch (MalformedCborException e) {
      throw new IOException("This is no " + kind + " of a hub: " + e.getMessage(), e);
    }
  }

  private void store(Map<String, Accepted> next) throws IOException {
    List<Object> list = new ArrayList<>();
    for (Accepted one : next.values()) {
      Delegation d = one.delegation();
      list.add(
          List.of(
              d.id(),
              d.home(),
              d.account(),
              d.right().name(),
              d.until().toEpochMilli(),
              one.log()));
    }
    DurableFiles.write(file, Cbor.encode(list), true);
    accepted.clear();
    accepted.putAll(next);
  }

  private Map<String, Accepted> load() throws IOException {
    Map<String, Accepted> loaded = new TreeMap<>();
    try {
      if (!(Cbor.decode(DurableFiles.read(file, MAX_FILE)) instanceof List<?> list)) {
        throw new MalformedCborException("not a list");
      }
      for (Object one : list) {
        if (!(one instanceof List<?> parts
            && parts.size() == 6
            && parts.get(0) instanceof String id
            && parts.get(1) instanceof String home
            && parts.get(2) instanceof String account
            && parts.get(3) instanceof String right
            && parts.get(4) instanceof Long until
            && parts.get(5) instanceof byte[] log)) {
          throw new MalformedCborException("not a delegation");
        }
        Instant end = Instant.ofEpochMilli(until);
        loaded.put(
            id, new Accepted(new Delegation(id, home, account, Right.valueOf(right), end), log));
      }
    } catch (NoSuchFileException e) {
      return loaded;
    } catch (MalformedCborException | IllegalArgumentException e) {
      Path kept = file.resolveSibling(file.getFileName() + ".damaged");
      LOG.warn(
          "{} is damaged ({}) and kept as {}: delegations must be accepted again.",
          file,
          e.getMessage(),
          kept.getFileName());
      Files.move(file, kept, StandardCopyOption.REPLACE_EXISTING);
      return new TreeMap<>();
    }
    return loaded;
  }
}
