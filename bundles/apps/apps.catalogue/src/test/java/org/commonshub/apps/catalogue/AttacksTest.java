package org.commonshub.apps.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.Catalogues.Source;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.TrustedTime;
import org.commonshub.identity.api.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every attack that TUF 1.0 names (section 1.5.2), by a web server on loopback. */
@Timeout(120)
class AttacksTest {
  @TempDir Path base;

  private final FakeTime time = new FakeTime();
  private Operator operator;
  private WebServer web;
  private CatalogueService hub;

  /** Trusted time that tests move. */
  static final class FakeTime implements TrustedTime {
    Instant now = Operator.START;
    final List<String> told = new CopyOnWriteArrayList<>();

    @Override
    public synchronized Instant now() {
      return now;
    }

    @Override
    public synchronized void atLeast(Instant bound, String source) {
      told.add(source + " " + bound);
      now = now.isBefore(bound) ? bound : now;
    }
  }

  @BeforeEach
  void start() throws Exception {
    operator = new Operator(base, "Example Energy").ready();
    web = new WebServer(operator.folder);
    hub = hub(Duration.ofSeconds(30));
    hub.follow("home", web.metadata(), operator.first, "ann");
    good();
  }

  private CatalogueService hub(Duration patience) {
    CatalogueService made =
        new CatalogueService(base.resolve("data"), Set.of("https", "http"), patience);
    made.trustedTime = time;
    return made;
  }

  @AfterEach
  void stop() {
    hub.close();
    web.close();
  }

