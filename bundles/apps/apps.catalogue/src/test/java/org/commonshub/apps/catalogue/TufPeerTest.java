package org.commonshub.apps.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.Catalogues.Source;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.identity.api.Json;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Another implementation (tuf-js) reads what is written here, and the other way round. */
@Timeout(300)
class TufPeerTest {
  private static final Path FOLDER = Path.of("target", "tuf-peer").toAbsolutePath();
  private static final String TARGET = "org.example/org.example.coach-1.0.0.jar";
  private static final String PROVIDER = "org.example";

  @TempDir Path base;

  /** Installs the peer once for all builds of this folder. */
  @BeforeAll
  static void install() throws Exception {
    if (!there("node") || !there("npm")) {
      System.out.println(
          "SKIPPED catalogues against another implementation: node and npm are not installed"
              + " (apt-get install nodejs npm).");
      assumeTrue(false, "no node");
    }
    Files.createDirectories(FOLDER);
    StringBuilder wanted = new StringBuilder();
    for (String name : List.of("package.json", "package-lock.json", "npmrc", "peer.cjs")) {
      try (InputStream in = TufPeerTest.class.getResourceAsStream("/tuf-peer/" + name)) {
        byte[] bytes = in.readAllBytes();
        Files.write(FOLDER.resolve(name.equals("npmrc") ? ".npmrc" : name), bytes);
        if (!name.equals("peer.cjs")) {
          wanted.append(new String(bytes, StandardCharsets.UTF_8));
        }
      }
    }
    Path installed = FOLDER.resolve("installed.txt");
    if (!Files.exists(installed) || !Files.readString(installed).contentEquals(wanted)) {
      Path log = FOLDER.resolve("npm.txt");
      Process npm =
          new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund")
              .directory(FOLDER.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      assertThat(npm.waitFor(240, TimeUnit.SECONDS)).as("npm ci ends").isTrue();
      assertThat(npm.exitValue()).as("npm ci: %s", Files.readString(log)).isZero();
      Files.writeString(installed, wanted);
    }
  }

  private static boolean there(String program) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(program, "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static Map<String, Object> peer(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("node", "peer.cjs"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(FOLDER.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return Json.object(answer.strip().getBytes(StandardCharsets.UTF_8));
  }

  /** What the peer says of a repository that it follows from a root. */
  private Map<String, Object> theirs(WebServer web, byte[] root) throws Exception {
    Path state = Files.createTempDirectory(base, "theirs");
    Files.write(state.resolve("root.json"), root);
    return peer(
        "read",
        state.toString(),
        web.metadata().toString(),
        web.metadata().resolve("../targets/").toString(),
        TARGET,
        PROVIDER);
  }

  /** What a hub says of it; why it refuses, or "". */
  private String ours(WebServer web, byte[] root) throws Exception {
    CatalogueService hub =
        new CatalogueService(
            Files.createTempDirectory(base, "ours"), Set.of("http"), Duration.ofSeconds(60));
    AttacksTest.FakeTime time = new AttacksTest.FakeTime();
    time.now = Instant.now();
    hub.trustedTime = time;
    try {
      hub.follow("peer", web.metadata(), root, "ann");
      Source source = hub.refresh("peer").toCompletableFuture().get(120, TimeUnit.SECONDS);
      if (source.problem().isPresent()) {
        return source.problem().get();
      }
      Listing listing = Operator.only(hub.listings());
      assertThat(listing.path()).isEqualTo(TARGET);
      Path file = base.resolve("package.jar");
      byte[] evidence = hub.fetch(listing, file);
      assertThat(hub.verify(file, evidence).path()).isEqualTo(TARGET);
      return "";
    } catch (AppException e) {
      return e.getMessage();
    } finally {
      hub.close();
    }
  }

  private void bothRefuseEveryTampering(Path folder, byte[] root) throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files =
          all.filter(Files::isRegularFile)
              .filter(f -> !f.getFileName().toString().equals("1.root.json"))
              .sorted()
              .toList();
    }
    assertThat(files).hasSizeGreaterThanOrEqualTo(6);
    try (WebServer web = new WebServer(folder)) {
      for (Path file : files) {
        String name = folder.relativize(file).toString();
        byte[] bytes = Files.readAllBytes(file);
        // A digit of its version, or of what else is signed.
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int at = name.startsWith("targets/") ? bytes.length / 2 : text.indexOf("spec_version") + 18;
        bytes[at] ^= 1;
        web.bytes(name, bytes);
        assertThat(ours(web, root)).as("ours: %s", name).isNotEmpty();
        assertThat(theirs(web, root).get("ok")).as("theirs: %s", name).isEqualTo(false);
        web.well();
      }
      assertThat(ours(web, root)).isEmpty();
    }
  }

  @Test
  void anotherImplementationReadsWhatIsWrittenHere() throws Exception {
    Operator operator = new Operator(base, "Example Energy", Instant.now()).ready();
    operator.timestamp = SigningKey.generate();
    operator.publishRoot();
    Files.delete(operator.metadata("1.targets.json"));
    operator.offer();
    Files.delete(operator.metadata("1.snapshot.json"));
    try (WebServer web = new WebServer(operator.folder)) {
      assertThat(theirs(web, operator.first))
          .containsEntry("ok", true)
          .containsEntry("app", "org.example.coach")
          .containsEntry(
              "sha256",
              Keys.sha256(Files.readAllBytes(operator.work.resolve(TARGET.substring(12)))));
    }
    bothRefuseEveryTampering(operator.folder, operator.first);
  }

  @Test
  void whatAnotherImplementationWritesIsReadHere() throws Exception {
    Path jar = Packages.jar(base, PROVIDER, "coach", "1.0.0");
    Path manifest = base.resolve("app.json");
    Files.writeString(manifest, Packages.json(PROVIDER, "coach", "1.0.0"));
    Path folder = base.resolve("peer");
    assertThat(
            peer("make", folder.toString(), jar.toString(), manifest.toString(), TARGET, PROVIDER))
        .containsEntry("ok", true);
    byte[] root = Files.readAllBytes(folder.resolve("metadata/1.root.json"));
    bothRefuseEveryTampering(folder, root);
  }
}
