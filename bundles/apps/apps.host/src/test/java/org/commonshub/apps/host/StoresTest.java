package org.commonshub.apps.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.platform.api.DurableFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoresTest {
  private static final AppVersion OLD = AppVersion.parse("1.0.0");
  private static final AppVersion NEW = AppVersion.parse("1.1.0");

  /** The power goes. */
  private static final class Cut extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private interface Work {
    void on(Stores stores) throws IOException;
  }

  @TempDir Path data;
  private int homes;

  private Path home() {
    return data.resolve("org.example.app" + homes++);
  }

  private static void put(Path folder, String name, String value) throws IOException {
    DurableFiles.write(folder.resolve(name), value.getBytes(StandardCharsets.UTF_8), true);
  }

  private static Map<String, String> content(Path folder) throws IOException {
    Map<String, String> content = new TreeMap<>();
    for (Map.Entry<String, Path> file : Stores.values(folder).entrySet()) {
      content.put(file.getKey(), Files.readString(file.getValue()));
    }
    return content;
  }

  private static long folders(Path home) throws IOException {
    try (Stream<Path> files = Files.list(home)) {
      return files.filter(Files::isDirectory).count();
    }
  }

  /** Does the work again and again, cut at each change of the disk, and looks each time. */
  private void cutAtEachStep(Work before, Work work, Work look) throws IOException {
    for (int step = 1; ; step++) {
      Path home = home();
      before.on(new Stores(home));
      int[] left = {step};
      boolean done = true;
      try {
        work.on(
            new Stores(
                home,
                () -> {
                  if (--left[0] == 0) {
                    throw new Cut();
                  }
                }));
      } catch (Cut e) {
        done = false;
      }
      look.on(new Stores(home));
      assertThat(folders(home)).as("folders left").isBetween(1L, 2L);
      if (done) {
        assertThat(step).as("changes of the disk").isGreaterThan(1);
        return;
      }
    }
  }

  private static void old(Stores stores) throws IOException {
    Path folder = stores.open(OLD);
    put(folder, "a", "old a");
    put(folder, "b", "old b");
  }

  private static void update(Stores stores) throws IOException {
    Path copy = stores.copy(NEW);
    put(copy, "a", "new a");
    stores.promote(copy, NEW);
  }

  private static final Map<String, String> OLD_CONTENT = Map.of("a", "old a", "b", "old b");
  private static final Map<String, String> NEW_CONTENT = Map.of("a", "new a", "b", "old b");

  @Test
  void anUpdateIsWholeOrNotAtAllWheneverThePowerGoes() throws IOException {
    boolean[] seen = new boolean[2];
    cutAtEachStep(
        StoresTest::old,
        StoresTest::update,
        stores -> {
          Map<String, String> content = content(stores.open(OLD));
          assertThat(content).isIn(OLD_CONTENT, NEW_CONTENT);
          seen[content.equals(NEW_CONTENT) ? 1 : 0] = true;
          stores.revert(OLD); // Whatever it was, the old one can be had.
          assertThat(content(stores.open(OLD))).isEqualTo(OLD_CONTENT);
        });
    assertThat(seen).containsExactly(true, true);
  }

  @Test
  void goingBackIsWholeOrNotAtAllWheneverThePowerGoes() throws IOException {
    cutAtEachStep(
        stores -> {
          old(stores);
          update(stores);
        },
        stores -> stores.revert(OLD),
        stores -> {
          assertThat(content(stores.open(NEW))).isIn(OLD_CONTENT, NEW_CONTENT);
          stores.revert(OLD);
          assertThat(content(stores.open(NEW))).isEqualTo(OLD_CONTENT);
        });
  }

  @Test
  void theFirstOpeningCanBeCut() throws IOException {
    cutAtEachStep(
        stores -> {},
        stores -> put(stores.open(OLD), "a", "1"),
        stores -> assertThat(content(stores.open(OLD))).isIn(Map.of(), Map.of("a", "1")));
  }

  @Test
  void removingLeavesNothing() throws IOException {
    cutAtEachStep(
        stores -> {
          old(stores);
          update(stores);
        },
        Stores::erase,
        stores -> {
          stores.erase();
          stores.open(OLD);
          assertThat(content(stores.open(OLD))).isEmpty();
        });
    Path home = home();
    Stores stores = new Stores(home);
    old(stores);
    new Egress(home).received(org.commonshub.privacy.api.Purpose.ADVICE, restricted());
    stores.erase();
    assertThat(home).doesNotExist();
    stores.erase();
  }

  private static org.commonshub.privacy.api.Terms restricted() {
    return org.commonshub.privacy.api.Terms.ANY.toBuilder().hosts(java.util.Set.of()).build();
  }

  @Test
  void onlyTheStoreBeforeIsKept() throws IOException {
    Stores stores = new Stores(home());
    old(stores);
    update(stores);
    AppVersion third = AppVersion.parse("2.0.0");
    Path copy = stores.copy(third);
    put(copy, "a", "third");
    assertThat(content(stores.open(NEW))).as("the copy is not the store").isEqualTo(NEW_CONTENT);
    assertThat(copy).as("a copy that is being tried stays").exists();
    stores.promote(copy, third);
    stores.release(copy);
    assertThatThrownBy(() -> stores.revert(OLD)).hasMessageContaining("1.0.0");
    assertThat(content(stores.open(third))).containsEntry("a", "third");
    stores.revert(third);
    stores.revert(NEW);
    assertThat(content(stores.open(third))).isEqualTo(NEW_CONTENT);
    assertThatThrownBy(() -> stores.revert(third)).isInstanceOf(IOException.class);
  }

  @Test
  void aCopyThatIsGivenUpGoes() throws IOException {
    Path home = home();
    Stores stores = new Stores(home);
    old(stores);
    Path copy = stores.copy(NEW);
    stores.release(copy);
    stores.open(OLD);
    assertThat(copy).doesNotExist();
  }

  @Test
  void exportIsAZipOfTheValues() throws IOException {
    Stores stores = new Stores(home());
    ByteArrayOutputStream none = new ByteArrayOutputStream();
    stores.export(none);
    assertThat(none.size()).isPositive();
    old(stores);
    Files.writeString(stores.open(OLD).resolve(".a.tmp"), "half");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    stores.export(out);
    Map<String, String> found = new TreeMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(out.toByteArray()))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        found.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    assertThat(found).isEqualTo(OLD_CONTENT);
  }

  @Test
  void aDamagedStateIsSaid() throws IOException {
    Path home = home();
    new Stores(home).open(OLD);
    for (String text : new String[] {"", "1", "0 1.0.0\n", "1 1.0.0", "1 1.0.0\nx", "1 9\n"}) {
      Files.writeString(home.resolve("state"), text);
      assertThatThrownBy(() -> new Stores(home).open(OLD)).hasMessageContaining("damaged");
    }
  }
}
