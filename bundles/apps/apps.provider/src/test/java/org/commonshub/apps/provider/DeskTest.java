package org.commonshub.apps.provider;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.commonshub.apps.provider.Bench.ACTOR;
import static org.commonshub.apps.provider.Bench.ALL;
import static org.commonshub.apps.provider.Bench.COACH;
import static org.commonshub.apps.provider.Bench.coach;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppDesk.Installed;
import org.commonshub.apps.desk.api.AppDesk.Step;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppManifest.Kind;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.AppSession.Restriction;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Catalogues.Source;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.desk.api.Risk;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.testing.fakes.FakeAppRunner;
import org.commonshub.testing.fakes.FakeAppSession;
import org.commonshub.testing.fakes.SampleApp;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of apps, with everything around the desk faked. */
class DeskTest {
  private static final AppVersion V1 = AppVersion.parse("1.0.0");
  private static final AppVersion V2 = AppVersion.parse("1.1.0");

  @TempDir Path folder;
  private Bench bench;

  @BeforeEach
  void desk() throws Exception {
    bench = new Bench(folder);
  }

  private static AppException failure(CompletableFuture<?> future) {
    try {
      future.get();
      throw new AssertionError("it did not fail");
    } catch (ExecutionException e) {
      return (AppException) e.getCause();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private AppException updateFails() {
    return failure(bench.desk.update(COACH, ACTOR).toCompletableFuture());
  }

  private List<String> files() throws Exception {
    try (Stream<Path> all = Files.walk(folder.resolve("apps.provider"))) {
      return all.filter(Files::isRegularFile)
          .map(path -> folder.resolve("apps.provider").relativize(path).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void anAppIsInstalledConsentedSwitchedAndRemoved() throws Exception {
    assertThat(bench.install("1.0.0").step()).isEqualTo(Step.ASKING);
    assertThat(bench.desk.offers().get(0).installed()).contains(V1);
    assertThatThrownBy(() -> bench.desk.enable(COACH, true, ACTOR))
        .hasMessageContaining("Say first");
    Installed consented = bench.desk.consent(COACH, ALL, Place.ZONE, ACTOR);
    assertThat(consented.step()).isEqualTo(Step.OFF);
    assertThat(consented.grants()).isEqualTo(ALL);
    assertThat(consented.data().get(0).state()).isEqualTo(EnergyData.Grant.State.ASKED);
    assertThat(bench.privacy.requests()).hasSize(1);
    assertThat(bench.desk.enable(COACH, true, ACTOR).step()).isEqualTo(Step.ON);
    assertThat(bench.hosts.last().grants()).isEqualTo(ALL);
    assertThat(bench.hosts.last().location()).isEqualTo("app:org.example.coach/1.0.0");
    FakeAppRunner.Run run = bench.zone.last();
    assertThat(bench.desk.enable(COACH, false, ACTOR).step()).isEqualTo(Step.OFF);
    assertThat(run.closed()).isTrue();
    assertThat(bench.hosts.last().closed()).isTrue();
    bench.desk.enable(COACH, true, ACTOR);
    bench.hosts.last().store().put("settings", "mine".getBytes(UTF_8));
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    bench.desk.export(COACH, zip);
    assertThat(zip.size()).isPositive();
    bench.desk.remove(COACH, ACTOR);
    assertThat(bench.desk.apps()).isEmpty();
    assertThat(bench.zone.last().closed()).isTrue();
    assertThat(bench.hosts.kept(COACH)).isEmpty();
    assertThat(bench.licences.admitted(COACH)).isFalse();
    assertThat(bench.views.closed).containsEntry(COACH, 1);
    assertThat(files()).isEmpty();
    assertThat(failure(bench.desk.cards(COACH, Locale.ENGLISH).toCompletableFuture()).reason())
        .isEqualTo(Reason.UNKNOWN);
    assertThat(bench.desk.install(COACH, "home", ACTOR).toCompletableFuture().get().step())
        .isEqualTo(Step.ASKING);
  }

  @Test
  void whatIsNotListedWithdrawnOrForbiddenIsNotInstalled() throws Exception {
    assertThat(failure(bench.desk.install(COACH, "home", ACTOR).toCompletableFuture()).reason())
        .isEqualTo(Reason.UNKNOWN);
    bench.catalogues.list("home", coach("1.0.0"));
    bench.walls.findings.add(new Finding("a.B", "java.lang.Thread.<init>()V", "use AppTimers"));
    AppException forbidden =
        failure(bench.desk.install(COACH, "home", ACTOR).toCompletableFuture());
    assertThat(forbidden.reason()).isEqualTo(Reason.FORBIDDEN_CODE);
    assertThat(forbidden).hasMessageContaining("java.lang.Thread");
    assertThat(bench.desk.apps()).isEmpty();
    assertThat(files()).isEmpty();
    bench.walls.findings.clear();
    bench.catalogues.source("home", Source.State.EXPIRED);
    assertThat(bench.desk.offers().get(0).blocked()).isPresent();
    assertThat(failure(bench.desk.install(COACH, "home", ACTOR).toCompletableFuture()).reason())
        .isEqualTo(Reason.NOT_NOW);
    bench.catalogues.source("home", Source.State.FRESH);
    bench.catalogues.withdraw(COACH, V1, "it was broken");
    assertThat(bench.desk.offers().get(0).blocked().orElseThrow()).contains("it was broken");
    assertThat(failure(bench.desk.install(COACH, "home", ACTOR).toCompletableFuture()).reason())
        .isEqualTo(Reason.UNTRUSTED);
    assertThat(files()).isEmpty();
  }

  @Test
  void onlyWhatTheManifestAsksForIsGranted() throws Exception {
    bench.install("1.0.0");
    for (Grants more :
        List.of(
            new Grants(Set.of("evil.example.org"), Set.of(), Optional.empty()),
            new Grants(Set.of(), Set.of("battery/power"), Optional.empty()),
            new Grants(
                Set.of(),
                Set.of(),
                Optional.of(new org.commonshub.apps.api.AppHome.Place(481, 115))))) {
      assertThatThrownBy(() -> bench.desk.consent(COACH, more, Place.ZONE, ACTOR))
          .isInstanceOf(AppException.class);
    }
    assertThatThrownBy(() -> bench.desk.consent(COACH, ALL, Place.INSIDE, ACTOR))
        .hasMessageContaining("operator");
    bench.trusted.add("org.example");
    assertThat(bench.desk.consent(COACH, ALL, Place.INSIDE, ACTOR).place()).isEqualTo(Place.INSIDE);
    bench.desk.enable(COACH, true, ACTOR);
    assertThat(bench.inside.runs()).hasSize(1);
    assertThat(bench.app().risk().reasons()).contains("inside");
    // Said again it takes effect at once, without a start.
    bench.desk.consent(COACH, Grants.NONE, Place.INSIDE, ACTOR);
    assertThat(bench.hosts.last().grants()).isEqualTo(Grants.NONE);
    assertThat(bench.inside.runs()).hasSize(1);
    assertThat(bench.privacy.requests()).as("is not asked again and again").hasSize(1);
    bench.desk.consent(COACH, Grants.NONE, Place.ZONE, ACTOR);
    assertThat(bench.inside.last().closed()).isTrue();
    assertThat(bench.zone.runs()).hasSize(1);
  }

  @Test
  void aTamperedFileIsRefusedAtTheNextBootAndNothingElseIs() throws Exception {
    bench.on("1.0.0");
    bench.catalogues.list("home", new SampleApp("org.example.other", "1.0.0"));
    bench.desk.install(new org.commonshub.apps.desk.api.AppId("org.example.other"), "home", ACTOR);
    Path jar = folder.resolve("apps.provider/org.example.coach/1.0.0/app.jar");
    Files.writeString(jar, "something else");
    int started = bench.zone.runs().size();
    bench.open();
    Installed app = bench.app();
    assertThat(app.step()).isEqualTo(Step.REFUSED);
    assertThat(app.problem().orElseThrow()).contains("not what was signed");
    assertThat(bench.zone.runs()).hasSize(started);
    assertThatThrownBy(() -> bench.desk.enable(COACH, true, ACTOR))
        .isInstanceOfSatisfying(
            AppException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNTRUSTED));
    assertThat(bench.desk.apps().get(1).step()).isEqualTo(Step.ASKING);
  }

  @Test
  void everyBootVerifiesAndChecksAgainBeforeAnythingStarts() throws Exception {
    bench.on("1.0.0");
    int checks = bench.walls.checks;
    bench.open();
    assertThat(bench.walls.checks).isEqualTo(checks + 1);
    assertThat(bench.app().step()).isEqualTo(Step.ON);
    bench.walls.findings.add(new Finding("a.B", "java.lang.Thread.<init>()V", "use AppTimers"));
    bench.open();
    assertThat(bench.app().step()).isEqualTo(Step.REFUSED);
    // And while nobody can verify, nothing starts.
    bench.walls.findings.clear();
    bench.parts.catalogues.set(null);
    bench.open();
    assertThat(bench.app().step()).isEqualTo(Step.STOPPED);
    bench.parts.catalogues.set(bench.catalogues);
    bench.desk.changed(true);
    assertThat(bench.app().step()).isEqualTo(Step.ON);
  }

  @Test
  void aWithdrawnVersionStopsAndAnUnfollowedCatalogueStopsItsApps() throws Exception {
    bench.on("1.0.0");
    bench.catalogues.withdraw(COACH, V1, "it leaks");
    assertThat(bench.app().step()).isEqualTo(Step.REFUSED);
    assertThat(bench.app().problem().orElseThrow()).contains("it leaks");
    assertThat(bench.zone.last().closed()).isTrue();
    // A repaired version gets it out of there.
    bench.catalogues.list("home", coach("1.1.0"));
    bench.desk.update(COACH, ACTOR).toCompletableFuture().get();
    assertThat(bench.app().step()).isEqualTo(Step.ON);
    assertThatThrownBy(() -> bench.desk.rollback(COACH, ACTOR)).hasMessageContaining("it leaks");
    assertThat(bench.app().listing().manifest().version()).isEqualTo(V2);
    bench.catalogues.unfollow("home", ACTOR);
    assertThat(bench.app().step()).isEqualTo(Step.REFUSED);
    assertThat(bench.zone.last().closed()).isTrue();
  }

  @Test
  void aFrozenCatalogueTakesNetworkAndDevicesAndGivesThemBack() throws Exception {
    bench.on("1.0.0");
    bench.catalogues.source("home", Source.State.FROZEN);
    assertThat(bench.hosts.last().restriction()).isEqualTo(Restriction.NO_ACTING);
    assertThat(bench.app().step()).isEqualTo(Step.ON);
    assertThat(bench.app().problem().orElseThrow()).contains("catalogue");
    bench.catalogues.source("home", Source.State.FRESH);
    assertThat(bench.hosts.last().restriction()).isEqualTo(Restriction.NONE);
    assertThat(bench.app().problem()).isEmpty();
    bench.catalogues.source("home", Source.State.EXPIRED);
    assertThat(bench.hosts.last().restriction()).isEqualTo(Restriction.NONE);
  }

  @Test
  void aLicenceThatRunsOutRestrictsThenStops() throws Exception {
    bench.catalogues.list("home", coach("1.0.0").level("plus", 2_990_000, 14));
    bench.desk.install(COACH, "home", ACTOR).toCompletableFuture().get();
    bench.desk.consent(COACH, ALL, Place.ZONE, ACTOR);
    assertThatThrownBy(() -> bench.desk.enable(COACH, true, ACTOR))
        .isInstanceOfSatisfying(
            AppException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNLICENSED));
    bench.licences.startTrial(COACH, "plus", ACTOR);
    assertThat(bench.desk.enable(COACH, true, ACTOR).step()).isEqualTo(Step.ON);
    bench.licences.set(COACH, Standing.State.GRACE);
    assertThat(bench.hosts.last().restriction()).isEqualTo(Restriction.NONE);
    bench.licences.set(COACH, Standing.State.DEGRADED);
    assertThat(bench.hosts.last().restriction()).isEqualTo(Restriction.NO_ACTING);
    bench.licences.set(COACH, Standing.State.STOPPED);
    assertThat(bench.app().step()).isEqualTo(Step.STOPPED);
    assertThat(bench.zone.last().closed()).isTrue();
    bench.licences.set(COACH, Standing.State.ACTIVE);
    assertThat(bench.app().step()).isEqualTo(Step.ON);
    assertThat(bench.hosts.last().restriction()).isEqualTo(Restriction.NONE);
    // Licences that are restarted stop nobody.
    bench.parts.licences.set(null);
    bench.desk.changed(false);
    assertThat(bench.app().step()).isEqualTo(Step.ON);
  }

  @Test
  void aCrashIsFollowedByAStartThreeTimesADay() throws Exception {
    bench.on("1.0.0");
    for (Duration pause :
        List.of(Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(10))) {
      int runs = bench.zone.runs().size();
      bench.zone.last().crash("Its process ended.");
      assertThat(bench.app().step()).isEqualTo(Step.STOPPED);
      assertThat(bench.app().problem().orElseThrow()).contains("Its process ended.");
      bench.later.advance(pause.minusMillis(1));
      assertThat(bench.zone.runs()).hasSize(runs);
      bench.later.advance(Duration.ofMillis(1));
      assertThat(bench.app().step()).isEqualTo(Step.ON);
      assertThat(bench.zone.runs()).hasSize(runs + 1);
    }
    int runs = bench.zone.runs().size();
    bench.zone.last().crash("Its process ended.");
    bench.later.advance(Duration.ofHours(12));
    assertThat(bench.zone.runs()).hasSize(runs);
    assertThat(bench.app().step()).isEqualTo(Step.STOPPED);
    bench.desk.enable(COACH, true, ACTOR);
    assertThat(bench.app().step()).isEqualTo(Step.ON);
    bench.zone.last().crash("Its process ended.");
    bench.later.advance(Duration.ofSeconds(10));
    assertThat(bench.app().step()).isEqualTo(Step.ON);
  }

  @Test
  void whoBreaksAQuotaIsNotStartedAgain() throws Exception {
    bench.on("1.0.0");
    bench.hosts.last().end("It used more memory than it may.");
    assertThat(bench.app().step()).isEqualTo(Step.STOPPED);
    assertThat(bench.app().problem()).contains("It used more memory than it may.");
    assertThat(bench.zone.last().closed()).isTrue();
    bench.later.advance(Duration.ofDays(1));
    assertThat(bench.zone.runs()).hasSize(1);
    bench.desk.enable(COACH, false, ACTOR);
    assertThat(bench.desk.enable(COACH, true, ACTOR).step()).isEqualTo(Step.ON);
  }

  @Test
  void whatAnAppSaysOfItselfIsAskedEveryMinute() throws Exception {
    StringBuilder problem = new StringBuilder();
    bench.zone.code(
        session ->
            new App() {
              @Override
              public List<Card> cards(Locale locale) {
                return List.of();
              }

              @Override
              public Optional<String> problem() {
                return problem.isEmpty() ? Optional.empty() : Optional.of(problem.toString());
              }
            });
    bench.on("1.0.0");
    assertThat(bench.app().problem()).isEmpty();
    problem.append("There is no\u202E charger.");
    bench.later.advance(Duration.ofMinutes(1));
    assertThat(bench.app().problem()).contains("There is no charger.");
    assertThat(bench.app().step()).isEqualTo(Step.ON);
  }

  @Test
  void anUpdateTakesOverAfterItsProbationAndGoesBackWithItsStore() throws Exception {
    bench.on("1.0.0");
    bench.hosts.last().store().put("data", "one".getBytes(UTF_8));
    FakeAppRunner.Run old = bench.zone.last();
    bench.catalogues.list("home", coach("1.1.0"));
    assertThat(bench.app().update()).isPresent();
    assertThat(bench.app().updateAsks()).isFalse();
    CompletableFuture<Installed> update = bench.desk.update(COACH, ACTOR).toCompletableFuture();
    assertThat(bench.app().step()).isEqualTo(Step.UPDATING);
    assertThat(old.closed()).isFalse();
    bench.hosts.last().store().put("data", "two".getBytes(UTF_8));
    assertThat(new String(bench.hosts.kept(COACH).get("data"), UTF_8)).isEqualTo("one");
    assertThat(
            failure(bench.desk.submit(COACH, "f", Map.of(), Locale.ENGLISH).toCompletableFuture())
                .reason())
        .isEqualTo(Reason.NOT_NOW);
    bench.later.advance(Duration.ofSeconds(19));
    assertThat(update).isNotDone();
    bench.later.advance(Duration.ofSeconds(1));
    assertThat(update.get().listing().manifest().version()).isEqualTo(V2);
    assertThat(bench.app().step()).isEqualTo(Step.ON);
    assertThat(bench.app().previous()).contains(V1);
    assertThat(old.closed()).isTrue();
    assertThat(bench.zone.last().closed()).isFalse();
    assertThat(new String(bench.hosts.kept(COACH).get("data"), UTF_8)).isEqualTo("two");
    bench.desk.rollback(COACH, ACTOR);
    assertThat(bench.app().listing().manifest().version()).isEqualTo(V1);
    assertThat(bench.app().step()).isEqualTo(Step.ON);
    assertThat(bench.app().previous()).isEmpty();
    assertThat(new String(bench.hosts.kept(COACH).get("data"), UTF_8)).isEqualTo("one");
    assertThatThrownBy(() -> bench.desk.rollback(COACH, ACTOR)).isInstanceOf(AppException.class);
    assertThat(files())
        .as("nothing of the other version is left")
        .noneMatch(file -> file.contains("1.1.0"));
  }

  @Test
  void anUpdateThatIsUnwellStaysOutsideAndTheOldVersionIsUntouched() throws Exception {
    bench.on("1.0.0");
    FakeAppRunner.Run old = bench.zone.last();
    bench.catalogues.list("home", coach("1.1.0"));
    // It does not start.
    bench.zone.fail("It did not start: no.");
    assertThat(updateFails()).hasMessageContaining("It did not start");
    bench.zone.fail("");
    // It says that it cannot work.
    bench.zone.code(
        session ->
            new App() {
              @Override
              public List<Card> cards(Locale locale) {
                return List.of();
              }

              @Override
              public Optional<String> problem() {
                return Optional.of("I cannot.");
              }
            });
    assertThat(updateFails()).hasMessageContaining("I cannot.");
    bench.zone.code(session -> locale -> List.of());
    // It crashes in its probation, or breaks a quota.
    CompletableFuture<Installed> update = bench.desk.update(COACH, ACTOR).toCompletableFuture();
    bench.zone.last().crash("Its process ended.");
    assertThat(failure(update)).hasMessageContaining("Its process ended.");
    update = bench.desk.update(COACH, ACTOR).toCompletableFuture();
    bench.hosts.last().end("It hangs.");
    assertThat(failure(update)).hasMessageContaining("It hangs.");
    assertThat(bench.zone.last().closed()).isTrue();
    // Its code is not allowed.
    bench.walls.findings.add(new Finding("a.B", "java.lang.Thread.<init>()V", "use AppTimers"));
    assertThat(updateFails().reason()).isEqualTo(Reason.FORBIDDEN_CODE);
    bench.walls.findings.clear();
    // The person switches off in the middle.
    update = bench.desk.update(COACH, ACTOR).toCompletableFuture();
    assertThat(old.closed()).isFalse();
    bench.desk.enable(COACH, false, ACTOR);
    assertThat(failure(update)).hasMessageContaining("switched off");
    assertThat(bench.app().step()).isEqualTo(Step.OFF);
    assertThat(bench.app().listing().manifest().version()).isEqualTo(V1);
    assertThat(old.closed()).isTrue();
    bench.later.advance(Duration.ofMinutes(5));
    assertThat(bench.app().listing().manifest().version()).isEqualTo(V1);
    assertThat(files()).noneMatch(file -> file.contains("1.1.0"));
  }

  @Test
  void anUpdateThatAsksForMoreWaitsUntilThePersonHasReadIt() throws Exception {
    bench.on("1.0.0");
    bench.catalogues.list("home", coach("1.1.0").host("more.example.org"));
    assertThat(bench.app().updateAsks()).isTrue();
    assertThat(updateFails()).hasMessageContaining("asks for more");
    Grants more =
        new Grants(Set.of("api.example.org", "more.example.org"), Set.of(), Optional.empty());
    bench.desk.consent(COACH, more, Place.ZONE, ACTOR);
    assertThat(bench.hosts.last().grants().hosts()).containsExactly("api.example.org");
    assertThat(bench.app().updateAsks()).isFalse();
    CompletableFuture<Installed> update = bench.desk.update(COACH, ACTOR).toCompletableFuture();
    bench.later.advance(Duration.ofSeconds(20));
    update.get();
    assertThat(bench.hosts.last().grants().hosts())
        .containsExactlyInAnyOrder("api.example.org", "more.example.org");
  }

  @Test
  void anAppThatIsOffIsUpdatedWithoutRunning() throws Exception {
    bench.on("1.0.0");
    bench.hosts.last().store().put("data", "one".getBytes(UTF_8));
    bench.desk.enable(COACH, false, ACTOR);
    bench.catalogues.list("home", coach("1.1.0"));
    bench.desk.update(COACH, ACTOR).toCompletableFuture().get();
    assertThat(bench.app().step()).isEqualTo(Step.OFF);
    assertThat(bench.app().listing().manifest().version()).isEqualTo(V2);
    assertThat(bench.zone.runs()).hasSize(1);
    assertThat(bench.hosts.kept(COACH)).containsKey("data");
    bench.desk.rollback(COACH, ACTOR);
    assertThat(bench.app().listing().manifest().version()).isEqualTo(V1);
    assertThat(bench.hosts.kept(COACH)).containsKey("data");
  }

  @Test
  void appsStopWithWhatTheyCannotRunWithoutAndStartAgainWithIt() throws Exception {
    bench.on("1.0.0");
    bench.parts.sandbox.set(null);
    bench.desk.changed(false);
    assertThat(bench.app().step()).isEqualTo(Step.STOPPED);
    assertThat(bench.zone.last().closed()).isTrue();
    bench.parts.sandbox.set(bench.walls);
    bench.desk.changed(true);
    assertThat(bench.app().step()).isEqualTo(Step.ON);
    // Another gate: what was subscribed at the first one is gone.
    bench.views.gate = new Object();
    bench.desk.changed(false);
    assertThat(bench.zone.runs()).hasSize(3);
    assertThat(bench.app().step()).isEqualTo(Step.ON);
    bench.views.gate = null;
    bench.desk.changed(false);
    assertThat(bench.app().step()).isEqualTo(Step.STOPPED);
    bench.views.gate = new Object();
    bench.zone.unavailable(Optional.of("There is no systemd here."));
    bench.desk.changed(false);
    assertThat(bench.app().problem()).contains("There is no systemd here.");
  }

  @Test
  void driversRunInsideWithoutServicesOfAnApp() throws Exception {
    bench.catalogues.list("home", coach("1.0.0").kind(Kind.DRIVER));
    Installed driver = bench.desk.install(COACH, "home", ACTOR).toCompletableFuture().get();
    assertThat(driver.place()).isEqualTo(Place.INSIDE);
    bench.desk.consent(COACH, Grants.NONE, Place.ZONE, ACTOR);
    assertThat(bench.desk.enable(COACH, true, ACTOR).step()).isEqualTo(Step.ON);
    assertThat(bench.plain).containsExactly("org.example.coach 1.0.0");
    assertThat(bench.app().place()).isEqualTo(Place.INSIDE);
    assertThat(bench.app().risk().rating()).isEqualTo(Risk.Rating.MODERATE);
    bench.catalogues.list("home", coach("1.1.0").kind(Kind.DRIVER));
    bench.desk.update(COACH, ACTOR).toCompletableFuture().get();
    assertThat(bench.plain).containsExactly("org.example.coach 1.0.0", "org.example.coach 1.1.0");
    bench.desk.rollback(COACH, ACTOR);
    assertThat(bench.plain).hasSize(3);
  }

  @Test
  void zonesAreSharedByTheAppsOfOneProvider() throws Exception {
    bench.on("1.0.0");
    bench.catalogues.list("home", new SampleApp("org.example.other", "1.0.0"));
    bench.catalogues.list("home", new SampleApp("net.else.app", "1.0.0"));
    for (String name : List.of("org.example.other", "net.else.app")) {
      bench.desk.install(new org.commonshub.apps.desk.api.AppId(name), "home", ACTOR);
    }
    assertThat(bench.app().zoneShares())
        .containsExactly(new org.commonshub.apps.desk.api.AppId("org.example.other"));
  }

  @Test
  void cardsAreShownAndFormsAreChecked() throws Exception {
    StringBuilder got = new StringBuilder();
    Card.Field field =
        new Card.Field(
            "limit",
            "Limit",
            Card.Field.Kind.NUMBER,
            "6",
            Optional.of(BigDecimal.ONE),
            Optional.of(BigDecimal.TEN),
            Map.of());
    Card card = new Card("Coach", List.of(new Card.Form("set", "Set", List.of(field), "Save")));
    bench.zone.code(
        session ->
            new App() {
              @Override
              public List<Card> cards(Locale locale) {
                return List.of(card);
              }

              @Override
              public Optional<String> submit(
                  String form, Map<String, String> values, Locale locale) {
                got.append(form).append(values);
                return Optional.empty();
              }
            });
    bench.on("1.0.0");
    assertThat(bench.desk.cards(COACH, Locale.ENGLISH).toCompletableFuture().get())
        .containsExactly(card);
    assertThat(submit("set", Map.of("limit", "99")).get().orElseThrow()).contains("Limit");
    assertThat(got.toString()).isEmpty();
    assertThat(submit("set", Map.of("limit", "7", "evil", "x")).get()).isEmpty();
    assertThat(got.toString()).isEqualTo("set{limit=7}");
    assertThat(failure(submit("other", Map.of())).reason()).isEqualTo(Reason.UNKNOWN);
    bench.hosts.last().log().warn("Careful.");
    assertThat(bench.desk.log(COACH)).extracting(AppSession.LogLine::text).contains("Careful.");
    bench.desk.enable(COACH, false, ACTOR);
    assertThat(failure(submit("set", Map.of())).reason()).isEqualTo(Reason.NOT_NOW);
  }

  private CompletableFuture<Optional<String>> submit(String form, Map<String, String> values) {
    return bench.desk.submit(COACH, form, values, Locale.ENGLISH).toCompletableFuture();
  }

  @Test
  void theDeskStopsWhatRunsAndStartsItAgainWithTheHub() throws Exception {
    bench.on("1.0.0");
    bench.desk.close();
    assertThat(bench.zone.last().closed()).isTrue();
    bench.open();
    assertThat(bench.app().step()).isEqualTo(Step.ON);
    assertThat(bench.app().grants()).isEqualTo(ALL);
  }

  @Test
  void aDamagedStateLosesNoFiles() throws Exception {
    bench.on("1.0.0");
    Files.writeString(folder.resolve("apps.provider/org.example.coach/state.json"), "{");
    bench.open();
    assertThat(bench.desk.apps()).isEmpty();
    assertThat(files()).anyMatch(file -> file.endsWith("1.0.0/app.jar"));
    bench.desk.install(COACH, "home", ACTOR).toCompletableFuture().get();
    assertThat(bench.app().step()).isEqualTo(Step.ASKING);
  }

  @Test
  void manyHandsAtOneAppTakeOneStepAtATime() throws Exception {
    bench.on("1.0.0");
    bench.desk.close();
    try (Pools pools = new Pools()) {
      bench.open(pools.steps());
      List<Thread> hands = new ArrayList<>();
      List<Throwable> odd = new CopyOnWriteArrayList<>();
      for (int i = 0; i < 4; i++) {
        int seed = i;
        Thread hand =
            new Thread(
                () -> {
                  Random random = new Random(seed);
                  for (int n = 0; n < 100; n++) {
                    try {
                      switch (random.nextInt(4)) {
                        case 0 -> bench.desk.enable(COACH, true, ACTOR);
                        case 1 -> bench.desk.enable(COACH, false, ACTOR);
                        case 2 -> bench.desk.consent(COACH, ALL, Place.ZONE, ACTOR);
                        default -> bench.zone.last().crash("Its process ended.");
                      }
                    } catch (AppException e) {
                      if (e.reason() != Reason.NOT_NOW) {
                        odd.add(e);
                      }
                    } catch (RuntimeException e) {
                      odd.add(e);
                    }
                  }
                });
        hands.add(hand);
        hand.start();
      }
      for (Thread hand : hands) {
        hand.join(60_000);
      }
      assertThat(odd).isEmpty();
      bench.desk.enable(COACH, false, ACTOR);
      assertThat(bench.desk.enable(COACH, true, ACTOR).step()).isEqualTo(Step.ON);
      assertThat(bench.zone.runs().stream().filter(run -> !run.closed())).hasSize(1);
      assertThat(bench.hosts.sessions().stream().filter(session -> !session.closed())).hasSize(1);
      bench.desk.close();
      assertThat(bench.zone.runs()).allMatch(FakeAppRunner.Run::closed);
    }
  }

  @Test
  void switchingOffEndsAStartThatIsUnderWay() throws Exception {
    bench.install("1.0.0");
    bench.desk.consent(COACH, ALL, Place.ZONE, ACTOR);
    CountDownLatch starting = new CountDownLatch(1);
    bench.zone.code(
        session -> {
          starting.countDown();
          long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
          while (!((FakeAppSession) session).closed() && System.nanoTime() < end) {
            Thread.onSpinWait();
          }
          throw new IllegalStateException("it was ended");
        });
    try (Pools pools = new Pools()) {
      bench.open(pools.steps());
      Thread on =
          new Thread(
              () -> {
                try {
                  bench.desk.enable(COACH, true, ACTOR);
                } catch (AppException e) {
                  throw new AssertionError(e);
                }
              });
      on.start();
      assertThat(starting.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(bench.app().step()).isEqualTo(Step.STARTING);
      assertThatThrownBy(() -> bench.desk.consent(COACH, ALL, Place.ZONE, ACTOR))
          .hasMessageContaining("Another step");
      assertThat(bench.desk.enable(COACH, false, ACTOR).step()).isEqualTo(Step.OFF);
      on.join(20_000);
      bench.later.advance(Duration.ofHours(1));
      assertThat(bench.app().step()).isEqualTo(Step.OFF);
      bench.desk.close();
    }
  }

  @Test
  void aFullDiskKeepsNothingRunningThatWasSwitchedOff() throws Exception {
    bench.on("1.0.0");
    Path state = folder.resolve("apps.provider/org.example.coach/.state.json.tmp");
    Files.createDirectories(state.resolve("in the way"));
    assertThatThrownBy(() -> bench.desk.enable(COACH, false, ACTOR)).hasMessageContaining("disk");
    assertThat(bench.zone.last().closed()).isTrue();
    bench.later.advance(Duration.ofMinutes(2));
    assertThat(bench.zone.runs()).hasSize(1);
    assertThat(bench.app().step()).isEqualTo(Step.STOPPED);
  }
}
