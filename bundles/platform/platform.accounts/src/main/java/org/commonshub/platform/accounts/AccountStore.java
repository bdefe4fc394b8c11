package org.commonshub.platform.accounts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.commonshub.platform.accounts.AccountFile.Claim;
import org.commonshub.platform.accounts.AccountFile.State;
import org.commonshub.platform.accounts.AccountFile.StoredToken;
import org.commonshub.platform.accounts.AccountFile.StoredUser;
import org.commonshub.platform.api.Accounts;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Accounts} over one file. State is replaced as a whole: written first, then visible.
 * Password hashing happens outside the lock, in at most two threads at a time.
 */
final class AccountStore implements Accounts {
  private static final Logger LOG = LoggerFactory.getLogger(AccountStore.class);
  static final Duration CLAIM_LIFE = Duration.ofMinutes(30);
  private static final int CLAIM_TRIES_PER_MINUTE = 5;
  private static final int MAX_USERS = 64;
  private static final int MAX_TOKENS = 256;
  private static final int MAX_NAME = 64;
  private static final String CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int CLAIM_CHARACTERS = 8;
  private static final int HASHING_AT_ONCE = 2;
  private static final long HASHING_WAIT_SECONDS = 5;

  private final AccountFile file;
  private final HubClock clock;
  private final AuditLog audit;
  private final int iterations;
  private final SecureRandom random = new SecureRandom();
  private final Semaphore hashing = new Semaphore(HASHING_AT_ONCE);
  private final Throttle clients;
  private final Throttle names;
  private final Passwords.Hash nobody;
  private volatile State state;
  private int claimTries;
  private long claimMinute;

  /** Monotonic end of a code issued since start; a first NTP step must not end it early. */
  private Optional<Long> claimDeadline = Optional.empty();

  /**
   * @param iterations PBKDF2 iterations of new passwords
   * @throws IOException if the directory cannot be made or the file cannot be read
   */
  AccountStore(Path directory, HubClock clock, AuditLog audit, int iterations) throws IOException {
    DurableFiles.privateDirectory(directory);
    this.file = new AccountFile(directory.resolve("accounts.json"));
    this.clock = clock;
    this.audit = audit;
    this.iterations = iterations;
    this.clients = new Throttle(5, Duration.ofMinutes(15), clock::monotonicNanos);
    // A stranger must not lock the owner out for long: names wait at most 30 s.
    this.names = new Throttle(10, Duration.ofSeconds(30), clock::monotonicNanos);
    this.nobody = new Passwords.Hash(iterations, new byte[16], new byte[32]);
    this.state = load();
  }

  private State load() throws IOException {
    try {
      return file.load();
    } catch (IOException e) {
      // Starting unclaimed would hand the home to whoever comes first.
      Path copy = file.path().resolveSibling("accounts.json.damaged");
      Files.copy(file.path(), copy, StandardCopyOption.REPLACE_EXISTING);
      throw new IOException(
          file.path()
              + " is damaged ("
              + e.getMessage()
              + "). Nobody can log in until it is restored from a backup, or deleted to claim the"
              + " hub anew.",
          e);
    }
  }

  // ---- claim -----------------------------------------------------------------------------------

  @Override
  public boolean claimed() {
    return state.users().values().stream().anyMatch(u -> u.user().role() == Role.PROSUMER);
  }

  @Override
  public synchronized Optional<String> issueClaimCode() {
    if (claimed()) {
      return Optional.empty();
    }
    StringBuilder code = new StringBuilder();
    for (int i = 0; i < CLAIM_CHARACTERS; i++) {
      if (i == CLAIM_CHARACTERS / 2) {
        code.append('-');
      }
      code.append(CROCKFORD.charAt(random.nextInt(CROCKFORD.length())));
    }
    save(
        state
            .copy()
            .withClaim(
                new Claim(sha256(canonical(code.toString())), clock.now().plus(CLAIM_LIFE))));
    claimDeadline = Optional.of(clock.monotonicNanos() + CLAIM_LIFE.toNanos());
    audit.record("hub", "claim.issue", "hub", "ok");
    return Optional.of(code.toString());
  }

  /** Crockford base 32 as people type it: any case, with or without hyphens, O for 0, I L for 1. */
  static String canonical(String code) {
    return code.toUpperCase(Locale.ROOT)
        .replaceAll("[\\s-]", "")
        .replace('O', '0')
        .replace('I', '1')
        .replace('L', '1');
  }

