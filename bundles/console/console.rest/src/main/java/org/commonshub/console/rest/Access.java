package org.commonshub.console.rest;

import org.commonshub.platform.api.Accounts.Role;
import org.commonshub.platform.api.Accounts.Scope;

/** Who may use a route. */
enum Access {
  /** Anybody who reaches the console. */
  PUBLIC,
  /** Readings: the prosumer's own session only (house rule 2). */
  DATA,
  /** What the privacy gate releases: tokens with READ_DATA, and operators. */
  RELEASED,
  /** Health and device list without values. */
  HEALTH,
  /** Settings. */
  SETTINGS,
  /** People of either role; no tokens. */
  PERSON,
  /** Accounts, tokens, audit, backup: the prosumer only. */
  OWNER;

  /**
   * @throws Problem 401 or 403 with the reason
   */
  void check(Caller caller) {
    if (this == PUBLIC) {
      return;
    }
    if (!caller.known()) {
      throw new Problem(401, "Please log in.").header("WWW-Authenticate", "Bearer");
    }
    if (caller.token().isPresent()) {
      var scopes = caller.token().get().scopes();
      switch (this) {
        case DATA ->
            throw new Problem(
                403,
                scopes.contains(Scope.READ_DATA)
                    ? "API tokens read data only through the privacy gate: ask with POST"
                        + " /api/v1/released/requests and read /api/v1/released once a person who"
                        + " lives here said yes."
                    : "This token has no scope READ_DATA.");
        case RELEASED -> need(scopes.contains(Scope.READ_DATA), "READ_DATA");
        case HEALTH -> need(scopes.contains(Scope.READ_HEALTH), "READ_HEALTH");
        case SETTINGS -> need(scopes.contains(Scope.WRITE_SETTINGS), "WRITE_SETTINGS");
        default ->
            throw new Problem(403, "API tokens may not do this; it needs a person's log-in.");
      }
      return;
    }
    if (caller.session().orElseThrow().user().role() == Role.OPERATOR) {
      if (this == DATA) {
        throw new Problem(
            403,
            "Operators see no raw data: readings belong to the people who live here. Ask them with"
                + " POST /api/v1/released/requests.");
      }
      if (this == OWNER) {
        throw new Problem(403, "Only a prosumer of this home may do this.");
      }
    } else if (this == RELEASED) {
      throw new Problem(
          403, "This is for API tokens and operators; your own data is under Energy, unabridged.");
    }
  }

  private static void need(boolean granted, String scope) {
    if (!granted) {
      throw new Problem(403, "This token has no scope " + scope + ".");
    }
  }
}
