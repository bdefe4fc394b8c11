package org.commonshub.testing.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Noise;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What {@code privacy.api} asks of every {@link PrivacyPolicy}, as tests. A policy's test class
 * extends this and says how the policy is made and under which parameters it works; tests of what
 * it is for are its own.
 */
@Timeout(120)
public abstract class PolicyTck {
  private static final long NOON = Instant.parse("2026-10-24T12:00:00Z").toEpochMilli();
  private static final Set<String> HUBS_OWN =
      Set.of("aggregate", "delay", "noise", "quantize", "pseudonym", "cohort");

  /** What a pure function has no use for: beginnings of names of classes, or of methods. */
  private static final List<String> FORBIDDEN =
      List.of(
          "java/io/File",
          "java/io/RandomAccessFile",
          "java/io/ObjectInputStream",
          "java/lang/Class.forName",
          "java/lang/ClassLoader",
          "java/lang/Module",
          "java/lang/Process",
          "java/lang/Runtime.",
          "java/lang/System.",
          "java/lang/Thread",
          "java/lang/ref/",
          "java/lang/reflect/",
          "java/lang/Math.random",
          "java/lang/StrictMath.random",
          "java/net/",
          "java/nio/channels/",
          "java/nio/file/",
          "java/rmi/",
          "java/security/SecureRandom",
          "java/sql/",
          "java/time/Clock",
          "java/time/Instant.now",
          "java/time/LocalDate.now",
          "java/time/LocalDateTime.now",
          "java/time/LocalTime.now",
          "java/time/ZonedDateTime.now",
          "java/time/ZoneId.systemDefault",
          "java/util/Random",
          "java/util/ServiceLoader",
          "java/util/SplittableRandom",
          "java/util/Timer",
          "java/util/UUID.randomUUID",
          "java/util/concurrent/",
          "java/util/logging/",
          "java/util/prefs/",
          "java/util/stream/BaseStream.parallel",
          "javax/management/",
          "javax/naming/",
          "javax/net/",
          "jdk/",
          "org/commonshub/history/",
          "org/commonshub/platform/",
          "org/osgi/framework/",
          "org/osgi/service/",
          "org/slf4j/",
          "sun/");

  /** A new instance. */
  protected abstract PrivacyPolicy policy();

  /** Terms under which the policy has something to do, beside those that the kit makes. */
  protected abstract Terms terms();

  /** Parameters that the policy takes; each is tried. The hub's own have none. */
  protected List<String> parameters() {
    return List.of("");
  }

  /** Whether it makes intervals of the terms' resolution, as only the hub's own aggregate does. */
  protected boolean makesIntervals() {
    return false;
  }

  // ---------------------------------------------------------------- purity

  @Test
  void theSameBlockGivesTheSameResultAndIsNotWrittenTo() {
    PrivacyPolicy policy = policy();
    each(
        (block, context) -> {
          Block before = copy(block);
          Block first = policy.apply(block, fresh(context));
          assertSame(before, block);
          assertSame(first, policy.apply(block, fresh(context)));
          assertSame(first, policy().apply(copy(block), fresh(context)));
        });
  }

  @Test
  void whatWasAskedBeforeDoesNotMatter() {
    List<Block> blocks = blocks();
    for (PolicyContext context : contexts()) {
      PrivacyPolicy policy = policy();
      List<Block> forward = new ArrayList<>();
      blocks.forEach(block -> forward.add(policy.apply(block, fresh(context))));
      for (int i = blocks.size() - 1; i >= 0; i--) {
        assertSame(forward.get(i), policy.apply(blocks.get(i), fresh(context)));
      }
    }
  }

