package org.commonshub.console.rest;

import java.util.Optional;
import org.commonshub.platform.api.Accounts;

/**
 * Who asks: a person with a session, a program with a token, or nobody known.
 *
 * @param cookie identifier from the cookie, also an anonymous one; null when there is none
 */
record Caller(String cookie, Optional<Sessions.Session> session, Optional<Accounts.Token> token) {

  boolean known() {
    return session.isPresent() || token.isPresent();
  }

  /** Whether another hub vouched for this person. */
  boolean delegated() {
    return session.map(Sessions.Session::delegated).orElse(false);
  }

  /** Whether this person may look but not change. */
  boolean readOnly() {
    return session.map(Sessions.Session::readOnly).orElse(false);
  }

  /** Name for the audit log. */
  String actor() {
    return session
        .map(s -> s.user().name())
        .orElseGet(() -> token.map(t -> "token:" + t.id()).orElse("anonymous"));
  }
}
