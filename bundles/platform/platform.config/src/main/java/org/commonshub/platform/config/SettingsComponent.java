package org.commonshub.platform.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.platform.api.Secrets;
import org.commonshub.platform.api.Settings;
import org.commonshub.platform.api.SettingsException;
import org.commonshub.platform.api.SettingsException.Reason;
import org.commonshub.platform.config.Metatype.Attribute;
import org.commonshub.platform.config.SettingsFile.Malformed;
import org.commonshub.platform.config.SettingsFile.Member;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.ComponentContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.util.tracker.BundleTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Settings}: brings the files of the configuration directory to Configuration Admin,
 * checked, and back. One lock guards all state; it is held while one file is read, checked or
 * written.
 */
@Component(immediate = true)
public final class SettingsComponent implements Settings {
  private static final Logger LOG = LoggerFactory.getLogger(SettingsComponent.class);

  /** Marks configurations that come from a file; a leading dot keeps it from service properties. */
  static final String MARK = ".commonshub.file";

  private static final Pattern PID =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,150}(~[A-Za-z0-9._-]{1,100})?");
  private static final String SUFFIX = ".json";
  private static final String NO_FILE = "0";
  private static final long AGAIN = Long.MIN_VALUE;
  private static final int LATE_TRIES = 100;
  private static final long LATE_MILLIS = 50;
  private static final int MAX_FILES = 20_000;
  private static final int TRACKED =
      Bundle.INSTALLED | Bundle.RESOLVED | Bundle.STARTING | Bundle.ACTIVE | Bundle.STOPPING;

  private static final class Entry {
    final String pid;
    final Path path;
    String revision;
    long stamp;
    String problem;
    boolean delayed;

    Entry(String pid, Path path) {
      this.pid = pid;
      this.path = path;
    }
  }

  private final Path directory;
  private final ConfigurationAdmin admin;
  private final Secrets secrets;
  private final ServiceComponentRuntime components;
  private final Map<String, Entry> entries = new TreeMap<>();
  private final Map<String, Metatype> types = new TreeMap<>();
  private final Map<Long, List<Metatype>> declared = new HashMap<>();
  private final Set<String> ignored = new HashSet<>();
  private final BundleTracker<Bundle> tracker;
  private final Watch watch;

  /** One thread while a component that must not run is awaited; ends when idle. */
  private final ThreadPoolExecutor late =
      new ThreadPoolExecutor(
          1,
          1,
          1,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(MAX_FILES),
          task -> {
            Thread thread = new Thread(task, "hub-settings-late");
            thread.setDaemon(true);
            return thread;
          },
          new ThreadPoolExecutor.DiscardPolicy()); // after the end nothing is awaited

  private boolean loaded;

  @Activate
  public SettingsComponent(
      ComponentContext component,
      BundleContext context,
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "admin") ConfigurationAdmin admin,
      @Reference(name = "secrets") Secrets secrets,
      @Reference(name = "components") ServiceComponentRuntime components)
      throws IOException {
    this.late.allowCoreThreadTimeOut(true);
    this.directory = paths.config();
    this.admin = admin;
    this.secrets = secrets;
    this.components = components;
    this.tracker =
        new BundleTracker<>(context, TRACKED, null) {
          @Override
          public Bundle addingBundle(Bundle bundle, BundleEvent event) {
            declare(bundle);
            return bundle;
          }

          @Override
          public void modifiedBundle(Bundle bundle, BundleEvent event, Bundle object) {
            if (event.getType() == BundleEvent.UPDATED) {
              declare(bundle);
            } else if (event.getType() == BundleEvent.STARTED) {
              keepStopped(bundle);
            }
          }

          @Override
          public void removedBundle(Bundle bundle, BundleEvent event, Bundle object) {
            withdraw(bundle);
          }
        };
    tracker.open();
    try {
      start();
    } catch (IOException | RuntimeException e) {
      tracker.close();
      throw e;
    }
    this.watch = new Watch(directory, this::changed, this::scan);
    component.enableComponent(HomeProfileComponent.PID);
  }

  @Deactivate
  void deactivate() {
    late.shutdownNow();
    watch.close();
    tracker.close();
  }

  private void start() throws IOException {
    long begin = System.nanoTime();
    synchronized (this) {
      loaded = true;
      scan();
      removeLeftOvers();
      LOG.info(
          "{} settings files read in {} ms from {}",
          entries.size(),
          (System.nanoTime() - begin) / 1_000_000,
          directory);
    }
  }

  /** Deletes configurations whose file went away while the hub was down. */
  private void removeLeftOvers() throws IOException {
    try {
      Configuration[] known = admin.listConfigurations("(" + MARK + "=*)");
      for (Configuration configuration : known == null ? new Configuration[0] : known) {
        if (!entries.containsKey(configuration.getPid())) {
          configuration.delete();
        }
      }
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- metatypes -------------------------------------------------------------------------------

  private synchronized void declare(Bundle bundle) {
    List<Metatype> found = Metatypes.of(bundle);
    List<Metatype> before = declared.put(bundle.getBundleId(), found);
    if (before != null) {
      before.forEach(type -> types.remove(type.pid(), type));
    }
    Set<String> pids = new HashSet<>();
    for (Metatype type : found) {
      types.put(type.pid(), type);
      pids.add(type.pid());
    }
    if (loaded && !pids.isEmpty()) {
      for (Entry entry : List.copyOf(entries.values())) {
        if (pids.contains(base(entry.pid))) {
          load(entry);
        }
      }
    }
  }

  private synchronized void withdraw(Bundle bundle) {
    List<Metatype> before = declared.remove(bundle.getBundleId());
    if (before != null) {
      before.forEach(type -> types.remove(type.pid(), type));
    }
  }

  /** Stops what must not run in a bundle that just started. */
  private void keepStopped(Bundle bundle) {
    for (String pid : refused(bundle)) {
      if (!switchComponents(pid, false)) {
        // SCR hears of the start after this class: nobody promises an order
        late.execute(() -> keepStoppedLate(bundle, pid));
      }
    }
  }

  private synchronized List<String> refused(Bundle bundle) {
    return declared.getOrDefault(bundle.getBundleId(), List.of()).stream()
        .map(Metatype::pid)
        .filter(pid -> entries.containsKey(pid) && entries.get(pid).problem != null)
        .toList();
  }

  private void keepStoppedLate(Bundle bundle, String pid) {
    try {
      for (int i = 0; i < LATE_TRIES; i++) {
        synchronized (this) {
          if (!refused(bundle).contains(pid) || switchComponents(pid, false)) {
            return;
          }
        }
        TimeUnit.MILLISECONDS.sleep(LATE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String base(String pid) {
    int tilde = pid.indexOf('~');
    return tilde < 0 ? pid : pid.substring(0, tilde);
  }

  private Optional<Metatype> type(String pid) {
    Metatype type = types.get(base(pid));
    return type != null && type.factory() == (pid.indexOf('~') >= 0)
        ? Optional.of(type)
        : Optional.empty();
  }

  // ---- from the files to Configuration Admin ---------------------------------------------------

  /** Looks at every file; those that changed since the last look are loaded. */
  private void scan() {
    Set<String> found = new HashSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path path : files) {
        String pid = pid(path);
        if (pid == null) {
          continue;
        }
        if (found.size() == MAX_FILES) {
          warnOnce("*", "{} holds more than {} files; the rest is ignored.", directory, MAX_FILES);
          break;
        }
        found.add(pid);
        synchronized (this) {
          Entry entry = entries.get(pid);
          if (entry == null || entry.stamp != stamp(path)) {
            changed(path);
          }
        }
      }
    } catch (IOException e) {
      warnOnce("?", "Cannot list {} ({}): settings changed by hand are not seen.", directory, e);
      return;
    }
    synchronized (this) {
      for (Entry entry : List.copyOf(entries.values())) {
        if (!found.contains(entry.pid) && !Files.exists(entry.path)) {
          forget(entry);
        }
      }
    }
  }

  /** A file was made, changed or deleted, maybe by this class. */
  private synchronized void changed(Path path) {
    String pid = pid(path);
    if (pid == null) {
      return;
    }
    Entry entry = entries.get(pid);
    if (!Files.isRegularFile(path)) {
      if (entry != null && !Files.exists(path)) {
        forget(entry);
      }
      return;
    }
    if (entry == null) {
      if (entries.size() >= MAX_FILES) {
        return;
      }
      entry = new Entry(pid, path);
      entries.put(pid, entry);
    }
    refresh(entry);
  }

  /** Loads a file if its content is not the one last loaded. */
  private void refresh(Entry entry) {
    long stamp = stamp(entry.path);
    try {
      byte[] bytes = DurableFiles.read(entry.path, SettingsFile.MAX_BYTES);
      if (entry.delayed || !revision(bytes).equals(entry.revision)) {
        load(entry, bytes);
      }
      entry.stamp = entry.delayed ? AGAIN : stamp;
    } catch (NoSuchFileException e) {
      forget(entry);
    } catch (IOException e) {
      entry.stamp = stamp;
      entry.revision = "unreadable";
      refuse(entry, entry.path.getFileName() + ": cannot be read (" + e.getMessage() + ").");
    }
  }

  private void load(Entry entry) {
    entry.revision = null;
    refresh(entry);
  }

  private void load(Entry entry, byte[] bytes) {
    String name = entry.path.getFileName().toString();
    entry.revision = revision(bytes);
    try {
      apply(entry, new Checker(name, type(entry.pid)).check(parse(name, bytes).members()));
      entry.delayed = false;
    } catch (SettingsException e) {
      entry.delayed = false;
      refuse(entry, e.getMessage());
    } catch (IOException e) {
      delay(entry, e);
    }
  }

  /** The disk cannot keep the settings now: that is no fault of theirs, so they wait. */
  private static void delay(Entry entry, IOException why) {
    if (!entry.delayed) {
      LOG.warn(
          "{} cannot be taken over ({}): the data directory's disk may be full or read-only. The"
              + " component goes on as it is, and the file is tried again every half minute.",
          entry.path.getFileName(),
          why.getMessage());
    }
    entry.delayed = true;
  }

  private static SettingsFile parse(String name, byte[] bytes) throws SettingsException {
    try {
      return SettingsFile.parse(
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString());
    } catch (CharacterCodingException e) {
      throw new SettingsException(Reason.INVALID, "", name + ": is not UTF-8 text.");
    } catch (Malformed e) {
      throw new SettingsException(
          Reason.INVALID, "", name + ", line " + e.line + ": " + sentence(e.getMessage()));
    }
  }

  private static String sentence(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.endsWith(".") ? line : line + ".";
  }

  private void apply(Entry entry, Dictionary<String, Object> properties) throws IOException {
    properties.put(MARK, entry.path.getFileName().toString());
    int tilde = entry.pid.indexOf('~');
    Configuration configuration =
        tilde < 0
            ? admin.getConfiguration(entry.pid, "?")
            : admin.getFactoryConfiguration(
                entry.pid.substring(0, tilde), entry.pid.substring(tilde + 1), "?");
    configuration.updateIfDifferent(properties);
    if (entry.problem != null) {
      LOG.info("{} is right again.", entry.path.getFileName());
      entry.problem = null;
      switchComponents(entry.pid, true);
    }
  }

  private void refuse(Entry entry, String problem) {
    if (!problem.equals(entry.problem)) {
      LOG.warn("{} The component is stopped until the file is corrected.", problem);
    }
    entry.problem = problem;
    deleteConfiguration(entry.pid);
    switchComponents(entry.pid, false);
  }

  private void forget(Entry entry) {
    entries.remove(entry.pid);
    deleteConfiguration(entry.pid);
    if (entry.problem != null) {
      switchComponents(entry.pid, true);
    }
  }

  private void deleteConfiguration(String pid) {
    try {
      Configuration[] found = admin.listConfigurations("(service.pid=" + pid + ")");
      for (Configuration configuration : found == null ? new Configuration[0] : found) {
        configuration.delete();
      }
    } catch (IOException | InvalidSyntaxException e) {
      LOG.warn("Cannot withdraw the settings of {} ({}).", pid, e.toString());
    }
  }

  /**
   * A component without settings runs with its defaults, which is not what a wrong file asked for:
   * it is disabled as long as the file is wrong. Instances of a factory end with their settings.
   *
   * @return whether there is such a component
   */
  private boolean switchComponents(String pid, boolean on) {
    if (pid.indexOf('~') >= 0) {
      return false;
    }
    boolean found = false;
    for (var description : components.getComponentDescriptionDTOs()) {
      if (!Arrays.asList(description.configurationPid).contains(pid)) {
        continue;
      }
      found = true;
      if (components.isComponentEnabled(description) != on) {
        if (on) {
          components.enableComponent(description);
        } else {
          components.disableComponent(description);
        }
      }
    }
    return found;
  }

  private String pid(Path path) {
    String name = path.getFileName().toString();
    if (name.startsWith(".") || !name.endsWith(SUFFIX)) {
      return null;
    }
    String pid = name.substring(0, name.length() - SUFFIX.length());
    if (PID.matcher(pid).matches()) {
      return pid;
    }
    warnOnce(name, "{} in {} is ignored: a settings file is named PID.json.", name, directory);
    return null;
  }

  private void warnOnce(String key, String message, Object first, Object second) {
    synchronized (ignored) {
      if (ignored.size() < 100 && ignored.add(key)) {
        LOG.warn(message, first, second);
      }
    }
  }

  private static long stamp(Path path) {
    try {
      var attributes =
          Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class);
      return attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS) * 31 + attributes.size();
    } catch (IOException e) {
      return -1;
    }
  }

  private static String revision(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- Settings --------------------------------------------------------------------------------

  @Override
  public List<Component> components() {
    Set<String> pids;
    synchronized (this) {
      pids = new TreeSet<>(entries.keySet());
      pids.addAll(types.keySet());
    }
    List<Component> result = new ArrayList<>(pids.size());
    for (String pid : pids) {
      component(pid).ifPresent(result::add);
    }
    return List.copyOf(result);
  }

  @Override
  public synchronized Optional<Component> component(String pid) {
    Entry entry = entries.get(pid);
    if (entry != null) {
      refresh(entry);
      entry = entries.get(pid);
    }
    Metatype type = types.get(base(pid));
    if (entry == null && (type == null || !type.pid().equals(pid))) {
      return Optional.empty();
    }
    Map<String, Object> values = new LinkedHashMap<>();
    if (entry != null) {
      for (Member member : members(entry)) {
        if (!member.key().startsWith(":")) {
          Object value = member.value();
          if (secret(type, member.key())) {
            value = true;
          } else if (value instanceof BigDecimal decimal) {
            value = decimal.doubleValue();
          }
          values.put(member.key(), value);
        }
      }
    }
    boolean factory = pid.indexOf('~') >= 0 || (type != null && type.factory());
    return Optional.of(
        new Component(
            pid,
            factory ? Optional.of(base(pid)) : Optional.empty(),
            type == null ? pid : type.name(),
            type == null ? "" : type.description(),
            type == null
                ? List.of()
                : type.attributes().values().stream().map(Attribute::option).toList(),
            java.util.Collections.unmodifiableMap(values),
            entry == null ? NO_FILE : entry.revision,
            entry == null ? Optional.empty() : Optional.ofNullable(entry.problem)));
  }

  private static boolean secret(Metatype type, String key) {
    Attribute attribute = type == null ? null : type.attributes().get(key);
    return attribute != null && attribute.kind() == Metatype.Kind.PASSWORD;
  }

  private List<Member> members(Entry entry) {
    try {
      return read(entry).members();
    } catch (SettingsException | IOException e) {
      return List.of();
    }
  }

  private static SettingsFile read(Entry entry) throws SettingsException, IOException {
    return parse(
        entry.path.getFileName().toString(), DurableFiles.read(entry.path, SettingsFile.MAX_BYTES));
  }

  @Override
  public synchronized Component write(
      String pid, Map<String, Object> values, Optional<String> revision) throws SettingsException {
    String name = pid + SUFFIX;
    Entry entry = entries.get(pid);
    if (entry != null) {
      refresh(entry);
      entry = entries.get(pid);
    }
    if (!PID.matcher(pid).matches()
        || (entry == null && pid.indexOf('~') < 0 && type(pid).isEmpty())
        || (pid.indexOf('~') >= 0 && types.containsKey(base(pid)) && type(pid).isEmpty())) {
      throw new SettingsException(Reason.UNKNOWN, "", "There is no component " + pid + ".");
    }
    String current = entry == null ? NO_FILE : entry.revision;
    if (!revision.orElse(NO_FILE).equals(current)) {
      throw new SettingsException(
          Reason.STALE,
          "",
          name + " was changed by somebody else meanwhile: load the settings again.");
    }
    if (entry == null && entries.size() >= MAX_FILES) {
      throw new SettingsException(
          Reason.STORAGE, "", directory + " holds " + MAX_FILES + " settings files already.");
    }

    SettingsFile before = null;
    boolean replace = false;
    if (entry != null) {
      try {
        before = read(entry);
      } catch (SettingsException | IOException e) {
        replace = true; // a file that cannot be parsed has nothing to keep apart from itself
      }
    }
    Optional<Metatype> type = type(pid);
    Map<String, Object> old = before == null ? Map.of() : before.values();
    Map<String, String> newSecrets = new LinkedHashMap<>();
    Set<String> oldSecrets = new HashSet<>();
    Map<String, Object> wanted = normalise(pid, type, values, old, newSecrets, oldSecrets);
    List<Member> members = new ArrayList<>();
    wanted.forEach((key, value) -> members.add(new Member(key, value)));
    Dictionary<String, Object> properties = new Checker(name, type).check(members);

    Path path = directory.resolve(name);
    try {
      newSecrets.forEach(secrets::put);
      if (replace) {
        Files.copy(
            path,
            directory.resolve(name + ".refused"),
            java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
      byte[] bytes = text(before, wanted).getBytes(StandardCharsets.UTF_8);
      if (bytes.length > SettingsFile.MAX_BYTES) {
        throw new SettingsException(
            Reason.INVALID,
            "",
            name + ": is larger than " + SettingsFile.MAX_BYTES + " bytes with these values.");
      }
      DurableFiles.write(path, bytes, false);
      if (entry == null) {
        entry = new Entry(pid, path);
        entries.put(pid, entry);
      }
      entry.revision = revision(bytes);
      entry.stamp = stamp(path);
      apply(entry, properties);
      forgetSecrets(oldSecrets);
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      throw new SettingsException(
          Reason.STORAGE,
          "",
          name
              + " could not be written in "
              + directory
              + " ("
              + e.getMessage()
              + "): check free space and permissions.");
    }
    return component(pid).orElseThrow();
  }

  /** Values as a file holds them; secrets replaced by references. */
  private Map<String, Object> normalise(
      String pid,
      Optional<Metatype> type,
      Map<String, Object> values,
      Map<String, Object> old,
      Map<String, String> newSecrets,
      Set<String> oldSecrets)
      throws SettingsException {
    Map<String, Object> wanted = new LinkedHashMap<>();
    List<String> order = new ArrayList<>(old.keySet());
    type.ifPresent(t -> order.addAll(t.attributes().keySet()));
    order.addAll(values.keySet());
    for (String key : new java.util.LinkedHashSet<>(order)) {
      if (key.startsWith(":")) {
        continue;
      }
      Object value = values.get(key);
      if (secret(type.orElse(null), key)) {
        boolean keep = !values.containsKey(key) || Boolean.TRUE.equals(value);
        if (keep) {
          value = old.get(key);
        } else {
          own(pid, key, old.get(key)).ifPresent(oldSecrets::add);
          if (value == null || value.equals("") || value.equals(false)) {
            continue;
          }
          String text = String.valueOf(value);
          if (!SecretStore.REFERENCE.matcher(text).matches()) {
            checkAlone(type.orElseThrow(), new Member(key, text));
            String secretName = secretName(pid, key);
            newSecrets.put(secretName, text);
            oldSecrets.remove(secretName);
            value = "${secret:" + secretName + "}";
          }
        }
      }
      if (value != null) {
        wanted.put(key, plain(pid, key, value));
      }
    }
    return wanted;
  }

  /** Checks one value as it was given, before it becomes a reference. */
  private static void checkAlone(Metatype type, Member member) throws SettingsException {
    Map<String, Attribute> one = Map.of(member.key(), type.attributes().get(member.key()));
    new Checker(
            type.pid() + SUFFIX, Optional.of(new Metatype(type.pid(), type.factory(), "", "", one)))
        .check(List.of(member));
  }

  private static Object plain(String pid, String key, Object value) throws SettingsException {
    if (value instanceof String || value instanceof Boolean || value instanceof Long) {
      return value;
    }
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    }
    if (value instanceof BigInteger || value instanceof BigDecimal) {
      return SettingsFile.decimal((Number) value);
    }
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return SettingsFile.decimal(number);
    }
    if (value instanceof Character) {
      return value.toString();
    }
    if (value instanceof Enum<?> constant) {
      return constant.name();
    }
    List<Object> list = new ArrayList<>();
    if (value instanceof Collection<?> values) {
      for (Object one : values) {
        list.add(simple(pid, key, one));
      }
      return list;
    }
    if (value.getClass().isArray()) {
      for (int i = 0; i < Array.getLength(value); i++) {
        list.add(simple(pid, key, Array.get(value, i)));
      }
      return list;
    }
    throw notSimple(pid, key);
  }

  private static Object simple(String pid, String key, Object value) throws SettingsException {
    if (value == null || value instanceof Collection<?> || value.getClass().isArray()) {
      throw notSimple(pid, key);
    }
    return plain(pid, key, value);
  }

  private static SettingsException notSimple(String pid, String key) {
    return new SettingsException(
        Reason.INVALID,
        key,
        pid
            + SUFFIX
            + ": "
            + SettingsFile.quote(key)
            + " is nested, but expected a string, a number, true, false, or a list of them.");
  }

  /** The file's new text; written anew should the edit not read as wanted. */
  private static String text(SettingsFile before, Map<String, Object> wanted) {
    if (before != null) {
      String edited = before.edit(wanted);
      try {
        Map<String, Object> read = SettingsFile.parse(edited).values();
        read.keySet().removeIf(key -> key.startsWith(":"));
        if (read.keySet().equals(wanted.keySet())
            && read.entrySet().stream()
                .allMatch(e -> SettingsFile.same(e.getValue(), wanted.get(e.getKey())))) {
          return edited;
        }
      } catch (Malformed e) {
        LOG.debug("Edit went wrong in line {}", e.line, e);
      }
      LOG.warn("Comments could not be kept while editing a settings file; its values are right.");
    }
    return SettingsFile.render(wanted);
  }

  private static String secretName(String pid, String key) {
    String name = pid + "." + key.replaceAll("[^A-Za-z0-9._~-]", "_");
    return name.length() <= 128
        ? name
        : name.substring(0, 100) + "." + revision(name.getBytes(StandardCharsets.UTF_8));
  }

  /** Name of the secret behind a value if this class stored it for that key. */
  private static Optional<String> own(String pid, String key, Object value) {
    Matcher matcher = SecretStore.REFERENCE.matcher(String.valueOf(value));
    return matcher.matches() && matcher.group(1).equals(secretName(pid, key))
        ? Optional.of(matcher.group(1))
        : Optional.empty();
  }

  private void forgetSecrets(Collection<String> names) {
    for (String name : names) {
      try {
        secrets.remove(name);
      } catch (UncheckedIOException e) {
        LOG.warn("Secret {} is not used any more but could not be removed.", name, e);
      }
    }
  }

  @Override
  public synchronized void delete(String pid) throws SettingsException {
    Entry entry = entries.get(pid);
    if (entry == null) {
      return;
    }
    Set<String> names = new HashSet<>();
    for (Member member : members(entry)) {
      own(pid, member.key(), member.value()).ifPresent(names::add);
    }
    try {
      Files.deleteIfExists(entry.path);
      DurableFiles.force(directory);
    } catch (IOException e) {
      throw new SettingsException(
          Reason.STORAGE,
          "",
          entry.path.getFileName() + " could not be deleted (" + e.getMessage() + ").");
    }
    forget(entry);
    forgetSecrets(names);
  }
}
