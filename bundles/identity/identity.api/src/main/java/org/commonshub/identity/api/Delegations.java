package org.commonshub.identity.api;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One person, several homes: a hub vouches for its owner at another hub of theirs. Hub A signs a
 * delegation that names hub B, the account at A and what it may do at B; the owner of B accepts it
 * once, by hand. From then on A's console opens B with an assertion that lives for a minute.
 *
 * <p>Signatures are COSE_Sign1 with {@link SigningPurpose#DELEGATION}. Everything is written to the
 * audit log. Any thread.
 */
@ProviderType
public interface Delegations {
  /** What a delegate may do at the other hub. */
  enum Right {
    /** See what its owner sees. */
    READ,
    /** Everything the owner may do. */
    OWN
  }

  /**
   * A delegation as accepted here.
   *
   * @param id 16 random bytes in hexadecimal
   * @param home DID of the hub that vouches
   * @param account name of the account there
   * @param right what it may do here
   * @param until end
   */
  record Delegation(String id, String home, String account, Right right, Instant until) {}

  /**
   * Signs a delegation for the owner of an account here at another hub.
   *
   * @param hub DID of the hub that is to accept it
   * @param days validity from now, 1 to 3,650
   * @return COSE_Sign1, with this hub's key log inside; to be pasted or scanned at the other hub
   */
  byte[] issue(String account, String hub, Right right, int days);

  /**
   * Accepts a delegation that was made for this hub. The caller has shown its content to the owner.
   *
   * @throws IOException if it is not for this hub, ended, or its signature or key log does not
   *     hold; the message is for people
   */
  Delegation accept(byte[] delegation) throws IOException;

  /** Reads a delegation without accepting it, to show it. */
  Delegation read(byte[] delegation) throws IOException;

  /** Accepted and not ended. */
  List<Delegation> accepted();

  /** Ends one. Takes effect at once. */
  void revoke(String id) throws IOException;

  /**
   * Signs an assertion that the owner of an account is at this hub's console now; it opens a
   * session at {@code hub} within 60 s, once.
   */
  byte[] assertion(String account, String hub);

  /**
   * Checks an assertion against what was accepted.
   *
   * @throws IOException if no delegation covers it, it is older than 60 s, or was used before; the
   *     message is for people
   */
  Delegation enter(byte[] assertion) throws IOException;
}
