package org.commonshub.platform.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * People and programs that may use the hub. Implemented by {@code platform.accounts}; called by the
 * console only. Passwords are kept as salted PBKDF2-HMAC-SHA-256 (NIST SP 800-132, OWASP 2023
 * iteration count), tokens as SHA-256; neither is ever returned or logged. Verifying a password
 * takes some 100 ms of CPU by design: not on a thread that others wait for.
 */
@ProviderType
public interface Accounts {

  /** What a person may do. */
  enum Role {
    /** The person who lives here: everything, raw data included. */
    PROSUMER,
    /** Who ships and maintains the hub: health, settings, features; no raw data. */
    OPERATOR
  }

  /** What an API token may do. */
  enum Scope {
    /** Health and device list without values. */
    READ_HEALTH,
    /** Readings, through the privacy gate (denied while there is none). */
    READ_DATA,
    /** Change settings. */
    WRITE_SETTINGS
  }

  /** A user. {@code name} is unique, 1–64 characters. */
  record User(String name, Role role, Instant created) {}

  /** An API token without its secret. */
  record Token(
      String id, String label, String owner, Set<Scope> scopes, Instant created, Instant expires) {}

  /** A token just made: {@code secret} is shown once and cannot be read again. */
  record NewToken(Token token, String secret) {}

  /** Result of a log-in or claim attempt. */
  sealed interface Attempt {
    /** Accepted. */
    record Accepted(User user) implements Attempt {}

    /** Refused; the same answer for an unknown name and a wrong password. */
    record Refused() implements Attempt {}

    /** Too many failures; no check was made. */
    record Throttled(java.time.Duration retryAfter) implements Attempt {}
  }

  /** Whether an owner has claimed the hub. */
  boolean claimed();

  /**
   * Makes (or replaces) the claim code of an unclaimed hub: works once, expires after 30 minutes,
   * at most 5 wrong tries a minute. Only the launcher's terminal shows it.
   *
   * @return the code, or empty when the hub is claimed
   */
  Optional<String> issueClaimCode();

  /**
   * Claims the hub: makes the first prosumer.
   *
   * @param client address of the caller, for throttling
   * @throws IllegalArgumentException if name or password are not acceptable; says why
   */
  Attempt claim(String code, String name, char[] password, String client);

  /**
   * Checks name and password.
   *
   * @param client address of the caller, for throttling
   */
  Attempt logIn(String name, char[] password, String client);

  /** All users by name. */
  List<User> users();

  /** Adds a user. */
  User addUser(String name, char[] password, Role role);

  /** Sets a new password. Sessions of that user are ended by the console. */
  void setPassword(String name, char[] password);

  /**
   * Removes a user.
   *
   * @throws IllegalStateException if it is the last prosumer
   */
  void removeUser(String name);

  /** All tokens. */
  List<Token> tokens();

  /** Makes a token that ends at {@code expires}. */
  NewToken addToken(String label, String owner, Set<Scope> scopes, Instant expires);

  /** Revokes a token at once. */
  void removeToken(String id);

  /** The token behind a presented secret, if it is valid now. Constant time in the secret. */
  Optional<Token> authenticate(String secret);
}
