package org.commonshub.ledger.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that was torn or damaged anywhere. */
class LogTest {
  @TempDir Path temp;

  private static Record record(int number) {
    return new Record.Tried("key/" + number, number, new byte[number % 40 + 1], number % 2 == 0);
  }

  private byte[] written(int count) throws Exception {
    Path file = temp.resolve("whole");
    Log log = new TornLog(file, new Random(0), 0);
    log.open((at, record) -> {});
    for (int i = 0; i < count; i++) {
      log.append(record(i));
    }
    log.close();
    return Files.readAllBytes(file);
  }

  private List<Integer> numbers(byte[] bytes, boolean damaged) throws Exception {
    Path file = Files.write(temp.resolve("log"), bytes);
    List<Integer> numbers = new ArrayList<>();
    Log log = new TornLog(file, new Random(0), 0);
    boolean found = log.open((at, record) -> numbers.add(((Record.Tried) record).number()));
    assertThat(found).isEqualTo(damaged);
    log.append(record(1_000));
    log.close();
    List<Integer> again = new ArrayList<>();
    Log reopened = new TornLog(file, new Random(0), 0);
    reopened.open((at, record) -> again.add(((Record.Tried) record).number()));
    reopened.close();
    assertThat(again).hasSize(numbers.size() + 1).contains(1_000);
    return numbers;
  }

  @Test
  void tornAtAnyByteKeepsEveryWholeRecord() throws Exception {
    byte[] whole = written(6);
    int records = 0;
    List<Integer> ends = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      ends.add(records += Log.HEAD + record(i).encode().length);
    }
    for (int cut = 0; cut <= whole.length; cut++) {
      int at = cut;
      long kept = ends.stream().filter(end -> end <= at).count();
      boolean clean = cut == 0 || ends.contains(cut);
      assertThat(numbers(Arrays.copyOf(whole, cut), !clean)).hasSize((int) kept);
    }
  }

  @Test
  void aFlippedByteCostsOneRecord() throws Exception {
    byte[] whole = written(6);
    for (int at = 0; at < whole.length; at += 3) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 0x10;
      assertThat(numbers(flipped, true)).as("flipped at %s", at).hasSize(5);
    }
  }

  @Test
  void aRewriteIsWhollyNewOrWhollyOld() throws Exception {
    Path file = temp.resolve("rewritten");
    Log log = new TornLog(file, new Random(0), 0);
    log.open((at, record) -> {});
    for (int i = 0; i < 100; i++) {
      log.append(record(i));
    }
    long[] places = log.rewrite(3, LogTest::record);
    assertThat(((Record.Tried) log.read(places[2])).number()).isEqualTo(2);
    log.append(record(7));
    log.close();
    List<Integer> numbers = new ArrayList<>();
    Log again = new TornLog(file, new Random(0), 0);
    assertThat(again.open((at, r) -> numbers.add(((Record.Tried) r).number()))).isFalse();
    again.close();
    assertThat(numbers).containsExactly(0, 1, 2, 7);
  }
}
