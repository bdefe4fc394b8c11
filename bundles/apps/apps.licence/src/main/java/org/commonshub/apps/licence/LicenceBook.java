package org.commonshub.apps.licence;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppManifest.Level;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.licence.Account.Held;
import org.commonshub.apps.licence.Account.Payment;
import org.commonshub.apps.licence.Account.Trial;
import org.commonshub.apps.licence.BookCodec.Book;
import org.commonshub.apps.licence.BookCodec.Used;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may use which app until when. What changes is on disk before it counts, but for used units,
 * which follow within ten minutes. Reading waits for no disk. Any thread.
 */
final class LicenceBook {
  private static final Logger LOG = LoggerFactory.getLogger(LicenceBook.class);

  private final TrustedTimeClock clock;
  private final Store store;
  private final Supplier<Optional<String>> hub;
  private final Map<AppId, Listing> admitted = new ConcurrentHashMap<>();
  private final Map<AppId, Used> used = new ConcurrentHashMap<>();
  private volatile Map<AppId, Account> accounts = Map.of();

  // Guarded by this.
  private final Map<AppId, Standing> told = new HashMap<>();
  private Map<AppId, Used> usedOnDisk = Map.of();
  private Duration savedAt;
  private boolean failing;

  /** What is on disk could not be read: it is not written over, but by a backup. */
  private boolean unread;

  /**
   * A book as it is on disk.
   *
   * @param hub DID of this hub; empty while its key is not there
   */
  LicenceBook(TrustedTimeClock clock, Store store, Supplier<Optional<String>> hub) {
    this.clock = clock;
    this.store = store;
    this.hub = hub;
    this.savedAt = clock.ran();
    try {
      byte[] bytes = store.read().orElse(null);
      Book book = bytes == null ? Book.EMPTY : BookCodec.decode(bytes);
      this.accounts = Map.copyOf(book.accounts());
      this.used.putAll(book.used());
      this.usedOnDisk = book.used();
    } catch (IOException | LicenceException e) {
      unread = true;
      LOG.warn("The licences on disk cannot be read; restart the hub, or restore a backup.", e);
    }
    vouch();
  }

  /** Tokens that were checked say what time it is at least, should the mark be lost. */
  private void vouch() {
    accounts.forEach(
        (app, account) ->
            account.tokens().forEach(token -> clock.atLeast(token.issued(), "licence:" + app)));
  }

  /** Whether anything here runs out one day. */
  boolean watches() {
    return !admitted.isEmpty();
  }

  void admit(Listing listing) {
    AppId app = listing.manifest().id();
    if (admitted.size() >= BookCodec.MOST_APPS && !admitted.containsKey(app)) {
      LOG.warn("{} is not admitted: there are {} apps.", app, BookCodec.MOST_APPS);
      return;
    }
    admitted.put(app, listing);
    check(app, listing);
  }

  void dismiss(AppId app) {
    admitted.remove(app);
  }

  List<Listing> listings() {
    return List.copyOf(admitted.values());
  }

  Optional<Listing> listing(AppId app) {
    return Optional.ofNullable(admitted.get(app));
  }

  /** What a backup brought is believed once it was verified like something new. */
  private synchronized void check(AppId app, Listing listing) {
    Account account = account(app);
    String did = hub.get().orElse(null);
    if (did == null || account.held().stream().allMatch(Held::checked)) {
      return;
    }
    List<Held> checked = new ArrayList<>();
    for (Held held : account.held()) {
      try {
        SealedLicence licence = SealedLicence.parse(held.text());
        if (!held.checked()) {
          licence.verify(listing.providerKeys(), listing.operatorKeys());
        }
        if (held.token().hub().equals(did) && held.token().app().equals(app)) {
          checked.add(new Held(held.text(), held.token(), true));
        }
      } catch (LicenceException e) {
        LOG.warn("A licence for {} from the backup does not count: {}", app, e.getMessage());
      }
    }
    try {
      commit(app, account.withHeld(checked));
      vouch();
    } catch (AppException e) {
      LOG.warn("Licences for {} from the backup wait: {}", app, e.getMessage());
    }
  }

  /** Once more for those that waited for the hub's key. */
  void checkRestored() {
    admitted.forEach(this::check);
  }

  private Account account(AppId app) {
    return accounts.getOrDefault(app, Account.NEW);
  }

  /** What is written is what counts from then on. */
  private synchronized void commit(AppId app, Account account) throws AppException {
    if (unread) {
      throw new AppException(
          Reason.FAILED,
          "The licences on disk cannot be read, so none can be added; restart the hub, or restore a"
              + " backup.");
    }
    Map<AppId, Account> next = new TreeMap<>(accounts);
    next.put(app, account);
    if (next.size() > BookCodec.MOST_APPS) {
      throw new AppException(
          Reason.NOT_NOW,
          "This hub has had " + BookCodec.MOST_APPS + " licensed apps and remembers no more.");
    }
    try {
      write(next);
    } catch (IOException e) {
      throw new AppException(
          Reason.FAILED, "The licences could not be saved; nothing was changed. Try again.", e);
    }
    accounts = Map.copyOf(next);
  }

