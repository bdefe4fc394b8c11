package org.commonshub.apps.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.Catalogues.Source;
import org.commonshub.apps.desk.api.Listing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class CatalogueServiceTest {
  @TempDir Path base;

  private final AttacksTest.FakeTime time = new AttacksTest.FakeTime();
  private final List<String> changed = new CopyOnWriteArrayList<>();
  private final List<String> audit = new ArrayList<>();
  private Operator operator;
  private CatalogueService hub;

  @BeforeEach
  void start() throws Exception {
    operator = new Operator(base, "Example Energy").ready();
    hub = hub();
  }

  private CatalogueService hub() {
    CatalogueService made =
        new CatalogueService(base.resolve("data"), Set.of("https", "file"), Duration.ofSeconds(30));
    made.trustedTime = time;
    made.listeners = List.of(changed::add);
    return made;
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private static URI url(Operator operator) {
    return operator.folder.resolve("metadata").toUri();
  }

  private Source refresh(String name) throws Exception {
    return hub.refresh(name).toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private void follow(String name, Operator whom) throws Exception {
    hub.follow(name, url(whom), whom.first, "ann");
    Source source = refresh(name);
    assertThat(source.problem()).isEmpty();
    assertThat(source.state()).isEqualTo(Source.State.FRESH);
  }

  private void untrusted(Path file, byte[] evidence, String because) {
    assertThatThrownBy(() -> hub.verify(file, evidence))
        .isInstanceOfSatisfying(
            AppException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNTRUSTED))
        .hasMessageContaining(because);
  }

  @Test
  void followsListsFetchesAndVerifies() throws Exception {
    String fingerprint = hub.fingerprint(operator.first);
    follow("home", operator);
    Source source = Operator.only(hub.sources());
    assertThat(source.fingerprint()).isEqualTo(fingerprint);
    assertThat(source.operator()).isEqualTo("Example Energy");
    assertThat(source.fingerprint())
        .isEqualTo(RepositoryWriter.fingerprint(operator.first))
        .matches("([0-9a-f]{4} ){7}[0-9a-f]{4}");
    assertThat(source.updated()).contains(Operator.START);
    assertThat(source.expires()).contains(Operator.START.plus(Duration.ofDays(7)));
    Listing coach = Operator.only(hub.listings());
    assertThat(coach.path()).isEqualTo("org.example/org.example.coach-1.0.0.jar");
    assertThat(coach.feePermille()).isEqualTo(150);
    assertThat(coach.providerKeys()).containsExactly(operator.providers.get("org.example").key());
    assertThat(coach.operatorKeys()).containsExactly(operator.licence.key());
    assertThat(coach.manifest().text(java.util.Locale.GERMAN).description())
        .isEqualTo("Rät\ngut: \"ja\" \\ €.");
    Path file = base.resolve("app.jar");
    byte[] evidence = hub.fetch(coach, file);
    assertThat(hub.verify(file, evidence).sha256()).isEqualTo(coach.sha256());
    assertThat(changed).contains("home");
    assertThat(time.told).contains("catalogue:home " + Operator.START);

    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    untrusted(file, evidence, "");
  }

  @Test
  void everythingIsThereAfterARestartWithoutNetwork() throws Exception {
    follow("home", operator);
    Path file = base.resolve("app.jar");
    byte[] evidence = hub.fetch(Operator.only(hub.listings()), file);
    Source before = Operator.only(hub.sources());
    hub.close();
    Files.move(operator.folder, base.resolve("gone"));
    hub = hub();
    assertThat(hub.sources()).containsExactly(before);
    assertThat(hub.verify(file, evidence).manifest().id().name()).isEqualTo("org.example.coach");
    assertThat(refresh("home").problem()).isPresent();
  }

  @Test
  void trustedTimeIsThatOfTheCatalogueWhenNobodyKeepsIt() throws Exception {
    hub.trustedTime = null;
    follow("home", operator);
    operator.pass(Duration.ofDays(40));
    assertThat(refresh("home").state()).isEqualTo(Source.State.FRESH);
    operator.offer();
    assertThat(refresh("home").updated()).contains(operator.now);
  }

  @Test
  void withdrawnByTheOperator() throws Exception {
    follow("home", operator);
    Listing coach = Operator.only(hub.listings());
    Path file = base.resolve("app.jar");
    byte[] evidence = hub.fetch(coach, file);
    OperatorTargets next = operator.writer.targets();
    next.withdraw(coach.path(), "It sent what it should not.");
    operator.publish(next);
    operator.offer();
    refresh("home");
    assertThat(Operator.only(hub.listings()).withdrawn()).contains("It sent what it should not.");
    assertThat(hub.verify(file, evidence).withdrawn()).contains("It sent what it should not.");
    assertThatThrownBy(() -> hub.fetch(coach, base.resolve("again.jar")))
        .hasMessageContaining("It sent what it should not.");
    assertThat(changed.stream().filter("home"::equals).count()).isGreaterThan(1);
  }

  @Test
  void withdrawnByTheProviderAlone() throws Exception {
    follow("home", operator);
    Listing coach = Operator.only(hub.listings());
    Path file = base.resolve("app.jar");
    byte[] evidence = hub.fetch(coach, file);
    ProviderTargets edition =
        ProviderTargets.next("org.example", operator.writer.providerDocument("org.example"));
    edition.withdraw(coach.path(), "A fault.");
    operator.writer.publishProvider("org.example", operator.sign("org.example", edition));
    operator.offer();
    refresh("home");
    assertThat(hub.verify(file, evidence).withdrawn()).contains("A fault.");
  }

  @Test
  void whatIsNoLongerListedStillRunsByItsEvidence() throws Exception {
    follow("home", operator);
    Listing old = Operator.only(hub.listings());
    Path file = base.resolve("app.jar");
    byte[] evidence = hub.fetch(old, file);
    operator.release("org.example", "coach", "1.1.0");
    OperatorTargets next = operator.writer.targets();
    next.remove(old.path());
    operator.publish(next);
    operator.offer();
    refresh("home");
    assertThat(hub.listings())
        .extracting(l -> l.manifest().version().toString())
        .containsExactly("1.1.0");
    assertThat(hub.verify(file, evidence).manifest().version()).hasToString("1.0.0");
    assertThatThrownBy(() -> hub.fetch(old, base.resolve("again.jar")))
        .hasMessageContaining("does not list");

    Evidence kept = Evidence.decode(evidence);
    Operator thief = new Operator(base, "Thief").ready();
    untrusted(
        file,
        new Evidence(
                "home",
                kept.fingerprint(),
                kept.provider(),
                kept.path(),
                thief.first,
                thief.file("metadata/2.targets.json"),
                thief.file("metadata/1.org.example.json"))
            .encode(),
        "its root was never one of the catalogue's");
    untrusted(
        file,
        new Evidence(
                "home",
                kept.fingerprint(),
                kept.provider(),
                kept.path(),
                kept.root(),
                thief.file("metadata/2.targets.json"),
                kept.own())
            .encode(),
        "signed by 0");
    untrusted(
        file,
        new Evidence(
                "home",
                kept.fingerprint(),
                kept.provider(),
                kept.path(),
                kept.root(),
                kept.targets(),
                thief.file("metadata/1.org.example.json"))
            .encode(),
        "signed by 0");

    operator.providers.put("org.example", SigningKey.generate());
    operator.delegate("org.example");
    ProviderTargets again =
        ProviderTargets.next("org.example", operator.writer.providerDocument("org.example"));
    operator.writer.publishProvider("org.example", operator.sign("org.example", again));
    operator.offer();
    assertThat(refresh("home").problem()).isEmpty();
    untrusted(file, evidence, "signed by 0");
  }

  @Test
  void evidenceHoldsWhileKeysAreReplacedAndNothingElseArrived() throws Exception {
    follow("home", operator);
    Listing coach = Operator.only(hub.listings());
    Path file = base.resolve("app.jar");
    byte[] evidence = hub.fetch(coach, file);
    operator.timestamp = SigningKey.generate();
    operator.publishRoot();
    Files.delete(operator.metadata("timestamp.json"));
    assertThat(refresh("home").state()).isEqualTo(Source.State.NEW);
    assertThat(hub.listings()).isEmpty();
    assertThat(hub.verify(file, evidence).sha256()).isEqualTo(coach.sha256());
    assertThatThrownBy(() -> hub.fetch(coach, base.resolve("again.jar")))
        .hasMessageContaining("not fetched yet");
    time.now = time.now.plus(Duration.ofDays(91));
    assertThat(Operator.only(hub.sources()).state()).isEqualTo(Source.State.FROZEN);
  }

  @Test
  void aProviderThatIsEndedIsNotVouchedForAnyMore() throws Exception {
    follow("home", operator);
    Path file = base.resolve("app.jar");
    byte[] evidence = hub.fetch(Operator.only(hub.listings()), file);
    OperatorTargets next = operator.writer.targets();
    next.undelegate("org.example");
    operator.publish(next);
    operator.offer();
    assertThat(refresh("home").problem()).isEmpty();
    assertThat(hub.listings()).isEmpty();
    untrusted(file, evidence, "does not vouch for org.example any more");
  }

  @Test
  void catalogueOfOneOperatorDoesNotTouchAnothers() throws Exception {
    Operator other = new Operator(base, "Other Energy").ready();
    follow("home", operator);
    follow("other", other);
    assertThat(hub.listings())
        .as("two offers of one app")
        .extracting(Listing::source)
        .containsExactly("home", "other");
    Listing coach = hub.listings().get(0);
    Path file = base.resolve("app.jar");
    byte[] evidence = hub.fetch(coach, file);
    OperatorTargets next = other.writer.targets();
    next.withdraw(coach.path(), "Competition.");
    other.publish(next);
    other.offer();
    refresh("other");
    assertThat(hub.verify(file, evidence).withdrawn()).isEmpty();

    Evidence kept = Evidence.decode(evidence);
    untrusted(
        file,
        new Evidence(
                "other",
                kept.fingerprint(),
                kept.provider(),
                kept.path(),
                kept.root(),
                kept.targets(),
                kept.own())
            .encode(),
        "another catalogue");
    // The same name with another root.
    hub.unfollow("home", "ann");
    untrusted(file, evidence, "not followed any more");
    assertThat(base.resolve("data/home")).doesNotExist();
    follow("home", other);
    untrusted(file, evidence, "another catalogue");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.org/metadata/",
        "ftp://example.org/metadata/",
        "https://user:secret@example.org/metadata/",
        "https://example.org/metadata/?a=b",
        "https://example.org/metadata/#a",
        "https:///metadata/",
        "metadata/",
        "jar:file:/x!/y"
      })
  void addressesThatAreNotFollowed(String url) {
    assertThatThrownBy(() -> hub.follow("home", URI.create(url), operator.first, "ann"))
        .isInstanceOf(AppException.class)
        .hasMessageContaining("https URL");
  }

  @Test
  void foldersOnlyIfConfigured() {
    CatalogueService strict =
        new CatalogueService(base.resolve("strict"), Set.of("https"), Duration.ofSeconds(30));
    try {
      assertThatThrownBy(() -> strict.follow("home", url(operator), operator.first, "ann"))
          .hasMessageContaining("https URL");
    } finally {
      strict.close();
    }
  }

  @Test
  void rootsAndNamesThatDoNotHold() throws Exception {
    assertThatThrownBy(() -> hub.follow("../x", url(operator), operator.first, "ann"))
        .hasMessageContaining("1 to 32");
    assertThatThrownBy(() -> hub.follow("home", url(operator), operator.draftRoot(), "ann"))
        .hasMessageContaining("that root does not hold");
    assertThatThrownBy(() -> hub.follow("home", url(operator), new byte[300 << 10], "ann"))
        .hasMessageContaining("too large");
    assertThatThrownBy(
            () ->
                hub.follow(
                    "home",
                    url(operator),
                    "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                    "ann"))
        .hasMessageContaining("that root does not hold");
    assertThatThrownBy(() -> hub.fingerprint(operator.draftRoot()))
        .hasMessageContaining("that root does not hold");
    assertThat(hub.sources()).isEmpty();
    follow("home", operator);
    assertThatThrownBy(() -> hub.follow("home", url(operator), operator.first, "ann"))
        .hasMessageContaining("already");
    for (int i = 1; i < 8; i++) {
      hub.follow("more-" + i, url(operator), operator.first, "ann");
    }
    assertThatThrownBy(() -> hub.follow("one-more", url(operator), operator.first, "ann"))
        .hasMessageContaining("at most 8");
    assertThatThrownBy(() -> hub.unfollow("nobody", "ann")).hasMessageContaining("nobody");
    assertThat(refresh("nobody").problem()).isPresent();
  }

  @Test
  void cataloguesOfTheImageAreFollowedUntilSomebodyUnfollowsThem() throws Exception {
    Path config = Files.createDirectories(base.resolve("config folder"));
    Files.write(config.resolve("root of ours.json"), operator.first);
    Path absolute = Files.write(base.resolve("absolute.json"), operator.first);
    String[] lines = {
      "home " + url(operator) + " root of ours.json",
      "",
      "damaged",
      "no-file " + url(operator) + " nothing.json",
      "no-url x:y:z root of ours.json",
      " second  " + url(operator) + " " + absolute,
    };
    hub.preset(lines, config);
    assertThat(hub.sources()).extracting(Source::name).containsExactly("home", "second");
    assertThat(refresh("home").state()).isEqualTo(Source.State.FRESH);
    hub.unfollow("home", "ann");
    hub.preset(lines, config);
    assertThat(hub.sources()).extracting(Source::name).containsExactly("second");
    hub.close();
    hub = hub();
    hub.preset(lines, config);
    assertThat(hub.sources()).extracting(Source::name).containsExactly("second");
    follow("home", operator);
    hub.unfollow("home", "ann");
    hub.preset(lines, config);
    assertThat(hub.sources()).extracting(Source::name).containsExactly("second");
  }

  @Test
  void whoFollowedStandsInTheAuditLog() throws Exception {
    hub.auditLog =
        new org.commonshub.platform.api.AuditLog() {
          @Override
          public void record(String actor, String action, String subject, String outcome) {
            audit.add(actor + " " + action + " " + subject + " " + outcome);
          }

          @Override
          public List<Entry> latest(int limit) {
            return List.of();
          }
        };
    follow("home", operator);
    hub.unfollow("home", "bob");
    assertThat(audit)
        .containsExactly(
            "ann apps.catalogue.follow home ok", "bob apps.catalogue.unfollow home ok");
  }

  @Test
  void evidenceThatIsDamagedIsRefused() throws Exception {
    follow("home", operator);
    Path file = base.resolve("app.jar");
    byte[] evidence = hub.fetch(Operator.only(hub.listings()), file);
    untrusted(file, new byte[0], "evidence");
    untrusted(file, new byte[] {(byte) 0x80}, "evidence");
    untrusted(file, new byte[10 << 20], "evidence");
    evidence[0] ^= 1;
    untrusted(file, evidence, "evidence");
  }

  @Test
  void aDamagedKeptDocumentIsFetchedAgain() throws Exception {
    follow("home", operator);
    hub.close();
    Path kept = base.resolve("data/home");
    String snapshot = Keys.sha256(operator.file("metadata/1.snapshot.json"));
    Files.write(kept.resolve(snapshot), new byte[] {1, 2, 3});
    hub = hub();
    assertThat(Operator.only(hub.sources()).state()).isEqualTo(Source.State.NEW);
    assertThat(refresh("home").state()).isEqualTo(Source.State.FRESH);
    assertThat(Files.size(kept.resolve(snapshot))).isGreaterThan(100);
  }
}
