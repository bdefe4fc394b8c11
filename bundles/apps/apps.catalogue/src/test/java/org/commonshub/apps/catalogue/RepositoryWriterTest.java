package org.commonshub.apps.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.apps.desk.api.Listing;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepositoryWriterTest {
  @TempDir Path base;

  private Operator operator;

  @BeforeEach
  void start() throws Exception {
    operator = new Operator(base, "Example Energy").ready();
  }

  private List<Listing> listings() throws Exception {
    return operator.writer.listings(operator.first, operator.now);
  }

  @Test
  void aHubSeesWhatWasWrittenOnlyOnceItIsStamped() throws Exception {
    assertThat(listings()).hasSize(1);
    operator.release("org.example", "coach", "1.1.0");
    assertThat(listings()).hasSize(1);
    operator.offer();
    assertThat(listings())
        .extracting(l -> l.manifest().version().toString())
        .containsExactly("1.1.0", "1.0.0");
    assertThat(operator.writer.targets().providers()).containsOnlyKeys("org.example");
  }

  @Test
  void rootsAreSignedInASmallCeremony() throws Exception {
    byte[] draft = operator.draftRoot();
    byte[] one = operator.root.get(1).signDocument(draft);
    assertThatThrownBy(() -> operator.writer.publishRoot(one)).hasMessageContaining("2 have to");
    byte[] two = operator.root.get(2).signDocument(one);
    operator.writer.publishRoot(two);
    assertThat(operator.writer.rootDocument()).isEqualTo(two);
    assertThatThrownBy(() -> operator.writer.publishRoot(two))
        .hasMessageContaining("version 2, not 3");
    assertThat(RepositoryWriter.fingerprint(two))
        .as("a signature more is the same root")
        .isEqualTo(RepositoryWriter.fingerprint(draft));
    assertThat(ProviderTargets.signers(two, Operator.keys(operator.root))).hasSize(2);
  }

  @Test
  void whatAProviderDidNotSignIsNotCounterSigned() throws Exception {
    Path jar = Packages.jar(operator.work, "org.example", "coach", "2.0.0");
    byte[] edition = operator.edition("org.example", jar);
    OperatorTargets next = operator.writer.targets();
    SigningKey stranger = SigningKey.generate();
    ProviderTargets forged = ProviderTargets.next("org.example", Optional.empty());
    forged.add(jar);
    byte[] theirs = stranger.signDocument(forged.draft(operator.now.plus(Duration.ofDays(9))));
    assertThatThrownBy(
            () -> operator.writer.countersign(next, "org.example", theirs, path -> jar, 0))
        .hasMessageContaining("signed by 0");
    Path other = Packages.jar(base, "org.example", "coach", "2.0.1");
    assertThatThrownBy(
            () -> operator.writer.countersign(next, "org.example", edition, path -> other, 0))
        .hasMessageContaining("is not what org.example signed");
    assertThatThrownBy(
            () -> operator.writer.countersign(next, "com.nobody", edition, path -> jar, 0))
        .hasMessageContaining("does not delegate to com.nobody");
    assertThatThrownBy(
            () -> operator.writer.countersign(next, "org.example", edition, path -> jar, 1001))
        .hasMessageContaining("per mille");
    assertThat(operator.writer.countersign(next, "org.example", edition, path -> jar, 0))
        .containsExactly("org.example/org.example.coach-2.0.0.jar");
    assertThat(operator.writer.countersign(next, "org.example", edition, path -> jar, 0)).isEmpty();
  }

  @Test
  void aVersionIsOneFileForEver() throws Exception {
    Map<String, byte[]> entries = Packages.entries("org.example", "coach", "1.0.0");
    entries.put("org/example/More.class", new byte[] {1});
    Path jar = Files.write(base.resolve("again.jar"), Packages.zip(entries));
    assertThatThrownBy(() -> operator.edition("org.example", jar))
        .hasMessageContaining("was another file");
    ProviderTargets anew = ProviderTargets.next("org.example", Optional.empty());
    anew.add(jar);
    byte[] edition = operator.sign("org.example", anew);
    assertThatThrownBy(
            () ->
                operator.writer.countersign(
                    operator.writer.targets(), "org.example", edition, path -> jar, 0))
        .hasMessageContaining("counter-signed with another file");
    assertThatThrownBy(() -> operator.writer.publishProvider("org.example", edition))
        .hasMessageContaining("not newer");
  }

  @Test
  void editionsAreOfOneProvider() throws Exception {
    Path jar = Packages.jar(base, "com.other", "finder", "1.0.0");
    ProviderTargets edition = ProviderTargets.next("org.example", Optional.empty());
    assertThatThrownBy(() -> edition.add(jar)).hasMessageContaining("is of com.other");
    assertThatThrownBy(() -> ProviderTargets.next("Example", Optional.empty()))
        .isInstanceOf(MetadataException.class);
    assertThatThrownBy(
            () ->
                ProviderTargets.next("com.other", operator.writer.providerDocument("org.example")))
        .hasMessageContaining("is not of com.other");
    assertThatThrownBy(() -> edition.withdraw("nothing", "A fault."))
        .hasMessageContaining("there is no nothing");
    byte[] kept = operator.writer.providerDocument("org.example").orElseThrow();
    assertThat(ProviderTargets.manifests(kept))
        .containsOnlyKeys("org.example/org.example.coach-1.0.0.jar");
  }

  @Test
  void delegationsWithinOneAnotherAreRefused() throws Exception {
    assertThatThrownBy(() -> operator.delegate("org.example.sub"))
        .hasMessageContaining("lie within another provider's");
  }

  @Test
  void aProviderThatEndedStaysInTheSnapshot() throws Exception {
    OperatorTargets next = operator.writer.targets();
    next.undelegate("org.example");
    operator.publish(next);
    operator.offer();
    assertThat(
            Metadata.Snapshot.parse(Files.readAllBytes(operator.metadata("2.snapshot.json")))
                .meta())
        .containsOnlyKeys("targets", "org.example");
    assertThat(listings()).isEmpty();
  }
}
