package org.commonshub.privacy.cohort;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.commonshub.privacy.cohort.Wire.Question;
import org.commonshub.privacy.cohort.Wire.Round;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 of a member after each round, and at random moments while it is asked to take part. */
@Timeout(300)
class KillTest {
  private static final int MEMBERS = 5;
  private static final int VICTIM = 4;
  private static final long VICTIM_VALUE = 50_000;

  @TempDir Path directory;
  private final Setup setup = Cohorts.of(MEMBERS, 0, 0);
  private final Suite suite = new Suite();
  private Process process;
  private BufferedReader out;
  private long window = FakeHubClock.START.getEpochSecond();

  private void start() throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                MemberProcess.class.getName(),
                Integer.toString(VICTIM),
                Integer.toString(MEMBERS),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    out = process.inputReader(StandardCharsets.UTF_8);
    assertThat(out.readLine()).isEqualTo("ready");
  }

  @AfterEach
  void kill() throws InterruptedException {
    process.toHandle().destroyForcibly(); // SIGKILL, and the pipe stays readable
    process.waitFor(20, TimeUnit.SECONDS);
  }

  private void send(byte[] question) throws IOException {
    String line =
        (window + Cohorts.INTERVAL)
            + " "
            + VICTIM_VALUE
            + " "
            + window
            + " "
            + HexFormat.of().formatHex(question)
            + "\n";
    process.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Its answer, or null if it refuses. */
  private byte[] ask(byte[] question) throws IOException {
    send(question);
    String said = out.readLine();
    return said == null || said.startsWith("refused") ? null : HexFormat.of().parseHex(said);
  }

  @Test
  void whoIsKilledIsOutAndIsNeverAskedTwice() throws Exception {
    start();
    for (Round last : Round.values()) {
      Map<Integer, Member> others = new TreeMap<>();
      for (int i = 0; i < VICTIM; i++) {
        others.put(
            i,
            new Member(
                setup, i, window, 10L + i, 0, suite, new ToySignatures(i), new Tape(window + i)));
      }
      Collector collector = new Collector(setup, window, suite, new ToySignatures(-1));
      SortedMap<Integer, byte[]> questions = collector.next();
      byte[] first = questions.get(VICTIM);
      boolean gone = false;
      while (!questions.isEmpty()) {
        for (Map.Entry<Integer, byte[]> each : questions.entrySet()) {
          Question question = Question.decode(each.getValue());
          if (each.getKey() != VICTIM) {
            Member other = others.get(each.getKey());
            collector.answer(each.getKey(), other.answer(question.round(), question.items()));
          } else if (gone) {
            assertThat(ask(each.getValue())).as("after %s", last).isNull();
          } else {
            byte[] answer = ask(each.getValue());
            collector.answer(VICTIM, answer);
            if (question.round() == last) {
              kill();
              start();
              gone = true;
            }
          }
        }
        questions = collector.next();
      }
      // Its value is in the sum if it was masked and sent: the others take its mask off.
      long others4 = 10 + 11 + 12 + 13;
      assertThat(collector.sum())
          .isEqualTo(last.compareTo(Round.DEAL) < 0 ? others4 : others4 + VICTIM_VALUE);
      assertThat(ask(first)).as("asked twice after %s", last).isNull();
      window += Cohorts.INTERVAL;
    }
  }

  @Test
  void atRandomMoments() throws Exception {
    Random random = new Random(5);
    int answered = 0;
    start();
    for (int i = 0; i < 25; i++) {
      byte[] open = new Collector(setup, window, suite, new ToySignatures(-1)).next().get(VICTIM);
      send(open);
      TimeUnit.MICROSECONDS.sleep(random.nextInt(400_000));
      process.toHandle().destroyForcibly();
      String said = readLine();
      process.waitFor();
      boolean whole = said != null && !said.startsWith("refused") && said.length() > 200;
      start();
      if (whole) {
        answered++;
        assertThat(ask(open)).as("after kill %d", i).isNull();
      }
      window += Cohorts.INTERVAL;
    }
    System.out.println("25 kills, " + answered + " after the answer was out");
  }

  private String readLine() {
    try {
      return out.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
