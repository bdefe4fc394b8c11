package org.commonshub.testing.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@code metering.api} asks of every polled driver, as tests. A driver's test class extends
 * this, says how its device looks on the wire, and gets: description, opening, non-blocking polls,
 * budget, values, signs, not-implemented values, closing, and ten kinds of faults over each link
 * with no wrong value.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class DriverTck {
  /** Time-out the driver should be configured with, in milliseconds. */
  protected static final int TIMEOUT_MS = 120;

  private static final Duration BUDGET = Duration.ofMillis(600);
  private static final int POLLS = 4;

  /** A device of the driver on a link, in this process or another, that can be made to fail. */
  public interface Device extends AutoCloseable {
    /** Where it is. */
    Endpoint endpoint();

    /** Serves the values of a step, every one different from those of every other step. */
    void serve(int step) throws Exception;

    /** Serves a device that marks what {@link #missing} lists as not implemented. */
    default void serveSparse() throws Exception {}

    /** Goes wrong from now on. */
    void fault(Fault fault) throws Exception;

    @Override
    void close() throws Exception;
  }

  /** The driver under test; a new one for each call. */
  protected abstract MeterDriver driver();

  /** Links it is tried over, for example "tcp" and "rtu". */
  protected abstract List<String> links();

  /** Starts a good device that serves step 0. */
  protected abstract Device device(String link) throws Exception;

  /** Settings that read that device; the time-out is {@link #TIMEOUT_MS}. */
  protected abstract Map<String, String> settings(String link);

  /**
   * Values of a step, by quantity, written by hand in the hub's signs; at least one, need not be
   * all.
   */
  protected abstract Map<String, String> expected(int step);

  /** Quantities that {@link Device#serveSparse} marks as not implemented. */
  protected Set<String> missing() {
    return Set.of();
  }

  /** Settings that make no sense, to be refused. */
  protected abstract Map<String, String> wrongSettings();

  /** The transport that makes connections for a link. */
  protected abstract TransportProvider transport(String link);

  /** Whether answers on a link have a check that finds a wrong bit. */
  protected boolean checksum(String link) {
    return false;
  }

  /** Faults that mean something on a link. */
  protected Set<Fault> faults(String link) {
    Set<Fault> faults = EnumSet.allOf(Fault.class);
    faults.remove(Fault.NONE);
    if (!checksum(link)) {
      faults.remove(Fault.CORRUPTED);
    }
    return faults;
  }

  private interface Try {
    void with(PollSession session, Device device) throws Exception;
  }

  private void onDevice(String link, Try attempt) throws Exception {
    try (Device device = device(link);
        TransportProvider.Handle handle = transport(link).open(device.endpoint())) {
      MeterDriver driver = driver();
      try (PollSession session =
          (PollSession)
              driver.open(
                  context(
                      driver,
                      device.endpoint(),
                      connection(device.endpoint(), handle),
                      settings(link)))) {
        attempt.with(session, device);
      }
    }
  }

  private static DriverContext context(
      MeterDriver driver, Endpoint endpoint, Object connection, Map<String, String> settings) {
    return FakeDriverContext.of(driver.description(), endpoint, connection, settings);
  }

  /** What the endpoint's scheme makes of a handle. */
  private static Object connection(Endpoint endpoint, TransportProvider.Handle handle) {
    return switch (endpoint.scheme()) {
      case "http", "https" -> handle.http();
      case "mqtt", "mqtts", "broker" -> handle.mqtt();
      case "udp", "udp-multicast" -> handle.datagrams();
      default -> handle.stream();
    };
  }

  private Silent silent() throws Exception {
    try (Device device = device(links().get(0))) {
      return new Silent(device.endpoint());
    }
  }

  @Test
  void describesItself() {
    Descriptions.check(driver());
  }

  @Test
  void refusesSettingsThatMakeNoSense() throws Exception {
    MeterDriver driver = driver();
    Silent stream = silent();
    Map<String, String> settings = new HashMap<>(settings(links().get(0)));
    settings.putAll(wrongSettings());
    Descriptions.refuses(driver, context(driver, stream.endpoint(), stream, settings));
    assertThat(stream.exchanges.get()).isZero();
  }

  @Test
  void opensWithoutTalkingAndPollsWithoutBlocking() throws Exception {
    MeterDriver driver = driver();
    String link = links().get(0);
    Silent stream = silent();
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    PollSession session =
        (PollSession) driver.open(context(driver, stream.endpoint(), stream, settings(link)));
    assertThat(stream.exchanges.get()).as("requests sent while opening").isZero();
    long start = System.nanoTime();
    CompletionStage<List<Measurement>> poll = session.poll(BUDGET);
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    assertThat(took).as("milliseconds in poll() of a silent device").isLessThan(BUDGET.toMillis());
    assertThat(poll.toCompletableFuture()).isNotDone();
    start = System.nanoTime();
    session.close();
    took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    assertThat(took).as("milliseconds in close()").isLessThan(BUDGET.toMillis());
    Set<Thread> after = new HashSet<>(Thread.getAllStackTraces().keySet());
    after.removeAll(before);
    // Of the test's own devices and of the JVM.
    after.removeIf(
        thread ->
            thread.getName().startsWith("faulty-")
                || thread.getThreadGroup() == null
                || thread.getThreadGroup().getParent() == null);
    assertThat(after).extracting(Thread::getName).as("threads the driver made").isEmpty();
  }

  Stream<String> everyLink() {
    return links().stream();
  }

  @ParameterizedTest
  @MethodSource("everyLink")
  void readsItsDevice(String link) throws Exception {
    onDevice(
        link,
        (session, device) -> {
          for (int step = 0; step < 3; step++) {
            device.serve(step);
            Map<String, String> values = recover(session);
            assertThat(values).as("step %d", step).containsAllEntriesOf(expected(step));
          }
        });
  }

  @ParameterizedTest
  @MethodSource("everyLink")
  void leavesOutWhatTheDeviceDoesNotHave(String link) throws Exception {
    onDevice(
        link,
        (session, device) -> {
          if (missing().isEmpty()) {
            return;
          }
          device.serveSparse();
          Map<String, String> values = recover(session);
          assertThat(values).isNotEmpty();
          assertThat(values.keySet()).doesNotContainAnyElementsOf(missing());
        });
  }

  @ParameterizedTest
  @MethodSource("everyLink")
  void isDoneWithinItsBudget(String link) throws Exception {
    onDevice(
        link,
        (session, device) -> {
          recover(session);
          device.fault(Fault.HALF_OPEN);
          Duration budget = Duration.ofMillis(80);
          long start = System.nanoTime();
          DeviceException failure = failure(session.poll(budget));
          long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
          assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
          assertThat(took)
              .as("milliseconds with a budget of %d", budget.toMillis())
              .isLessThan(budget.toMillis() + 1000); // the machine may be busy
        });
  }

  @ParameterizedTest
  @MethodSource("everyLink")
  void readsAgainAfterAReplug(String link) throws Exception {
    onDevice(
        link,
        (session, device) -> {
          recover(session);
          device.fault(Fault.REFUSE);
          failure(session.poll(BUDGET));
          device.fault(Fault.NONE);
          device.serve(5);
          assertThat(recover(session)).containsAllEntriesOf(expected(5));
        });
  }

  Stream<Arguments> everyFault() {
    return links().stream()
        .flatMap(link -> faults(link).stream().sorted().map(fault -> Arguments.of(link, fault)));
  }

  /**
   * While the device fails in one way, its registers change with every poll: whatever is returned
   * must be what it had at that poll, never what it had before. When the fault is over, it is read
   * again without a restart.
   */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everyFault")
  void neverAWrongValue(String link, Fault fault) throws Exception {
    Map<Integer, Map<String, String>> truth = new HashMap<>();
    onDevice(
        link,
        (session, device) -> {
          for (int step = 0; step <= 2 * POLLS + 1; step++) {
            device.serve(step);
            truth.put(step, recover(session));
          }
        });
    for (int step = 1; step < truth.size(); step++) {
      assertThat(truth.get(step)).as("steps differ").isNotEqualTo(truth.get(step - 1));
    }
    onDevice(
        link,
        (session, device) -> {
          device.serve(0);
          assertThat(recover(session)).isEqualTo(truth.get(0));
          device.fault(fault);
          for (int step = 1; step <= POLLS; step++) {
            device.serve(step);
            check(session, truth.get(step), fault);
          }
          device.fault(Fault.NONE);
          // What is left of the fault (late answers) meets the first polls after it.
          for (int step = POLLS + 1; step <= 2 * POLLS; step++) {
            device.serve(step);
            check(session, truth.get(step), fault);
          }
          device.serve(2 * POLLS + 1);
          assertThat(recover(session)).isEqualTo(truth.get(2 * POLLS + 1));
        });
  }

  private static void check(PollSession session, Map<String, String> truth, Fault fault)
      throws Exception {
    Map<String, String> values;
    try {
      values = poll(session);
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(DeviceException.class);
      DeviceException failure = (DeviceException) e.getCause();
      assertThat(failure.getMessage()).isNotBlank();
      assertThat(failure.kind())
          .as("%s: %s", fault, failure.getMessage())
          .isNotIn(Kind.SETTINGS, Kind.FORBIDDEN);
      return;
    }
    assertThat(values).as("values under %s", fault).isEqualTo(truth);
  }

  /** Polls a good device; a few tries, since the machine may be busy with other things. */
  private static Map<String, String> recover(PollSession session) throws Exception {
    ExecutionException last = null;
    for (int attempt = 0; attempt < 10; attempt++) {
      try {
        return poll(session);
      } catch (ExecutionException e) {
        last = e;
      }
    }
    throw new AssertionError("the device works again, but is not read", last);
  }

  private static Map<String, String> poll(PollSession session) throws Exception {
    return Values.of(get(session.poll(BUDGET)));
  }

  private static DeviceException failure(CompletionStage<?> stage) throws Exception {
    try {
      get(stage);
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(DeviceException.class);
      return (DeviceException) e.getCause();
    }
    return fail("a value where a failure was due");
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    try {
      return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("the poll was never completed", e);
    }
  }
}
