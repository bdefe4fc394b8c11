package org.commonshub.testing.fakes;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Period;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppManifest.ActuatorRequest;
import org.commonshub.apps.desk.api.AppManifest.DataRequest;
import org.commonshub.apps.desk.api.AppManifest.HostRequest;
import org.commonshub.apps.desk.api.AppManifest.Kind;
import org.commonshub.apps.desk.api.AppManifest.Level;
import org.commonshub.apps.desk.api.AppManifest.Provider;
import org.commonshub.apps.desk.api.AppManifest.Resources;
import org.commonshub.apps.desk.api.AppManifest.Text;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.privacy.api.DataKind;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsBuilder;

/** An app to test with: asks for nothing and is free until it is told otherwise. One thread. */
public final class SampleApp {
  private final AppId id;
  private final AppVersion version;
  private Kind kind = Kind.APP;
  private final List<DataRequest> data = new ArrayList<>();
  private final List<ActuatorRequest> actuators = new ArrayList<>();
  private final List<HostRequest> hosts = new ArrayList<>();
  private Optional<Map<String, String>> place = Optional.empty();
  private final List<Level> levels = new ArrayList<>();

  /** An app of the provider that its name without the last part says. */
  public SampleApp(String id, String version) {
    this.id = new AppId(id);
    this.version = AppVersion.parse(version);
  }

  /** It is something else than an app. */
  public SampleApp kind(Kind value) {
    kind = value;
    return this;
  }

  /** Asks for mean power of the grid meter. */
  public SampleApp data(Purpose purpose, Granularity resolution) {
    TermsBuilder terms =
        Terms.ANY.toBuilder()
            .purposes(purpose)
            .kinds(DataKind.READINGS)
            .quantities(Set.of("power.active"))
            .roles(Set.of(DeviceRole.GRID_METER))
            .history(Duration.ofDays(30));
    return data(
        purpose,
        (resolution == Granularity.SECOND ? terms.raw() : terms.interval(resolution)).build());
  }

  /** Asks for data. */
  public SampleApp data(Purpose purpose, Terms terms) {
    data.add(
        new DataRequest(
            purpose,
            terms,
            Period.ofDays(365),
            Map.of("en", "To see when there is sun to spare.")));
    return this;
  }

  /** Asks for an actuator. */
  public SampleApp actuator(DeviceRole role, String actuator) {
    actuators.add(new ActuatorRequest(role, actuator, Map.of("en", "To charge with the sun.")));
    return this;
  }

  /** Asks for a host. */
  public SampleApp host(String host) {
    hosts.add(new HostRequest(host, Map.of("en", "Fetches the forecast.")));
    return this;
  }

  /** Asks where the home is. */
  public SampleApp place() {
    place = Optional.of(Map.of("en", "The forecast depends on it."));
    return this;
  }

  /** Something to buy for a month; in micro-EUR. */
  public SampleApp level(String level, long priceMicros, int trialDays) {
    levels.add(
        new Level(
            level,
            Map.of("en", level),
            Set.of("hints"),
            Map.of("reports", 10L),
            priceMicros,
            "EUR",
            Period.ofMonths(1),
            Period.ofDays(trialDays)));
    return this;
  }

  /** The manifest. */
  public AppManifest manifest() {
    String name = id.name().substring(id.name().lastIndexOf('.') + 1);
    return new AppManifest(
        id,
        version,
        kind,
        new Provider(
            id.name().substring(0, id.name().lastIndexOf('.')),
            "Example Energy",
            URI.create("https://example.org/"),
            "help@example.org"),
        Map.of(
            "en",
            new Text("Sample " + name, "What " + name + " does.", "More of it.", "Better."),
            "de",
            new Text("Muster " + name, "Was " + name + " tut.", "Mehr davon.", "Besser.")),
        new byte[0],
        List.copyOf(data),
        List.copyOf(actuators),
        List.copyOf(hosts),
        place,
        new Resources(1_000, 16, 1_024, 1_024, 60),
        levels.isEmpty() ? List.of(free()) : List.copyOf(levels),
        Period.ofDays(7),
        Period.ofDays(60));
  }

  /** The manifest in a catalogue, of a package that is its name and version. */
  public Listing listing(String source) {
    return listing(source, (id + " " + version).getBytes(StandardCharsets.UTF_8));
  }

  /** The manifest in a catalogue, of that package. */
  public Listing listing(String source, byte[] jar) {
    AppManifest manifest = manifest();
    return new Listing(
        source,
        "Example Operator",
        manifest,
        manifest.provider().id() + "/" + id + "-" + version + ".jar",
        jar.length,
        sha256(jar),
        150,
        Optional.empty(),
        List.of(),
        List.of());
  }

  static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }

  private static Level free() {
    return new Level(
        "basic",
        Map.of("en", "Basic"),
        Set.of(),
        Map.of(),
        0,
        "EUR",
        Period.ofMonths(1),
        Period.ZERO);
  }
}
