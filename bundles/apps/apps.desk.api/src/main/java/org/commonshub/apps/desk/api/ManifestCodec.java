package org.commonshub.apps.desk.api;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Period;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.commonshub.apps.desk.api.AppManifest.ActuatorRequest;
import org.commonshub.apps.desk.api.AppManifest.DataRequest;
import org.commonshub.apps.desk.api.AppManifest.HostRequest;
import org.commonshub.apps.desk.api.AppManifest.Kind;
import org.commonshub.apps.desk.api.AppManifest.Level;
import org.commonshub.apps.desk.api.AppManifest.Provider;
import org.commonshub.apps.desk.api.AppManifest.Resources;
import org.commonshub.apps.desk.api.AppManifest.Text;
import org.commonshub.identity.api.Json;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;

/**
 * Reads {@code HUB-INF/app.json} and writes it in its canonical form (JCS, RFC 8785). What is not
 * known is refused: nobody says yes to what this hub can't read.
 */
public final class ManifestCodec {
  /** Path of the manifest in a bundle. */
  public static final String PATH = "HUB-INF/app.json";

  /** Largest manifest. */
  public static final int MAX_BYTES = 96 * 1024;

  /** Number of the form. */
  public static final long FORM = 1;

  private static final int MAX_ICON = 16 * 1024;
  private static final int MAX_SIDE = 512;
  private static final int MAX_REQUESTS = 16;
  private static final int MAX_LANGUAGES = 24;
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final Pattern LANGUAGE = Pattern.compile("[a-z]{2,3}");
  private static final Pattern HOST =
      Pattern.compile(
          "(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]");
  private static final Pattern MAIL =
      Pattern.compile("[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,130}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_\\[\\].-]{1,64}");
  private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9-]{0,47}");
  private static final Pattern PROVIDER = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+");

  private ManifestCodec() {}

  /**
   * Reads a manifest.
   *
   * @throws ManifestException naming the field that is wrong
   */
  public static AppManifest read(byte[] bytes) throws ManifestException {
    if (bytes.length > MAX_BYTES) {
      throw new ManifestException("the manifest is larger than " + MAX_BYTES + " bytes");
    }
    try {
      int end = bytes.length; // files end in a line feed
      while (end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r')) {
        end--;
      }
      return of(Json.object(Arrays.copyOf(bytes, end)));
    } catch (IOException e) {
      throw new ManifestException("the manifest is not JSON: " + e.getMessage(), e);
    }
  }

  /** The canonical form. */
  public static String json(AppManifest manifest) {
    return Json.canonical(sorted(map(manifest)));
  }

  /** Maps in the order of JCS: that of {@link String#compareTo}. */
  private static Object sorted(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> sorted = new TreeMap<>();
      map.forEach((name, member) -> sorted.put((String) name, sorted(member)));
      return sorted;
    }
    return value instanceof List<?> list
        ? list.stream().map(ManifestCodec::sorted).toList()
        : value;
  }

  /** A manifest as the catalogue carries it. */
  public static AppManifest of(Map<String, Object> document) throws ManifestException {
    Node root = new Node("", document);
    if (root.integer("manifest", 1, 1) != FORM) {
      throw new ManifestException("manifest: only form 1 is known");
    }
    String provider;
    Provider maker;
    Node who = root.node("provider");
    provider = who.text("id", 1, 64);
    if (!PROVIDER.matcher(provider).matches() || provider.startsWith("org.commonshub")) {
      throw new ManifestException("provider.id: a domain turned round, such as org.example");
    }
    URI url = https(who, "url");
    String contact = who.line("contact", 3, 200);
    if (!MAIL.matcher(contact).matches() && !contact.startsWith("https://")) {
      throw who.wrong("contact", "an e-mail address or an https URL");
    }
    maker = new Provider(provider, who.line("name", 1, 80), url, contact);
    who.end();
    AppId id = root.wrap("id", () -> new AppId(root.text("id", 1, 96)));
    if (!id.of(provider)) {
      throw new ManifestException("id: begins with the provider's id and a dot: " + provider + ".");
    }
    AppManifest manifest =
        new AppManifest(
            id,
            root.wrap("version", () -> AppVersion.parse(root.text("version", 5, 20))),
            root.choice("kind", Kind.class),
            maker,
            texts(root.node("texts")),
            icon(root),
            data(root),
            actuators(root),
            hosts(root),
            root.has("place") ? Optional.of(words(root.node("place"), 300)) : Optional.empty(),
            resources(root.node("resources")),
            levels(root),
            root.period("grace", 0, 90),
            root.period("lease", 1, 400));
    root.end();
    return manifest;
  }

  private static Map<String, Text> texts(Node node) throws ManifestException {
    Map<String, Text> texts = new TreeMap<>();
    for (String language : languages(node)) {
      Node text = node.node(language);
      texts.put(
          language,
          new Text(
              text.line("name", 1, 60),
              text.line("summary", 1, 160),
              text.text("description", 1, 4000),
              text.text("changes", 0, 1000)));
      text.end();
    }
    node.end();
    return Map.copyOf(texts);
  }

  private static Map<String, String> words(Node node, int max) throws ManifestException {
    Map<String, String> words = new TreeMap<>();
    for (String language : languages(node)) {
      words.put(language, node.line(language, 1, max));
    }
    node.end();
    return Map.copyOf(words);
  }

  private static Set<String> languages(Node node) throws ManifestException {
    Set<String> languages = new TreeSet<>(node.names());
    if (!languages.contains("en") || languages.size() > MAX_LANGUAGES) {
      throw node.wrong("en", "texts are there in English, and in at most 24 languages");
    }
    for (String language : languages) {
      if (!LANGUAGE.matcher(language).matches()) {
        throw node.wrong(language, "a language is an ISO 639 code");
      }
    }
    return languages;
  }

  private static byte[] icon(Node root) throws ManifestException {
    if (!root.has("icon")) {
      return new byte[0];
    }
    try {
      byte[] icon = Base64.getDecoder().decode(root.text("icon", 1, MAX_ICON * 2));
      if (icon.length <= MAX_ICON
          && icon.length > PNG.length
          && Arrays.equals(icon, 0, PNG.length, PNG, 0, PNG.length)
          && side(icon, 16) <= MAX_SIDE
          && side(icon, 20) <= MAX_SIDE) {
        return icon;
      }
    } catch (IllegalArgumentException e) {
      throw new ManifestException("icon: base64 of a PNG", e);
    }
    throw new ManifestException(
        "icon: a PNG of at most " + MAX_ICON + " bytes, " + MAX_SIDE + " pixels high and wide");
  }

  /** Width or height in the first chunk, which is IHDR (PNG, section 11.2.2); 0 if cut short. */
  private static long side(byte[] icon, int at) {
    return icon.length < at + 4 ? 0 : ByteBuffer.wrap(icon).getInt(at) & 0xFFFFFFFFL;
  }

  private static List<DataRequest> data(Node root) throws ManifestException {
    List<DataRequest> requests = new ArrayList<>();
    Set<Purpose> seen = new HashSet<>();
    for (Node node : root.nodes("data")) {
      Purpose purpose = node.choice("purpose", Purpose.class);
      Terms terms;
      try {
        terms = TermsCodec.of(node.take("terms"));
      } catch (TermsException e) {
        throw new ManifestException(node.path("terms") + ": " + e.getMessage(), e);
      }
      if (!terms.purposes().equals(Optional.of(Set.of(purpose)))
          || terms.recipient().isPresent()
          || terms.from().isPresent()
          || terms.until().isPresent()) {
        throw node.wrong("terms", "they name that purpose, and no recipient, from or until");
      }
      Set<String> missing = new TreeSet<>(terms.missing());
      missing.removeAll(Set.of("recipient", "until"));
      if (!missing.isEmpty()) {
        throw node.wrong("terms", "missing: " + String.join(", ", missing));
      }
      if (!seen.add(purpose)) {
        throw node.wrong("purpose", "asked for twice");
      }
      requests.add(
          new DataRequest(
              purpose, terms, node.period("for", 1, 400), words(node.node("why"), 300)));
      node.end();
    }
    return List.copyOf(requests);
  }

  private static List<ActuatorRequest> actuators(Node root) throws ManifestException {
    List<ActuatorRequest> requests = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Node node : root.nodes("actuators")) {
      ActuatorRequest request =
          new ActuatorRequest(
              node.choice("role", DeviceRole.class),
              node.word("actuator"),
              words(node.node("why"), 300));
      if (!seen.add(request.key())) {
        throw node.wrong("actuator", "asked for twice");
      }
      requests.add(request);
      node.end();
    }
    return List.copyOf(requests);
  }

  private static List<HostRequest> hosts(Node root) throws ManifestException {
    List<HostRequest> requests = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Node node : root.nodes("hosts")) {
      String host = node.text("host", 4, 253);
      if (!HOST.matcher(host).matches()
          || host.endsWith(".local")
          || host.endsWith(".internal")
          || host.endsWith(".localhost")
          || !seen.add(host)) {
        throw node.wrong("host", "a public DNS name in lower case, once");
      }
      requests.add(new HostRequest(host, words(node.node("why"), 300)));
      node.end();
    }
    return List.copyOf(requests);
  }

  private static Resources resources(Node node) throws ManifestException {
    Resources resources =
        new Resources(
            (int) node.integer("cpu_ms_per_minute", 10, 30_000),
            (int) node.integer("memory_mb", 4, 128),
            (int) node.integer("storage_kb", 0, 65_536),
            (int) node.integer("network_kb_per_day", 0, 1_048_576),
            (int) node.integer("log_lines_per_hour", 0, 3_600));
    node.end();
    return resources;
  }

  private static List<Level> levels(Node root) throws ManifestException {
    List<Level> levels = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Node node : root.nodes("levels")) {
      String id = node.word("id");
      if (!seen.add(id)) {
        throw node.wrong("id", "there twice");
      }
      Map<String, Long> limits = new TreeMap<>();
      Node limit = node.node("limits");
      for (String metric : limit.names()) {
        if (!WORD.matcher(metric).matches() || limits.size() == MAX_REQUESTS) {
          throw limit.wrong(metric, "at most 16 names, lower case with hyphens");
        }
        limits.put(metric, limit.integer(metric, 0, 1_000_000_000));
      }
      limit.end();
      String currency = node.text("currency", 3, 3);
      if (!currency.matches("[A-Z]{3}")) {
        throw node.wrong("currency", "an ISO 4217 code");
      }
      levels.add(
          new Level(
              id,
              words(node.node("names"), 40),
              Set.copyOf(node.wordList("features")),
              Map.copyOf(limits),
              node.integer("price_micros", 0, 1_000_000_000_000L),
              currency,
              node.period("period", 1, 400),
              node.period("trial", 0, 90)));
      node.end();
    }
    if (levels.isEmpty()) {
      throw new ManifestException("levels: at least one, free or not");
    }
    return List.copyOf(levels);
  }

  private static URI https(Node node, String name) throws ManifestException {
    URI uri = node.wrap(name, () -> URI.create(node.text(name, 9, 300)));
    if (!"https".equals(uri.getScheme()) || uri.getHost() == null || uri.getUserInfo() != null) {
      throw node.wrong(name, "an https URL");
    }
    return uri;
  }

  private static Map<String, Object> map(AppManifest manifest) {
    Map<String, Object> map = new TreeMap<>();
    map.put("manifest", FORM);
    map.put("id", manifest.id().name());
    map.put("version", manifest.version().toString());
    map.put("kind", word(manifest.kind()));
    Provider provider = manifest.provider();
    map.put(
        "provider",
        Map.of(
            "id", provider.id(),
            "name", provider.name(),
            "url", provider.url().toString(),
            "contact", provider.contact()));
    Map<String, Object> texts = new TreeMap<>();
    manifest
        .texts()
        .forEach(
            (language, text) ->
                texts.put(
                    language,
                    Map.of(
                        "name", text.name(),
                        "summary", text.summary(),
                        "description", text.description(),
                        "changes", text.changes())));
    map.put("texts", texts);
    if (manifest.icon().length > 0) {
      map.put("icon", Base64.getEncoder().encodeToString(manifest.icon()));
    }
    map.put(
        "data",
        manifest.data().stream()
            .map(
                request ->
                    Map.of(
                        "purpose", word(request.purpose()),
                        "terms", TermsCodec.map(request.terms()),
                        "for", request.duration().toString(),
                        "why", request.why()))
            .toList());
    map.put(
        "actuators",
        manifest.actuators().stream()
            .map(
                request ->
                    Map.of(
                        "role", word(request.role()),
                        "actuator", request.actuator(),
                        "why", request.why()))
            .toList());
    map.put(
        "hosts",
        manifest.hosts().stream()
            .map(request -> Map.of("host", request.host(), "why", request.why()))
            .toList());
    manifest.place().ifPresent(why -> map.put("place", why));
    Resources resources = manifest.resources();
    map.put(
        "resources",
        Map.of(
            "cpu_ms_per_minute", (long) resources.cpuMsPerMinute(),
            "memory_mb", (long) resources.memoryMb(),
            "storage_kb", (long) resources.storageKb(),
            "network_kb_per_day", (long) resources.networkKbPerDay(),
            "log_lines_per_hour", (long) resources.logLinesPerHour()));
    map.put("levels", manifest.levels().stream().map(ManifestCodec::map).toList());
    map.put("grace", manifest.grace().toString());
    map.put("lease", manifest.lease().toString());
    return map;
  }

  private static Map<String, Object> map(Level level) {
    return Map.of(
        "id", level.id(),
        "names", level.names(),
        "features", level.features().stream().sorted().toList(),
        "limits", level.limits(),
        "price_micros", level.priceMicros(),
        "currency", level.currency(),
        "period", level.period().toString(),
        "trial", level.trial().toString());
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Something that reads one field. */
  private interface Reader<T> {
    T read() throws ManifestException;
  }

  /** An object of the document, with its path; every name has to be taken. */
  private static final class Node {
    private final String path;
    private final Map<String, Object> fields;

    Node(String path, Map<String, Object> fields) {
      this.path = path;
      this.fields = new TreeMap<>(fields);
    }

    /** Path of a field; a name that is not plain is not repeated. */
    String path(String name) {
      String plain = NAME.matcher(name).matches() ? name : "?";
      return path.isEmpty() ? plain : path + "." + plain;
    }

    ManifestException wrong(String name, String what) {
      return new ManifestException(path(name) + ": " + what);
    }

    boolean has(String name) {
      return fields.containsKey(name);
    }

    Set<String> names() {
      return new TreeSet<>(fields.keySet());
    }

    Object take(String name) throws ManifestException {
      Object value = fields.remove(name);
      if (value == null) {
        throw wrong(name, "is missing");
      }
      return value;
    }

    void end() throws ManifestException {
      if (!fields.isEmpty()) {
        throw wrong(fields.keySet().iterator().next(), "is not known");
      }
    }

    <T> T wrap(String name, Reader<T> reader) throws ManifestException {
      try {
        return reader.read();
      } catch (IllegalArgumentException e) {
        throw new ManifestException(path(name) + ": " + e.getMessage(), e);
      }
    }

    /** Plain text: no control characters but line breaks, nothing that turns the direction. */
    String text(String name, int min, int max) throws ManifestException {
      if (!(take(name) instanceof String text)) {
        throw wrong(name, "is not a text");
      }
      if (text.length() < min
          || text.length() > max
          || (min > 0 && text.isBlank())
          || text.codePoints().anyMatch(ManifestCodec::hidden)) {
        throw wrong(name, "a plain text of " + min + " to " + max + " characters");
      }
      return text;
    }

    /** Plain text without line breaks. */
    String line(String name, int min, int max) throws ManifestException {
      String text = text(name, min, max);
      if (text.indexOf('\n') >= 0) {
        throw wrong(name, "one line");
      }
      return text;
    }

    String word(String name) throws ManifestException {
      String word = text(name, 1, 48);
      if (!WORD.matcher(word).matches()) {
        throw wrong(name, "lower case with hyphens");
      }
      return word;
    }

    List<String> wordList(String name) throws ManifestException {
      List<String> words = new ArrayList<>();
      for (Object element : list(name)) {
        if (!(element instanceof String word) || !WORD.matcher(word).matches()) {
          throw wrong(name, "texts in lower case with hyphens");
        }
        if (words.contains(word)) {
          throw wrong(name, word + " is there twice");
        }
        words.add(word);
      }
      return words;
    }

    long integer(String name, long min, long max) throws ManifestException {
      if (!(take(name) instanceof Long value) || value < min || value > max) {
        throw wrong(name, "a whole number from " + min + " to " + max);
      }
      return value;
    }

    /** A calendar period of years, months, weeks and days, by its length in days, about. */
    Period period(String name, int minDays, int maxDays) throws ManifestException {
      try {
        Period period = Period.parse(text(name, 3, 12));
        long days = period.toTotalMonths() * 30 + period.getDays();
        if (period.getDays() >= 0
            && period.getMonths() >= 0
            && period.getYears() >= 0
            && days >= minDays
            && days <= maxDays) {
          return period;
        }
      } catch (DateTimeException e) {
        throw new ManifestException(path(name) + ": an ISO 8601 period such as P1M", e);
      }
      throw wrong(name, minDays + " to " + maxDays + " days, as an ISO 8601 period such as P1M");
    }

    <E extends Enum<E>> E choice(String name, Class<E> type) throws ManifestException {
      String word = text(name, 1, 48);
      for (E constant : type.getEnumConstants()) {
        if (ManifestCodec.word(constant).equals(word)) {
          return constant;
        }
      }
      throw wrong(
          name,
          "one of " + Arrays.stream(type.getEnumConstants()).map(ManifestCodec::word).toList());
    }

    Node node(String name) throws ManifestException {
      return node(name, take(name));
    }

    private Node node(String name, Object value) throws ManifestException {
      if (!(value instanceof Map<?, ?> map)) {
        throw wrong(name, "is not an object");
      }
      Map<String, Object> fields = new TreeMap<>();
      map.forEach((key, field) -> fields.put((String) key, field));
      return new Node(path(name), fields);
    }

    private List<?> list(String name) throws ManifestException {
      if (!(take(name) instanceof List<?> list) || list.size() > MAX_REQUESTS) {
        throw wrong(name, "an array of at most " + MAX_REQUESTS);
      }
      return list;
    }

    List<Node> nodes(String name) throws ManifestException {
      List<Node> nodes = new ArrayList<>();
      for (Object element : list(name)) {
        nodes.add(node(name + "[" + nodes.size() + "]", element));
      }
      return nodes;
    }
  }

  private static boolean hidden(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL -> point != '\n';
      case Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