  @Test
  void manyThreadsMayUseItAtOnce() throws Exception {
    PrivacyPolicy policy = policy();
    List<Block> blocks = blocks();
    PolicyContext context = contexts().get(0);
    List<Block> alone = new ArrayList<>();
    blocks.forEach(block -> alone.add(policy.apply(block, fresh(context))));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<List<Block>>> tasks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        tasks.add(
            () -> {
              List<Block> results = new ArrayList<>();
              blocks.forEach(block -> results.add(policy.apply(block, fresh(context))));
              return results;
            });
      }
      for (Future<List<Block>> task : threads.invokeAll(tasks)) {
        List<Block> results = task.get();
        for (int i = 0; i < results.size(); i++) {
          assertSame(alone.get(i), results.get(i));
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void hasNoFieldThatChanges() throws Exception {
    for (Path file : classFiles()) {
      String name = file.toString();
      name = name.startsWith("/") ? name.substring(1) : name;
      Class<?> type =
          Class.forName(
              name.replace('/', '.').replaceAll("\\.class$", ""),
              false,
              policy().getClass().getClassLoader());
      for (Field field : type.getDeclaredFields()) {
        boolean shared = Modifier.isStatic(field.getModifiers()) || type == policy().getClass();
        if (shared && !field.isSynthetic()) {
          assertThat(Modifier.isFinal(field.getModifiers()))
              .as("a policy has no state, but field " + field + " is not final")
              .isTrue();
        }
      }
    }
  }

  @Test
  void usesNothingThatAPureFunctionHasNoUseFor() throws Exception {
    for (Path file : classFiles()) {
      for (String use : ClassFile.uses(Files.readAllBytes(base().resolve(file.toString())))) {
        for (String forbidden : FORBIDDEN) {
          assertThat(use.startsWith(forbidden) && !use.equals("java/lang/System.arraycopy"))
              .as(file + " uses " + use + ", but a policy only computes")
              .isFalse();
        }
      }
    }
  }

  // ---------------------------------------------------------------- what may come out

  @Test
  void addsNoSeriesAndNoInstant() {
    PrivacyPolicy policy = policy();
    each(
        (block, context) -> {
          Block result = policy.apply(block, fresh(context));
          assertThat(result.quantity()).isEqualTo(block.quantity());
          assertThat(result.size()).isLessThanOrEqualTo(block.size());
          if (!makesIntervals()) {
            assertThat(result.intervalSeconds()).isEqualTo(block.intervalSeconds());
            assertThat(result.statistic()).isEqualTo(block.statistic());
          }
          Set<Long> allowed = new HashSet<>();
          Granularity resolution = context.terms().resolution();
          for (long start : block.starts()) {
            allowed.add(start);
            if (makesIntervals()) {
              // What is read at a border ends the interval before it.
              for (long time : new long[] {start, start - 1}) {
                allowed.add(
                    resolution.start(Instant.ofEpochMilli(time), context.zone()).toEpochMilli());
              }
            }
          }
          for (long start : result.starts()) {
            assertThat(allowed).contains(start);
          }
        });
  }

  @Test
  void anEmptyBlockStaysEmpty() {
    for (Block block : blocks()) {
      for (PolicyContext context : contexts()) {
        assertThat(policy().apply(block.empty(), context).size()).isZero();
      }
    }
  }

  // ---------------------------------------------------------------- bounds

  @Test
  void isDoneInTimeWithAFullBlock() {
    PrivacyPolicy policy = policy();
    Random random = new Random(5);
    for (Statistic statistic : Statistic.values()) {
      Block block =
          block(
              "power.active",
              statistic,
              statistic == Statistic.VALUE ? 0 : 60,
              -1,
              Block.MAX_VALUES,
              60_000,
              random);
      for (PolicyContext context : contexts()) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 20 && best > PrivacyPolicy.MAX_MILLIS * 1_000_000L; i++) {
          PolicyContext fresh = fresh(context);
          long start = System.nanoTime();
          policy.apply(block, fresh);
          best = Math.min(best, System.nanoTime() - start);
        }
        assertThat(best / 1_000_000)
            .as("milliseconds for " + Block.MAX_VALUES + " values, best of 20")
            .isLessThanOrEqualTo(PrivacyPolicy.MAX_MILLIS);
      }
    }
  }

  @Test
  void survivesExtremes() {
    long[][] starts = {
      {-62_135_596_800_000L, -1, 0, 1},
      {253_402_300_799_998L, 253_402_300_799_999L},
      {NOON},
      {NOON, NOON + 1, NOON + 2, NOON + 86_400_000L * 366}
    };
    long[] values = {
      0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1, Long.MIN_VALUE + 1, 1L << 53
    };
    for (PolicyContext context : contexts()) {
      for (String quantity : List.of("power.active", "energy.import[3]", "device.state", "x-new")) {
        for (Statistic statistic : Statistic.values()) {
          for (int exponent : new int[] {-18, -3, 0, 18}) {
            for (long[] times : starts) {
              for (int shift = 0; shift < values.length; shift++) {
                long[] mantissas = new long[times.length];
                int[] qualities = new int[times.length];
                for (int i = 0; i < times.length; i++) {
                  mantissas[i] = values[(i + shift) % values.length];
                  qualities[i] = shift * 7;
                }
                int interval = statistic == Statistic.VALUE ? 0 : 60;
                Block block =
                    new Block(
                        "device", quantity, statistic, interval, exponent, times, mantissas,
                        qualities);
                assertThat(policy().apply(block, fresh(context))).isNotNull();
              }
            }
          }
        }
      }
    }
  }

  // ---------------------------------------------------------------- as a component

