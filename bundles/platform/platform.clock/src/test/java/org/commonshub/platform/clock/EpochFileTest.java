package org.commonshub.platform.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EpochFileTest {
  @TempDir Path data;

  @Test
  void risesAtEveryStart() {
    assertThat(new EpochFile(data.resolve("platform.clock")).next(0)).isEqualTo(1);
    assertThat(new EpochFile(data.resolve("platform.clock")).next(0)).isEqualTo(2);
    assertThat(new EpochFile(data.resolve("platform.clock")).next(7)).isEqualTo(8);
    assertThat(new EpochFile(data.resolve("platform.clock")).next(0)).isEqualTo(9);
  }

  @Test
  void neverRepeatsAnEpochOfTheHubItWasRestoredFrom() throws Exception {
    Files.writeString(data.resolve("epoch"), "3\n");
    Files.writeString(data.resolve("epoch.floor"), "1500\n");
    assertThat(new EpochFile(data).next(0)).isEqualTo(1501);
    assertThat(new EpochFile(data).next(0)).isEqualTo(1502);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-4", "99999999999", "2147483647", "1e3"})
  void damageNeverMakesItFall(String content) throws Exception {
    Files.writeString(data.resolve("epoch"), content);
    int first = new EpochFile(data).next(0);
    assertThat(first).isEqualTo(100_000_001);
    assertThat(new EpochFile(data).next(0)).isEqualTo(first + 1);
    assertThat(data.resolve("epoch.damaged")).hasContent(content);
  }

  @Test
  void goesOnWithoutADisk() throws Exception {
    Files.writeString(data.resolve("file"), "not a directory");
    EpochFile file = new EpochFile(data.resolve("file/platform.clock"));
    assertThat(file.next(0)).isPositive();
    assertThat(file.next(5)).isGreaterThan(5);
  }

  @ParameterizedTest
  @CsvSource({
    "-60,   true,  just written",
    "-10800,true,  at the limit",
    "-10801,false, old",
    "60,    false, from the future: the clock was set back",
  })
  void driftFileCountsWhileYoung(long age, boolean disciplined, String name) throws Exception {
    Instant now = Instant.parse("2026-03-01T12:00:00Z");
    Path drift = Files.writeString(data.resolve("chrony.drift"), "1 2");
    Files.setLastModifiedTime(drift, FileTime.from(now.plusSeconds(age)));
    assertThat(new TimeSync(List.of(drift), false, () -> now).get())
        .as(name)
        .isEqualTo(disciplined);
  }

  @Test
  void withoutAnyServiceOnlyTheSettingCounts() {
    List<Path> none = List.of(data.resolve("none"), Path.of("/run/commonshub-no-such-file"));
    assertThat(new TimeSync(none, false, Instant::now).get()).isFalse();
    assertThat(new TimeSync(none, true, Instant::now).get()).isTrue();
  }
}
