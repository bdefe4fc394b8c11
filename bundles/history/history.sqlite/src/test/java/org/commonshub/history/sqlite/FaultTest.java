package org.commonshub.history.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class FaultTest {
  private static final ZoneId ROME = ZoneId.of("Europe/Rome");

  @TempDir Path directory;
  private final FakeHubClock clock = new FakeHubClock(StoreTest.T0);

  private Store open(Path where) {
    return new Store(where, Options.standard(ROME), clock);
  }

  private static List<MeterRecord> frames(int from, int to) {
    List<MeterRecord> batch = new ArrayList<>();
    for (int i = from; i < to; i++) {
      batch.add(StoreProcess.frame(i));
    }
    return batch;
  }

  private static List<MeterRecord> all(Store store) throws Exception {
    List<MeterRecord> all = new ArrayList<>();
    store.replay(
        List.of(StoreTest.DEVICE), Instant.EPOCH, StoreTest.T0.plusSeconds(1L << 31), all::add);
    return all;
  }

  /** A store with sealed chunks, roll-ups and a journal that still holds the newest readings. */
  private Path filled() throws Exception {
    Path where = directory.resolve("good");
    Store store = open(where);
    for (int i = 0; i < 40; i++) {
      store.accept(frames(i * 1000, i * 1000 + 1000));
      if (i % 4 == 3 && i < 38) {
        store.flushNow();
      }
    }
    store.close();
    return where;
  }

  private static Path copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return to;
  }

  /**
   * Opens a damaged copy: it serves, takes new readings, and has said so if anything is missing.
   */
  private void survives(Path where, String what) throws Exception {
    List<MeterRecord> good = frames(0, 40_000);
    Store store = open(where);
    try {
      store.awaitCheck();
      List<MeterRecord> found = all(store);
      assertThat(new HashSet<>(good).containsAll(found)).as(what).isTrue();
      if (found.size() < good.size()) {
        assertThat(store.status().repairs()).as(what + ": " + found.size()).isNotEmpty();
      }
      store.accept(frames(50_000, 50_100));
      store.flushNow();
      assertThat(store.status().problem()).as(what).isEmpty();
    } finally {
      store.close();
    }
    store = open(where);
    try {
      store.awaitCheck();
      assertThat(all(store)).as(what).containsAll(frames(50_000, 50_100));
      assertThat(
              store.query(
                  StoreTest.DEVICE,
                  Quantity.VOLTAGE_L1,
                  StoreTest.T0,
                  StoreTest.T0.plus(Duration.ofDays(1)),
                  Resolution.HOUR,
                  1000))
          .as(what)
          .isNotEmpty();
    } finally {
      store.close();
    }
  }

  @Test
  void flippedBytesAreFoundAndSaid() throws Exception {
    Path good = filled();
    Random random = new Random(11);
    int noticed = 0;
    for (int round = 0; round < 25; round++) {
      Path bad = copy(good, directory.resolve("flipped-" + round));
      StringBuilder what = new StringBuilder("round " + round + ":");
      try (RandomAccessFile file =
          new RandomAccessFile(bad.resolve(Store.DATABASE).toFile(), "rw")) {
        for (int i = 0; i <= round % 4; i++) {
          long at = (long) (random.nextDouble() * file.length());
          file.seek(at);
          int old = file.read();
          file.seek(at);
          file.write(old ^ (1 << random.nextInt(8)));
          what.append(' ').append(at);
        }
      }
      survives(bad, what.toString());
      noticed++;
    }
    assertThat(noticed).isEqualTo(25);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"garbage", "half", "empty", "head", "middle page", "journal flip", "journal cut"})
  void damagedFilesAreRepairedOrQuarantined(String how) throws Exception {
    Path bad = copy(filled(), directory.resolve("bad"));
    Path database = bad.resolve(Store.DATABASE);
    Path journal = bad.resolve(Store.JOURNAL);
    long size = Files.size(database);
    switch (how) {
      case "garbage" -> Files.write(database, new byte[50_000]);
      case "half" -> truncate(database, size / 2);
      case "empty" -> truncate(database, 0);
      case "head" -> overwrite(database, 0, 100);
      case "middle page" -> overwrite(database, size / 8192 * 4096, 4096);
      case "journal flip" -> overwrite(journal, 5000, 3);
      case "journal cut" -> truncate(journal, 9000);
      default -> throw new IllegalArgumentException(how);
    }
    Store store = open(bad);
    store.awaitCheck();
    List<String> repairs = store.status().repairs();
    store.close();
    System.out.println(how + ": " + repairs);
    if (!how.equals("journal cut")) {
      assertThat(repairs).isNotEmpty();
    }
    try (Stream<Path> kept = Files.walk(bad.resolve(Store.QUARANTINE))) {
      assertThat(kept.filter(Files::isRegularFile).count()).isPositive();
    } catch (java.nio.file.NoSuchFileException | java.io.UncheckedIOException e) {
      assertThat(how).isIn("journal cut", "empty", "middle page");
    }
    Store again = open(bad);
    again.accept(frames(50_000, 50_010));
    assertThat(all(again)).containsAll(frames(50_000, 50_010));
    assertThat(again.status().problem()).isEmpty();
    again.close();
  }

  private static void truncate(Path file, long size) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(size);
    }
  }

  private static void overwrite(Path file, long at, int count) throws IOException {
    byte[] noise = new byte[count];
    new Random(1).nextBytes(noise);
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.seek(at);
      f.write(noise);
    }
  }

  @Test
  void aFileCutOffKeepsWhatIsBeforeTheCut() throws Exception {
    Path bad = copy(filled(), directory.resolve("cut"));
    truncate(bad.resolve(Store.DATABASE), Files.size(bad.resolve(Store.DATABASE)) * 3 / 4);
    Store store = open(bad);
    store.awaitCheck();
    System.out.println(all(store).size() + " kept: " + store.status().repairs());
    assertThat(all(store).size()).isGreaterThan(15_000);
    store.close();
  }

  private static boolean mount(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  /** A file that was closed a moment ago may keep the disk busy: then it goes with the last one. */
  private static void unmount(Path disk) throws Exception {
    assertThat(mount("umount", disk.toString()) || mount("umount", "--lazy", disk.toString()))
        .as("unmounted")
        .isTrue();
  }

  private Path smallDisk(String size) throws Exception {
    Path disk = Files.createDirectory(directory.resolve("disk"));
    boolean mounted = false;
    String why = "mount refuses";
    try {
      mounted = mount("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", disk.toString());
    } catch (IOException e) {
      why = e.getMessage();
    }
    assumeTrue(mounted, "skipped: cannot mount a small disk, which needs root (" + why + ")");
    return disk;
  }

  @Test
  void fullDiskIsSaidAndNothingAcknowledgedIsLost() throws Exception {
    Path disk = smallDisk("3m");
    try {
      Path ballast = disk.resolve("ballast");
      Store store = open(disk.resolve("history"));
      List<MeterRecord> acknowledged = new ArrayList<>();
      store.accept(frames(0, 1000));
      acknowledged.addAll(frames(0, 1000));
      fill(ballast);
      int next = 1000;
      String message = null;
      for (int i = 0; i < 1000 && message == null; i++) {
        try {
          store.accept(frames(next, next + 1000));
          acknowledged.addAll(frames(next, next + 1000));
          next += 1000;
        } catch (IOException e) {
          message = e.getMessage();
        }
      }
      assertThat(message).contains("full").contains("retention");
      assertThat(store.status().problem().orElseThrow()).contains("full");
      assertThat(new HashSet<>(all(store)).containsAll(acknowledged)).isTrue();

      Files.delete(ballast);
      clock.advance(Duration.ofMinutes(1));
      store.accept(frames(next, next + 1000));
      acknowledged.addAll(frames(next, next + 1000));
      assertThat(store.status().problem()).isEmpty();
      store.close();
      store = open(disk.resolve("history"));
      store.awaitCheck();
      assertThat(all(store)).isEqualTo(acknowledged);
      assertThat(store.status().repairs()).isEmpty();
      store.close();
    } finally {
      unmount(disk);
    }
  }

  private static void fill(Path ballast) {
    byte[] block = new byte[4096];
    try (RandomAccessFile f = new RandomAccessFile(ballast.toFile(), "rw")) {
      while (true) {
        f.write(block);
      }
    } catch (IOException full) {
      assertThat(full.getMessage()).contains("No space");
    }
  }

  @Test
  void aStoreThatStartsOnAFullDiskWorksOnceThereIsRoom() throws Exception {
    Path disk = smallDisk("1m");
    try {
      Path ballast = disk.resolve("ballast");
      fill(ballast);
      Store store = open(disk.resolve("history"));
      assertThat(store.status().problem().orElseThrow()).contains("history");
      assertThatThrownBy(() -> store.accept(frames(0, 10))).isInstanceOf(IOException.class);
      Files.delete(ballast);
      mount("mount", "-o", "remount,size=8m", disk.toString());
      store.accept(frames(0, 10));
      assertThat(store.status().problem()).isEmpty();
      store.close();
    } finally {
      unmount(disk);
    }
  }

  @Test
  void readOnlyDiskServesWhatIsThereAndRecovers() throws Exception {
    Path disk = smallDisk("16m");
    try {
      Path where = disk.resolve("history");
      Store store = open(where);
      store.accept(frames(0, 2000));
      store.flushNow();
      store.accept(frames(2000, 3000));
      store.close();
      assertThat(mount("mount", "-o", "remount,ro", disk.toString())).isTrue();
      Store readOnly = open(where);
      assertThat(readOnly.status().problem().orElseThrow()).contains("read-only");
      assertThatThrownBy(() -> readOnly.accept(frames(3000, 3001)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("read-only");
      assertThat(all(readOnly)).isEqualTo(frames(0, 3000));
      assertThat(mount("mount", "-o", "remount,rw", disk.toString())).isTrue();
      readOnly.accept(frames(3000, 3001));
      assertThat(readOnly.status().problem()).isEmpty();
      assertThat(all(readOnly)).isEqualTo(frames(0, 3001));
      readOnly.close();
    } finally {
      unmount(disk);
    }
  }

  @Test
  void aClockSetBackADayKeepsBoth() throws Exception {
    Store store = open(directory.resolve("back"));
    List<MeterRecord> before = frames(0, 4000);
    store.accept(before);
    clock.step(StoreTest.T0.minus(Duration.ofDays(1)));
    List<MeterRecord> after = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      after.add(
          new ReadingFrame(
              StoreTest.DEVICE,
              1,
              StoreTest.T0.minus(Duration.ofDays(1)).plusSeconds(i),
              i,
              2,
              List.of(Measurement.of(Quantity.ACTIVE_POWER, i, -1))));
    }
    store.accept(after);
    List<MeterRecord> expected = new ArrayList<>(after);
    expected.addAll(before);
    assertThat(all(store)).isEqualTo(expected);
    List<Point> hours =
        store.query(
            StoreTest.DEVICE,
            Quantity.ACTIVE_POWER,
            StoreTest.T0.minus(Duration.ofDays(2)),
            StoreTest.T0.plus(Duration.ofDays(2)),
            Resolution.HOUR,
            1000);
    assertThat(hours.stream().mapToLong(Point::count).sum()).isEqualTo(8000);
    assertThat(hours.get(0).start()).isEqualTo(StoreTest.T0.minus(Duration.ofDays(1)));
    assertThat(store.status().problem()).isEmpty();
    store.close();
  }

  @Test
  void theDriverLoadsInSeveralClassLoaders() throws Exception {
    List<java.net.URL> urls = new ArrayList<>();
    for (String entry :
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
            .split(java.io.File.pathSeparator)) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    for (int i = 0; i < 4; i++) {
      try (java.net.URLClassLoader loader =
          new java.net.URLClassLoader(
              urls.toArray(java.net.URL[]::new), ClassLoader.getPlatformClassLoader())) {
        Class<?> db = loader.loadClass("org.commonshub.history.sqlite.Db");
        var writer = db.getDeclaredMethod("writer", Path.class);
        writer.setAccessible(true);
        ((java.sql.Connection) writer.invoke(null, directory.resolve("loader.db"))).close();
        assertThat(db.getClassLoader()).isSameAs(loader);
      }
    }
  }

  @Test
  void erasedMeansGone() throws Exception {
    Path where = filled();
    Store store = open(where);
    DeviceId other = DeviceId.parse("6f1e2d3c-0000-4000-8000-000000000009");
    store.accept(
        List.of(
            new ReadingFrame(
                other, 1, StoreTest.T0, 1, 1, List.of(Measurement.of(Quantity.VOLTAGE, 1, 0)))));
    store.erase(StoreTest.DEVICE);
    assertThat(all(store)).isEmpty();
    assertThat(store.series())
        .singleElement()
        .satisfies(s -> assertThat(s.device()).isEqualTo(other));
    store.close();
    Out uuid = new Out(16);
    StreamKey.uuid(uuid, StoreTest.DEVICE);
    try (Stream<Path> files = Files.walk(where)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String bytes =
            new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(
                bytes.contains(
                    new String(uuid.toBytes(), java.nio.charset.StandardCharsets.ISO_8859_1)))
            .as(file.toString())
            .isFalse();
      }
    }
    store = open(where);
    store.awaitCheck();
    assertThat(all(store)).isEmpty();
    assertThat(store.series()).hasSize(1);
    store.close();
  }
}