  @Override
  public Attempt claim(String code, String name, char[] password, String client) {
    String user = acceptableName(name);
    Passwords.requireAcceptable(user, password);
    synchronized (this) {
      Optional<Attempt> refused = checkClaim(code, client);
      if (refused.isPresent()) {
        return refused.get();
      }
    }
    Optional<Passwords.Hash> hash = hash(password);
    if (hash.isEmpty()) {
      return new Attempt.Throttled(Duration.ofSeconds(1));
    }
    synchronized (this) {
      // Somebody may have been faster while this one was hashing.
      if (claimed() || !codeMatches(code)) {
        return new Attempt.Refused();
      }
      User owner = new User(user, Role.PROSUMER, clock.now());
      State next = state.copy().withClaim(null);
      next.users().put(user, new StoredUser(owner, hash.get()));
      save(next);
      audit.record(user, "claim", "hub", "ok");
      return new Attempt.Accepted(owner);
    }
  }

  private Optional<Attempt> checkClaim(String code, String client) {
    if (claimed()) {
      return Optional.of(new Attempt.Refused());
    }
    long now = clock.monotonicNanos();
    long minute = Duration.ofMinutes(1).toNanos();
    if (claimTries > 0 && now - claimMinute >= minute) {
      claimTries = 0;
    }
    if (claimTries >= CLAIM_TRIES_PER_MINUTE) {
      return Optional.of(new Attempt.Throttled(Duration.ofNanos(claimMinute + minute - now)));
    }
    if (codeMatches(code)) {
      return Optional.empty();
    }
    if (claimTries++ == 0) {
      claimMinute = now;
    }
    audit.record("hub", "claim", client, "wrong or expired code");
    return Optional.of(new Attempt.Refused());
  }

  private boolean codeMatches(String code) {
    Claim claim = state.claim();
    return claim != null
        && claimOpen(claim)
        && code.length() <= MAX_NAME
        && MessageDigest.isEqual(sha256(canonical(code)), claim.hash());
  }

  private boolean claimOpen(Claim claim) {
    if (claimDeadline.isPresent()) {
      return clock.monotonicNanos() - claimDeadline.get() < 0;
    }
    Instant now = clock.now();
    return now.isBefore(claim.expires()) && !now.isBefore(claim.expires().minus(CLAIM_LIFE));
  }

  // ---- log-in ----------------------------------------------------------------------------------

  @Override
  public Attempt logIn(String name, char[] password, String client) {
    String key = name.length() > MAX_NAME ? "?" : name;
    Duration wait = clients.wait(client);
    Duration other = names.wait(key);
    wait = wait.compareTo(other) >= 0 ? wait : other;
    if (!wait.isZero()) {
      return new Attempt.Throttled(wait);
    }
    StoredUser stored = state.users().get(name);
    boolean right;
    if (password.length > Passwords.MAX_LENGTH) {
      right = false;
    } else {
      if (!acquire()) {
        return new Attempt.Throttled(Duration.ofSeconds(1));
      }
      try {
        // The same work for a name that does not exist, so that time does not tell.
        right =
            Passwords.matches(password, stored == null ? nobody : stored.password())
                && stored != null;
      } finally {
        hashing.release();
      }
    }
    // Removed or given another password meanwhile: state says what holds now.
    if (!right || state.users().get(name) != stored) {
      clients.failed(client);
      names.failed(key);
      audit.record(key, "login", client, "refused");
      return new Attempt.Refused();
    }
    clients.succeeded(client);
    names.succeeded(key);
    audit.record(name, "login", client, "ok");
    return new Attempt.Accepted(stored.user());
  }

