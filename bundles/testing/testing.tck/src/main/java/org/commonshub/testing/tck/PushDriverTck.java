package org.commonshub.testing.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.transport.NetworkTransport;
import org.commonshub.testing.devices.Replay;
import org.commonshub.testing.devices.ReplayDevice;
import org.commonshub.testing.devices.ReplayFault;
import org.commonshub.testing.devices.Trace;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@code metering.api} asks of every driver whose devices send by themselves, as tests. A
 * driver's test class extends this and gives a trace: three messages or more, as the device sends
 * them, each with other values. It is replayed through the whole driver, over TCP and the hub's own
 * transport or over a {@link Feeder}, well and with every {@link ReplayFault}: nothing is ever
 * delivered that was not sent, and after the fault everything is.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class PushDriverTck {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int GARBAGE = 4 * 1024 * 1024;
  private static final long HEAP = 2 * 1024 * 1024;
  private static final Pattern ENDPOINT = Pattern.compile("\"endpoint\":\"([^\"]+)\"");

  private final NetworkTransport transport = new NetworkTransport();
  private final Map<String, List<Frame>> truths = new HashMap<>();

  /**
   * One delivery of a driver.
   *
   * @param at the device's own time, if the driver trusts it
   * @param values values by quantity, without exponents or trailing zeros
   */
  public record Frame(Optional<Instant> at, Map<String, String> values) {}

  /** The driver under test; a new one for each call. */
  protected abstract MeterDriver driver();

  /** Links it is tried over; any names if {@link #feeder} is overridden. */
  protected List<String> links() {
    return List.of("tcp");
  }

  /** Settings that read the trace. */
  protected abstract Map<String, String> settings(String link);

  /** Settings that make no sense, to be refused. */
  protected abstract Map<String, String> wrongSettings();

  /** What the device sends: whole messages in order, 3 or more, each with other values. */
  protected abstract List<byte[]> messages();

  /**
   * A message when the trace is played for the n-th time. To be overridden where a message is taken
   * once only (frame counters, replay protection): the same values, another counter.
   *
   * @param step index of {@link #messages}
   * @param round 0 and up, never twice in one session
   */
  protected byte[] message(int step, int round) {
    return messages().get(step);
  }

  /** Values of a message in the hub's signs, written by hand; at least one, need not be all. */
  protected abstract Map<String, String> expected(int step);

  /** How many deliveries a message makes. */
  protected int frames(int step) {
    return 1;
  }

  /** How the driver is fed over a link: bytes over TCP unless overridden. */
  protected Feeder feeder(String link) throws Exception {
    return new StreamFeeder(transport);
  }

  /**
   * Whether the protocol has a check that finds a message whose inside was changed. Without one
   * those faults are left out, since nobody could tell.
   */
  protected boolean checksum() {
    return true;
  }

  /** Faults that mean something on a link. */
  protected Set<ReplayFault> faults(String link) throws Exception {
    Set<ReplayFault> faults = EnumSet.allOf(ReplayFault.class);
    faults.remove(ReplayFault.NONE);
    if (!checksum()) {
      faults.removeIf(ReplayFault::alters);
    }
    try (Feeder feeder = feeder(link)) {
      if (!(feeder instanceof StreamFeeder)) {
        faults.removeIf(ReplayFault::streamOnly);
      }
    }
    return faults;
  }

  /**
   * Whether a delivery is right. To be overridden by drivers that put several messages together, so
   * that a lost one shows in the next.
   *
   * @param frame what was delivered while something went wrong
   * @param truth what is delivered when nothing does
   */
  protected boolean right(Frame frame, List<Frame> truth) {
    return truth.stream().anyMatch(good -> good.values().equals(frame.values()));
  }

  /** Whether a driver that went through a fault delivers as it should again. */
  protected boolean recovered(List<Frame> received, List<Frame> truth) {
    if (received.size() < truth.size()) {
      return false;
    }
    List<Frame> tail = received.subList(received.size() - truth.size(), received.size());
    for (int i = 0; i < truth.size(); i++) {
      if (!tail.get(i).values().equals(truth.get(i).values())) {
        return false;
      }
    }
    return true;
  }

  /** How long to wait for what must come. */
  Duration patience() {
    return PATIENCE;
  }

  /** How often the good trace is played, more of it each time, before giving up. */
  int attempts() {
    return 24;
  }

  /** Stops the transport. */
  @AfterAll
  void stopTransport() {
    transport.close();
  }

  /** One session and what it delivers. */
  private final class Run implements AutoCloseable {
    final Feeder feeder;
    final Recorder recorder = new Recorder();
    final DriverContext context;
    final MeterDriver driver = driver();
    final PushSession session;
    private int round;
    private boolean closed;

    Run(String link) throws Exception {
      this(link, feeder(link));
    }

    Run(String link, Feeder feeder) throws Exception {
      this.feeder = feeder;
      context =
          FakeDriverContext.of(
              driver.description(), feeder.endpoint(), feeder.connection(), settings(link));
      session = (PushSession) driver.open(context);
      session.start(recorder);
      feeder.started();
    }

    Trace trace() {
      List<byte[]> messages = new ArrayList<>();
      for (int step = 0; step < messages().size(); step++) {
        messages.add(message(step, round));
      }
      round++;
      return Trace.of(messages);
    }

    void play(ReplayFault fault, double share, long seed) throws Exception {
      feeder.play(Replay.of(trace(), Set.of(fault), share, seed));
    }

    void settle() throws Exception {
      if (feeder instanceof StreamFeeder stream) {
        stream.settle();
      }
    }

    List<Frame> await(int count) throws InterruptedException {
      recorder.await(patience(), frames -> frames.size() >= count);
      return recorder.frames();
    }

    /** Plays the good trace until it comes out whole. */
    void recover(List<Frame> truth) throws Exception {
      settle();
      // Of what a fault left half open as much may be swallowed as a message is long.
      for (int attempt = 0; attempt < attempts(); attempt++) {
        for (int again = 0; again < 1 << Math.min(attempt / 2, 7); again++) {
          play(ReplayFault.NONE, 0, 0);
        }
        if (recorder.await(
            Duration.ofMillis(attempt < 12 ? 300 : 1500), all -> recovered(all, truth))) {
          settle();
          return;
        }
      }
      throw new AssertionError(
          "the device sends well again, but is not read; last came "
              + last(recorder.frames(), 3)
              + " and "
              + last(recorder.failures(), 3));
    }

    /** Nothing wrong was delivered, thrown or said. */
    void check(List<Frame> truth) {
      for (Frame frame : recorder.frames()) {
        assertThat(right(frame, truth))
            .as("delivered but never sent: %s, of %s", frame, truth)
            .isTrue();
        if (Arrays.equals(message(0, 0), message(0, 1))) {
          assertThat(truth).as("instants").extracting(Frame::at).contains(frame.at());
        }
      }
      clean();
    }

    void clean() {
      assertThat(recorder.wrong()).as("wrong in itself").isEmpty();
      if (feeder instanceof StreamFeeder stream) {
        assertThat(stream.thrown()).as("thrown by the driver's listener").isEmpty();
      }
      for (DeviceException failure : recorder.failures()) {
        assertThat(failure.getMessage()).isNotBlank();
        assertThat(failure.kind()).as(failure.getMessage()).isNotEqualTo(Kind.FORBIDDEN);
        Descriptions.noSecret(driver, context, failure);
      }
    }

    void closeSession() {
      if (!closed) {
        closed = true;
        session.close();
      }
    }

    @Override
    public void close() throws Exception {
      closeSession();
      feeder.close();
    }
  }

  private static <T> List<T> last(List<T> all, int count) {
    return all.subList(Math.max(0, all.size() - count), all.size());
  }

  /** What the driver makes of the trace when nothing goes wrong. */
  private List<Frame> truth(String link) throws Exception {
    List<Frame> known = truths.get(link);
    if (known != null) {
      return known;
    }
    int steps = messages().size();
    assertThat(steps).as("messages of the trace").isGreaterThanOrEqualTo(3);
    List<Frame> truth;
    try (Run run = new Run(link)) {
      int count = 0;
      for (int step = 0; step < steps; step++) {
        run.feeder.push(message(step, 0));
        int before = count;
        count += frames(step);
        List<Frame> all = run.await(count);
        assertThat(all)
            .as("deliveries after message %d; failures %s", step, run.recorder.failures())
            .hasSize(count);
        Map<String, String> values = new HashMap<>();
        all.subList(before, count).forEach(frame -> values.putAll(frame.values()));
        assertThat(values).as("values of message %d", step).containsAllEntriesOf(expected(step));
      }
      run.clean();
      assertThat(run.recorder.failures()).as("failures on a good line").isEmpty();
      truth = run.recorder.frames();
    }
    for (int i = 1; i < truth.size(); i++) {
      assertThat(truth.get(i)).as("messages differ").isNotEqualTo(truth.get(i - 1));
    }
    truths.put(link, truth);
    return truth;
  }

  @Test
  void describesItself() {
    Descriptions.check(driver());
  }

  @Test
  void refusesSettingsThatMakeNoSense() throws Exception {
    for (String link : links()) {
      try (Feeder feeder = feeder(link)) {
        MeterDriver driver = driver();
        Map<String, String> settings = new HashMap<>(settings(link));
        settings.putAll(wrongSettings());
        Descriptions.refuses(
            driver,
            FakeDriverContext.of(
                driver.description(), feeder.endpoint(), feeder.connection(), settings));
        assertThat(feeder.subscriptions()).as("subscriptions left").isZero();
      }
    }
  }

  @Test
  void opensAndClosesWithoutBlockingOrThreads() throws Exception {
    String link = links().get(0);
    try (Feeder feeder = feeder(link)) {
      boolean streams = feeder instanceof StreamFeeder;
      Silent silent = new Silent(Endpoint.parse("tcp://192.0.2.1:502"));
      MeterDriver driver = driver();
      DriverContext context =
          FakeDriverContext.of(
              driver.description(),
              streams ? silent.endpoint() : feeder.endpoint(),
              streams ? silent : feeder.connection(),
              settings(link));
      Set<Thread> before = Thread.getAllStackTraces().keySet();
      long start = System.nanoTime();
      PushSession session = (PushSession) driver.open(context);
      assertThat(silent.listeners.get() + silent.exchanges.get())
          .as("uses of the line while opening")
          .isZero();
      session.start(new Recorder());
      assertThat(silent.listeners.get()).as("subscriptions").isEqualTo(streams ? 1 : 0);
      session.close();
      long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      assertThat(took).as("milliseconds in open(), start() and close()").isLessThan(2_000);
      assertThat(silent.listeners.get()).as("subscriptions left").isZero();
      Set<Thread> after = new HashSet<>(Thread.getAllStackTraces().keySet());
      after.removeAll(before);
      // Of the transport and of the JVM.
      after.removeIf(
          thread ->
              thread.getName().startsWith("metering-")
                  || thread.getThreadGroup() == null
                  || thread.getThreadGroup().getParent() == null);
      assertThat(after).extracting(Thread::getName).as("threads the driver made").isEmpty();
    }
  }

  @Test
  void closesBeforeItWasStarted() throws Exception {
    try (Feeder feeder = feeder(links().get(0))) {
      MeterDriver driver = driver();
      driver
          .open(
              FakeDriverContext.of(
                  driver.description(),
                  feeder.endpoint(),
                  feeder.connection(),
                  settings(links().get(0))))
          .close();
      assertThat(feeder.subscriptions()).as("subscriptions left").isZero();
    }
  }

  Stream<String> everyLink() {
    return links().stream();
  }

  Stream<String> everyStream() throws Exception {
    List<String> streams = new ArrayList<>();
    for (String link : links()) {
      try (Feeder feeder = feeder(link)) {
        if (feeder instanceof StreamFeeder) {
          streams.add(link);
        }
      }
    }
    return streams.stream();
  }

  @ParameterizedTest
  @MethodSource("everyLink")
  void deliversWhatIsSent(String link) throws Exception {
    truth(link);
  }

  /** Bytes are a stream: where the network cuts them says nothing. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("everyStream")
  void deliversTheSameHoweverTheBytesAreCut(String link) throws Exception {
    List<Frame> truth = truth(link);
    for (int piece : new int[] {1, 2, 3, 7, 64, 1021}) {
      try (Run run = new Run(link)) {
        ((StreamFeeder) run.feeder).stream().pieces(piece);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        run.trace().messages().forEach(all::writeBytes);
        run.feeder.push(all.toByteArray());
        assertThat(run.await(truth.size()))
            .as("in pieces of %d bytes", piece)
            .extracting(Frame::values)
            .isEqualTo(truth.stream().map(Frame::values).toList());
        run.clean();
      }
    }
  }

  Stream<Arguments> everyFault() throws Exception {
    List<Arguments> all = new ArrayList<>();
    for (String link : links()) {
      faults(link).stream().sorted().forEach(fault -> all.add(Arguments.of(link, fault)));
    }
    return all.stream();
  }

  /**
   * While the line goes wrong in one way, whatever is delivered is what the device sent, whole.
   * When it is over, everything is delivered again without a restart.
   */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everyFault")
  void neverAWrongValue(String link, ReplayFault fault) throws Exception {
    List<Frame> truth = truth(link);
    // Those two take real time.
    int rounds = fault == ReplayFault.DISCONNECT || fault == ReplayFault.LATE ? 2 : 24;
    try (Run run = new Run(link)) {
      run.play(ReplayFault.NONE, 0, 0);
      for (int i = 0; i < rounds; i++) {
        run.play(fault, i % 4 == 3 ? 1 : 0.5, i);
      }
      run.recover(truth);
      run.check(truth);
      if (fault.harmless()) {
        assertThat(run.recorder.frames().size())
            .as("deliveries")
            .isGreaterThanOrEqualTo((rounds + 1) * truth.size());
      }
    }
  }

  /** All faults at once, in any order. */
  @ParameterizedTest
  @MethodSource("everyLink")
  void neverAWrongValueWhenEverythingFails(String link) throws Exception {
    List<Frame> truth = truth(link);
    Set<ReplayFault> faults = EnumSet.copyOf(faults(link));
    faults.removeAll(Set.of(ReplayFault.DISCONNECT, ReplayFault.LATE));
    try (Run run = new Run(link)) {
      for (int i = 0; i < 40; i++) {
        run.feeder.play(Replay.of(run.trace(), faults, 0.7, 1000 + i));
      }
      run.recover(truth);
      run.check(truth);
    }
  }

  Stream<Arguments> everyGarbage() {
    return links().stream()
        .flatMap(
            link ->
                Stream.of("random", "zeros", "ones", "brackets", "lines", "unended", "heads")
                    .map(kind -> Arguments.of(link, kind)));
  }

  /** 4 MiB of what is no message: taken in bounded time and memory, and nothing comes of it. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everyGarbage")
  void survivesGarbage(String link, String kind) throws Exception {
    List<Frame> truth = truth(link);
    try (Run run = new Run(link)) {
      run.play(ReplayFault.NONE, 0, 0);
      run.await(truth.size());
      byte[] first = message(0, 1);
      byte[] chunk = new byte[16 * 1024];
      Random random = new Random(42);
      long before = heap(Long.MIN_VALUE);
      long start = System.nanoTime();
      for (int sent = 0; sent < GARBAGE; sent += chunk.length) {
        garbage(kind, chunk, first, random, sent == 0);
        if (run.feeder instanceof StreamFeeder stream) {
          stream.stream().inject(chunk.clone());
        } else {
          run.feeder.push(chunk.clone());
        }
      }
      long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      assertThat(took).as("milliseconds for 4 MiB of garbage").isLessThan(30_000);
      assertThat(heap(before + HEAP) - before).as("bytes kept of 4 MiB").isLessThan(HEAP);
      run.recover(truth);
      run.check(truth);
    }
  }

  private static void garbage(
      String kind, byte[] chunk, byte[] message, Random random, boolean begin) {
    byte[] head = Arrays.copyOf(message, Math.max(1, message.length / 2));
    switch (kind) {
      case "random" -> random.nextBytes(chunk);
      case "zeros" -> Arrays.fill(chunk, (byte) 0);
      case "ones" -> Arrays.fill(chunk, (byte) 0xFF);
      case "brackets" -> Arrays.fill(chunk, (byte) '[');
      case "lines" -> {
        for (int i = 0; i < chunk.length; i++) {
          chunk[i] = (byte) (random.nextInt(40) == 0 ? '\n' : ' ' + random.nextInt(95));
        }
      }
      // A message that begins well and never ends.
      case "unended" -> {
        int quarter = head.length / 2;
        for (int i = 0; i < chunk.length; i++) {
          chunk[i] =
              begin && i < head.length
                  ? head[i]
                  : head[quarter + i % Math.max(1, head.length - quarter)];
        }
      }
      // Messages that begin, one after the other.
      case "heads" -> {
        for (int i = 0; i < chunk.length; i++) {
          chunk[i] = head[i % head.length];
        }
      }
      default -> throw new IllegalArgumentException(kind);
    }
  }

  /** Used heap after collection; tries again while it is above what is wanted. */
  private static long heap(long wanted) throws InterruptedException {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < (wanted == Long.MIN_VALUE ? 3 : 20); attempt++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
      if (least < wanted) {
        break;
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
    return least;
  }

  @ParameterizedTest
  @MethodSource("everyLink")
  void isQuietAfterClose(String link) throws Exception {
    List<Frame> truth = truth(link);
    try (Run run = new Run(link)) {
      run.play(ReplayFault.NONE, 0, 0);
      run.await(truth.size());
      run.closeSession();
      assertThat(run.feeder.subscriptions()).as("subscriptions left").isZero();
      int frames = run.recorder.frames().size();
      int failures = run.recorder.failures().size();
      for (byte[] message : run.trace().messages()) {
        // What was on its way while the session was closed.
        if (run.feeder instanceof StreamFeeder stream) {
          stream.stream().inject(message);
        } else {
          run.feeder.push(message);
        }
      }
      assertThat(run.recorder.frames()).as("deliveries after close()").hasSize(frames);
      assertThat(run.recorder.failures()).as("failures after close()").hasSize(failures);
      run.clean();
    }
  }

  @TempDir Path folder;

  /** The replay device as a process of its own, first good, then spoiling a third. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("everyStream")
  void readsAReplayInAnotherProcess(String link) throws Exception {
    List<Frame> truth = truth(link);
    Path file = folder.resolve("trace.hex");
    StringBuilder text = new StringBuilder();
    for (int round = 0; round < 60; round++) {
      for (int step = 0; step < messages().size(); step++) {
        text.append(HexFormat.of().formatHex(message(step, round))).append("\n\n");
      }
    }
    Files.writeString(file, text);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-XX:+UseSerialGC",
                "-cp",
                Path.of(
                        ReplayDevice.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString(),
                "org.commonshub.testing.devices.Main",
                "replay",
                file.toString(),
                "--interval",
                "2",
                "--fault",
                "cut,repeated,reordered",
                "--share",
                "0.3")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      Matcher endpoint = ENDPOINT.matcher(String.valueOf(out.readLine()));
      assertThat(endpoint.find()).as("the replay device tells where it is").isTrue();
      assertThat(out.readLine()).contains("ready");
      try (Run run =
          new Run(link, new StreamFeeder(transport, null, Endpoint.parse(endpoint.group(1))))) {
        Set<Map<String, String>> wanted = new LinkedHashSet<>();
        truth.forEach(frame -> wanted.add(frame.values()));
        run.recorder.await(
            PATIENCE,
            frames -> {
              Set<Map<String, String>> missing = new LinkedHashSet<>(wanted);
              frames.forEach(frame -> missing.remove(frame.values()));
              return missing.isEmpty();
            });
        assertThat(run.recorder.frames())
            .extracting(Frame::values)
            .as("what was replayed")
            .containsAll(wanted);
        run.check(truth);
      }
    } finally {
      process.destroyForcibly();
      process.waitFor(20, TimeUnit.SECONDS);
    }
  }

  /** For a feeder of one's own that wants the hub's transport. */
  protected final TransportProvider transport() {
    return transport;
  }
}