  private Source refresh() throws Exception {
    return hub.refresh("home").toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private void good() throws Exception {
    Source source = refresh();
    assertThat(source.problem()).isEmpty();
    assertThat(source.state()).isEqualTo(Source.State.FRESH);
  }

  private Source refused(String because) throws Exception {
    List<Listing> before = hub.listings();
    Source source = refresh();
    assertThat(source.problem()).isPresent();
    assertThat(source.problem().get()).contains(because);
    assertThat(hub.listings()).hasSameSizeAs(before);
    return source;
  }

  private byte[] metadata(String file) throws Exception {
    return Files.readAllBytes(operator.metadata(file));
  }

  /** Changes what is signed and signs it again. */
  private static byte[] forge(
      byte[] document, Consumer<Map<String, Object>> change, SigningKey... by) throws Exception {
    Map<String, Object> envelope = new TreeMap<>(Json.object(document));
    Map<String, Object> signed = map(envelope.get("signed"));
    change.accept(signed);
    byte[] forged = Documents.draft(signed);
    for (SigningKey key : by) {
      forged = key.signDocument(forged);
    }
    return forged;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static Map<String, Object> pointer(byte[] document) throws Exception {
    return new TreeMap<>(
        Map.of("version", map(Json.object(document).get("signed")).get("version")));
  }

  /** Has the server offer a snapshot, with a timestamp by the stolen key. */
  private void offer(byte[] snapshot) throws Exception {
    long version = (Long) pointer(snapshot).get("version");
    web.bytes("metadata/" + version + ".snapshot.json", snapshot);
    web.bytes(
        "metadata/timestamp.json",
        forge(
            metadata("timestamp.json"),
            signed -> {
              signed.put("version", (Long) signed.get("version") + 1);
              map(signed.get("meta"))
                  .put("snapshot.json", new TreeMap<>(Map.of("version", version)));
            },
            operator.timestamp));
  }

  private Listing coach() {
    return Operator.only(
        hub.listings().stream()
            .filter(l -> l.manifest().version().toString().equals("1.0.0"))
            .toList());
  }

  private byte[] fetch(Path file) throws Exception {
    return hub.fetch(coach(), file);
  }

  // rollback

  @Test
  void rollbackOfTimestamp() throws Exception {
    byte[] old = metadata("timestamp.json");
    operator.stamp();
    good();
    web.bytes("metadata/timestamp.json", old);
    refused("timestamp metadata went back");
  }

  @Test
  void rollbackOfTimestampThatWasSeenButNeverCompleted() throws Exception {
    byte[] old = metadata("timestamp.json");
    operator.release("org.example", "coach", "1.1.0");
    operator.offer();
    web.status("metadata/2.snapshot.json", 500);
    refused("status 500");
    web.well();
    web.bytes("metadata/timestamp.json", old);
    refused("timestamp metadata went back");
  }

  @Test
  void rollbackOfSnapshotWithTheTimestampKeyStolen() throws Exception {
    byte[] old = metadata("1.snapshot.json");
    operator.offer();
    good();
    offer(old);
    refused("snapshot metadata went back from version 2 to 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"targets", "org.example"})
  void rollbackOfWhatTheSnapshotNames(String role) throws Exception {
    operator.release("org.example", "coach", "1.1.0");
    operator.offer();
    good();
    offer(
        forge(
            metadata("2.snapshot.json"),
            signed -> {
              signed.put("version", 3L);
              map(signed.get("meta")).put(role + ".json", new TreeMap<>(Map.of("version", 1L)));
            },
            operator.snapshot));
    refused("the " + role + " metadata went back");
  }

  @Test
  void rollbackByLeavingAProviderOutOfTheSnapshot() throws Exception {
    offer(
        forge(
            metadata("1.snapshot.json"),
            signed -> {
              signed.put("version", 2L);
              map(signed.get("meta")).remove("org.example.json");
            },
            operator.snapshot));
    refused("lost the metadata of org.example");
  }

  @Test
  void rollbackOfRoot() throws Exception {
    web.bytes("metadata/2.root.json", operator.first);
    refused("the root metadata has version 1, not 2");
  }

  @Test
  void rollbackAfterRestart() throws Exception {
    byte[] old = metadata("timestamp.json");
    operator.stamp();
    good();
    hub.close();
    hub = hub(Duration.ofSeconds(30));
    web.bytes("metadata/timestamp.json", old);
    refused("timestamp metadata went back");
  }

  // freeze

  @Test
  void freeze() throws Exception {
    Path file = base.resolve("kept.jar");
    byte[] evidence = fetch(file);
    time.now = time.now.plus(Duration.ofDays(8));
    Source expired = refused("the timestamp metadata ended");
    assertThat(expired.state()).isEqualTo(Source.State.EXPIRED);
    assertThatThrownBy(() -> fetch(base.resolve("new.jar")))
        .isInstanceOfSatisfying(
            AppException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_NOW));
    assertThat(hub.verify(file, evidence).withdrawn()).as("what runs goes on").isEmpty();
    time.now = time.now.plus(Duration.ofDays(83));
    assertThat(refresh().state()).isEqualTo(Source.State.FROZEN);
    assertThat(hub.verify(file, evidence).withdrawn()).isEmpty();
    operator.pass(Duration.ofDays(91));
    operator.offer();
    good();
  }

  @Test
  void freezeOfSnapshotAndTargets() throws Exception {
    operator.pass(Duration.ofDays(40));
    operator.stamp();
    refused("issued after");
    // The timestamp was not of a whole catalogue: it does not move time.
    assertThat(time.now).isEqualTo(Operator.START);
  }

  @Test
  void freezeOfAProviderStopsInstallingFromThatProviderOnly() throws Exception {
    operator.delegate("com.other");
    operator.release("com.other", "finder", "1.0.0");
    operator.offer();
    for (int i = 0; i < 10; i++) {
      operator.pass(Duration.ofDays(31));
      if (i == 5) {
        ProviderTargets again =
            ProviderTargets.next("com.other", operator.writer.providerDocument("com.other"));
        operator.writer.publishProvider("com.other", operator.sign("com.other", again));
        operator.publish(operator.writer.targets());
      }
      operator.offer();
    }
    good();
    assertThat(time.now).isEqualTo(operator.now);
    assertThat(hub.listings()).hasSize(2);
    assertThatThrownBy(() -> hub.fetch(hub.listings().get(1), base.resolve("new.jar")))
        .hasMessageContaining("org.example signed ended");
    hub.fetch(hub.listings().get(0), base.resolve("other.jar"));
  }

  // mix and match

  @ParameterizedTest
  @ValueSource(strings = {"snapshot", "targets", "org.example"})
  void mixAndMatch(String role) throws Exception {
    long before = operator.version(role);
    operator.release("org.example", "coach", "1.1.0");
    operator.offer();
    byte[] old = metadata(before + "." + role + ".json");
    web.bytes("metadata/" + operator.version(role) + "." + role + ".json", old);
    refused("the " + role + " metadata has");
    web.well();
    good();
    assertThat(hub.listings()).hasSize(2);
  }

  @Test
  void mixAndMatchWithoutDigests() throws Exception {
    operator.release("org.example", "coach", "1.1.0");
    operator.offer();
    offer(
        forge(
            metadata("2.snapshot.json"),
            signed -> {
              signed.put("version", 3L);
              for (Object pointer : map(signed.get("meta")).values()) {
                map(pointer).remove("hashes");
                map(pointer).remove("length");
              }
            },
            operator.snapshot));
    long now = operator.version("targets");
    web.bytes("metadata/" + now + ".targets.json", metadata((now - 1) + ".targets.json"));
    refused("the targets metadata has version " + (now - 1) + ", not " + now);
  }

  // endless data

  @ParameterizedTest
  @ValueSource(
      strings = {
        "timestamp.json",
        "2.root.json",
        "2.snapshot.json",
        "3.targets.json",
        "2.org.example.json"
      })
  void endlessData(String file) throws Exception {
    operator.release("org.example", "coach", "1.1.0");
    operator.offer();
    web.endless("metadata/" + file, "{\"signed\":".getBytes(StandardCharsets.UTF_8));
    refused("sent more than the ");
  }

  @Test
  void endlessPackage() throws Exception {
    Listing coach = coach();
    String target = "targets/org.example/" + coach.sha256() + ".org.example.coach-1.0.0.jar";
    web.endless(target, operator.file(target));
    Path file = base.resolve("new.jar");
    assertThatThrownBy(() -> hub.fetch(coach, file))
        .isInstanceOf(AppException.class)
        .hasMessageContaining("sent more than the " + coach.length() + " bytes");
    assertThat(file).doesNotExist();
  }

  // slow retrieval

  private void impatient() {
    hub.close();
    hub = hub(Duration.ofMillis(500));
  }

  @ParameterizedTest
  @ValueSource(strings = {"timestamp.json", "2.snapshot.json", "3.targets.json"})
  void slowRetrieval(String file) throws Exception {
    operator.release("org.example", "coach", "1.1.0");
    operator.offer();
    impatient();
    web.trickle("metadata/" + file, metadata(file));
    refused("is too slow");
    web.silent("metadata/" + file);
    refused("is too slow");
  }

  @Test
  void slowPackage() throws Exception {
    Listing coach = coach();
    String target = "targets/org.example/" + coach.sha256() + ".org.example.coach-1.0.0.jar";
    impatient();
    web.trickle(target, operator.file(target));
    Path file = base.resolve("new.jar");
    assertThatThrownBy(() -> hub.fetch(coach, file))
        .isInstanceOfSatisfying(
            AppException.class, e -> assertThat(e.reason()).isEqualTo(Reason.FAILED))
        .hasMessageContaining("too slow");
    assertThat(file).doesNotExist();
  }

  @Test
  void oneSlowCatalogueDoesNotDelayAnother() throws Exception {
    Operator other = new Operator(base, "Other Energy").ready();
    hub.close();
    hub = hub(Duration.ofSeconds(5));
    web.silent("metadata/timestamp.json");
    try (WebServer second = new WebServer(other.folder)) {
      var slow = hub.refresh("home").toCompletableFuture();
      hub.follow("second", second.metadata(), other.first, "ann");
      Source source = hub.refresh("second").toCompletableFuture().get(60, TimeUnit.SECONDS);
      assertThat(source.state()).isEqualTo(Source.State.FRESH);
      assertThat(slow.get(60, TimeUnit.SECONDS).problem()).isPresent();
    }
  }

  // fast forward

  @Test
  void fastForwardEndsWithTheStolenKeys() throws Exception {
    SigningKey stolenTimestamp = operator.timestamp;
    SigningKey stolenSnapshot = operator.snapshot;
    byte[] snapshot =
        forge(
            metadata("1.snapshot.json"),
            signed -> {
              signed.put("version", 1L << 39);
              map(map(signed.get("meta")).get("org.example.json")).put("version", 1L << 39);
              map(map(signed.get("meta")).get("org.example.json")).remove("hashes");
              map(map(signed.get("meta")).get("org.example.json")).remove("length");
            },
            stolenSnapshot);
    offer(snapshot);
    web.bytes(
        "metadata/timestamp.json",
        forge(
            metadata("timestamp.json"),
            signed -> {
              signed.put("version", 1L << 39);
              map(signed.get("meta"))
                  .put("snapshot.json", new TreeMap<>(Map.of("version", 1L << 39)));
            },
            stolenTimestamp));
    refused("there is no " + (1L << 39) + ".org.example.json");
    web.well();
    operator.stamp();
    refused("went back from version " + (1L << 39));
    operator.timestamp = SigningKey.generate();
    operator.publishRoot();
    operator.offer();
    good();
  }

  // wrong target

  @Test
  void wrongTargetOfTheSameLength() throws Exception {
    Listing coach = coach();
    String target = "targets/org.example/" + coach.sha256() + ".org.example.coach-1.0.0.jar";
    Map<String, byte[]> entries = Packages.entries("org.example", "coach", "1.0.0");
    entries.put("org/example/Coach.class", new byte[] {(byte) 0xCA, (byte) 0xFE, 1, 2, 4});
    byte[] other = Packages.zip(entries);
    assertThat(other).hasSize((int) coach.length());
    web.bytes(target, other);
    Path file = base.resolve("new.jar");
    assertThatThrownBy(() -> hub.fetch(coach, file))
        .isInstanceOfSatisfying(
            AppException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNTRUSTED))
        .hasMessageContaining("not the one that was signed");
    assertThat(file).doesNotExist();
  }

  @Test
  void wrongTargetAnotherSignedPackage() throws Exception {
    operator.release("org.example", "coach", "1.1.0");
    operator.offer();
    good();
    Listing coach = coach();
    String folder = "targets/org.example/";
    web.bytes(
        folder + coach.sha256() + ".org.example.coach-1.0.0.jar",
        operator.file(folder + hub.listings().get(0).sha256() + ".org.example.coach-1.1.0.jar"));
    assertThatThrownBy(() -> fetch(base.resolve("new.jar"))).isInstanceOf(AppException.class);
  }

  @Test
  void wrongTargetOperatorAndProviderDisagree() throws Exception {
    OperatorTargets next = operator.writer.targets();
    Metadata.Targets listed =
        Metadata.Targets.parse(metadata(operator.version("targets") + ".targets.json"));
    String path = listed.targets().firstKey();
    Metadata.Target target = listed.targets().get(path);
    next.list(path, new Metadata.Target(target.length(), "0".repeat(64), target.custom()), 150);
    operator.publish(next);
    operator.offer();
    Source source = refresh();
    assertThat(source.problem().orElseThrow()).contains("provider and operator list different");
    assertThat(hub.listings()).isEmpty();
  }

  @Test
  void wrongTargetThePlaceOfAnotherApp() throws Exception {
    operator.delegate("com.other");
    byte[] edition =
        operator.edition("com.other", Packages.jar(operator.work, "com.other", "finder", "1.0.0"));
    byte[] forged =
        forge(
            edition,
            signed -> {
              Map<String, Object> targets = map(signed.get("targets"));
              targets.put(
                  "org.example/org.example.coach-1.0.0.jar",
                  targets.remove("com.other/com.other.finder-1.0.0.jar"));
            },
            operator.providers.get("com.other"));
    operator.writer.publishProvider("com.other", forged);
    operator.offer();
    Source source = refresh();
    assertThat(source.problem().orElseThrow()).contains("different files");
    assertThat(hub.listings())
        .extracting(l -> l.manifest().id().name())
        .containsExactly("org.example.coach");
  }

  // key compromise

  @Test
  void compromiseOfTimestampKeyForgesNoSnapshot() throws Exception {
    offer(
        forge(
            metadata("1.snapshot.json"), signed -> signed.put("version", 2L), operator.timestamp));
    refused("the snapshot metadata is signed by 0 of its role's keys");
  }

  @Test
  void compromiseOfTimestampKeyDoesNotMoveTime() throws Exception {
    web.bytes(
        "metadata/timestamp.json",
        forge(
            metadata("timestamp.json"),
            signed -> {
              signed.put("version", 7L);
              signed.put("issued", "2099-01-01T00:00:00Z");
              signed.put("expires", "2099-02-01T00:00:00Z");
            },
            operator.timestamp));
    refused("was issued after");
    assertThat(time.now).isEqualTo(Operator.START);
  }

  @Test
  void compromiseOfSnapshotKeyForgesNoTargets() throws Exception {
    byte[] targets =
        forge(
            metadata("2.targets.json"),
            signed -> signed.put("version", 3L),
            operator.snapshot,
            operator.timestamp);
    web.bytes("metadata/3.targets.json", targets);
    offer(
        forge(
            metadata("1.snapshot.json"),
            signed -> {
              signed.put("version", 2L);
              map(signed.get("meta")).put("targets.json", new TreeMap<>(Map.of("version", 3L)));
            },
            operator.snapshot));
    refused("the targets metadata is signed by 0");
  }

  @Test
  void compromiseOfOneTargetsKeyIsBelowTheThreshold() throws Exception {
    web.bytes(
        "metadata/3.targets.json",
        forge(
            metadata("2.targets.json"),
            signed -> signed.put("version", 3L),
            operator.targets.get(0)));
    offer(
        forge(
            metadata("1.snapshot.json"),
            signed -> {
              signed.put("version", 2L);
              map(signed.get("meta")).put("targets.json", new TreeMap<>(Map.of("version", 3L)));
            },
            operator.snapshot));
    refused("the targets metadata is signed by 1 of its role's keys, and 2 have to");
  }

  @Test
  void compromiseOfAllTargetsKeysListsNothingThatNoProviderSigned() throws Exception {
    OperatorTargets next = operator.writer.targets();
    next.list(
        "org.example/org.example.evil-1.0.0.jar",
        new Metadata.Target(1000, "1".repeat(64), new Fields("custom", Map.of())),
        0);
    operator.publish(next);
    operator.offer();
    good();
    assertThat(hub.listings()).hasSize(1);
  }

  @Test
  void compromiseOfAProvidersKeyListsNothingThatTheOperatorDidNotCounterSign() throws Exception {
    byte[] edition =
        operator.edition(
            "org.example", Packages.jar(operator.work, "org.example", "coach", "9.0.0"));
    operator.writer.publishProvider("org.example", edition);
    operator.offer();
    good();
    assertThat(hub.listings())
        .extracting(l -> l.manifest().version().toString())
        .containsExactly("1.0.0");
  }

  @Test
  void compromiseOfAProvidersKeyEndsWithItsReplacement() throws Exception {
    SigningKey stolen = operator.providers.get("org.example");
    operator.providers.put("org.example", SigningKey.generate());
    operator.delegate("org.example");
    ProviderTargets again =
        ProviderTargets.next("org.example", operator.writer.providerDocument("org.example"));
    byte[] draft = again.draft(operator.now.plus(Duration.ofDays(300)));
    assertThatThrownBy(
            () -> operator.writer.publishProvider("org.example", stolen.signDocument(draft)))
        .hasMessageContaining("signed by 0");
    web.bytes("metadata/2.org.example.json", stolen.signDocument(draft));
    operator.writer.publishProvider("org.example", operator.sign("org.example", again));
    operator.offer();
    refused("the org.example metadata has");
    web.well();
    good();
    assertThat(coach().providerKeys()).containsExactly(operator.providers.get("org.example").key());
  }

  @Test
  void compromiseOfOneRootKeyIsBelowTheThreshold() throws Exception {
    operator.timestamp = SigningKey.generate();
    web.bytes("metadata/2.root.json", operator.root.get(0).signDocument(operator.draftRoot()));
    refused("the root metadata is signed by 1 of its role's keys, and 2 have to");
  }

  @Test
  void compromiseOfOneRootKeyDoesNotCountTwice() throws Exception {
    byte[] root = operator.root.get(0).signDocument(operator.draftRoot());
    Map<String, Object> envelope = new TreeMap<>(Json.object(root));
    List<Object> signatures = new ArrayList<>((List<?>) envelope.get("signatures"));
    signatures.add(signatures.get(0));
    envelope.put("signatures", signatures);
    web.bytes("metadata/2.root.json", Json.canonical(envelope).getBytes(StandardCharsets.UTF_8));
    refused("a key signs twice");
  }

  @Test
  void compromiseOfNewRootKeysNeedsTheOldOnes() throws Exception {
    Operator thief = new Operator(base, "Thief");
    byte[] root = thief.draftRoot();
    for (SigningKey key : thief.root) {
      root = key.signDocument(root);
    }
    web.bytes("metadata/2.root.json", root);
    refused("the root metadata is signed by 0");
    assertThat(hub.sources().get(0).operator()).isEqualTo("Example Energy");
  }

  // and more

  @Test
  void redirectsAreNotFollowed() throws Exception {
    web.redirect("metadata/timestamp.json", "/metadata/1.snapshot.json");
    refused("status 302");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{\"signatures\":[],\"signed\":{}}",
        "{\"signed\":{\"_type\":\"timestamp\"},\"signed\":{},\"signatures\":[]}",
        "<html>Please sign in to this network</html>"
      })
  void whatIsNoMetadataIsRefused(String text) throws Exception {
    web.bytes("metadata/timestamp.json", text.getBytes(StandardCharsets.UTF_8));
    assertThat(refresh().problem()).isPresent();
    web.well();
    good();
  }

  @Test
  void unreachableKeepsWhatIsKnownAndWarnsOnce() throws Exception {
    web.close();
    assertThat(refresh().problem()).isPresent();
    assertThat(refresh().state()).isEqualTo(Source.State.FRESH);
    assertThat(hub.listings()).hasSize(1);
  }

  @Test
  void longChainsOfRootsAreFollowedOneByOne() throws Exception {
    for (int i = 0; i < 5; i++) {
      operator.timestamp = SigningKey.generate();
      operator.publishRoot();
    }
    operator.offer();
    good();
    assertThat(web.asked).contains("metadata/2.root.json", "metadata/6.root.json");
    Optional<Instant> updated = hub.sources().get(0).updated();
    assertThat(updated).contains(time.now);
  }
}
