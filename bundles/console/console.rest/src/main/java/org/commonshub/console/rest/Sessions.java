package org.commonshub.console.rest;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.commonshub.identity.api.Delegations;
import org.commonshub.identity.api.Delegations.Delegation;
import org.commonshub.platform.api.Accounts;

/**
 * Who is logged in, in memory only. Identifiers are 256 random bits; log-in always makes a new one
 * (no fixation). A session ends when idle too long, when too old, on log-out, and when its user is
 * removed or gets a new password. Bounded: the one idle longest goes first. Thread-safe.
 *
 * <p>The CSRF token of any identifier, anonymous ones included, is its HMAC under a key that lives
 * as long as this object: nothing is stored for visitors who have not logged in.
 */
final class Sessions {
  /** Most people logged in at once. */
  static final int MAX = 64;

  /** A log-in. Compared by identity. */
  static final class Session {
    private final String id;
    private final Accounts.User user;
    private final Delegation delegation;
    private final long created;
    private volatile long used;

    private Session(String id, Accounts.User user, Delegation delegation, long now) {
      this.id = id;
      this.user = user;
      this.delegation = delegation;
      this.created = now;
      this.used = now;
    }

    String id() {
      return id;
    }

    Accounts.User user() {
      return user;
    }

    /** Whether another hub vouched for this person; nobody logged in here. */
    boolean delegated() {
      return delegation != null;
    }

    /** Whether this person may look but not change. */
    boolean readOnly() {
      return delegation != null && delegation.right() == Delegations.Right.READ;
    }
  }

  private final SecureRandom random = new SecureRandom();
  private final byte[] key = new byte[32];
  private final LongSupplier nanos;
  private volatile long idle;
  private volatile long absolute;
  private final Predicate<Delegation> holds;
  private final Map<String, Session> sessions = new HashMap<>();

  /**
   * @param nanos monotonic nanoseconds
   * @param holds whether a delegation is still accepted; asked at every use of its sessions
   */
  Sessions(LongSupplier nanos, Duration idle, Duration absolute, Predicate<Delegation> holds) {
    this.nanos = nanos;
    this.holds = holds;
    limit(idle, absolute);
    random.nextBytes(key);
  }

  /** Sets when sessions end, of those that are open, too. */
  final void limit(Duration idleTime, Duration absoluteTime) {
    idle = idleTime.toNanos();
    absolute = absoluteTime.toNanos();
  }

  /** A fresh identifier. */
  String newId() {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Whether this can be one of our identifiers. */
  static boolean plausible(String id) {
    if (id == null || id.length() != 43) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean digit = c >= '0' && c <= '9';
      if (!letter && !digit && c != '-' && c != '_') {
        return false;
      }
    }
    return true;
  }

  String csrf(String id) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      byte[] digest = mac.doFinal(id.getBytes(StandardCharsets.US_ASCII));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has HmacSHA256", e);
    }
  }

  boolean csrfMatches(String id, String presented) {
    return presented != null
        && plausible(id)
        && MessageDigest.isEqual(
            csrf(id).getBytes(StandardCharsets.US_ASCII),
            presented.getBytes(StandardCharsets.UTF_8));
  }

  Session logIn(Accounts.User user) {
    return logIn(user, null);
  }

  /** Opens a session for a person of another hub: never longer than the delegation is accepted. */
  Session logIn(Delegation delegation, Instant now) {
    return logIn(new Accounts.User(name(delegation), Accounts.Role.PROSUMER, now), delegation);
  }

  /** Account and home; the slash keeps it apart from all names that an account here can have. */
  private static String name(Delegation delegation) {
    String account = delegation.account().replaceAll("[\\p{Cntrl}/]", "");
    String[] did = delegation.home().split(":", 4);
    String home = did.length > 2 ? did[2] : delegation.home();
    return account.substring(0, Math.min(64, account.length()))
        + "/"
        + home.substring(0, Math.min(8, home.length()));
  }

  private synchronized Session logIn(Accounts.User user, Delegation delegation) {
    long now = nanos.getAsLong();
    sessions.values().removeIf(session -> expired(session, now));
    while (sessions.size() >= MAX) {
      Iterator<Session> all = sessions.values().iterator();
      Session oldest = all.next();
      while (all.hasNext()) {
        Session next = all.next();
        if (next.used - oldest.used < 0) {
          oldest = next;
        }
      }
      sessions.remove(oldest.id);
    }
    Session session = new Session(newId(), user, delegation, now);
    sessions.put(session.id, session);
    return session;
  }

  /** The live session of an identifier; using it keeps it alive. */
  Optional<Session> find(String id) {
    Optional<Session> session = live(id);
    if (session.isPresent() && session.get().delegated() && !holds.test(session.get().delegation)) {
      end(id);
      return Optional.empty();
    }
    return session;
  }

  private synchronized Optional<Session> live(String id) {
    Session session = id == null ? null : sessions.get(id);
    if (session == null) {
      return Optional.empty();
    }
    long now = nanos.getAsLong();
    if (expired(session, now)) {
      sessions.remove(id);
      return Optional.empty();
    }
    session.used = now;
    return Optional.of(session);
  }

  private boolean expired(Session session, long now) {
    return now - session.used > idle || now - session.created > absolute;
  }

  synchronized void end(String id) {
    sessions.remove(id);
  }

  /** Ends all sessions of a user but one; {@code null} for none. */
  synchronized void endAll(String user, String except) {
    sessions
        .values()
        .removeIf(
            session -> session.user.name().equalsIgnoreCase(user) && !session.id.equals(except));
  }

  synchronized int size() {
    return sessions.size();
  }
}
