package org.commonshub.tools.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.commonshub.apps.catalogue.MetadataException;
import org.commonshub.apps.catalogue.OperatorTargets;
import org.commonshub.apps.catalogue.ProviderTargets;
import org.commonshub.apps.catalogue.RepositoryWriter;
import org.commonshub.apps.catalogue.SigningKey;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.tools.cli.Arguments;
import org.commonshub.tools.cli.Output;
import org.commonshub.tools.cli.Packages;
import org.commonshub.tools.cli.Refused;

/**
 * A hub with a simulated home that follows a catalogue of one app. One key plays provider and
 * operator: nobody else trusts it.
 */
final class Emulator {
  private static final String OPERATOR = "hub-app run";
  private static final Duration YEAR = Duration.ofDays(365);

  private Emulator() {}

  static void run(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(1);
    Path jar = Path.of(arguments.at(0, "PACKAGE"));
    Path data = Path.of(arguments.option("data").orElse(".hub-app"));
    AppManifest manifest = Packages.check(jar, out).manifest();
    try {
      list(jar, manifest, data);
    } catch (MetadataException e) {
      throw Refused.because(e.getMessage());
    }
    Path config = Files.createDirectories(data.resolve("config"));
    Path root = data.resolve("catalogue/metadata/1.root.json").toAbsolutePath().normalize();
    Files.writeString(
        config.resolve("org.commonshub.apps.catalogue.json"),
        """
        {
          "allow.files": true,
          "follow": ["emulator %s %s"]
        }
        """
            .formatted(root.getParent().toUri(), root));
    Path run = Path.of(System.getProperty("hub.root", ".")).resolve("run");
    if (!Files.isExecutable(run)) {
      throw Refused.because(
          "There is no hub beside this tool (" + run + "). Start it by third-party-apps/hub-app.");
    }
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            run.toString(),
            "--data",
            data.resolve("data").toAbsolutePath().normalize().toString(),
            "--config",
            config.toAbsolutePath().normalize().toString()));
    arguments.option("port").ifPresent(port -> command.addAll(List.of("--port", port)));
    out.line(
        "Starting a hub that offers "
            + manifest.id()
            + " "
            + manifest.version()
            + ". Ctrl-C stops it. Open the address, claim it, go to Apps.");
    Process hub = new ProcessBuilder(command).inheritIO().start();
    Runtime.getRuntime().addShutdownHook(new Thread(hub::destroy));
    try {
      int exit = hub.waitFor();
      if (exit != 0) {
        throw Refused.because("The hub ended with code " + exit + ".");
      }
    } catch (InterruptedException e) {
      hub.destroy();
      Thread.currentThread().interrupt();
    }
  }

  /** The key of an emulator. */
  static SigningKey key(Path data) throws IOException {
    return SigningKey.read(data.resolve("emulator.key"), new char[0]);
  }

  /** Lists a package; a catalogue is made if there is none. */
  static void list(Path jar, AppManifest manifest, Path data)
      throws IOException, MetadataException {
    Files.createDirectories(data);
    boolean fresh = !Files.exists(data.resolve("emulator.key"));
    if (fresh) {
      SigningKey.generate().write(data.resolve("emulator.key"), new char[0]);
    }
    SigningKey key = key(data);
    RepositoryWriter catalogue = new RepositoryWriter(data.resolve("catalogue"));
    Instant now = Instant.now();
    Instant expires = now.plus(YEAR);
    if (fresh) {
      List<VerificationKey> keys = List.of(key.key());
      catalogue.publishRoot(
          key.signDocument(
              catalogue.draftRoot(
                  OPERATOR,
                  new RepositoryWriter.Roles(keys, 1, keys, 1, keys, keys),
                  keys,
                  90,
                  now.plus(YEAR.multipliedBy(10)))));
    }
    String provider = manifest.provider().id();
    Optional<byte[]> before = catalogue.providerDocument(provider);
    ProviderTargets edition = ProviderTargets.next(provider, before);
    edition.add(jar);
    byte[] signed = key.signDocument(edition.draft(expires));
    OperatorTargets next = catalogue.targets();
    next.delegate(provider, List.of(key.key()), 1);
    String path = provider + "/" + manifest.id() + "-" + manifest.version() + ".jar";
    Path kept = data.resolve("catalogue/targets").resolve(path);
    catalogue.countersign(next, provider, signed, p -> p.equals(path) ? jar : kept, 0);
    catalogue.publishTargets(key.signDocument(next.draft(expires)));
    catalogue.publishProvider(provider, signed);
    catalogue.snapshot(key, expires);
    catalogue.timestamp(key, now, expires);
  }
}
