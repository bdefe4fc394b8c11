package org.commonshub.tools.operator;

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
import java.util.TreeMap;
import java.util.stream.Stream;
import org.commonshub.apps.catalogue.LicencePost;
import org.commonshub.apps.catalogue.MetadataException;
import org.commonshub.apps.catalogue.OperatorTargets;
import org.commonshub.apps.catalogue.RepositoryWriter;
import org.commonshub.apps.catalogue.SigningKey;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.licence.LicenceException;
import org.commonshub.apps.licence.LicenceToken;
import org.commonshub.apps.licence.SealedLicence;
import org.commonshub.apps.metering.ReportException;
import org.commonshub.apps.metering.Reports;
import org.commonshub.apps.metering.Share;
import org.commonshub.identity.api.Json;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.tools.cli.Arguments;
import org.commonshub.tools.cli.Cli;
import org.commonshub.tools.cli.KeyFiles;
import org.commonshub.tools.cli.Output;
import org.commonshub.tools.cli.Packages;
import org.commonshub.tools.cli.Refused;

/** The tool of who runs a catalogue. */
public final class Main {
  private static final Set<String> SIGNING =
      Set.of("key", "snapshot-key", "timestamp-key", "days", "to");

  private Main() {}

  /** Entry point. */
  public static void main(String[] words) {
    System.exit(cli().run(words, System.out, System.err));
  }

  static Cli cli() {
    return new Cli("hub-operator", "hub-operator runs a catalogue of apps for Commons Hub.")
        .command(
            "keygen",
            "FILE",
            "makes a key",
            """
            Makes an Ed25519 key in FILE, mode 0600, and prints the public key. You need at least
            two or three for the root, kept offline by different people; one or more for listings;
            one for licences; one each for snapshot and timestamp, which may be where the web server is.
            """,
            Set.of(),
            (arguments, out) -> {
              arguments.atMost(1);
              String key = KeyFiles.make(Path.of(arguments.at(0, "FILE"))).key().multikey();
              out.put("public", key);
              out.line(key);
            })
        .command(
            "catalogue root",
            "FOLDER --operator NAME --root KEY... --root-threshold N --targets KEY... --snapshot KEY... "
                + "--timestamp KEY... --licence KEY... --to FILE [--targets-threshold N] [--frozen-days N] [--days N]",
            "drafts who signs what: the first root, or the next one",
            """
            Writes an unsigned root into FILE. KEYs are public keys as keygen prints them; each
            option may be given several times. --root-threshold says how many of the root keys have
            to sign. Then, by each of them: hub-operator sign FILE --key FILE. Then:
            hub-operator catalogue publish FOLDER FILE. A next root has to be signed by the
            threshold of the one before, too. --frozen-days (90): age of the timestamp at which apps
            get no network and no actuators any more.
            """,
            Set.of(
                "operator",
                "root",
                "root-threshold",
                "targets",
                "targets-threshold",
                "snapshot",
                "timestamp",
                "licence",
                "frozen-days",
                "days",
                "to"),
            Main::root)
        .command(
            "sign",
            "FILE --key FILE",
            "adds a signature to a draft",
            "Signs a root or a list in its file; signatures that are there stay.",
            Set.of("key"),
            Main::sign)
        .command(
            "catalogue publish",
            "FOLDER FILE",
            "publishes a root or a list that enough have signed",
            """
            Puts a signed document into the catalogue. Hubs see it after 'catalogue refresh'.
            """,
            Set.of(),
            Main::publish)
        .command(
            "catalogue refresh",
            "FOLDER --snapshot-key FILE --timestamp-key FILE [--days N]",
            "offers what is published to hubs, and says that it still holds",
            """
            Writes snapshot and timestamp. Run it daily: hubs install nothing once a timestamp is
            older than --days (7), and stop apps' network after the frozen days of the root.
            """,
            Set.of("snapshot-key", "timestamp-key", "days"),
            Main::refresh)
        .command(
            "catalogue show",
            "FOLDER",
            "lists what a hub that follows the catalogue sees",
            "Checks the catalogue as a hub does, from its first root on.",
            Set.of(),
            Main::show)
        .command(
            "countersign",
            "FOLDER SUBMISSION --fee PERMILLE [--provider-key KEY]... --key FILE --snapshot-key FILE "
                + "--timestamp-key FILE [--days N] | --to FILE",
            "checks what a provider sent, and lists it",
            """
            SUBMISSION is the folder that 'hub-app publish' made. Checks the provider's signature,
            each package and its code, counter-signs them with your share of what the provider
            earns, and publishes. The first time --provider-key names the provider's public key,
            which you had from them another way. If more than one of you has to sign, give --to
            instead of keys: the list is drafted there, to be signed and published; then publish
            the provider's document, and refresh.
            """,
            with(SIGNING, "fee", "provider-key"),
            Main::countersign)
        .command(
            "revoke",
            "FOLDER ID [VERSION] --reason TEXT --key FILE --snapshot-key FILE --timestamp-key FILE [--days N] | --to FILE",
            "takes a version back, or a provider: hubs stop it",
            """
            With ID and VERSION hubs stop that version and show TEXT. With the id of a provider
            alone, all its apps.
            """,
            with(SIGNING, "reason"),
            Main::revoke)
        .command(
            "license",
            "TOKEN --catalogue FOLDER --key FILE [--post yes]",
            "counter-signs a licence that a provider issued",
            """
            TOKEN is a file with what 'hub-app license' printed. Checks that one of the provider's
            keys of your catalogue signed it, and prints the licence, which the person pastes. With
            --post yes it is also laid beside the catalogue, under licences/, where the hub that
            asked finds it by itself; the file's name does not tell whose it is.
            """,
            Set.of("catalogue", "key", "post"),
            Main::license)
        .command(
            "usage",
            "FOLDER",
            "adds up your share from the reports of hubs",
            """
            FOLDER has what hubs report each month, one file each (*.jws). Checks signatures and
            chains, recomputes every share, and says what does not fit: months that are missing,
            sums that are stated otherwise, licences reported twice. The same report counts once.
            Exit code 1 if a file is no report, or two of the same month differ.
            """,
            Set.of(),
            Main::usage);
  }

