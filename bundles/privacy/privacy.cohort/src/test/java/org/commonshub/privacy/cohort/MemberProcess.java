package org.commonshub.privacy.cohort;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import org.commonshub.testing.fakes.FakeHubClock;

/**
 * A member in a process of its own: {@code NOW VALUE WINDOW HEX} on a line sets its clock, gives it
 * a value for a window and asks it; it says the answer in hex, or {@code refused} and why.
 */
public final class MemberProcess {
  private MemberProcess() {}

  /** Its number, how many members there are, its directory. */
  public static void main(String[] arguments) throws Exception {
    int self = Integer.parseInt(arguments[0]);
    Setup setup = Cohorts.of(Integer.parseInt(arguments[1]), 0, 0);
    Path directory = Files.createDirectories(Path.of(arguments[2]));
    FakeHubClock clock = new FakeHubClock();
    Membership membership =
        new Membership(
            setup,
            self,
            new Suite(),
            new ToySignatures(self),
            new SecureRandom(),
            clock,
            directory);
    System.out.println("ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      clock.step(Instant.ofEpochSecond(Long.parseLong(words[0])));
      membership.contribute(
          Cohorts.consent("c", setup.collector(), 3),
          Cohorts.block(
              "meter", Instant.ofEpochSecond(Long.parseLong(words[2])), Long.parseLong(words[1])));
      try {
        System.out.println(
            HexFormat.of().formatHex(membership.answer(HexFormat.of().parseHex(words[3]))));
      } catch (CohortException e) {
        System.out.println("refused " + e.getMessage());
      }
    }
  }
}