  private synchronized void write(Map<AppId, Account> next) throws IOException {
    Map<AppId, Used> units = Map.copyOf(used);
    store.write(BookCodec.encode(new Book(next, units)));
    usedOnDisk = units;
    savedAt = clock.ran();
  }

  /** Saves used units, every ten minutes if there are any. */
  synchronized void saveUsed(boolean now) {
    boolean due = clock.ran().minus(savedAt).plusSeconds(60).compareTo(TrustedTimeClock.SAVE) >= 0;
    if (unread || !(now || due) || usedOnDisk.equals(used)) {
      return;
    }
    try {
      write(accounts);
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        LOG.warn("Used units of apps cannot be saved; it is tried every minute.", e);
      }
      failing = true;
    }
  }

  Standing add(String pasted) throws AppException {
    LicenceToken token;
    SealedLicence licence;
    try {
      licence = SealedLicence.parse(pasted);
      token = licence.token();
    } catch (LicenceException e) {
      throw new AppException(Reason.UNLICENSED, e.getMessage() + ".", e);
    }
    AppId app = token.app();
    Listing listing = admitted.get(app);
    if (listing == null) {
      throw unlicensed("This licence is for " + app + ", which is not installed here.");
    }
    String did = hub.get().orElse(null);
    if (did == null) {
      throw new AppException(
          Reason.NOT_NOW, "The hub's key is not there yet; try again in a minute.");
    }
    if (!token.hub().equals(did)) {
      throw unlicensed("This licence is for another hub; ask the provider for one for this hub.");
    }
    try {
      licence.verify(listing.providerKeys(), listing.operatorKeys());
    } catch (LicenceException e) {
      throw new AppException(Reason.UNLICENSED, e.getMessage() + ".", e);
    }
    if (!token.revokes()) {
      suits(token, listing);
    }
    synchronized (this) {
      Account account = account(app);
      if (account.held().stream().anyMatch(held -> held.text().equals(licence.text()))
          && token.serial() == account.serial()) {
        return standing(app);
      }
      if (token.serial() <= account.serial()) {
        throw unlicensed(
            "This licence is number "
                + token.serial()
                + ", but number "
                + account.serial()
                + " is here or was: an older one no longer counts.");
      }
      clock.atLeast(token.issued(), "licence:" + app);
      Account next =
          account
              .plus(new Held(licence.text(), token, true), clock.now())
              .orElseThrow(
                  () ->
                      unlicensed(
                          "There are "
                              + Account.MOST_TOKENS
                              + " licences for "
                              + app
                              + " already; ask the provider for one instead of many."));
      commit(app, next);
    }
    return standing(app);
  }

  private static AppException unlicensed(String message) {
    return new AppException(Reason.UNLICENSED, message);
  }

  private static void suits(LicenceToken token, Listing listing) throws AppException {
    AppManifest manifest = listing.manifest();
    if (listing.withdrawn().isPresent()) {
      throw unlicensed(manifest.id() + " was withdrawn: " + listing.withdrawn().get());
    }
    if (!token.covers(manifest.version())) {
      throw unlicensed(
          "This licence is for versions from "
              + token.from()
              + " to before "
              + token.before()
              + "; here is "
              + manifest.version()
              + ".");
    }
    if (Sheet.level(manifest, token.level()).isEmpty()) {
      throw unlicensed(
          "This licence is for the level "
              + token.level()
              + ", which version "
              + manifest.version()
              + " does not have.");
    }
    Instant since = token.issued().isAfter(token.paidFrom()) ? token.issued() : token.paidFrom();
    if (token.leaseUntil().isAfter(Sheet.plus(since, manifest.lease()))) {
      throw unlicensed(
          "This licence runs longer at a time than its provider promised ("
              + manifest.lease()
              + "); ask the provider for another.");
    }
  }

  Standing startTrial(AppId app, String levelId) throws AppException {
    Listing listing = admitted(app);
    Level level =
        Sheet.level(listing.manifest(), levelId)
            .filter(l -> !l.trial().isZero())
            .orElseThrow(
                () ->
                    new AppException(Reason.UNKNOWN, "The level " + levelId + " cannot be tried."));
    if (listing.withdrawn().isPresent()) {
      throw unlicensed(app + " was withdrawn: " + listing.withdrawn().get());
    }
    synchronized (this) {
      Account account = account(app);
      if (account.trial().isPresent()) {
        throw unlicensed(app + " was tried on this hub before; it can be tried once.");
      }
      TrustedTimeClock.Mark mark = clock.mark();
      Duration length = Duration.between(mark.time(), Sheet.plus(mark.time(), level.trial()));
      commit(app, account.withTrial(new Trial(levelId, mark.ran(), mark.ran().plus(length))));
    }
    return standing(app);
  }

  private Listing admitted(AppId app) throws AppException {
    Listing listing = admitted.get(app);
    if (listing == null) {
      throw new AppException(Reason.UNKNOWN, app + " is not installed here.");
    }
    return listing;
  }

  /** What to send to the provider. */
  LicenceRequest request(AppId app, String levelId) throws AppException {
    Listing listing = admitted(app);
    if (Sheet.level(listing.manifest(), levelId).isEmpty()) {
      throw new AppException(Reason.UNKNOWN, app + " has no level " + levelId + ".");
    }
    String did =
        hub.get()
            .orElseThrow(
                () ->
                    new AppException(
                        Reason.NOT_NOW, "The hub's key is not there yet; try again in a minute."));
    Account account = account(app);
    Instant now = clock.now();
    return new LicenceRequest(
        did,
        app,
        listing.manifest().version(),
        levelId,
        now.truncatedTo(ChronoUnit.SECONDS),
        new Timeline(account.tokens(), listing.manifest().version()).paidUntil(levelId, now),
        account.serial());
  }

  Standing standing(AppId app) {
    Listing listing = admitted.get(app);
    return listing == null
        ? Sheet.none(app).standing(null)
        : Sheet.of(listing, account(app), clock.mark()).standing(used.get(app));
  }

  boolean use(AppId app, String metric, long amount) {
    Listing listing = admitted.get(app);
    if (listing == null || amount < 1) {
      return false;
    }
    Sheet sheet = Sheet.of(listing, account(app), clock.mark());
    Long limit = sheet.limits().get(metric);
    if (limit == null || !sheet.mayAct() || amount > limit) {
      return false;
    }
    boolean[] within = new boolean[1];
    used.compute(
        app,
        (key, before) -> {
          Map<String, Long> counts = new TreeMap<>();
          if (before != null && before.window().equals(sheet.window())) {
            counts.putAll(before.counts());
          }
          long sum = counts.getOrDefault(metric, 0L) + amount;
          within[0] = sum <= limit;
          if (!within[0]) {
            return before;
          }
          counts.put(metric, sum);
          return new Used(sheet.window(), Map.copyOf(counts));
        });
    return within[0];
  }

  /** Standings that are not what they were at the last call, but for used units. */
  synchronized List<Standing> changes() {
    List<Standing> changes = new ArrayList<>();
    told.keySet().removeIf(app -> !admitted.containsKey(app));
    for (AppId app : new TreeSet<>(admitted.keySet())) {
      Standing now = standing(app);
      Standing before = told.put(app, now);
      if (before == null || !same(before, now)) {
        changes.add(now);
      }
    }
    return changes;
  }

  private static boolean same(Standing a, Standing b) {
    return a.state() == b.state()
        && a.level().equals(b.level())
        && a.features().equals(b.features())
        && a.limits().equals(b.limits())
        && a.trial() == b.trial()
        && (a.trial() || a.paidUntil().equals(b.paidUntil()));
  }

  /** Payments of admitted apps that the usage meter was not told of. */
  Map<AppId, List<Payment>> owed() {
    Map<AppId, List<Payment>> owed = new TreeMap<>();
    accounts.forEach(
        (app, account) -> {
          if (!account.owed().isEmpty() && admitted.containsKey(app)) {
            owed.put(app, account.owed());
          }
        });
    return owed;
  }

  /** The meter has it, durably. */
  synchronized void told(AppId app, Payment payment) throws AppException {
    commit(app, account(app).paid(payment));
  }

  /** A copy for a backup. */
  byte[] backup() {
    return BookCodec.encode(new Book(accounts, Map.copyOf(used)));
  }

  /** Adds what a backup knows. */
  synchronized void restore(byte[] bytes) throws IOException {
    Book book;
    try {
      book = BookCodec.decode(bytes);
    } catch (LicenceException e) {
      throw new IOException(e.getMessage(), e);
    }
    Map<AppId, Account> next = new TreeMap<>(accounts);
    book.accounts()
        .forEach((app, old) -> next.merge(app, Account.NEW.plus(old), (a, b) -> a.plus(old)));
    if (next.size() > BookCodec.MOST_APPS) {
      throw new IOException(
          "The backup and this hub know more than " + BookCodec.MOST_APPS + " apps");
    }
    write(next);
    unread = false;
    accounts = Map.copyOf(next);
    checkRestored();
  }
}