  private static Set<String> with(Set<String> some, String... more) {
    return Stream.concat(some.stream(), Stream.of(more))
        .collect(java.util.stream.Collectors.toUnmodifiableSet());
  }

  private static void root(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(1);
    RepositoryWriter catalogue = new RepositoryWriter(Path.of(arguments.at(0, "FOLDER")));
    RepositoryWriter.Roles roles =
        new RepositoryWriter.Roles(
            keys(arguments, "root"),
            arguments.number("root-threshold", 0, 1, 16),
            keys(arguments, "targets"),
            arguments.number("targets-threshold", 1, 1, 16),
            keys(arguments, "snapshot"),
            keys(arguments, "timestamp"));
    byte[] draft =
        catalogue.draftRoot(
            arguments.required("operator"),
            roles,
            keys(arguments, "licence"),
            arguments.number("frozen-days", 90, 7, 365),
            expires(arguments, 365));
    write(arguments.path("to"), draft);
    out.line("Drafted. Now each holder of a root key: hub-operator sign " + arguments.path("to"));
  }

  private static void sign(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(1);
    Path file = Path.of(arguments.at(0, "FILE"));
    SigningKey key = KeyFiles.read(arguments.path("key"));
    try {
      write(file, key.signDocument(Files.readAllBytes(file)));
    } catch (MetadataException e) {
      throw Refused.because(e.getMessage() + ".");
    }
    out.line("Signed by " + key.key().multikey() + ".");
  }

  private static void publish(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(2);
    RepositoryWriter catalogue = new RepositoryWriter(Path.of(arguments.at(0, "FOLDER")));
    byte[] document = Files.readAllBytes(Path.of(arguments.at(1, "FILE")));
    try {
      Map<?, ?> signed = (Map<?, ?>) Json.object(document).get("signed");
      if (signed != null && "root".equals(signed.get("_type"))) {
        catalogue.publishRoot(document);
        String fingerprint = RepositoryWriter.fingerprint(document);
        out.put("fingerprint", fingerprint);
        out.line("Published. People compare this fingerprint when they follow the catalogue:");
        out.line(fingerprint);
      } else if (signed != null && signed.containsKey("delegations")) {
        catalogue.publishTargets(document);
        out.line("Published.");
      } else {
        catalogue.publishProvider(provider(document), document);
        out.line("Published.");
      }
    } catch (MetadataException | ClassCastException e) {
      throw Refused.because(e.getMessage() + ".");
    }
  }

  private static void refresh(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(1);
    try {
      offer(new RepositoryWriter(Path.of(arguments.at(0, "FOLDER"))), arguments, out);
    } catch (MetadataException e) {
      throw Refused.because(e.getMessage() + ".");
    }
  }

