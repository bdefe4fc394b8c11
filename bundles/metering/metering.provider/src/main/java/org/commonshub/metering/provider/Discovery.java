package org.commonshub.metering.provider;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceRegistry.Found;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.SerialPorts;
import org.commonshub.metering.api.ServiceBrowser;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for devices where a person said, bounded in time and number. */
final class Discovery {
  /** Probes at once in one search. */
  static final int PARALLEL = 16;

  static final String ALL_PORTS = "serial:*";
  static final String SERVICES = "mdns:";
  static final String INBOX = "inbound:";

  /** A search that takes longer ends with what it has found. */
  static final Duration WHOLE = Duration.ofSeconds(100);

  private static final Duration BROWSE = Duration.ofSeconds(4);
  private static final Duration PROBE = Duration.ofSeconds(8);

  /** Devices that send by themselves may take ten seconds between two messages. */
  private static final Duration LISTEN = Duration.ofSeconds(20);

  /** What a driver may ask for at most. */
  private static final Duration PATIENT = Duration.ofSeconds(90);

  private static final int FOUND_LIMIT = 256;
  private static final int LINES = 4;
  private static final int TYPES = 32;
  private static final Logger LOG = LoggerFactory.getLogger(Discovery.class);

  private final Scheduler scheduler;
  private final Probes probes;
  private final Inbox inbox;
  private final Supplier<SerialPorts> ports;
  private final Supplier<ServiceBrowser> browser;

  /**
   * @param ports null while no bundle serves serial ports
   * @param browser null while no bundle browses
   */
  Discovery(
      Scheduler scheduler,
      Probes probes,
      Inbox inbox,
      Supplier<SerialPorts> ports,
      Supplier<ServiceBrowser> browser) {
    this.scheduler = scheduler;
    this.probes = probes;
    this.inbox = inbox;
    this.ports = ports;
    this.browser = browser;
  }

  CompletionStage<List<Found>> search(String driverId, String where) {
    MeterDriver driver = scheduler.driver(driverId);
    if (driver == null) {
      return failed("The driver '" + driverId + "' is not installed or not running.");
    }
    DriverDescription description = driver.description();
    String place = where.strip();
    if (place.equals(INBOX)) {
      return CompletableFuture.completedFuture(
          inbox.list().stream()
              .filter(found -> found.definition().driver().equals(driverId))
              .toList());
    }
    if (!(driver instanceof Discoverer discoverer)) {
      return failed(
          "The driver '"
              + driverId
              + "' cannot search. Enter the device's address yourself, or look whether it has"
              + " announced itself.");
    }
    try {
      if (place.equals(SERVICES)) {
        return services(description, discoverer);
      }
      Search search =
          place.equals(ALL_PORTS)
              ? new Search(description, discoverer, allPorts(description, discoverer), true)
              : range(description, discoverer, place);
      return search.begin();
    } catch (IllegalArgumentException e) {
      return failed(e.getMessage());
    }
  }

  private static <T> CompletionStage<T> failed(String message) {
    return CompletableFuture.failedFuture(new DeviceException(Kind.SETTINGS, message));
  }

  private Search range(DriverDescription driver, Discoverer discoverer, String where) {
    List<Endpoint> endpoints = HostRange.parse(where);
    Endpoint first = endpoints.get(0);
    served(driver, first.scheme());
    if (first.scheme().equals("serial") && first.parameters().isEmpty()) {
      return new Search(driver, discoverer, List.of(lines(discoverer, first.host())), true);
    }
    return new Search(
        driver, discoverer, endpoints.stream().map(List::of).toList(), endpoints.size() == 1);
  }

  private void served(DriverDescription driver, String scheme) {
    if (!driver.schemes().contains(scheme)) {
      throw new IllegalArgumentException(
          "The driver '"
              + driver.id()
              + "' does not work over '"
              + scheme
              + ":'; it works over "
              + driver.schemes().stream().sorted().toList()
              + ".");
    }
    if (!scheduler.serves(scheme)) {
      throw new IllegalArgumentException(
          "Nothing serves addresses of the form '" + scheme + ":'. Switch that feature on.");
    }
  }

