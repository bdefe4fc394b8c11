package org.commonshub.hubtests.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;

/** Hostile apps, and a hostile uplink of the hub's own, at the gate of the real hub. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class GateAttacksTest {
  private static final Duration QUARTER = Duration.ofMinutes(15);
  private static final Pattern VALUE = Pattern.compile(" (\\d{13})=(-?\\d+)");
  private static final AtomicLong SEQUENCE = new AtomicLong(1000);

  private static AttackedHub hub;
  private static Bundle app;
  private static Instant start;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the attacks out");
    hub = new AttackedHub();
    app = fresh();
    start = Instant.ofEpochSecond(Instant.now().getEpochSecond() / 900 * 900).minus(hours(6));
    // Six hours of a reading a minute, each quarter of an hour another level.
    for (String meter : List.of(AttackedHub.METER, AttackedHub.SECOND)) {
      for (Instant at = start; at.isBefore(Instant.now()); at = at.plusSeconds(60)) {
        long quarter = Duration.between(start, at).dividedBy(QUARTER);
        publish(meter, at, 1000 + 10 * quarter + at.getEpochSecond() / 60 % 2);
      }
    }
    consented(app, "days=1");
    consented(app, "days=1 purpose=RESEARCH device=" + AttackedHub.SECOND);
    AttackedHub.await(
        "the history has them",
        () ->
            values(read(app)).size() >= 20
                && values(hub.call(app, "read", "RESEARCH", start, Instant.now()).toString()).size()
                    >= 20);
    hub.desk("withdraw-all");
    app.uninstall();
  }

  @AfterAll
  static void stop() throws Exception {
    if (hub != null) {
      hub.close();
    }
  }

  /** A new app: the gate remembers what the one before asked and what it was answered. */
  @BeforeEach
  void comes() throws Exception {
    app = fresh();
  }

  @AfterEach
  void goes() throws Exception {
    hub.desk("pause", false);
    hub.desk("withdraw-all");
    app.uninstall();
  }

  private static Bundle fresh() throws Exception {
    return other("com.hostile.n" + SEQUENCE.getAndIncrement());
  }

  private static Duration hours(int hours) {
    return Duration.ofHours(hours);
  }

  private static void publish(Instant at, long watts) {
    publish(AttackedHub.METER, at, watts);
  }

  private static void publish(String meter, Instant at, long watts) {
    assertThat(hub.desk("publish", meter, at, SEQUENCE.getAndIncrement(), watts))
        .isEqualTo("published");
  }

  private static String ask(Bundle who, String terms) {
    return hub.call(who, "ask", terms, "For advice.").toString();
  }

  private static String grant(Bundle who) {
    String consent = hub.desk("grant", hub.call(who, "recipient")).toString();
    assertThat(consent).doesNotStartWith("failed");
    return consent;
  }

  private static String consented(Bundle who, String terms) {
    assertThat(ask(who, terms)).isEqualTo("ASKED");
    return grant(who);
  }

  private static String read(Bundle who, Instant from, Instant to) {
    return hub.call(who, "read", "ADVICE", from, to).toString();
  }

  private static String read(Bundle who) {
    return read(who, start.minus(hours(24)), Instant.now());
  }

  private static Map<Long, Long> values(String release) {
    Map<Long, Long> values = new java.util.TreeMap<>();
    Matcher matcher = VALUE.matcher(release);
    while (matcher.find()) {
      values.put(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
    }
    return values;
  }

  private static void refused(Object answer) {
    assertThat(answer.toString()).startsWith("failed: ").contains("Exception");
  }

  @Test
  void readsWithoutAsking() {
    refused(read(app));
    refused(hub.call(app, "subscribe", "ADVICE"));
  }

  @Test
  void readsBeforeTheAnswer() {
    assertThat(ask(app, "")).isEqualTo("ASKED");
    refused(read(app));
  }

  @Test
  void asksInTheNameOfAnother() {
    refused(ask(app, "recipient=app:com.other"));
    refused(ask(app, "recipient=uplink:mqtt"));
  }

  @Test
  void readsForAnotherPurpose() {
    consented(app, "");
    refused(hub.call(app, "read", "MARKETING", start, Instant.now()));
  }

  @Test
  void asksForMoreOnceItHasConsent() {
    consented(app, "");
    assertThat(ask(app, "resolution=60")).isIn("ASKED", "OPEN");
    assertThat(read(app)).contains(" 900 e").doesNotContain(" 60 e");
  }

  @Test
  void getsOtherQuantitiesBesides() {
    consented(app, "quantity=voltage.l1");
    assertThat(read(app)).doesNotContain("power.active");
  }

  @Test
  void climbsDownTheLadderOfResolutions() {
    consented(app, "resolution=3600");
    Set<Long> starts = values(read(app)).keySet();
    assertThat(starts).isNotEmpty().allMatch(s -> s % 3_600_000 == 0);
    assertThat(values(read(app, start, start.plusSeconds(900)))).isEmpty();
  }

  @Test
  void slidesItsWindowToTellAggregatesApart() {
    consented(app, "");
    Map<Long, Long> whole = values(read(app));
    assertThat(whole).hasSizeGreaterThan(10);
    for (int offset = 0; offset < 900; offset += 47) {
      Instant from = start.plus(hours(1)).plusSeconds(offset);
      Map<Long, Long> part = values(read(app, from, from.plusSeconds(2700)));
      assertThat(whole.entrySet()).containsAll(part.entrySet());
    }
  }

  @Test
  void asksAgainAndAgainInNarrowWindows() {
    consented(app, "");
    for (int second = 0; second < 60; second++) {
      Instant from = start.plus(hours(1)).plusSeconds(second);
      assertThat(values(read(app, from, from.plusSeconds(1)))).isEmpty();
      assertThat(values(read(app, from, from.plusSeconds(899)))).isEmpty();
    }
    assertThat((List<?>) hub.desk("log", 100)).isNotEmpty();
  }

  @Test
  void readsTheIntervalThatIsNotOverYet() {
    consented(app, "");
    Instant now = Instant.now();
    long newest =
        values(read(app, start, now.plus(hours(24)))).keySet().stream()
            .mapToLong(Long::longValue)
            .max()
            .orElseThrow();
    assertThat(Instant.ofEpochMilli(newest).plus(QUARTER)).isBeforeOrEqualTo(Instant.now());
  }

  @Test
  void readsBeforeTheDelayIsOver() {
    consented(app, "delay=7200");
    long newest =
        values(read(app)).keySet().stream().mapToLong(Long::longValue).max().orElseThrow();
    assertThat(Instant.ofEpochMilli(newest).plus(QUARTER))
        .isBeforeOrEqualTo(Instant.now().minusSeconds(7200));
  }

  @Test
  void readsTheWholePast() {
    Instant before = Instant.now().minus(hours(2));
    consented(app, "hours=2");
    assertThat(values(read(app, Instant.EPOCH, Instant.now().plus(Duration.ofDays(9000)))))
        .isNotEmpty()
        .allSatisfy(
            (at, value) ->
                assertThat(Instant.ofEpochMilli(at)).isAfterOrEqualTo(before.minus(QUARTER)));
    assertThat(hub.call(app, "read", "ADVICE", Instant.MIN, Instant.MAX).toString())
        .doesNotContain("ArithmeticException");
  }

  @Test
  void spoilsWhatWasReleasedForTheOthers() throws Exception {
    consented(app, "");
    String first = read(app);
    hub.call(app, "spoil");
    assertThat(read(app)).isEqualTo(first);
    Bundle other = fresh();
    consented(other, "");
    assertThat(values(read(other))).isEqualTo(values(first));
    other.uninstall();
  }

  private static Bundle other(String name) throws Exception {
    return hub.start("file:" + name, AttackedHub.app(name));
  }

  @Test
  void changesTermsAfterTheCheck() {
    assertThat(hub.call(app, "mutable-terms")).isEqualTo("copied");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Terms", "Block", "Recipient", "Release", "Noise", "Price"})
  void subclassesWhatIsChecked(String type) {
    assertThat(hub.call(app, "subclass", "org.commonshub.privacy.api." + type)).isEqualTo(true);
  }

  @Test
  void usesTheViewOfAnotherApp() throws Exception {
    consented(app, "");
    Bundle other = fresh();
    refused(read(other));
    assertThat(hub.call(other, "recipient")).isEqualTo("app:" + other.getSymbolicName());
    // Handed over by its owner, a view still is its owner's, and so is what the log says.
    assertThat(hub.call(other, "recipient-of", hub.call(app, "view")))
        .isEqualTo("app:" + app.getSymbolicName());
    residual("passing on");
    other.uninstall();
  }

  @Test
  void installsASecondAppOfTheSameName() throws Exception {
    consented(app, "");
    assertThat(values(read(app))).isNotEmpty();
    Bundle twin =
        hub.start(
            "file:twin", AttackedHub.app(app.getSymbolicName()).header("Bundle-Version", "2"));
    refused(read(twin));
    refused(read(app));
    refused(ask(twin, "quantity=voltage.l1"));
    twin.uninstall();
    assertThat(values(read(app))).isNotEmpty();
  }

  @Test
  void goesOnAfterItIsStopped() throws Exception {
    Bundle other = fresh();
    consented(other, "");
    Object view = hub.call(other, "view");
    other.stop();
    assertThat(view.getClass().getMethod("grants").getDeclaringClass()).isNotNull();
    java.lang.reflect.Method grants = view.getClass().getDeclaredMethod("grants");
    grants.setAccessible(true);
    assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> grants.invoke(view)))
        .hasRootCauseInstanceOf(IllegalStateException.class);
    other.uninstall();
  }

  @Test
  void isFasterThanTheWithdrawal() throws Exception {
    silent(consent -> hub.desk("withdraw", consent));
  }

  @Test
  void isFasterThanThePause() throws Exception {
    silent(consent -> hub.desk("pause", true));
  }

  /** Raw values each second; nothing comes once the prosumer's call has returned. */
  private static void silent(Function<String, Object> end) throws InterruptedException {
    String consent = consented(app, "raw=");
    assertThat(hub.call(app, "subscribe", "ADVICE")).isEqualTo("subscribed");
    AttackedHub.await(
        "live values",
        () -> {
          publish(Instant.now(), 1234);
          return (Integer) hub.call(app, "delivered") > 0;
        });
    assertThat(end.apply(consent).toString()).doesNotStartWith("failed");
    int delivered = (Integer) hub.call(app, "delivered");
    for (int i = 0; i < 12; i++) {
      publish(Instant.now(), 4321);
      TimeUnit.MILLISECONDS.sleep(150); // What must not happen cannot be awaited.
    }
    // One that was handed over while the call was on its way may still be counted.
    assertThat((Integer) hub.call(app, "delivered")).isBetween(delivered, delivered + 1);
    assertThat(hub.call(app, "delivered-text").toString()).doesNotContain("=4321");
    refused(read(app));
  }

  @Test
  void holdsUpTheOthersWithAListenerThatBlocks() throws Exception {
    Bundle other = fresh();
    consented(app, "raw=");
    consented(other, "raw=");
    assertThat(hub.call(app, "subscribe-blocking", "ADVICE")).isEqualTo("subscribed");
    assertThat(hub.call(app, "subscribe-throwing", "ADVICE")).isEqualTo("subscribed");
    assertThat(hub.call(other, "subscribe", "ADVICE")).isEqualTo("subscribed");
    AttackedHub.await(
        "the other's values",
        () -> {
          publish(Instant.now(), 1234);
          return (Integer) hub.call(other, "delivered") > 3;
        });
    other.uninstall();
  }

  @Test
  void averagesTheNoiseAway() {
    consented(app, "noise=10000000");
    String first = read(app);
    assertThat(values(first)).isNotEmpty();
    for (int i = 0; i < 5; i++) {
      assertThat(read(app)).isEqualTo(first);
    }
  }

  @Test
  void averagesTheNoiseAwayWithAnAccomplice() throws Exception {
    consented(app, "noise=10000000");
    Bundle other = fresh();
    consented(other, "noise=10000000");
    assertThat(values(read(other))).isNotEmpty().isEqualTo(values(read(app)));
    other.uninstall();
  }

  @Test
  void spendsTheBudgetAgainAfterARestartOfTheGate() throws Exception {
    // Of twelve values three at most, or twice three if there is a midnight between them.
    consented(app, "noise=300000 resolution=1800 device=" + AttackedHub.SECOND);
    Map<Long, Long> first = values(read(app));
    assertThat(first.size()).isBetween(3, 6);
    Bundle gate = hub.ours("privacy.provider");
    gate.stop(Bundle.STOP_TRANSIENT);
    gate.start(Bundle.START_TRANSIENT);
    AttackedHub.await("the view is back", () -> values(read(app)).size() > 0);
    assertThat(values(read(app))).isEqualTo(first);
  }

  @Test
  void outlivesThePolicyThatItsConsentRestsOn() throws Exception {
    consented(app, "");
    Bundle policy = hub.ours("privacy.aggregate");
    policy.stop(Bundle.STOP_TRANSIENT);
    try {
      refused(read(app));
      refused(hub.call(app, "subscribe", "ADVICE"));
    } finally {
      policy.start(Bundle.START_TRANSIENT);
    }
    AttackedHub.await("the policy is back", () -> !read(app).startsWith("failed"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"aggregate", "delay", "quantize", "noise", "pseudonym", "cohort"})
  void replacesAPolicyOfTheHub(String name) {
    Object offer =
        hub.call(
            app,
            "offer",
            "org.commonshub.privacy.api.PrivacyPolicy",
            Map.of("privacy.policy", name, "service.ranking", Integer.MAX_VALUE));
    assertThat(offer.toString()).doesNotStartWith("failed");
    // Nor under a name that it changes when it was let in.
    Object changed =
        hub.call(
            app,
            "offer",
            "org.commonshub.privacy.api.PrivacyPolicy",
            Map.of(
                "privacy.policy",
                app.getSymbolicName() + ".x",
                "service.ranking",
                Integer.MAX_VALUE));
    hub.call(
        app,
        "change",
        changed,
        Map.of("privacy.policy", name, "service.ranking", Integer.MAX_VALUE));
    Object before = hub.call(app, "sunk");
    consented(app, "delay=60 noise=10000000");
    assertThat(read(app)).doesNotStartWith("failed");
    assertThat(hub.call(app, "sunk")).isEqualTo(before);
    hub.call(app, "withdraw-offer", offer);
    hub.call(app, "withdraw-offer", changed);
  }

  @Test
  void replacesThePolicyOfAnotherProvider() throws Exception {
    Bundle owner = other("com.owner");
    String policy = "org.commonshub.privacy.api.PrivacyPolicy";
    hub.call(owner, "offer", policy, Map.of("privacy.policy", "com.owner.coarse"));
    hub.call(
        app,
        "offer",
        policy,
        Map.of("privacy.policy", "com.owner.coarse", "service.ranking", Integer.MAX_VALUE));
    Object before = hub.call(app, "sunk");
    consented(app, "policy=com.owner.coarse");
    assertThat(values(read(app))).isNotEmpty();
    assertThat(hub.call(app, "sunk")).isEqualTo(before);
    assertThat((Integer) hub.call(owner, "sunk")).isPositive();
    owner.stop();
    refused(read(app));
    owner.uninstall();
    residual("policies that remember");
  }

  @Test
  void restsItsConsentOnAPolicyThatIsNotThere() {
    String answer = ask(app, "policy=com.absent");
    if (answer.equals("ASKED")) {
      hub.desk("grant", hub.call(app, "recipient"));
    }
    refused(read(app));
  }

  @Test
  void readsAloneWhatMayOnlyGoIntoASum() {
    ask(app, "cohort=5");
    hub.desk("grant", hub.call(app, "recipient"));
    refused(read(app));
    refused(hub.call(app, "subscribe", "ADVICE"));
  }

  @Test
  void readsAfterTheEnd() throws Exception {
    consented(app, "seconds=4");
    AttackedHub.await("the consent's end", () -> read(app).startsWith("failed"));
  }

  @Test
  void writesALetterThatLooksLikeTheHubs() {
    refused(hub.call(app, "ask", "", "x".repeat(501)));
    assertThat(
            hub.call(app, "ask", "", "Good\u0000 \u202eevil\u2066\n\ud800<script>\u200b\u001b[31m"))
        .isEqualTo("ASKED");
    assertThat(hub.desk("requests").toString())
        .contains("Good")
        .doesNotContain("\u0000")
        .doesNotContain("\u202e")
        .doesNotContain("\u2066")
        .doesNotContain("\u001b")
        .doesNotContain("\ud800")
        .doesNotContain("\n");
  }

  @Test
  void buriesThePersonUnderRequests() throws Exception {
    Bundle other = fresh();
    Set<String> answers = new LinkedHashSet<>();
    for (int hours = 1; hours < 120; hours++) {
      answers.add(ask(other, "hours=" + hours));
    }
    assertThat(answers).anyMatch(a -> a.startsWith("failed"));
    assertThat((List<?>) hub.desk("requests")).hasSize(1);
    other.uninstall();
  }

  @Test
  void asksAgainAfterANo() throws Exception {
    Bundle other = fresh();
    assertThat(ask(other, "")).isEqualTo("ASKED");
    hub.desk("withdraw-all");
    ask(other, "");
    assertThat((List<?>) hub.desk("requests")).isEmpty();
    other.uninstall();
  }

  @Test
  void breaksTheOperatorsFloor() throws Exception {
    consented(app, "");
    Path floor = hub.work.resolve("config/privacy/floor");
    Files.createDirectories(floor);
    Files.writeString(floor.resolve("floor.json"), "{ \"version\": 1, \"mode\": ");
    try {
      AttackedHub.await("nothing is released", () -> read(app).startsWith("failed"));
      Files.writeString(
          floor.resolve("floor.json"),
          "{ \"version\": 1, \"mode\": \"interval\", \"resolution_s\": 3600 }");
      AttackedHub.await("the floor counts", () -> read(app).contains(" 3600 e"));
    } finally {
      Files.delete(floor.resolve("floor.json"));
    }
    AttackedHub.await("as before", () -> read(app).contains(" 900 e"));
    residual("files");
  }

  @Test
  void comesAsAnUplinkOfTheHub() throws Exception {
    String name = "org.commonshub.uplink.hostile";
    Bundle uplink = hub.start("hub:uplink.jar", AttackedHub.app(name));
    assertThat(hub.call(uplink, "recipient")).isEqualTo("uplink:hostile");
    refused(read(uplink));
    consented(uplink, "");
    assertThat(read(uplink)).contains(" 900 e");
    hub.desk("pause", true);
    refused(read(uplink));
    // What it could take elsewhere is what the house rules are for: see HouseRulesTest.
    uplink.uninstall();
  }

  @Test
  void asksForTheDeskAsAnUplinkOfTheHub() throws Exception {
    String name = "org.commonshub.uplink.hostile";
    Bundle uplink = hub.start("hub:uplink.jar", AttackedHub.app(name));
    Object desk =
        uplink
            .getBundleContext()
            .getService(
                uplink
                    .getBundleContext()
                    .getServiceReference("org.commonshub.privacy.api.PrivacyDesk"));
    if (desk != null) {
      var consents = desk.getClass().getMethod("consents");
      consents.setAccessible(true);
      assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> consents.invoke(desk)))
          .isNotNull();
    }
    uplink.uninstall();
  }

  @Test
  void joinsTwoConsents() {
    consented(app, "quantity=power.active");
    assertThat(hub.call(app, "ask", "purpose=RESEARCH resolution=3600", "x")).isEqualTo("ASKED");
    grant(app);
    // The coarser one is made of the same values: it adds nothing to the finer one.
    Map<Long, Long> fine = values(read(app));
    Map<Long, Long> coarse =
        values(hub.call(app, "read", "RESEARCH", start.minus(hours(24)), Instant.now()).toString());
    assertThat(coarse.keySet()).isNotEmpty().allMatch(s -> s % 3_600_000 == 0);
    List<Long> both = new ArrayList<>(coarse.keySet());
    both.retainAll(fine.keySet());
    assertThat(both).isNotEmpty();
    residual("joined consents");
  }

  @Test
  void residualReachesTheHistoryThroughTheGatesObjects() {
    // Reflection from the view to its bundle, and on to the services that this may find.
    assertThat(hub.call(app, "deputy", "org.commonshub.history.api.HistoryStore")).isEqualTo(true);
    residual("reflection");
  }

  private static void residual(String name) {
    assertThat(AttackTable.residuals()).as("residual risks of the document").contains(name);
  }
}
