package org.commonshub.identity.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.KeyProvider;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} while a hub is made and while it rotates. */
class KillTest {
  private static final int KILLS = 40;
  private static final Pattern LINE = Pattern.compile("did:webvh:Qm\\w{44}:hub\\.local z\\w{47}");

  @TempDir Path temporary;

  @Test
  @Timeout(600)
  void noInstantLosesAPromisedKey() throws Exception {
    Random random = new Random(4);
    Path out = temporary.resolve("out");
    Path directory = temporary.resolve("0");
    String said = "";
    int made = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      if (kill % 8 == 0) { // every eighth is a first start
        directory = temporary.resolve("hub" + kill);
        said = "";
      }
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  KilledHub.class.getName(),
                  directory.toString())
              .redirectError(temporary.resolve("err").toFile())
              .redirectOutput(out.toFile())
              .start();
      // Kills are to fall into the work, not into the start of the process.
      boolean first = kill % 8 == 0;
      Path sign = first ? directory.resolve("keys.key") : out;
      while (process.isAlive() && (!Files.exists(sign) || Files.size(sign) == 0)) {
        Thread.onSpinWait();
      }
      process.waitFor(random.nextInt(first ? 60 : 200), TimeUnit.MILLISECONDS);
      process.destroyForcibly().waitFor();
      // The last line may be cut off.
      List<String> lines =
          Files.readAllLines(out).stream().filter(l -> LINE.matcher(l).matches()).toList();

      Keyring keys = new Keyring();
      keys.add(new FileKeys(directory), Map.of(KeyProvider.NAME, "file"));
      Identity hub = new Identity(keys, directory, new FakeHubClock(), "");
      KeyLog log = KeyLog.verify(hub.keyLog());
      if (!lines.isEmpty()) {
        said = lines.get(lines.size() - 1);
      }
      if (!said.isEmpty()) { // what was said is durable
        assertThat(hub.did()).isEqualTo(said.split(" ")[0]);
        assertThat(log.key(said.split(" ")[1])).isPresent();
      }
      hub.rotate(); // the promised key is there
      made = Math.max(made, log.periods().size());
    }
    assertThat(made).as("most entries a killed hub had").isGreaterThan(1);
  }
}