  private List<List<Endpoint>> allPorts(DriverDescription driver, Discoverer discoverer) {
    served(driver, "serial");
    SerialPorts serial = ports.get();
    List<SerialPorts.Port> found = serial == null ? List.of() : serial.ports();
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "This hub has no serial port now. Plug the reading head or adapter in, then search"
              + " again.");
    }
    return found.stream().map(port -> lines(discoverer, port.path())).toList();
  }

  /** One port, spoken to in each of the driver's ways. */
  private static List<Endpoint> lines(Discoverer discoverer, String port) {
    Set<String> lines = new LinkedHashSet<>(discoverer.lines());
    return (lines.isEmpty() ? Set.of("") : lines)
        .stream()
            .limit(LINES)
            .map(line -> "serial:" + port + (line.isEmpty() ? "" : "?" + line))
            .map(Endpoint::parse)
            .toList();
  }

  // ---------------------------------------------------------------- mDNS

  private CompletionStage<List<Found>> services(DriverDescription driver, Discoverer discoverer) {
    if (driver.services().isEmpty()) {
      throw new IllegalArgumentException(
          "Devices of the driver '"
              + driver.id()
              + "' do not announce themselves in the network. Search a range of addresses"
              + " instead.");
    }
    ServiceBrowser browsing = browser.get();
    if (browsing == null) {
      throw new IllegalArgumentException(
          "This hub cannot browse the network now, because metering.transport is not running.");
    }
    return probes
        .browse(
            () ->
                browsing.browse(
                    driver.services().subList(0, Math.min(TYPES, driver.services().size())),
                    BROWSE),
            BROWSE.multipliedBy(2))
        .thenCompose(
            instances -> {
              Set<Endpoint> endpoints = new LinkedHashSet<>();
              for (ServiceBrowser.Instance instance : instances) {
                Endpoint endpoint = endpoint(driver, instance);
                if (endpoint != null && endpoints.size() < HostRange.LIMIT) {
                  endpoints.add(endpoint);
                }
              }
              return new Search(
                      driver, discoverer, endpoints.stream().map(List::of).toList(), false)
                  .begin();
            });
  }

  /** Where a service is, as one of the driver's schemes; null if it cannot be said. */
  static Endpoint endpoint(DriverDescription driver, ServiceBrowser.Instance instance) {
    String type = instance.type();
    boolean tls = type.contains("https") || type.contains("mqtts") || instance.port() == 443;
    List<String> wanted = new ArrayList<>();
    if (type.contains("mqtt")) {
      wanted.add(tls ? "mqtts" : "mqtt");
    } else if (type.endsWith("._udp")) {
      wanted.add("udp");
    } else {
      wanted.addAll(tls ? List.of("https", "http", "tcp") : List.of("http", "https", "tcp"));
    }
    for (String scheme : wanted) {
      if (driver.schemes().contains(scheme)) {
        String address = instance.address();
        try {
          return Endpoint.parse(
              scheme
                  + "://"
                  + (address.contains(":") && !address.startsWith("[")
                      ? "[" + address + "]"
                      : address)
                  + ":"
                  + instance.port());
        } catch (IllegalArgumentException e) {
          return null; // Somebody in the network announces nonsense.
        }
      }
    }
    return null;
  }

  // ---------------------------------------------------------------- probes

  private final class Search {
    private final DriverDescription driver;
    private final Discoverer discoverer;
    private final boolean tellsWhy;
    private final ArrayDeque<List<Endpoint>> left;
    private final List<Found> found = new ArrayList<>();
    private final CompletableFuture<List<Found>> result = new CompletableFuture<>();
    private int running;
    private boolean ended;
    private DeviceException failure;

    /**
     * @param places endpoints to be tried one after the other until one has something, for each
     *     place
     * @param tellsWhy whether finding nothing at all is told with the reason
     */
    Search(
        DriverDescription driver,
        Discoverer discoverer,
        List<List<Endpoint>> places,
        boolean tellsWhy) {
      this.driver = driver;
      this.discoverer = discoverer;
      this.left = new ArrayDeque<>(places);
      this.tellsWhy = tellsWhy;
    }

    CompletionStage<List<Found>> begin() {
      var timeout =
          probes
              .timer()
              .schedule(
                  () -> {
                    synchronized (this) {
                      left.clear();
                      ended = true;
                    }
                    end();
                  },
                  WHOLE.toSeconds(),
                  TimeUnit.SECONDS);
      var unused = result.whenComplete((list, why) -> timeout.cancel(false));
      for (int i = 0; i < PARALLEL; i++) {
        next();
      }
      return result;
    }

    private void next() {
      List<Endpoint> place;
      boolean done;
      synchronized (this) {
        place = left.poll();
        done = place == null && running == 0;
        if (place != null) {
          running++;
        }
      }
      if (place != null) {
        probe(place, 0);
      } else if (done) {
        end();
      }
    }

    private void end() {
      List<Found> list;
      DeviceException why;
      synchronized (this) {
        list = List.copyOf(found);
        why = failure;
      }
      if (list.isEmpty() && tellsWhy && why != null) {
        result.completeExceptionally(why);
      } else {
        result.complete(list);
      }
    }

    private void probe(List<Endpoint> place, int index) {
      Endpoint endpoint = place.get(index);
      DeviceDefinition definition =
          Proposals.definition(
              driver.id(), endpoint, driver.push(), "Search", DeviceRole.LOAD, Map.of());
      var unused =
          probes
              .probe(
                  definition,
                  patience(driver, discoverer),
                  resources -> {
                    Bound context = scheduler.bind(DeviceId.random(), definition, Probes.NOBODY);
                    resources.add(context::close);
                    return discoverer.probe(context);
                  })
              .whenComplete(
                  (candidates, why) -> {
                    boolean some = why == null && take(endpoint, candidates);
                    if (why != null) {
                      failed(scheduler.explain(definition, why));
                    }
                    boolean more;
                    synchronized (this) {
                      more = !some && !ended && index + 1 < place.size();
                      if (!more) {
                        running--;
                      }
                    }
                    if (more) {
                      probe(place, index + 1);
                    } else {
                      next();
                    }
                  });
    }

    private synchronized void failed(DeviceException why) {
      // Nobody there is the least of news; a port that is busy, or a wrong password, is more.
      if (failure == null || failure.kind() == Kind.TIMEOUT) {
        failure = why;
      }
    }

    private boolean take(Endpoint endpoint, List<Discoverer.Candidate> candidates) {
      boolean some = false;
      try {
        for (Discoverer.Candidate candidate : candidates) {
          Found one = Proposals.found(driver.id(), endpoint, driver.push(), candidate);
          synchronized (this) {
            if (found.size() < FOUND_LIMIT && !found.contains(one)) {
              found.add(one);
            }
          }
          some = true;
        }
      } catch (RuntimeException e) { // The driver's list may do anything.
        LOG.warn("Driver '{}' proposes what cannot be used.", driver.id(), e);
      }
      return some;
    }
  }

  private static Duration patience(DriverDescription driver, Discoverer discoverer) {
    Duration usual = driver.push() ? LISTEN : PROBE;
    Duration asked = discoverer.patience();
    Duration longer = asked.compareTo(usual) > 0 ? asked : usual;
    return longer.compareTo(PATIENT) < 0 ? longer : PATIENT;
  }
}
