package org.commonshub.tools.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.commonshub.apps.catalogue.MetadataException;
import org.commonshub.apps.catalogue.PackageCheck;
import org.commonshub.apps.catalogue.ProviderTargets;
import org.commonshub.apps.catalogue.SigningKey;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.licence.LicenceException;
import org.commonshub.apps.licence.LicenceRequest;
import org.commonshub.apps.licence.LicenceToken;
import org.commonshub.apps.licence.SealedLicence;
import org.commonshub.tools.cli.Arguments;
import org.commonshub.tools.cli.Cli;
import org.commonshub.tools.cli.KeyFiles;
import org.commonshub.tools.cli.Output;
import org.commonshub.tools.cli.Packages;
import org.commonshub.tools.cli.Refused;

/** The tool of app makers. */
public final class Main {
  private Main() {}

  /** Entry point. */
  public static void main(String[] words) {
    System.exit(cli().run(words, System.out, System.err));
  }

  /** Its commands. */
  public static Cli cli() {
    return new Cli("hub-app", "hub-app makes, checks, signs and tries apps for Commons Hub.")
        .command(
            "keygen",
            "FILE",
            "makes the key that signs your packages and licences",
            """
            Makes an Ed25519 key in FILE, mode 0600, and prints the public key, which your operator
            needs once. A passphrase is asked for, or taken from HUB_KEY_PASSPHRASE. Keep the file
            offline and copied: whoever has it can sign apps in your name.
            """,
            Set.of(),
            Main::keygen)
        .command(
            "build",
            "[FOLDER]",
            "builds an app with Maven and checks what came out",
            """
            Runs 'mvn package' in FOLDER (here, if left out), finds the package under target/, and
            checks it as 'hub-app check' does.
            """,
            Set.of(),
            Main::build)
        .command(
            "check",
            "PACKAGE",
            "makes the checks that every hub makes before it installs a package",
            """
            Structure of the jar, manifest, descriptors, and every class against the list of what
            apps may use. Each finding says where, what, and what to use instead.
            """,
            Set.of(),
            (arguments, out) -> {
              arguments.atMost(1);
              PackageCheck.Found found = Packages.check(Path.of(arguments.at(0, "PACKAGE")), out);
              out.line(
                  found.manifest().id()
                      + " "
                      + found.manifest().version()
                      + " passes, "
                      + found.length()
                      + " bytes.");
            })
        .command(
            "sign",
            "PACKAGE... --key FILE --metadata FILE [--days N]",
            "adds packages to the metadata that you sign",
            """
            Adds each package to your metadata (made if it is not there), raises its version, and
            signs it. A version that was signed once is never signed with another file. --days says
            how long it holds: 365, if left out; sign again before.
            """,
            Set.of("key", "metadata", "days"),
            Main::sign)
        .command(
            "withdraw",
            "ID VERSION --reason TEXT --key FILE --metadata FILE [--days N]",
            "takes a version back: hubs stop it",
            """
            Marks a version as withdrawn, with a reason that people read, and signs. Send the
            metadata to your operators as after 'publish'.
            """,
            Set.of("reason", "key", "metadata", "days"),
            Main::withdraw)
        .command(
            "publish",
            "PACKAGE... --metadata FILE --to FOLDER",
            "puts together what your operator needs",
            """
            Checks each package, compares it with what your metadata says, and copies both into
            FOLDER. Send that to your operator, who runs 'hub-operator countersign' on it.
            """,
            Set.of("metadata", "to"),
            Main::publish)
        .command(
            "license",
            "REQUEST --package FILE (--key FILE --serial N | --emulator FOLDER)",
            "sells a licence to the hub that asks for it",
            """
            Reads REQUEST, a file with what a person copied from their console, checks that the hub
            wrote it, and prints a token for one period of the level asked for. The operator
            counter-signs it with 'hub-operator license'. N is higher with each licence that you
            issue; the number of the day and a counter will do. With --emulator (.hub-app, usually)
            the licence is for the hub that 'hub-app run' started, and counter-signed already.
            """,
            Set.of("package", "key", "serial", "emulator"),
            Main::license)
        .command(
            "run",
            "PACKAGE [--port N] [--data FOLDER]",
            "starts a hub with a simulated home that offers your app",
            """
            The emulator: signs the package with keys that are thrown away, lists it in a catalogue
            on this machine, and starts the hub of this source tree, which follows it. The data are
            kept in .hub-app/, so that the next 'run' with a higher version is an update.
            """,
            Set.of("port", "data"),
            Emulator::run);
  }

  private static void keygen(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(1);
    Path file = Path.of(arguments.at(0, "FILE"));
    String key = KeyFiles.make(file).key().multikey();
    out.put("public", key);
    out.line("The key is in " + file + ". Its public half, for your operator:");
    out.line(key);
  }

  private static void build(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(1);
    Path folder = Path.of(arguments.from(0).isEmpty() ? "." : arguments.at(0, "FOLDER"));
    if (!Files.exists(folder.resolve("pom.xml"))) {
      throw Refused.usage("There is no pom.xml in " + folder.toAbsolutePath().normalize() + ".");
    }
    try {
      Process maven =
          new ProcessBuilder("mvn", "-B", "-q", "package")
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .start();
      maven.getInputStream().transferTo(System.err);
      if (maven.waitFor() != 0) {
        throw Refused.because("The build failed; its last lines say why.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("The build was interrupted", e);
    }
    List<Path> packages = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder.resolve("target"))) {
      files.filter(file -> file.toString().endsWith(".jar")).forEach(packages::add);
    }
    if (packages.size() != 1) {
      throw Refused.because("There is not one jar in target/ but " + packages.size() + ".");
    }
    Packages.check(packages.get(0), out);
    out.put("package", packages.get(0).toString());
    out.line(packages.get(0) + " passes.");
  }

