package org.commonshub.ledger.anchor;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.commonshub.ledger.journal.JournalComponent;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.neighbour.https.Loopback;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeIdentity;

/**
 * A hub in a process of its own that co-signs for the hub named {@code hub}. Says its port on the
 * first line, then one line for each line that it reads: how many entries its journal has beside
 * the first, and what is wrong; ends with its input.
 */
public final class WitnessProcess {
  private WitnessProcess() {}

  public static void main(String[] arguments) throws Exception {
    FakeIdentity identity = new FakeIdentity(arguments[0]);
    Path directory = Files.createDirectories(Path.of(arguments[1]));
    FakeHubClock clock = new FakeHubClock();
    JournalComponent journal =
        new JournalComponent(FakeHubPaths.in(directory), clock, identity, null);
    Troubles troubles = new Troubles(journal);
    try (Loopback loopback = new Loopback(identity, clock, directory)) {
      FakeIdentity hub = new FakeIdentity("hub");
      if (loopback.neighbours().find(hub.did()).isEmpty()) {
        loopback.neighbours().add(hub.card(), "The hub", "127.0.0.1", 1);
      }
      loopback.answer(
          Topic.CHECKPOINT,
          new Witness(
              directory.resolve("witnessed"),
              identity,
              new Peers(loopback::neighbours, identity, null),
              troubles));
      System.out.println(loopback.port());
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      while (in.readLine() != null) {
        System.out.println(journal.size() - 1 + " " + troubles.text().orElse("nothing"));
      }
    }
  }
}