  private static void offer(RepositoryWriter catalogue, Arguments arguments, Output out)
      throws Refused, IOException, MetadataException {
    Instant expires = expires(arguments, 7);
    catalogue.snapshot(KeyFiles.read(arguments.path("snapshot-key")), expires);
    catalogue.timestamp(KeyFiles.read(arguments.path("timestamp-key")), Instant.now(), expires);
    out.put("expires", expires.toString());
    out.line("Offered until " + expires + ".");
  }

  private static void show(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(1);
    List<Object> all = new ArrayList<>();
    for (Listing listing : listings(Path.of(arguments.at(0, "FOLDER")))) {
      Map<String, Object> fields = new TreeMap<>();
      fields.put("id", listing.manifest().id().name());
      fields.put("version", listing.manifest().version().toString());
      fields.put("fee_permille", (long) listing.feePermille());
      fields.put("sha256", listing.sha256());
      listing.withdrawn().ifPresent(reason -> fields.put("withdrawn", reason));
      all.add(fields);
      out.line(
          listing.manifest().id()
              + " "
              + listing.manifest().version()
              + "  fee "
              + listing.feePermille()
              + " per mille"
              + listing.withdrawn().map(reason -> "  withdrawn: " + reason).orElse(""));
    }
    out.put("listings", all);
  }

  private static List<Listing> listings(Path folder) throws Refused, IOException {
    try {
      byte[] first = Files.readAllBytes(folder.resolve("metadata/1.root.json"));
      return new RepositoryWriter(folder).listings(first, Instant.now());
    } catch (MetadataException e) {
      throw Refused.because("A hub would refuse this catalogue: " + e.getMessage() + ".");
    }
  }

