package org.commonshub.console.rest;

import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppDesk;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.privacy.api.PrivacyDesk;
import org.commonshub.privacy.api.Recipient;

/** Apps of others: the prosumer installs, allows, switches and removes them, nobody else. */
final class AppsApi {
  private static final int MAX_OFFERS = 200;
  private static final int MAX_FAILURES = 16;
  private static final int MAX_TOKEN = 32 * 1024;
  private static final int MAX_FIELDS = 12;
  private static final int MAX_VALUE = 200;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Pattern LANGUAGE = Pattern.compile("[a-z]{2,3}");
  private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9-]{0,31}");

  private final Services services;
  private final Deferred waiting;
  private final Semaphore steps = new Semaphore(4);
  private final Semaphore exports = new Semaphore(1);

  /** What was asked of an app and takes a while, or went wrong since. */
  private final Map<AppId, Work> work = new LinkedHashMap<>();

  /**
   * Something that takes a while.
   *
   * @param doing {@code install} or {@code update}
   * @param problem why it failed; empty while it is under way
   */
  record Work(String doing, Optional<String> problem) {}

  AppsApi(Services services, Executor background) {
    this.services = services;
    this.waiting =
        new Deferred(
            background,
            8,
            "Too many questions to apps at once; ask again in a few seconds.",
            "The app did not answer in time.");
  }

  Router register(Router router) {
    return router
        .add("GET", "/apps", Access.OWNER, this::apps)
        .add("POST", "/apps", Access.OWNER, this::install)
        .add("GET", "/apps/offers", Access.OWNER, this::offers)
        .add("GET", "/apps/offers/{source}/{app}", Access.OWNER, this::offer)
        .add("GET", "/apps/usage", Access.OWNER, this::usage)
        .add("POST", "/apps/licences", Access.OWNER, this::licence)
        .add("GET", "/apps/{app}", Access.OWNER, this::app)
        .add("DELETE", "/apps/{app}", Access.OWNER, this::remove)
        .add("PUT", "/apps/{app}/consent", Access.OWNER, this::consent)
        .add("PUT", "/apps/{app}/enabled", Access.OWNER, this::enable)
        .add("POST", "/apps/{app}/update", Access.OWNER, this::update)
        .add("POST", "/apps/{app}/rollback", Access.OWNER, this::rollback)
        .add("GET", "/apps/{app}/export", Access.DATA, this::export)
        .add("GET", "/apps/{app}/cards", Access.DATA, this::cards)
        .add("POST", "/apps/{app}/forms/{form}", Access.DATA, this::submit)
        .add("GET", "/apps/{app}/log", Access.DATA, this::log)
        .add("POST", "/apps/{app}/licence/request", Access.OWNER, this::request)
        .add("POST", "/apps/{app}/licence/trial", Access.OWNER, this::trial);
  }

  // ---- what there is ---------------------------------------------------------------------------

  private Response apps(Request request) {
    AppDesk desk = services.apps();
    Locale locale = locale(request);
    List<AppDesk.Installed> apps = desk.apps();
    Map<AppId, Work> under = work();
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeArrayFieldStart("apps");
          for (AppDesk.Installed each : apps) {
            AppsJson.installed(g, each, locale, false);
          }
          g.writeEndArray();
          g.writeArrayFieldStart("work");
          for (Map.Entry<AppId, Work> each : under.entrySet()) {
            g.writeStartObject();
            g.writeStringField("app", each.getKey().name());
            g.writeStringField("doing", each.getValue().doing());
            NowApi.text(g, "problem", each.getValue().problem());
            g.writeEndObject();
          }
          g.writeEndArray();
          g.writeEndObject();
        });
  }

  private Response app(Request request) {
    AppDesk.Installed installed = installed(services.apps(), request);
    Locale locale = locale(request);
    return Response.json(g -> AppsJson.installed(g, installed, locale, true));
  }

  private Response offers(Request request) {
    Locale locale = locale(request);
    String[] words =
        request.parameter("search").map(AppsApi::normal).orElse("").strip().split("\\s+", 8);
    List<AppDesk.Offer> offers =
        services.apps().offers().stream()
            .filter(
                offer -> {
                  AppManifest manifest = offer.listing().manifest();
                  AppManifest.Text text = manifest.text(locale);
                  String all =
                      normal(
                          String.join(
                              " ",
                              text.name(),
                              text.summary(),
                              text.description(),
                              manifest.provider().name(),
                              manifest.id().name()));
                  return List.of(words).stream().allMatch(all::contains);
                })
            .toList();
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeNumberField("found", offers.size());
          g.writeArrayFieldStart("offers");
          for (AppDesk.Offer each : offers.stream().limit(MAX_OFFERS).toList()) {
            AppsJson.offer(g, each, locale, false);
          }
          g.writeEndArray();
          g.writeEndObject();
        });
  }

  private static String normal(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private Response offer(Request request) {
    AppId app = id(request);
    String source = request.variable("source");
    Locale locale = locale(request);
    AppDesk.Offer offer =
        services.apps().offers().stream()
            .filter(each -> each.listing().manifest().id().equals(app))
            .filter(each -> each.listing().source().equals(source))
            .findFirst()
            .orElseThrow(() -> Problem.notFound("No followed catalogue lists this app any more."));
    return Response.json(g -> AppsJson.offer(g, offer, locale, true));
  }

  // ---- its life --------------------------------------------------------------------------------

  private Response install(Request request) throws IOException {
    Body body = request.json();
    AppId app = id(body.string("app", 96));
    String source = body.string("source", 32);
    body.done();
    AppDesk desk = services.apps();
    String actor = request.caller().actor();
    return start(app, "install", actor, () -> desk.install(app, source, actor));
  }

  private Response update(Request request) {
    AppDesk desk = services.apps();
    AppId app = installed(desk, request).listing().manifest().id();
    String actor = request.caller().actor();
    return start(app, "update", actor, () -> desk.update(app, actor));
  }

  private interface Start {
    CompletionStage<AppDesk.Installed> begin();
  }

  /** Begins what takes a while; how it goes is told by {@code GET /apps}. */
  private Response start(AppId app, String doing, String actor, Start start) {
    Work mine = new Work(doing, Optional.empty());
    synchronized (work) {
      Work before = work.get(app);
      if (before != null && before.problem().isEmpty()) {
        throw new Problem(409, "This app is being installed or updated already; wait for it.");
      }
      while (work.size() >= MAX_FAILURES) {
        AppId oldest =
            work.entrySet().stream()
                .filter(each -> each.getValue().problem().isPresent())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(
                    () -> Problem.tooMany(10, "Too many apps are being installed; wait for them."));
        work.remove(oldest);
      }
      work.put(app, mine);
    }
    CompletionStage<AppDesk.Installed> stage;
    try {
      stage = start.begin();
    } catch (RuntimeException e) {
      done(app, mine, e);
      throw e;
    }
    stage.whenComplete(
        (installed, error) -> {
          done(app, mine, error);
          services.audit(actor, "app." + doing, app.name(), error == null ? "ok" : "failed");
        });
    return Response.json(
        202,
        "application/json",
        g -> {
          g.writeStartObject();
          g.writeStringField("app", app.name());
          g.writeStringField("doing", doing);
          g.writeEndObject();
        });
  }

  private void done(AppId app, Work mine, Throwable error) {
    synchronized (work) {
      if (work.get(app) != mine) {
        return;
      }
      if (error == null) {
        work.remove(app);
      } else {
        work.put(app, new Work(mine.doing(), Optional.of(problem("", error).getMessage())));
      }
    }
  }

  private Map<AppId, Work> work() {
    synchronized (work) {
      return new LinkedHashMap<>(work);
    }
  }

  private Response consent(Request request) throws IOException {
    Body body = request.json();
    Set<String> hosts = new HashSet<>(body.strings("hosts", 16));
    Set<String> actuators = new HashSet<>(body.strings("actuators", 16));
    Place place = body.choice("runs", Place.class);
    Optional<AppHome.Place> home = place(body.object("place", 2));
    body.done();
    AppDesk desk = services.apps();
    AppManifest manifest = installed(desk, request).listing().manifest();
    within(
        "hosts",
        hosts,
        manifest.hosts().stream().map(AppManifest.HostRequest::host).collect(Collectors.toSet()));
    within(
        "actuators",
        actuators,
        manifest.actuators().stream()
            .map(AppManifest.ActuatorRequest::key)
            .collect(Collectors.toSet()));
    if (home.isPresent() && manifest.place().isEmpty()) {
      throw Problem.invalid("place", "This app does not ask where the home is.");
    }
    Grants grants = new Grants(hosts, actuators, home);
    return step(
        request, "consent", (app, actor) -> Optional.of(desk.consent(app, grants, place, actor)));
  }

  private static void within(String field, Set<String> granted, Set<String> asked) {
    for (String one : granted) {
      if (!asked.contains(one)) {
        throw Problem.invalid(field, "The app does not ask for this: " + one + ".");
      }
    }
  }

  private static Optional<AppHome.Place> place(Map<String, Object> fields) {
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    Body body = Body.of(fields);
    int latitude = (int) body.integer("latitude", -900, 900, Optional.empty());
    int longitude = (int) body.integer("longitude", -1800, 1800, Optional.empty());
    return Optional.of(new AppHome.Place(latitude, longitude));
  }

  private Response enable(Request request) throws IOException {
    Body body = request.json();
    boolean on = body.bool("enabled", Optional.empty());
    body.done();
    AppDesk desk = services.apps();
    return step(
        request,
        on ? "enable" : "disable",
        (app, actor) -> Optional.of(desk.enable(app, on, actor)));
  }

  private Response rollback(Request request) {
    AppDesk desk = services.apps();
    return step(request, "rollback", (app, actor) -> Optional.of(desk.rollback(app, actor)));
  }

  private Response remove(Request request) {
    AppDesk desk = services.apps();
    return step(
        request,
        "remove",
        (app, actor) -> {
          desk.remove(app, actor);
          forget(app, actor);
          synchronized (work) {
            work.remove(app);
          }
          return Optional.empty();
        });
  }

  /** Its consents and what was noted about it at the privacy gate go with it. */
  private void forget(AppId app, String actor) throws AppException {
    Optional<PrivacyDesk> gate = services.privacyDeskIfPresent();
    if (gate.isEmpty()) {
      return;
    }
    try {
      gate.get().forget(new Recipient(Recipient.Kind.APP, app.name()), actor);
    } catch (IOException e) {
      throw new AppException(
          AppException.Reason.FAILED,
          "The app is gone, but its consents could not be deleted: " + e.getMessage() + ".",
          e);
    }
  }

  private interface Step {
    Optional<AppDesk.Installed> take(AppId app, String actor) throws AppException;
  }

  private Response step(Request request, String what, Step step) {
    AppId app = id(request);
    String actor = request.caller().actor();
    if (!steps.tryAcquire()) {
      throw Problem.tooMany(3, "Several apps are being changed at this moment; try again.");
    }
    Optional<AppDesk.Installed> after;
    try {
      after = step.take(app, actor);
    } catch (AppException e) {
      services.audit(actor, "app." + what, app.name(), "failed");
      throw problem("", e);
    } finally {
      steps.release();
    }
    services.audit(actor, "app." + what, app.name(), "ok");
    Locale locale = locale(request);
    return after.isEmpty()
        ? Response.noContent()
        : Response.json(g -> AppsJson.installed(g, after.get(), locale, true));
  }

  // ---- what it shows and keeps -----------------------------------------------------------------

  private Response export(Request request) {
    resident(request);
    AppDesk desk = services.apps();
    AppId app = installed(desk, request).listing().manifest().id();
    services.audit(request.caller().actor(), "app.export", app.name(), "ok");
    LocalDate day = LocalDate.ofInstant(services.clock().now(), services.home().zone());
    return Response.stream(
            "application/zip",
            out -> {
              if (!exports.tryAcquire()) {
                throw Problem.tooMany(10, "An app's data is being exported already. Wait for it.");
              }
              try {
                desk.export(app, out);
              } catch (AppException e) {
                throw problem("", e);
              } finally {
                exports.release();
              }
            })
        .header(
            "Content-Disposition", "attachment; filename=\"" + app.name() + "-" + day + ".zip\"");
  }

  private Response cards(Request request) {
    resident(request);
    AppDesk desk = services.apps();
    AppId app = id(request);
    Locale locale = locale(request);
    return waiting.later(
        () -> told(desk.cards(app, locale)),
        PATIENCE,
        cards ->
            Response.json(
                g -> {
                  g.writeStartArray();
                  for (Card card : cards.stream().limit(Card.MAX_CARDS).toList()) {
                    AppsJson.card(g, card);
                  }
                  g.writeEndArray();
                }));
  }

  private Response submit(Request request) throws IOException {
    resident(request);
    AppDesk desk = services.apps();
    AppId app = id(request);
    String form = request.variable("form");
    Body body = request.json();
    Map<String, String> values = body.stringMap("values", MAX_FIELDS);
    body.done();
    values.forEach(
        (field, value) -> {
          if (!WORD.matcher(field).matches() || value.length() > MAX_VALUE) {
            throw Problem.invalid(
                "values", "A value of a form has at most " + MAX_VALUE + " characters.");
          }
        });
    if (!WORD.matcher(form).matches()) {
      throw Problem.notFound("The app has no such form.");
    }
    Locale locale = locale(request);
    return waiting.later(
        () -> told(desk.submit(app, form, values, locale)),
        PATIENCE,
        refused ->
            Response.json(
                g -> {
                  g.writeStartObject();
                  NowApi.text(g, "refused", refused);
                  g.writeEndObject();
                }));
  }

  private Response log(Request request) {
    resident(request);
    AppDesk desk = services.apps();
    AppId app = id(request);
    List<AppSession.LogLine> lines = ask("", () -> desk.log(app));
    return Response.json(g -> AppsJson.log(g, lines));
  }

  // ---- what it costs ---------------------------------------------------------------------------

  private Response request(Request request) throws IOException {
    AppId app = id(request);
    String level = level(request);
    resident(request);
    String document = ask("level", () -> services.licences().request(app, level));
    services.audit(request.caller().actor(), "licence.request", app + " " + level, "ok");
    // From now on the catalogue is asked whether the licence is there.
    services.apps().apps().stream()
        .filter(installed -> installed.listing().manifest().id().equals(app))
        .findFirst()
        .ifPresent(installed -> services.catalogues().refresh(installed.listing().source()));
    return Response.json(
        g -> {
          g.writeStartObject();
          g.writeStringField("document", document);
          g.writeEndObject();
        });
  }

  private Response trial(Request request) throws IOException {
    AppId app = id(request);
    String level = level(request);
    String actor = request.caller().actor();
    Standing standing = ask("level", () -> services.licences().startTrial(app, level, actor));
    services.audit(actor, "licence.trial", app + " " + level, "ok");
    return Response.json(g -> AppsJson.standing(g, standing));
  }

  private Response licence(Request request) throws IOException {
    Body body = request.json();
    String token = body.string("token", MAX_TOKEN).replaceAll("\\s*\\R\\s*", "").strip();
    body.done();
    String actor = request.caller().actor();
    Standing standing = ask("token", () -> services.licences().add(token, actor));
    services.audit(actor, "licence.add", standing.app() + " " + standing.level(), "ok");
    return Response.json(g -> AppsJson.standing(g, standing));
  }

  private static String level(Request request) throws IOException {
    Body body = request.json();
    String level = body.string("level", 48);
    body.done();
    return level;
  }

  private Response usage(Request request) {
    var reports = services.usage().reports();
    return Response.json(g -> AppsJson.reports(g, reports));
  }

  // ---- in and out ------------------------------------------------------------------------------

  private static Locale locale(Request request) {
    String language = request.parameter("lang").orElse("en");
    if (!LANGUAGE.matcher(language).matches()) {
      throw Problem.invalid("lang", "A language is an ISO 639 code such as en.");
    }
    return Locale.forLanguageTag(language);
  }

  private static AppId id(Request request) {
    return id(request.variable("app"));
  }

  private static AppId id(String name) {
    try {
      return new AppId(name);
    } catch (IllegalArgumentException e) {
      throw unknown();
    }
  }

  private static Problem unknown() {
    return Problem.notFound("There is no such app on this hub.");
  }

  private static AppDesk.Installed installed(AppDesk desk, Request request) {
    AppId app = id(request);
    return desk.apps().stream()
        .filter(each -> each.listing().manifest().id().equals(app))
        .findFirst()
        .orElseThrow(AppsApi::unknown);
  }

  /** What an app shows is for people who live here: guests who may only look see none of it. */
  private static void resident(Request request) {
    if (request.caller().readOnly()) {
      throw new Problem(403, "What apps show is for the people who live here.");
    }
  }

  // ---- what desk, catalogues and licences say --------------------------------------------------

  @FunctionalInterface
  interface Ask<T> {
    T call() throws AppException;
  }

  static <T> T ask(String field, Ask<T> call) {
    try {
      return call.call();
    } catch (AppException e) {
      throw problem(field, e);
    }
  }

  private static <T> CompletionStage<T> told(CompletionStage<T> stage) {
    return stage.handle(
        (value, error) -> {
          if (error != null) {
            throw problem("", error);
          }
          return value;
        });
  }

  /**
   * What an app's failure is in HTTP.
   *
   * @param field input that is at fault if what was given is refused
   */
  static Problem problem(String field, Throwable error) {
    Throwable cause = error;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof Problem problem) {
      return problem;
    }
    if (!(cause instanceof AppException refusal)) {
      return new Problem(500, "The hub could not do this because of a fault of its own.");
    }
    return switch (refusal.reason()) {
      case UNKNOWN -> Problem.notFound(refusal.getMessage());
      case NOT_NOW -> new Problem(409, refusal.getMessage());
      case UNTRUSTED, FORBIDDEN_CODE -> new Problem(422, field, refusal.getMessage());
      case UNLICENSED ->
          field.isEmpty()
              ? new Problem(402, refusal.getMessage())
              : Problem.invalid(field, refusal.getMessage());
      case FAILED -> new Problem(502, refusal.getMessage());
    };
  }
}
