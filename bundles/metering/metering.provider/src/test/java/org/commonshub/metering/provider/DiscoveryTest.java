package org.commonshub.metering.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceRegistry.Found;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.SerialPorts;
import org.commonshub.metering.api.ServiceBrowser;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DiscoveryTest {
  /** Finds a device at every endpoint in {@link #there}. */
  private final class Finder implements MeterDriver, Discoverer {
    final Set<String> there = new ConcurrentSkipListSet<>();
    final Set<String> asked = new ConcurrentSkipListSet<>();
    volatile DeviceException otherwise;
    volatile List<String> services = List.of("_test._tcp");

    @Override
    public DriverDescription description() {
      return new DriverDescription(
          "finder",
          "Finder",
          Set.of("tcp", "http", "serial", "broker", "mqtt"),
          502,
          List.of(),
          List.of(),
          false,
          services);
    }

    @Override
    public DriverSession open(DriverContext context) {
      throw new IllegalStateException();
    }

    @Override
    public List<String> lines() {
      return List.of("baud=115200", "baud=9600&data=7&parity=even");
    }

    @Override
    public CompletionStage<List<Candidate>> probe(DriverContext context) {
      String endpoint = context.endpoint().toString();
      asked.add(endpoint);
      if (there.contains(endpoint)) {
        return CompletableFuture.completedFuture(
            List.of(
                new Candidate(
                    "At " + endpoint, DeviceRole.LOAD, Map.of("a", "b"), Map.of("c", "d"))));
      }
      return otherwise == null
          ? CompletableFuture.completedFuture(List.of())
          : CompletableFuture.failedFuture(otherwise);
    }
  }

  private final Finder finder = new Finder();
  private final Inbox inbox = new Inbox(new FakeHubClock());
  private final Scheduler scheduler =
      new Scheduler(new FakeHubClock(), record -> true, value -> value, false);
  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger atOnce = new AtomicInteger();
  private volatile SerialPorts ports;
  private volatile ServiceBrowser browser;
  private Discovery discovery;

  @BeforeEach
  void start() {
    scheduler.add("finder", finder);
    for (String scheme : List.of("tcp", "http", "serial", "broker")) {
      scheduler.add(scheme, this::open);
    }
    discovery =
        new Discovery(scheduler, new Probes(scheduler, timer), inbox, () -> ports, () -> browser);
  }

  @AfterEach
  void end() {
    timer.shutdownNow();
    scheduler.close();
    assertThat(opened).as("every handle is released").hasValue(0);
  }

  private TransportProvider.Handle open(Endpoint endpoint) {
    opened.incrementAndGet();
    if (endpoint.scheme().equals("serial") && atOnce.incrementAndGet() > 2) {
      throw new IllegalArgumentException("the port is in use");
    }
    return new TransportProvider.Handle() {
      @Override
      public StreamConnection stream() {
        throw new IllegalStateException();
      }

      @Override
      public DatagramConnection datagrams() {
        throw new IllegalStateException();
      }

      @Override
      public void close() {
        opened.decrementAndGet();
        if (endpoint.scheme().equals("serial")) {
          atOnce.decrementAndGet();
        }
      }
    };
  }

  private List<String> find(String where) throws Exception {
    List<String> names = new ArrayList<>();
    for (Found found :
        discovery.search("finder", where).toCompletableFuture().get(30, TimeUnit.SECONDS)) {
      names.add(found.definition().endpoint().toString());
      assertThat(found.definition().name()).startsWith("At ");
      assertThat(found.definition().settings()).containsEntry("a", "b");
      assertThat(found.identity()).containsEntry("c", "d");
    }
    return names;
  }

  private void assertRefused(String where, String said) {
    assertThatThrownBy(() -> find(where))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining(said);
  }

  @Test
  void aRangeOfAddresses() throws Exception {
    finder.there.addAll(Set.of("tcp://192.0.2.3:502", "tcp://192.0.2.200:502"));
    finder.otherwise = new DeviceException(Kind.UNREACHABLE, "Nobody there.");
    assertThat(find("tcp://192.0.2.0-255:502"))
        .containsExactlyInAnyOrder("tcp://192.0.2.3:502", "tcp://192.0.2.200:502");
    assertThat(finder.asked).hasSize(256);
    finder.there.clear();
    assertThat(find("tcp://192.0.2.0-9:502")).as("of many, nothing is no failure").isEmpty();
    assertRefused("tcp://192.0.2.3:502", "Nobody there.");
  }

  @Test
  void everySerialPortWithEachLine() throws Exception {
    ports =
        () ->
            List.of(
                new SerialPorts.Port("/dev/serial/by-id/usb-a-b_c", "A"),
                new SerialPorts.Port("/dev/ttyS0", "B"));
    finder.there.add("serial:/dev/serial/by-id/usb-a-b_c?baud=9600&data=7&parity=even");
    finder.there.add("serial:/dev/ttyS0?baud=115200");
    assertThat(find("serial:*")).hasSize(2).containsExactlyInAnyOrderElementsOf(finder.there);
    assertThat(finder.asked)
        .as("a port that answered is left alone")
        .doesNotContain("serial:/dev/ttyS0?baud=9600&data=7&parity=even");
    finder.asked.clear();
    assertThat(find("serial:/dev/serial/by-id/usb-a-b_c"))
        .as("one port, each line")
        .containsExactly("serial:/dev/serial/by-id/usb-a-b_c?baud=9600&data=7&parity=even");
    assertThat(finder.asked).hasSize(2);
    assertThat(find("serial:/dev/ttyS0?baud=300")).as("just so").isEmpty();
    assertThat(finder.asked).hasSize(3);
    finder.there.clear();
    finder.otherwise = new DeviceException(Kind.UNREACHABLE, "It is busy. Close the other.");
    assertRefused("serial:*", "It is busy.");
  }

  @Test
  void withoutPortsItSaysSo() {
    assertRefused("serial:*", "no serial port");
    ports = List::of;
    assertRefused("serial:*", "Plug the reading head");
  }

  @Test
  void servicesInTheNetwork() throws Exception {
    assertRefused("mdns:", "cannot browse");
    browser =
        (types, time) -> {
          assertThat(types).containsExactly("_test._tcp");
          return CompletableFuture.completedFuture(
              List.of(
                  new ServiceBrowser.Instance("_test._tcp", "one", "192.0.2.1", 80, Map.of()),
                  new ServiceBrowser.Instance("_test._tcp", "again", "192.0.2.1", 80, Map.of()),
                  new ServiceBrowser.Instance("_test._tcp", "six", "fe80::1", 80, Map.of()),
                  new ServiceBrowser.Instance("_test._tcp", "bad", "a b", 99_999, Map.of())));
        };
    finder.there.add("http://192.0.2.1:80");
    assertThat(find("mdns:")).containsExactly("http://192.0.2.1:80");
    assertThat(new TreeSet<>(finder.asked))
        .containsExactly("http://192.0.2.1:80", "http://[fe80::1]:80");
    browser = (types, time) -> CompletableFuture.completedFuture(List.of());
    assertThat(find("mdns:")).isEmpty();
    browser =
        (types, time) ->
            CompletableFuture.failedFuture(new DeviceException(Kind.UNREACHABLE, "No network."));
    assertRefused("mdns:", "No network.");
    finder.services = List.of();
    assertRefused("mdns:", "do not announce themselves");
  }

  @Test
  void aServiceBecomesOneOfTheDriversSchemes() {
    record Case(Set<String> schemes, String type, int port, String endpoint) {}
    for (Case each :
        List.of(
            new Case(Set.of("http", "https"), "_shelly._tcp", 80, "http://192.0.2.1:80"),
            new Case(Set.of("http", "https"), "_x._tcp", 443, "https://192.0.2.1:443"),
            new Case(Set.of("tcp", "serial"), "_modbus._tcp", 502, "tcp://192.0.2.1:502"),
            new Case(Set.of("mqtt", "mqtts"), "_mqtt._tcp", 1883, "mqtt://192.0.2.1:1883"),
            new Case(Set.of("mqtt", "mqtts"), "_mqtts._tcp", 8883, "mqtts://192.0.2.1:8883"),
            new Case(Set.of("udp"), "_x._udp", 5000, "udp://192.0.2.1:5000"))) {
      DriverDescription driver =
          new DriverDescription("d", "D", each.schemes, -1, List.of(), List.of(), false);
      assertThat(
              Discovery.endpoint(
                  driver,
                  new ServiceBrowser.Instance(each.type, "n", "192.0.2.1", each.port, Map.of())))
          .hasToString(each.endpoint);
    }
    assertThat(
            Discovery.endpoint(
                new DriverDescription("d", "D", Set.of("serial"), -1, List.of(), List.of(), false),
                new ServiceBrowser.Instance("_x._tcp", "n", "192.0.2.1", 80, Map.of())))
        .isNull();
  }

  @Test
  void aBrokerAndTheInbox() throws Exception {
    finder.there.add("broker:hub");
    assertThat(find("broker:hub")).containsExactly("broker:hub");
    assertRefused("mqtt://192.0.2.9:1883", "Nothing serves");
    assertRefused("udp://192.0.2.9:1883", "does not work over 'udp:'");
    assertRefused("here", "Cannot use 'here'");
    assertThat(find("inbound:")).isEmpty();
    for (String driver : List.of("finder", "other")) {
      inbox.announce(
          driver,
          Endpoint.parse("inbound:X"),
          new Discoverer.Candidate("At X", DeviceRole.LOAD, Map.of("a", "b"), Map.of("c", "d")));
    }
    assertThat(find("inbound:")).containsExactly("inbound:X");
  }

  @Test
  void aDriverThatProposesNonsenseEndsTheSearchAllTheSame() throws Exception {
    class Wild implements MeterDriver, Discoverer {
      @Override
      public DriverDescription description() {
        return new DriverDescription("wild", "Wild", Set.of("tcp"), 1, List.of(), List.of(), false);
      }

      @Override
      public DriverSession open(DriverContext context) {
        throw new IllegalStateException();
      }

      @Override
      public CompletionStage<List<Candidate>> probe(DriverContext context) {
        int last = context.endpoint().host().charAt(context.endpoint().host().length() - 1);
        return switch (last) {
          case '1' -> null;
          case '2' -> CompletableFuture.completedFuture(null);
          case '3' ->
              CompletableFuture.completedFuture(List.of(new Candidate(null, null, null, null)));
          default -> throw new StackOverflowError("wild");
        };
      }
    }
    scheduler.add("wild", new Wild());
    assertThat(
            discovery
                .search("wild", "tcp://192.0.2.1-4:1")
                .toCompletableFuture()
                .get(Duration.ofSeconds(30).toSeconds(), TimeUnit.SECONDS))
        .isEmpty();
  }
}
