package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.EnergyData.Grant.State;
import org.commonshub.privacy.api.PrivacyDesk.Search;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 at any moment: what was acknowledged stands. */
@Timeout(300)
class KillTest {
  private static final int RUNS = 8;
  private static final Instant DAY = FakeHubClock.START;

  @TempDir Path root;

  @Test
  void whatWasAcknowledgedStands() throws Exception {
    Random random = new Random(7);
    List<String> acknowledged = new ArrayList<>();
    for (int run = 0; run < RUNS; run++) {
      Process child =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Child.class.getName(),
                  root.toString(),
                  Integer.toString(run))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      int lines = 1 + random.nextInt(40);
      try (BufferedReader out =
          new BufferedReader(
              new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
        for (int i = 0; i < lines; i++) {
          String line = out.readLine();
          assertThat(line).as("the child works").isNotNull();
          acknowledged.add(line);
        }
        child.destroyForcibly();
      }
      child.waitFor();
      check(acknowledged);
    }
  }

  private void check(List<String> acknowledged) throws Exception {
    try (House house = new House(root)) {
      List<Consent> consents = house.desk.consents();
      List<Disclosure> log =
          house.desk.log(
              new Search(
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty()),
              Long.MAX_VALUE,
              10_000);
      assertThat(log.stream().map(Disclosure::number).toList())
          .as("without holes")
          .hasSize(log.isEmpty() ? 0 : (int) log.get(0).number());
      for (String line : acknowledged) {
        String[] word = line.substring(0, line.length() - 1).split(" ");
        switch (word[0]) {
          case "granted" -> assertThat(find(consents, word[1])).isPresent();
          case "withdrawn" ->
              assertThat(find(consents, word[1]).orElseThrow().state()).isEqualTo(State.CLOSED);
          case "spent" ->
              assertThat(house.gate.budget().spend(DAY, word[1], "another", 1, 1)).isFalse();
          case "logged" ->
              assertThat(log).anyMatch(d -> d.what().equals(word[1]) && d.values() == 3);
          default ->
              assertThat(
                      log.stream()
                          .filter(d -> d.what().equals(word[1]))
                          .mapToLong(Disclosure::values)
                          .sum())
                  .isGreaterThanOrEqualTo(Long.parseLong(word[2]));
        }
      }
    }
  }

  private static Optional<Consent> find(List<Consent> consents, String id) {
    return consents.stream().filter(c -> c.id().equals(id)).findFirst();
  }

  /** Works until it is killed, and says what is done. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws Exception {
      House house = new House(Path.of(arguments[0]));
      for (int i = 0; i < 200; i++) {
        String name = arguments[1] + "-" + i;
        Recipient recipient = new Recipient(Recipient.Kind.APP, "com.example.a" + name);
        house.clock.advance(Duration.ofMillis(1));
        Consent consent = house.consent(new View(house.gate, recipient), house.raw());
        say("granted " + consent.id());
        if (i % 2 == 0) {
          house.desk.withdraw(consent.id(), House.ACTOR);
          say("withdrawn " + consent.id());
        }
        house.gate.budget().spend(DAY, name, "label", 1, 1);
        house.gate.budget().seal();
        say("spent " + name);
        house.gate.disclosures().write(line(recipient, consent, "line" + name, 3), false);
        say("logged line" + name);
        for (int n = 1; n <= 3; n++) {
          house.gate.disclosures().write(line(recipient, consent, "fold" + name, 1), true);
          say("folded fold" + name + " " + n);
        }
      }
      say("done");
      Thread.sleep(60_000);
    }

    private static Disclosure line(Recipient to, Consent consent, String what, long values) {
      return new Disclosure(
          0, DAY, to, consent.id(), Purpose.ADVICE, what, values, DAY, DAY.plusSeconds(1));
    }

    private static void say(String what) {
      System.out.println(what + ".");
      System.out.flush();
    }
  }
}
