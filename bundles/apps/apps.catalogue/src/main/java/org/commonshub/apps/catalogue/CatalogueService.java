package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.commonshub.apps.catalogue.Metadata.Targets;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.Catalogues;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.ManifestCodec;
import org.commonshub.apps.desk.api.TrustedTime;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.Json;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalogues that this hub follows, each trusted for itself.
 *
 * <p>Threads: up to four that refresh, none while nothing is due but the one that waits for the
 * next refresh; none at all while no catalogue is followed.
 */
@Component(
    service = Catalogues.class,
    immediate = true,
    configurationPid = "org.commonshub.apps.catalogue")
@Designate(ocd = CatalogueService.Config.class)
public final class CatalogueService implements Catalogues {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogueService.class);
  private static final int MAX_SOURCES = 8;
  private static final int MAX_UNFOLLOWED = 256;
  private static final String UNFOLLOWED = "unfollowed.json";
  private static final Duration INTERVAL = Duration.ofHours(6);
  private static final Duration RETRY = Duration.ofMinutes(30);

  /** While somebody waits for a licence. */
  private static final Duration SOON = Duration.ofMinutes(15);

  private static final Duration FIRST = Duration.ofMinutes(5);
  private static final Duration WINDOW = Duration.ofSeconds(20);
  private static final long LOWEST_RATE = 1024;

  /** Settings. */
  @ObjectClassDefinition(
      name = "Catalogues of apps",
      description = "Where apps of other providers are listed; catalogues are entered under Apps.")
  @interface Config {
    /** Default false. */
    @AttributeDefinition(
        name = "Folders of this machine",
        description =
            "Whether a catalogue may lie in a folder of this machine (file: addresses); for the"
                + " development of apps only. Default false.")
    boolean allow_files() default false;

    /** Default none. */
    @AttributeDefinition(
        name = "Catalogues from the start",
        description =
            "Catalogues that come with the image, each as name, address and file of its root"
                + " metadata with a blank between them; the file is absolute or in the folder of"
                + " the settings. One that somebody unfollowed stays so. Default none.")
    String[] follow() default {};
  }

  private final Path folder;
  private final Set<String> schemes;
  private final Duration window;
  private final SortedMap<String, Followed> followed = new ConcurrentSkipListMap<>();
  private final Map<String, Future<?>> due = new ConcurrentHashMap<>();
  private final Set<Transport> open = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor threads;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile TrustedTime trustedTime;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile AuditLog auditLog;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Licences licences;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile HubIdentity identity;

  @Reference(
      service = Listener.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile Collection<Listener> listeners = List.of();

  /** Reads what is followed and begins to refresh it soon. */
  @Activate
  public CatalogueService(@Reference(name = "paths") HubPaths paths, Config config) {
    this(
        paths.data().resolve("apps.catalogue"),
        config.allow_files() ? Set.of("https", "file") : Set.of("https"),
        WINDOW);
    preset(config.follow(), paths.config());
  }

  /** For tests: other kinds of addresses, less patience. */
  CatalogueService(Path folder, Set<String> schemes, Duration window) {
    this.folder = folder;
    this.schemes = schemes;
    this.window = window;
    threads =
        new ScheduledThreadPoolExecutor(
            4,
            task -> {
              Thread thread = new Thread(task, "apps-catalogue");
              thread.setDaemon(true);
              return thread;
            });
    threads.setKeepAliveTime(10, TimeUnit.SECONDS);
    threads.allowCoreThreadTimeOut(true);
    threads.setRemoveOnCancelPolicy(true);
    load();
  }

  private void load() {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> folders = Files.list(folder)) {
      for (Path one : folders.filter(Files::isDirectory).sorted().toList()) {
        load(one);
      }
    } catch (IOException e) {
      LOG.warn("The followed catalogues in {} cannot be read: {}", folder, e.toString());
    }
  }

  private void load(Path one) {
    String name = one.getFileName().toString();
    Followed source = new Followed(name, one);
    Store store = new Store(one);
    try {
      if (store.exists()) {
        source.open();
        followed.put(name, source);
        later(name, FIRST);
      } else {
        store.delete();
      }
    } catch (IOException | MetadataException e) {
      LOG.warn(
          "The kept catalogue {} cannot be read, unfollow it and follow it again: {}",
          name,
          e.getMessage());
    }
  }

  /** Follows what comes with the image, unless somebody unfollowed it. */
  void preset(String[] lines, Path config) {
    Set<String> unfollowed = unfollowed();
    for (String line : lines) {
      if (line.isBlank()) {
        continue;
      }
      String[] parts = line.strip().split("\\s+", 3);
      if (parts.length == 3 && (followed.containsKey(parts[0]) || unfollowed.contains(parts[0]))) {
        continue;
      }
      try {
        byte[] root = DurableFiles.read(config.resolve(parts[2]), Metadata.MAX_ROOT);
        follow(parts[0], URI.create(parts[1]), root, "hub");
      } catch (IndexOutOfBoundsException
          | IllegalArgumentException
          | IOException
          | AppException e) {
        LOG.warn(
            "The catalogue of the setting follow, {}, is not followed: {}", line, e.toString());
      }
    }
  }

  /** Names that were followed and are not to be followed again by themselves. */
  private Set<String> unfollowed() {
    try {
      Path file = folder.resolve(UNFOLLOWED);
      return Files.exists(file)
          ? new TreeSet<>(
              new Fields("unfollowed", Json.object(DurableFiles.read(file, 64 << 10)))
                  .texts("names", MAX_UNFOLLOWED, 32))
          : new TreeSet<>();
    } catch (IOException | MetadataException e) {
      LOG.warn("What was unfollowed cannot be read: {}", e.getMessage());
      return new TreeSet<>();
    }
  }

  private void remember(String name) throws IOException {
    Set<String> names = unfollowed();
    if (names.size() < MAX_UNFOLLOWED && names.add(name)) {
      DurableFiles.write(
          folder.resolve(UNFOLLOWED),
          Json.canonical(new TreeMap<>(Map.of("names", List.copyOf(names))))
              .getBytes(StandardCharsets.UTF_8),
          false);
    }
  }

  /** Ends all threads and connections. */
  @Deactivate
  public void close() {
    threads.shutdownNow();
    open.forEach(Transport::close);
  }

  private Optional<Instant> trusted() {
    TrustedTime time = trustedTime;
    return time == null ? Optional.empty() : Optional.of(time.now());
  }

  @Override
  public List<Source> sources() {
    Optional<Instant> now = trusted();
    return followed.values().stream().map(one -> one.source(now)).toList();
  }

  @Override
  public String fingerprint(byte[] root) throws AppException {
    return first(URI.create(""), root).fingerprint();
  }

  private static State first(URI address, byte[] root) throws AppException {
    if (root.length > Metadata.MAX_ROOT) {
      throw new AppException(Reason.UNTRUSTED, "the root metadata is too large");
    }
    try {
      return State.first(address, root);
    } catch (MetadataException e) {
      throw new AppException(Reason.UNTRUSTED, "that root does not hold: " + e.getMessage(), e);
    }
  }

  @Override
  public void follow(String name, URI url, byte[] root, String actor) throws AppException {
    if (!name.matches("[a-z0-9-]{1,32}")) {
      throw new AppException(
          Reason.UNKNOWN, "a catalogue's name has 1 to 32 letters a to z, digits and hyphens");
    }
    State first = first(address(url), root);
    synchronized (this) {
      Path own = folder.resolve(name);
      if (followed.containsKey(name) || new Store(own).exists()) {
        throw new AppException(
            Reason.NOT_NOW, "a catalogue named " + name + " is followed already");
      }
      if (followed.size() >= MAX_SOURCES) {
        throw new AppException(
            Reason.NOT_NOW, "at most " + MAX_SOURCES + " catalogues are followed");
      }
      Followed source = new Followed(name, own);
      try {
        DurableFiles.privateDirectory(folder);
        source.keep(first);
        DurableFiles.force(folder);
      } catch (IOException e) {
        throw new AppException(Reason.FAILED, "the catalogue cannot be kept: " + e.getMessage(), e);
      }
      followed.put(name, source);
    }
    audit(actor, "apps.catalogue.follow", name);
    tell(name);
    refresh(name);
  }

  private URI address(URI url) throws AppException {
    String text = url.toString().endsWith("/") ? url.toString() : url + "/";
    URI address = URI.create(text).normalize();
    boolean file = "file".equals(address.getScheme());
    if (address.getScheme() == null
        || !schemes.contains(address.getScheme())
        || text.length() > 500
        || address.getUserInfo() != null
        || address.getRawQuery() != null
        || address.getRawFragment() != null
        || (!file && address.getHost() == null)) {
      throw new AppException(
          Reason.UNKNOWN,
          "a catalogue's address is an https URL of the folder of its metadata, without name,"
              + " password or query");
    }
    return address;
  }

  @Override
  public void unfollow(String name, String actor) throws AppException {
    synchronized (this) {
      Followed source = followed.remove(name);
      Future<?> next = due.remove(name);
      if (next != null) {
        next.cancel(false);
      }
      try {
        if (source != null) {
          remember(name);
          source.delete();
        } else if (name.matches("[a-z0-9-]{1,32}") && new Store(folder.resolve(name)).exists()) {
          new Store(folder.resolve(name)).delete(); // one that could not be read
        } else {
          throw unknown(name);
        }
      } catch (IOException e) {
        throw new AppException(Reason.FAILED, "the disk refused: " + e.getMessage(), e);
      }
    }
    audit(actor, "apps.catalogue.unfollow", name);
    tell(name);
  }

  private static AppException unknown(String name) {
    return new AppException(Reason.UNKNOWN, "no catalogue named " + name + " is followed");
  }

  private void audit(String actor, String action, String name) {
    AuditLog log = auditLog;
    if (log != null) {
      log.record(actor, action, name, "ok");
    }
  }

  private void tell(String name) {
    for (Listener listener : listeners) {
      try {
        listener.catalogueChanged(name);
      } catch (RuntimeException e) {
        LOG.warn("A listener to catalogues failed", e);
      }
    }
  }

  private void later(String name, Duration about) {
    long millis = about.toMillis();
    long jittered = ThreadLocalRandom.current().nextLong(millis * 3 / 4, millis * 5 / 4);
    try {
      Future<?> before =
          due.put(name, threads.schedule(() -> refresh(name), jittered, TimeUnit.MILLISECONDS));
      if (before != null) {
        before.cancel(false);
      }
    } catch (RejectedExecutionException e) {
      LOG.debug("Closed", e);
    }
  }

  @Override
  public CompletionStage<Source> refresh(String name) {
    Followed source = followed.get(name);
    if (source == null) {
      return CompletableFuture.completedFuture(
          new Source(
              name,
              URI.create(""),
              "",
              "",
              Source.State.NEW,
              Optional.empty(),
              Optional.empty(),
              Optional.of("no catalogue named " + name + " is followed")));
    }
    try {
      return source.refreshing(() -> threads.execute(() -> refresh(source))).copy();
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(source.source(trusted()));
    }
  }

  private void refresh(Followed source) {
    Optional<String> before = source.source(trusted()).problem();
    Optional<String> problem = Optional.empty();
    try {
      State state = source.state();
      try (Transport transport = transport(state.url())) {
        state = new Updater(state, transport, source::keep, source.now(trusted())).run();
        collect(source, transport, state.url());
      }
      TrustedTime time = trustedTime;
      if (time != null) {
        Optional<Instant> issued = state.time();
        issued.ifPresent(instant -> time.atLeast(instant, "catalogue:" + source.name()));
      }
    } catch (IOException | MetadataException | RuntimeException e) {
      problem = Optional.of(e.getMessage() == null ? e.toString() : e.getMessage());
      if (before.isEmpty() && !threads.isShutdown()) {
        LOG.warn("The catalogue {} could not be refreshed: {}", source.name(), problem.get());
      }
    }
    source.problem(problem);
    Source now = source.source(trusted());
    if (followed.get(source.name()) == source) {
      later(source.name(), problem.isPresent() ? RETRY : awaits() ? SOON : INTERVAL);
      if (source.news(now)) {
        tell(source.name());
      }
    }
    source.refreshed(now);
  }

  private boolean awaits() {
    Licences bought = licences;
    return bought != null && !bought.awaited().isEmpty();
  }

  /** Looks for licences that the person asked for. */
  private void collect(Followed source, Transport transport, URI url) {
    Licences bought = licences;
    HubIdentity hub = identity;
    if (bought == null || hub == null) {
      return;
    }
    try {
      Set<AppId> awaited = bought.awaited();
      if (source.listings().stream().anyMatch(l -> awaited.contains(l.manifest().id()))) {
        LicencePost.collect(
            transport,
            url,
            hub.did(),
            licence -> bought.add(licence, "catalogue:" + source.name()));
      }
    } catch (IOException | MetadataException e) {
      LOG.info("Licences at the catalogue {} cannot be read: {}", source.name(), e.getMessage());
    }
  }

  private Transport transport(URI url) {
    if ("file".equals(url.getScheme())) {
      return new FileTransport();
    }
    HttpTransport made = new HttpTransport(window, window.toMillis() * LOWEST_RATE / 1000);
    open.add(made);
    return new Transport() {
      @Override
      public Optional<byte[]> get(URI address, int max) throws IOException {
        return made.get(address, max);
      }

      @Override
      public void download(URI address, long length, Path file) throws IOException {
        made.download(address, length, file);
      }

      @Override
      public void close() {
        open.remove(made);
        made.close();
      }
    };
  }

  @Override
  public List<Listing> listings() {
    List<Listing> all = new ArrayList<>();
    for (Followed source : followed.values()) {
      try {
        all.addAll(source.listings());
      } catch (IOException | MetadataException e) {
        LOG.warn("The catalogue {} cannot be read: {}", source.name(), e.getMessage());
      }
    }
    all.sort(Offers.ORDER);
    return List.copyOf(all);
  }

  @Override
  public byte[] fetch(Listing listing, Path file) throws AppException {
    Followed source = followed.get(listing.source());
    if (source == null) {
      throw unknown(listing.source());
    }
    boolean good = false;
    try {
      Files.deleteIfExists(file);
      State state = source.state();
      demandInstallable(source, state, listing);
      Evidence evidence = source.evidence(state, listing);
      try (Transport transport = transport(state.url())) {
        transport.download(state.url().resolve(target(listing)), listing.length(), file);
      }
      demandSame(file, listing);
      good = true;
      return evidence.encode();
    } catch (MetadataException e) {
      throw new AppException(Reason.UNTRUSTED, e.getMessage(), e);
    } catch (IOException e) {
      throw new AppException(Reason.FAILED, "the package was not fetched: " + e.getMessage(), e);
    } finally {
      if (!good) {
        try {
          Files.deleteIfExists(file);
        } catch (IOException e) {
          LOG.warn("{} cannot be deleted: {}", file, e.toString());
        }
      }
    }
  }

  /** Consistent snapshots: the digest stands before the file's name. */
  private static String target(Listing listing) {
    int slash = listing.path().lastIndexOf('/') + 1;
    return "../targets/"
        + listing.path().substring(0, slash)
        + listing.sha256()
        + "."
        + listing.path().substring(slash);
  }

  private void demandInstallable(Followed source, State state, Listing listing)
      throws AppException, IOException, MetadataException {
    Source.State standing = source.source(trusted()).state();
    if (standing != Source.State.FRESH) {
      throw new AppException(
          Reason.NOT_NOW,
          "the catalogue "
              + source.name()
              + (standing == Source.State.NEW
                  ? " was not fetched yet"
                  : " has run out; nothing is installed from it until it is refreshed"));
    }
    Listing current =
        source.listings().stream()
            .filter(one -> one.path().equals(listing.path()))
            .filter(one -> one.sha256().equals(listing.sha256()))
            .findAny()
            .orElseThrow(
                () -> new MetadataException("the catalogue does not list that package any more"));
    if (current.withdrawn().isPresent()) {
      throw new AppException(
          Reason.UNTRUSTED, "the app was withdrawn: " + current.withdrawn().get());
    }
    String provider = listing.manifest().provider().id();
    Targets own = state.complete().map(set -> set.providers().get(provider)).orElse(null);
    if (own != null && !source.now(trusted()).isBefore(own.expires())) {
      throw new AppException(
          Reason.NOT_NOW,
          "what " + provider + " signed ended at " + own.expires() + "; it has to sign again");
    }
  }

  private static void demandSame(Path file, Listing listing) throws IOException, MetadataException {
    PackageCheck.Found found = PackageCheck.check(file);
    if (found.length() != listing.length() || !found.sha256().equals(listing.sha256())) {
      throw new MetadataException("the file is not the one that was signed");
    }
    if (!ManifestCodec.json(found.manifest()).equals(ManifestCodec.json(listing.manifest()))) {
      throw new MetadataException("the manifest in the package is not the one that was signed");
    }
  }

  @Override
  public Listing verify(Path file, byte[] evidence) throws AppException {
    try {
      Evidence kept = Evidence.decode(evidence);
      Followed source = followed.get(kept.source());
      if (source == null) {
        throw new AppException(
            Reason.UNTRUSTED, "its catalogue " + kept.source() + " is not followed any more");
      }
      Listing listing = source.vouched(kept);
      demandSame(file, listing);
      return listing;
    } catch (MetadataException e) {
      throw new AppException(Reason.UNTRUSTED, e.getMessage(), e);
    } catch (IOException e) {
      throw new AppException(Reason.FAILED, "the package cannot be read: " + e.getMessage(), e);
    }
  }
}
