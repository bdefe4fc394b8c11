package org.commonshub.apps.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.identity.api.Json;

/**
 * What the desk keeps of an app: {@code state.json}, replaced as a whole. Every step of the
 * life-cycle is one such replacement.
 *
 * @param source catalogue it came from
 * @param version that is here
 * @param previous that can be gone back to
 * @param revertTo a step that moves the store is under way: unless a later state says otherwise the
 *     store goes back to that version, which is {@code version}
 * @param on whether the person wants it on
 * @param consented whether the person said what it may do
 * @param grants what that is
 * @param place where it runs
 * @param read what the person has read that it asks for, see {@link Rights}
 * @param asked what the privacy gate was asked for
 * @param removing whether it is being removed
 */
record AppState(
    String source,
    AppVersion version,
    Optional<AppVersion> previous,
    Optional<AppVersion> revertTo,
    boolean on,
    boolean consented,
    Grants grants,
    Place place,
    Set<String> read,
    Set<String> asked,
    boolean removing) {
  static final int MAX_BYTES = 4 * 1024 * 1024;
  private static final long FORM = 1;

  AppState {
    read = Set.copyOf(read);
    asked = Set.copyOf(asked);
  }

  /** Just fetched and checked. */
  static AppState fresh(String source, AppVersion version, Place place) {
    return new AppState(
        source,
        version,
        Optional.empty(),
        Optional.empty(),
        false,
        false,
        Grants.NONE,
        place,
        Set.of(),
        Set.of(),
        false);
  }

  AppState withOn(boolean value) {
    return new AppState(
        source, version, previous, revertTo, value, consented, grants, place, read, asked,
        removing);
  }

  AppState withConsent(Grants given, Place where, Set<String> seen) {
    return new AppState(
        source, version, previous, revertTo, on, true, given, where, seen, asked, removing);
  }

  AppState withAsked(Set<String> value) {
    return new AppState(
        source, version, previous, revertTo, on, consented, grants, place, read, value, removing);
  }

  /** The store is about to move, or a revert is due. */
  AppState moving() {
    return at(version, previous, Optional.of(version));
  }

  /** The version that is here from now on. */
  AppState at(AppVersion now, Optional<AppVersion> before, Optional<AppVersion> revert) {
    return new AppState(
        source, now, before, revert, on, consented, grants, place, read, asked, removing);
  }

  AppState withRemoving() {
    return new AppState(
        source, version, previous, revertTo, false, consented, grants, place, read, asked, true);
  }

  byte[] write() {
    Map<String, Object> map = new TreeMap<>();
    map.put("form", FORM);
    map.put("source", source);
    map.put("version", version.toString());
    previous.ifPresent(value -> map.put("previous", value.toString()));
    revertTo.ifPresent(value -> map.put("revert_to", value.toString()));
    map.put("on", on);
    map.put("consented", consented);
    map.put("hosts", sorted(grants.hosts()));
    map.put("actuators", sorted(grants.actuators()));
    grants
        .place()
        .ifPresent(
            home -> map.put("home", List.of((long) home.latitude(), (long) home.longitude())));
    map.put("place", place.name().toLowerCase(Locale.ROOT));
    map.put("read", sorted(read));
    map.put("asked", sorted(asked));
    map.put("removing", removing);
    return Json.canonical(map).getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> sorted(Set<String> texts) {
    return List.copyOf(new TreeSet<>(texts));
  }

  /**
   * Reads a state.
   *
   * @throws IOException if it is not one
   */
  static AppState read(byte[] bytes) throws IOException {
    Map<String, Object> map = Json.object(bytes);
    try {
      if (!Long.valueOf(FORM).equals(map.get("form"))) {
        throw new IOException("is of another form; this hub knows form " + FORM);
      }
      List<?> home = map.get("home") instanceof List<?> pair ? pair : List.of();
      return new AppState(
          (String) map.get("source"),
          AppVersion.parse((String) map.get("version")),
          version(map.get("previous")),
          version(map.get("revert_to")),
          (Boolean) map.get("on"),
          (Boolean) map.get("consented"),
          new Grants(
              texts(map.get("hosts")),
              texts(map.get("actuators")),
              home.size() == 2
                  ? Optional.of(
                      new AppHome.Place(
                          Math.toIntExact((Long) home.get(0)), Math.toIntExact((Long) home.get(1))))
                  : Optional.empty()),
          Place.valueOf(((String) map.get("place")).toUpperCase(Locale.ROOT)),
          texts(map.get("read")),
          texts(map.get("asked")),
          (Boolean) map.get("removing"));
    } catch (ClassCastException
        | NullPointerException
        | IllegalArgumentException
        | ArithmeticException e) {
      throw new IOException("is damaged: " + e.getMessage(), e);
    }
  }

  private static Optional<AppVersion> version(Object value) {
    return Optional.ofNullable((String) value).map(AppVersion::parse);
  }

  private static Set<String> texts(Object value) {
    Set<String> texts = new TreeSet<>();
    ((List<?>) value).forEach(text -> texts.add((String) text));
    return texts;
  }
}