  private boolean acquire() {
    try {
      return hashing.tryAcquire(HASHING_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Optional<Passwords.Hash> hash(char[] password) {
    if (!acquire()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Passwords.hash(password, iterations, random));
    } finally {
      hashing.release();
    }
  }

  // ---- users -----------------------------------------------------------------------------------

  @Override
  public List<User> users() {
    return state.users().values().stream().map(StoredUser::user).toList();
  }

  @Override
  public User addUser(String name, char[] password, Role role) {
    String user = acceptableName(name);
    Passwords.requireAcceptable(user, password);
    Passwords.Hash hash = hash(password).orElseThrow(AccountStore::busy);
    synchronized (this) {
      if (state.users().keySet().stream().anyMatch(user::equalsIgnoreCase)) {
        throw new IllegalArgumentException("There is a user " + user + " already.");
      }
      if (state.users().size() >= MAX_USERS) {
        throw new IllegalStateException("There are " + MAX_USERS + " users already.");
      }
      User added = new User(user, role, clock.now());
      State next = state.copy();
      next.users().put(user, new StoredUser(added, hash));
      save(next);
      return added;
    }
  }

  @Override
  public void setPassword(String name, char[] password) {
    Passwords.requireAcceptable(name, password);
    Passwords.Hash hash = hash(password).orElseThrow(AccountStore::busy);
    synchronized (this) {
      StoredUser stored = existing(name);
      State next = state.copy();
      next.users().put(name, new StoredUser(stored.user(), hash));
      save(next);
    }
  }

  @Override
  public synchronized void removeUser(String name) {
    StoredUser stored = existing(name);
    if (stored.user().role() == Role.PROSUMER
        && state.users().values().stream().filter(u -> u.user().role() == Role.PROSUMER).count()
            == 1) {
      throw new IllegalStateException(
          name + " is the last prosumer: add another one before removing this one.");
    }
    State next = state.copy();
    next.users().remove(name);
    next.tokens().values().removeIf(token -> token.token().owner().equals(name));
    save(next);
  }

  private StoredUser existing(String name) {
    StoredUser stored = state.users().get(name);
    if (stored == null) {
      throw new IllegalArgumentException("There is no such user.");
    }
    return stored;
  }

  private static IllegalStateException busy() {
    return new IllegalStateException("Too many passwords are being checked: try again.");
  }

  private static String acceptableName(String name) {
    String stripped = name.strip();
    if (stripped.isEmpty()
        || stripped.length() > MAX_NAME
        || stripped.indexOf(':') >= 0
        || stripped.chars().anyMatch(Character::isISOControl)
        || stripped.equals("hub")
        || stripped.equals("local")) {
      throw new IllegalArgumentException(
          "A name has 1 to " + MAX_NAME + " characters, no colon, and is not hub or local.");
    }
    return stripped;
  }

  // ---- tokens ----------------------------------------------------------------------------------

  @Override
  public List<Token> tokens() {
    return state.tokens().values().stream().map(StoredToken::token).toList();
  }

  @Override
  public synchronized NewToken addToken(
      String label, String owner, Set<Scope> scopes, Instant expires) {
    existing(owner);
    Instant now = clock.now();
    if (label.isBlank() || label.length() > MAX_NAME || scopes.isEmpty()) {
      throw new IllegalArgumentException(
          "A token needs a label of 1 to " + MAX_NAME + " characters and something it may do.");
    }
    if (!expires.isAfter(now)) {
      throw new IllegalArgumentException("A token must end in the future.");
    }
    State next = state.copy();
    next.tokens().values().removeIf(token -> !token.token().expires().isAfter(now));
    if (next.tokens().size() >= MAX_TOKENS) {
      throw new IllegalStateException("There are " + MAX_TOKENS + " tokens already.");
    }
    byte[] id = new byte[8];
    byte[] key = new byte[32];
    random.nextBytes(id);
    random.nextBytes(key);
    Token token =
        new Token(
            HexFormat.of().formatHex(id), label.strip(), owner, Set.copyOf(scopes), now, expires);
    String secret =
        "hub_" + token.id() + "_" + Base64.getUrlEncoder().withoutPadding().encodeToString(key);
    next.tokens().put(token.id(), new StoredToken(token, sha256(secret)));
    save(next);
    return new NewToken(token, secret);
  }

  @Override
  public synchronized void removeToken(String id) {
    if (state.tokens().containsKey(id)) {
      State next = state.copy();
      next.tokens().remove(id);
      save(next);
    }
  }

  @Override
  public Optional<Token> authenticate(String secret) {
    String[] parts = secret.length() > 128 ? new String[0] : secret.split("_", 3);
    if (parts.length != 3 || !parts[0].equals("hub")) {
      return Optional.empty();
    }
    StoredToken stored = state.tokens().get(parts[1]);
    return stored != null
            && MessageDigest.isEqual(sha256(secret), stored.hash())
            && clock.now().isBefore(stored.token().expires())
        ? Optional.of(stored.token())
        : Optional.empty();
  }

  private void save(State next) {
    try {
      file.store(next);
    } catch (IOException e) {
      LOG.warn("Accounts could not be written to {}: {}", file.path(), e.toString());
      throw new UncheckedIOException(
          "Accounts could not be written (" + e.getMessage() + "): check free space.", e);
    }
    state = next;
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