  @Test
  void isAComponentWithANameAndNothingElse() throws Exception {
    String type = policy().getClass().getName();
    String xml;
    try (InputStream in =
        policy().getClass().getClassLoader().getResourceAsStream("OSGI-INF/" + type + ".xml")) {
      assertThat(in).as("a declarative service: @Component on " + type).isNotNull();
      xml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    Matcher name =
        Pattern.compile("<property name=\"" + PrivacyPolicy.NAME + "\"[^>]*value=\"([^\"]*)\"")
            .matcher(xml);
    assertThat(name.find()).as("property " + PrivacyPolicy.NAME).isTrue();
    assertThat(xml).contains("interface=\"" + PrivacyPolicy.class.getName() + "\"");
    assertThat(xml).as("a policy has no services").doesNotContain("<reference");
    if (!type.startsWith("org.commonshub.")) {
      assertThat(name.group(1))
          .as("name with its maker's domain, such as com.example.night")
          .matches("[a-z0-9-]+(\\.[a-z0-9-]+)+")
          .isNotIn(HUBS_OWN)
          .hasSizeLessThanOrEqualTo(64);
    }
  }

  // ---------------------------------------------------------------- material

  @FunctionalInterface
  private interface Check {
    void on(Block block, PolicyContext context);
  }

  private void each(Check check) {
    for (PolicyContext context : contexts()) {
      for (Block block : blocks()) {
        check.on(block, context);
      }
    }
  }

  private static PolicyContext fresh(PolicyContext context) {
    return context.now(context.now());
  }

  private List<PolicyContext> contexts() {
    Terms whole =
        Terms.ANY.toBuilder()
            .recipient(new Recipient(Recipient.Kind.APP, "com.example.tck"))
            .purposes(Purpose.RESEARCH)
            .interval(Granularity.QUARTER_HOUR)
            .delay(Duration.ofHours(1))
            .noise(new Noise(500_000, Noise.Unit.INTERVAL, 5_000_000, -1000, 10_000))
            .quantum(Unit.WATT, 100_000)
            .quantum(Unit.WATT_HOUR, 25_000)
            .pseudonymRotation(Duration.ofDays(7))
            .build();
    List<PolicyContext> contexts = new ArrayList<>();
    for (String parameter : parameters()) {
      contexts.add(PolicyContext.of(terms()).parameter(parameter));
      contexts.add(PolicyContext.of(whole).parameter(parameter));
      contexts.add(
          PolicyContext.of(whole.toBuilder().interval(Granularity.DAY).build())
              .parameter(parameter)
              .zone("Pacific/Auckland"));
      contexts.add(
          PolicyContext.of(Terms.ANY)
              .parameter(parameter)
              .now(Instant.ofEpochMilli(NOON + 600_000))
              .zone("Asia/Kolkata"));
    }
    assertThat(contexts.get(1).terms().mode()).isEqualTo(Mode.INTERVAL);
    return contexts;
  }

  private static List<Block> blocks() {
    Random random = new Random(7);
    List<Block> blocks = new ArrayList<>();
    for (Quantity quantity :
        List.of(
            Quantity.ACTIVE_POWER,
            Quantity.ENERGY_IMPORT,
            Quantity.HOME_PRODUCTION,
            Quantity.DEVICE_STATE)) {
      for (int size : new int[] {1, 2, 17, 500}) {
        for (int step : new int[] {1000, 60_000, 600_000}) {
          blocks.add(block(quantity.toString(), Statistic.VALUE, 0, -1, size, step, random));
        }
      }
    }
    for (Statistic statistic : List.of(Statistic.MEAN, Statistic.AMOUNT, Statistic.LAST)) {
      blocks.add(block("power.active", statistic, 60, 0, 300, 60_000, random));
      blocks.add(block("x-made.up", statistic, 900, 3, 300, 900_000, random));
      blocks.add(block("temperature", statistic, 3600, -2, 100, 3_600_000, random));
    }
    return blocks;
  }

  private static Block block(
      String quantity,
      Statistic statistic,
      int interval,
      int exponent,
      int size,
      int step,
      Random random) {
    long[] starts = new long[size];
    long[] mantissas = new long[size];
    int[] qualities = new int[size];
    for (int i = 0; i < size; i++) {
      starts[i] = NOON + (long) i * step + (interval == 0 ? random.nextInt(step / 2) : 0);
      mantissas[i] = i > 0 && random.nextInt(4) > 0 ? mantissas[i - 1] + 3 : random.nextInt(9000);
      qualities[i] = random.nextInt(20) == 0 ? random.nextInt(32) : 0;
    }
    return new Block(
        "device", quantity, statistic, interval, exponent, starts, mantissas, qualities);
  }

  private static Block copy(Block block) {
    return block.with(
        block.exponent(),
        block.starts().clone(),
        block.mantissas().clone(),
        block.qualities().clone());
  }

  private static void assertSame(Block expected, Block block) {
    assertThat(block).usingRecursiveComparison().isEqualTo(expected);
  }

  /** Classes of the policy's package and those below it, relative to {@link #base()}. */
  private List<Path> classFiles() throws Exception {
    Path base = base();
    Path root = base.resolve(policy().getClass().getPackageName().replace('.', '/'));
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> classes =
          files
              .filter(file -> file.toString().endsWith(".class"))
              .filter(file -> !file.endsWith("package-info.class"))
              .map(base::relativize)
              .toList();
      assertThat(classes).as("class files of the policy").isNotEmpty();
      return classes;
    }
  }

  private Path base() throws IOException, URISyntaxException {
    URI location = policy().getClass().getProtectionDomain().getCodeSource().getLocation().toURI();
    Path path = Path.of(location);
    if (Files.isDirectory(path)) {
      return path;
    }
    FileSystem jar = FileSystems.newFileSystem(path);
    return jar.getPath("/");
  }
}
