package org.commonshub.apps.licence;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.identity.api.Json;

/** The file of licences, and the part of a backup: JSON. */
final class BookCodec {
  /** Largest file: 256 apps with all the tokens they may have, and more. */
  static final int MAX_BYTES = 8 * 1024 * 1024;

  /** Apps, also removed ones. */
  static final int MOST_APPS = 256;

  private static final String WHAT = "The file of licences";
  private static final long MAX_MS = Duration.ofDays(36_600).toMillis();

  /**
   * What is kept.
   *
   * @param accounts by app
   * @param used units of metered limits by app
   */
  record Book(Map<AppId, Account> accounts, Map<AppId, Used> used) {
    static final Book EMPTY = new Book(Map.of(), Map.of());
  }

  /**
   * Units used.
   *
   * @param window name of the period they were used in
   * @param counts metric → units
   */
  record Used(String window, Map<String, Long> counts) {}

  private BookCodec() {}

  static byte[] encode(Book book) {
    Map<String, Object> apps = new TreeMap<>();
    book.accounts().forEach((app, account) -> apps.put(app.name(), map(account)));
    Map<String, Object> used = new TreeMap<>();
    book.used()
        .forEach(
            (app, units) ->
                used.put(
                    app.name(),
                    new TreeMap<>(
                        Map.of(
                            "window", units.window(), "counts", new TreeMap<>(units.counts())))));
    Map<String, Object> map = new TreeMap<>(Map.of("book", 1L, "apps", apps, "used", used));
    return Json.canonical(map).getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, Object> map(Account account) {
    Map<String, Object> map = new TreeMap<>();
    map.put("serial", account.serial());
    map.put(
        "held",
        account.held().stream()
            .map(held -> new TreeMap<>(Map.of("text", held.text(), "checked", held.checked())))
            .toList());
    account
        .trial()
        .ifPresent(
            trial ->
                map.put(
                    "trial",
                    new TreeMap<>(
                        Map.of(
                            "level", trial.level(),
                            "from_ms", trial.from().toMillis(),
                            "until_ms", trial.until().toMillis()))));
    map.put(
        "owed",
        account.owed().stream()
            .map(
                owed ->
                    new TreeMap<>(
                        Map.of(
                            "licence", owed.licence(),
                            "level", owed.level(),
                            "price_micros", owed.priceMicros(),
                            "currency", owed.currency())))
            .toList());
    return map;
  }

  static Book decode(byte[] bytes) throws LicenceException {
    Fields fields = Fields.of(WHAT, bytes);
    fields.integer("book", 1, 1);
    Map<AppId, Account> accounts = new TreeMap<>();
    Fields apps = fields.object("apps");
    for (String name : apps.names()) {
      accounts.put(app(name), account(apps.object(name)));
    }
    Map<AppId, Used> used = new TreeMap<>();
    Fields units = fields.object("used");
    for (String name : units.names()) {
      Fields of = units.object(name);
      used.put(
          app(name),
          new Used(of.text("window", 100), of.numbers("counts", LicenceToken.MAX_LIMIT)));
      of.end();
    }
    fields.end();
    if (accounts.size() > MOST_APPS || used.size() > MOST_APPS) {
      throw new LicenceException(WHAT + " has more than " + MOST_APPS + " apps");
    }
    return new Book(accounts, used);
  }

  private static AppId app(String name) throws LicenceException {
    try {
      return new AppId(name);
    } catch (IllegalArgumentException e) {
      throw new LicenceException(WHAT + " names an app that is none", e);
    }
  }

  private static Account account(Fields fields) throws LicenceException {
    long serial = fields.integer("serial", 0, LicenceToken.MAX_INTEGER);
    List<Account.Held> held = new ArrayList<>();
    for (Object element : fields.list("held", Account.MOST_TOKENS)) {
      Fields one = fields.object("held", element);
      SealedLicence licence = SealedLicence.parse(one.text("text", SealedLicence.MAX));
      held.add(new Account.Held(licence.text(), licence.token(), one.flag("checked")));
      one.end();
    }
    Optional<Account.Trial> trial = Optional.empty();
    if (fields.has("trial")) {
      Fields of = fields.object("trial");
      trial =
          Optional.of(
              new Account.Trial(
                  of.text("level", 32),
                  Duration.ofMillis(of.integer("from_ms", 0, MAX_MS)),
                  Duration.ofMillis(of.integer("until_ms", 0, MAX_MS))));
      of.end();
    }
    List<Account.Payment> owed = new ArrayList<>();
    for (Object element : fields.list("owed", Account.MOST_OWED)) {
      Fields one = fields.object("owed", element);
      owed.add(
          new Account.Payment(
              one.text("licence", 120),
              one.text("level", 32),
              one.integer("price_micros", 1, LicenceToken.MAX_PRICE),
              one.text("currency", 3)));
      one.end();
    }
    fields.end();
    return new Account(serial, held, trial, owed);
  }
}
