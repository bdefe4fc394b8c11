package org.commonshub.platform.accounts;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.platform.api.Accounts;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Accounts} and {@link AuditLog} in {@code DATA/platform.accounts}. */
@Component(service = {Accounts.class, AuditLog.class})
public final class AccountsComponent implements Accounts, AuditLog {
  private final AuditFile audit;
  private final AccountStore accounts;

  @Activate
  public AccountsComponent(
      @Reference(name = "paths") HubPaths paths, @Reference(name = "clock") HubClock clock)
      throws IOException {
    var directory = paths.data().resolve("platform.accounts");
    this.audit = new AuditFile(directory, clock, AuditFile.MAX_BYTES);
    this.accounts = new AccountStore(directory, clock, audit, Passwords.ITERATIONS);
  }

  @Override
  public void record(String actor, String action, String subject, String outcome) {
    audit.record(actor, action, subject, outcome);
  }

  @Override
  public List<Entry> latest(int limit) {
    return audit.latest(limit);
  }

  @Override
  public boolean claimed() {
    return accounts.claimed();
  }

  @Override
  public Optional<String> issueClaimCode() {
    return accounts.issueClaimCode();
  }

  @Override
  public Attempt claim(String code, String name, char[] password, String client) {
    return accounts.claim(code, name, password, client);
  }

  @Override
  public Attempt logIn(String name, char[] password, String client) {
    return accounts.logIn(name, password, client);
  }

  @Override
  public List<User> users() {
    return accounts.users();
  }

  @Override
  public User addUser(String name, char[] password, Role role) {
    return accounts.addUser(name, password, role);
  }

  @Override
  public void setPassword(String name, char[] password) {
    accounts.setPassword(name, password);
  }

  @Override
  public void removeUser(String name) {
    accounts.removeUser(name);
  }

  @Override
  public List<Token> tokens() {
    return accounts.tokens();
  }

  @Override
  public NewToken addToken(String label, String owner, Set<Scope> scopes, Instant expires) {
    return accounts.addToken(label, owner, scopes, expires);
  }

  @Override
  public void removeToken(String id) {
    accounts.removeToken(id);
  }

  @Override
  public Optional<Token> authenticate(String secret) {
    return accounts.authenticate(secret);
  }
}