  private static void countersign(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(2);
    RepositoryWriter catalogue = new RepositoryWriter(Path.of(arguments.at(0, "FOLDER")));
    Path submission = Path.of(arguments.at(1, "SUBMISSION"));
    Path edition = edition(submission);
    byte[] document = Files.readAllBytes(edition);
    String provider = edition.getFileName().toString().replaceAll("\\.json$", "");
    int fee = arguments.number("fee", -1, 0, 1000);
    try (Stream<Path> files = Files.walk(submission.resolve("targets"))) {
      for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
        Packages.check(jar, out);
      }
    }
    try {
      OperatorTargets next = catalogue.targets();
      List<VerificationKey> keys = keys(arguments, "provider-key");
      if (!keys.isEmpty()) {
        next.delegate(provider, keys, 1);
      }
      List<String> listed =
          catalogue.countersign(
              next, provider, document, path -> submission.resolve("targets").resolve(path), fee);
      out.put("listed", listed);
      listed.forEach(path -> out.line("Listed: " + path));
      if (publishOrDraft(catalogue, next, arguments, out)) {
        catalogue.publishProvider(provider, document);
        offer(catalogue, arguments, out);
      }
    } catch (MetadataException e) {
      throw Refused.because(e.getMessage() + ".");
    }
  }

  private static void revoke(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(3);
    Path folder = Path.of(arguments.at(0, "FOLDER"));
    RepositoryWriter catalogue = new RepositoryWriter(folder);
    String id = arguments.at(1, "ID");
    String reason = arguments.required("reason");
    try {
      OperatorTargets next = catalogue.targets();
      if (arguments.from(2).isEmpty()) {
        if (!next.providers().containsKey(id)) {
          throw Refused.because(
              "The catalogue has no provider "
                  + id
                  + ". For one version: revoke FOLDER ID VERSION");
        }
        next.undelegate(id);
      } else {
        String version = arguments.at(2, "VERSION");
        Listing listing =
            listings(folder).stream()
                .filter(
                    l ->
                        l.manifest().id().name().equals(id)
                            && l.manifest().version().toString().equals(version))
                .findFirst()
                .orElseThrow(
                    () ->
                        Refused.because("The catalogue does not list " + id + " " + version + "."));
        next.withdraw(listing.path(), reason);
      }
      if (publishOrDraft(catalogue, next, arguments, out)) {
        offer(catalogue, arguments, out);
      }
      out.line("Revoked: " + String.join(" ", arguments.from(1)));
    } catch (MetadataException e) {
      throw Refused.because(e.getMessage() + ".");
    }
  }

  /** Whether it was published, and not only drafted. */
  private static boolean publishOrDraft(
      RepositoryWriter catalogue, OperatorTargets next, Arguments arguments, Output out)
      throws Refused, IOException, MetadataException {
    byte[] draft = next.draft(expires(arguments, 90).plus(Duration.ofDays(90)));
    Optional<String> to = arguments.option("to");
    if (to.isPresent()) {
      write(Path.of(to.get()), draft);
      out.line("Drafted in " + to.get() + ", to be signed and published.");
      return false;
    }
    catalogue.publishTargets(KeyFiles.read(arguments.path("key")).signDocument(draft));
    return true;
  }

  private static void license(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(1);
    String pasted = Files.readString(Path.of(arguments.at(0, "TOKEN")), StandardCharsets.UTF_8);
    List<VerificationKey> providerKeys =
        listings(arguments.path("catalogue")).stream()
            .flatMap(listing -> listing.providerKeys().stream())
            .distinct()
            .toList();
    SigningKey key = KeyFiles.read(arguments.path("key"));
    try {
      LicenceToken token = LicenceToken.verify(pasted, providerKeys);
      String sealed = SealedLicence.seal(pasted.strip(), key.key(), key::sign);
      if (arguments.option("post").filter("yes"::equals).isPresent()) {
        Path post = Files.createDirectories(arguments.path("catalogue").resolve("licences"));
        Path file = post.resolve(LicencePost.file(token.hub()));
        String before = Files.exists(file) ? Files.readString(file) : "";
        write(file, LicencePost.with(before, sealed).getBytes(StandardCharsets.US_ASCII));
        out.put("posted", file.toString());
      }
      out.put("licence", sealed);
      out.put("app", token.app().name());
      out.put("hub", token.hub());
      out.put("paid_until", token.paidUntil().toString());
      out.put("price_micros", token.priceMicros());
      out.put("currency", token.currency());
      out.line(sealed);
    } catch (LicenceException e) {
      throw Refused.because(e.getMessage() + ".");
    }
  }

  private static void usage(Arguments arguments, Output out) throws Refused, IOException {
    arguments.atMost(1);
    List<Path> files;
    try (Stream<Path> all = Files.list(Path.of(arguments.at(0, "FOLDER")))) {
      files = all.filter(file -> file.toString().endsWith(".jws")).sorted().toList();
    }
    Reports reports = new Reports();
    List<String> remarks = new ArrayList<>();
    boolean refused = false;
    for (Path file : files) {
      try {
        Reports.Import taken = reports.add(Files.readString(file, StandardCharsets.UTF_8));
        refused |= taken.outcome() == Reports.Outcome.CONFLICT;
        taken.remarks().forEach(remark -> remarks.add(file.getFileName() + ": " + remark));
      } catch (ReportException e) {
        refused = true;
        remarks.add(file.getFileName() + ": " + e.getMessage());
      }
    }
    remarks.addAll(reports.gaps());
    List<Object> totals = new ArrayList<>();
    for (Reports.Total total : reports.totals()) {
      Map<String, Object> fields = new TreeMap<>();
      fields.put("month", total.month().toString());
      fields.put("app", total.app().name());
      fields.put("currency", total.currency());
      fields.put("paid_micros", total.paidMicros());
      fields.put("fee_micros", total.feeMicros());
      totals.add(fields);
      out.line(
          total.month()
              + "  "
              + total.app()
              + "  paid "
              + Share.money(total.paidMicros(), total.currency())
              + "  share "
              + Share.money(total.feeMicros(), total.currency()));
    }
    remarks.forEach(out::line);
    out.put("reports", (long) files.size());
    out.put("totals", totals);
    out.put("remarks", remarks);
    if (refused) {
      throw Refused.because("Not all of it counts; see above.");
    }
  }

  private static Path edition(Path submission) throws Refused, IOException {
    try (Stream<Path> files = Files.list(submission)) {
      List<Path> editions = files.filter(file -> file.toString().endsWith(".json")).toList();
      if (editions.size() == 1) {
        return editions.get(0);
      }
    }
    throw Refused.because(
        submission + " is not what 'hub-app publish' makes: one .json and targets/.");
  }

  private static String provider(byte[] document) throws Refused, MetadataException {
    return org.commonshub.apps.catalogue.ProviderTargets.manifests(document).values().stream()
        .map(manifest -> manifest.provider().id())
        .findFirst()
        .orElseThrow(() -> Refused.because("The document lists nothing."));
  }

  private static List<VerificationKey> keys(Arguments arguments, String option) throws Refused {
    List<VerificationKey> keys = new ArrayList<>();
    for (String text : arguments.all(option)) {
      try {
        keys.add(VerificationKey.parse(text));
      } catch (IllegalArgumentException e) {
        throw Refused.usage("--" + option + " " + text + " is no public key as keygen prints it.");
      }
    }
    return keys;
  }

  private static Instant expires(Arguments arguments, int days) throws Refused {
    return Instant.now().plus(Duration.ofDays(arguments.number("days", days, 1, 3650)));
  }

  private static void write(Path file, byte[] content) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.write(part, content);
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