  private static void sign(Arguments arguments, Output out) throws Refused, IOException {
    arguments.at(0, "PACKAGE");
    Path metadata = arguments.path("metadata");
    SigningKey key = KeyFiles.read(arguments.path("key"));
    try {
      ProviderTargets next = null;
      for (String name : arguments.from(0)) {
        PackageCheck.Found found = Packages.check(Path.of(name), out);
        if (next == null) {
          next = ProviderTargets.next(found.manifest().provider().id(), read(metadata));
        }
        next.add(Path.of(name));
        out.line("Signed: " + found.manifest().id() + " " + found.manifest().version());
      }
      write(metadata, next, key, arguments, out);
    } catch (MetadataException e) {
      throw Refused.because(e.getMessage());
    }
  }

  private static void withdraw(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(2);
    Path metadata = arguments.path("metadata");
    String id = arguments.at(0, "ID");
    String version = arguments.at(1, "VERSION");
    byte[] before = Files.readAllBytes(metadata);
    try {
      Map.Entry<String, AppManifest> found =
          ProviderTargets.manifests(before).entrySet().stream()
              .filter(
                  entry ->
                      entry.getValue().id().name().equals(id)
                          && entry.getValue().version().toString().equals(version))
              .findFirst()
              .orElseThrow(
                  () -> Refused.because(metadata + " does not list " + id + " " + version + "."));
      ProviderTargets next =
          ProviderTargets.next(found.getValue().provider().id(), Optional.of(before));
      next.withdraw(found.getKey(), arguments.required("reason"));
      write(metadata, next, KeyFiles.read(arguments.path("key")), arguments, out);
      out.line("Withdrawn: " + id + " " + version);
    } catch (MetadataException e) {
      throw Refused.because(e.getMessage());
    }
  }

  private static void write(
      Path metadata, ProviderTargets next, SigningKey key, Arguments arguments, Output out)
      throws Refused, IOException, MetadataException {
    Instant expires = Instant.now().plus(Duration.ofDays(arguments.number("days", 365, 1, 3650)));
    Path part = metadata.resolveSibling(metadata.getFileName() + ".part");
    Files.write(part, key.signDocument(next.draft(expires)));
    Files.move(part, metadata, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    out.put("metadata", metadata.toString());
    out.put("expires", expires.toString());
  }

  private static void publish(Arguments arguments, Output out) throws Refused, IOException {
    arguments.at(0, "PACKAGE");
    Path folder = arguments.path("to");
    byte[] metadata = Files.readAllBytes(arguments.path("metadata"));
    try {
      Map<String, AppManifest> signed = ProviderTargets.manifests(metadata);
      String provider = null;
      for (String name : arguments.from(0)) {
        AppManifest manifest = Packages.check(Path.of(name), out).manifest();
        provider = manifest.provider().id();
        String path = provider + "/" + manifest.id() + "-" + manifest.version() + ".jar";
        if (!signed.containsKey(path)) {
          throw Refused.because(name + " is not signed yet. First: hub-app sign " + name);
        }
        Path copy = folder.resolve("targets").resolve(path);
        Files.createDirectories(copy.getParent());
        Files.copy(Path.of(name), copy, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.write(folder.resolve(provider + ".json"), metadata);
      out.put("folder", folder.toString());
      out.line("Send the folder " + folder + " to your operator.");
    } catch (MetadataException e) {
      throw Refused.because(e.getMessage());
    }
  }

  private static void license(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(1);
    String request = Files.readString(Path.of(arguments.at(0, "REQUEST")), StandardCharsets.UTF_8);
    AppManifest manifest = Packages.check(arguments.path("package"), out).manifest();
    Optional<String> emulator = arguments.option("emulator");
    SigningKey key =
        emulator.isPresent()
            ? Emulator.key(Path.of(emulator.get()))
            : KeyFiles.read(arguments.path("key"));
    try {
      LicenceRequest asked = LicenceRequest.verify(request);
      long serial =
          emulator.isPresent() ? asked.serial() + 1 : Long.parseLong(arguments.required("serial"));
      if (serial <= asked.serial()) {
        throw Refused.because(
            "The hub has licence number " + asked.serial() + "; a new one needs a higher number.");
      }
      LicenceToken token = LicenceToken.sale(asked, manifest, Instant.now(), serial);
      String text = token.sign(key.key(), key::sign);
      if (emulator.isPresent()) {
        text = SealedLicence.seal(text, key.key(), key::sign);
      }
      out.put("token", text);
      out.put("hub", token.hub());
      out.put("paid_until", token.paidUntil().toString());
      out.line(text);
    } catch (NumberFormatException e) {
      throw Refused.usage("--serial is a whole number.");
    } catch (LicenceException e) {
      throw Refused.because(e.getMessage() + ".");
    }
  }

  private static Optional<byte[]> read(Path file) throws IOException {
    return Files.exists(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
  }
}
