package org.commonshub.apps.desk.api;

import java.net.URI;
import java.time.Period;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Terms;

/**
 * What an app says of itself: {@code HUB-INF/app.json} in its bundle, and the same in the
 * catalogue. Read and checked by {@link ManifestCodec}; the form is described in
 * docs/providers/app.md.
 *
 * @param id symbolic name of the bundle
 * @param version Bundle-Version
 * @param kind what it is
 * @param provider who made it
 * @param texts by language; {@code en} is always there
 * @param icon PNG of at most 16 KiB; empty for none
 * @param data what it asks the privacy gate for, one per purpose
 * @param actuators what it wants to tell devices
 * @param hosts whom it talks to
 * @param place whether it wants to know where the home is, roughly, and why; empty if not
 * @param resources what it needs of the machine
 * @param levels what can be bought, the least first; one without a price if it is free
 * @param grace how long it runs on after the paid time
 * @param lease longest time a licence may run before the provider has to say again that it stands
 */
public record AppManifest(
    AppId id,
    AppVersion version,
    Kind kind,
    Provider provider,
    Map<String, Text> texts,
    byte[] icon,
    List<DataRequest> data,
    List<ActuatorRequest> actuators,
    List<HostRequest> hosts,
    Optional<Map<String, String>> place,
    Resources resources,
    List<Level> levels,
    Period grace,
    Period lease) {
  /** Kinds of third-party bundles. */
  public enum Kind {
    APP,
    DRIVER,
    POLICY,
    LEDGER
  }

  /**
   * Who made it.
   *
   * @param id domain turned round; the app's id begins with it
   * @param name for people
   * @param url where to read more; https
   * @param contact e-mail address or https URL for questions
   */
  public record Provider(String id, String name, URI url, String contact) {}

  /**
   * Texts in one language.
   *
   * @param name at most 60 characters
   * @param summary at most 160 characters
   * @param description at most 4,000 characters
   * @param changes what is new in this version, at most 1,000 characters
   */
  public record Text(String name, String summary, String description, String changes) {}

  /**
   * Data asked for.
   *
   * @param purpose what for
   * @param terms nothing missing but recipient and {@code until}
   * @param duration how long a consent lasts: {@code until} is that long after it is asked for
   * @param why by language, at most 300 characters each
   */
  public record DataRequest(
      Purpose purpose, Terms terms, Period duration, Map<String, String> why) {}

  /**
   * An actuator asked for.
   *
   * @param role of the device
   * @param actuator id, {@code current-limit}
   * @param why by language, at most 300 characters each
   */
  public record ActuatorRequest(DeviceRole role, String actuator, Map<String, String> why) {
    /** Its name in {@link Grants}: {@code ev-charger/current-limit}. */
    public String key() {
      return role.name().toLowerCase(Locale.ROOT).replace('_', '-') + "/" + actuator;
    }
  }

  /**
   * A host asked for.
   *
   * @param host DNS name, no address and no wildcard; HTTPS on port 443
   * @param why what is sent and fetched, by language, at most 300 characters each
   */
  public record HostRequest(String host, Map<String, String> why) {}

  /**
   * What an app may use at most.
   *
   * @param cpuMsPerMinute of its thread; 10 to 30,000
   * @param memoryMb in its zone; 4 to 128
   * @param storageKb 0 to 65,536
   * @param networkKbPerDay both ways; 0 to 1,048,576
   * @param logLinesPerHour 0 to 3,600
   */
  public record Resources(
      int cpuMsPerMinute, int memoryMb, int storageKb, int networkKbPerDay, int logLinesPerHour) {}

  /**
   * Something to buy.
   *
   * @param id {@code [a-z][a-z0-9-]{0,31}}
   * @param names by language, at most 40 characters each
   * @param features what the app may offer
   * @param limits metric → units in a {@code period}
   * @param priceMicros micro-units of {@code currency} per period; 0 is free
   * @param currency ISO 4217
   * @param period what is paid at a time; calendar, trusted time
   * @param trial how long it may be tried once without paying; zero for not
   */
  public record Level(
      String id,
      Map<String, String> names,
      Set<String> features,
      Map<String, Long> limits,
      long priceMicros,
      String currency,
      Period period,
      Period trial) {}

  /** Texts in a language, or in English. */
  public Text text(Locale locale) {
    return texts.getOrDefault(locale.getLanguage(), texts.get("en"));
  }

  /** Whether nothing has to be bought. */
  public boolean free() {
    return levels.stream().allMatch(level -> level.priceMicros() == 0);
  }
}
