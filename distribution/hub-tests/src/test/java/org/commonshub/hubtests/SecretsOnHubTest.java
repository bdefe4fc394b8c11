package org.commonshub.hubtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.commonshub.benchmarks.HubProcess;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A meter's key on a real hub: stored encrypted, shown never, logged never. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SecretsOnHubTest {
  private static final String KEY = "0F1E2D3C4B5A69788796A5B4C3D2E1F0";

  @TempDir Path folder;

  @BeforeEach
  void image() {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the whole hub out");
  }

  @Test
  void aKeyIsStoredEncryptedShownNeverLoggedNever() throws Exception {
    try (FaultyHub hub = new FaultyHub(folder.resolve("hub"))) {
      hub.launch(HubProcess.freePort(), Map.of(), "--no-simulation");
      hub.hub().awaitGreeting(FaultyHub.PATIENCE);
      hub.hub().claim();
      hub.hub().send("PUT", "/api/v1/features/metering-p1", "{\"enabled\":true}");
      hub.await("/drivers", drivers -> drivers.contains("\"p1\""));
      String device =
          "{\"name\":\"Smart meter\",\"role\":\"GRID_METER\",\"driver\":\"p1\","
              + "\"endpoint\":\"tcp://127.0.0.1:"
              + HubProcess.freePort()
              + "\",\"settings\":{\"key\":\""
              + KEY
              + "\"}}";
      List<String> answers = new ArrayList<>();
      // One that cannot be read: what goes wrong is told and logged, without the key.
      answers.add(hub.hub().send("POST", "/api/v1/devices/test", device));
      answers.add(hub.hub().send("POST", "/api/v1/devices", device));
      assertThat(answers.get(1)).contains("\"key\":\"***\"");
      hub.await("/devices", devices -> devices.contains("\"lastError\":\""));
      for (String path : List.of("/devices", "/drivers", "/settings", "/audit?limit=50")) {
        answers.add(hub.get(path));
      }
      answers.add(hub.hub().said());
      HubProcess.end(hub.hub().process());
      assertThat(answers).noneMatch(answer -> answer.contains(KEY));
      try (Stream<Path> files = Files.walk(hub.folder)) {
        List<Path> all = files.filter(Files::isRegularFile).toList();
        assertThat(all).anyMatch(file -> refersToTheKey(file));
        assertThat(all).noneMatch(SecretsOnHubTest::holdsTheKey);
      }
    }
  }

  private static boolean refersToTheKey(Path file) {
    return file.getFileName().toString().startsWith("org.commonshub.metering.device~")
        && content(file).contains("key=${secret:");
  }

  private static boolean holdsTheKey(Path file) {
    return content(file).contains(KEY);
  }

  private static String content(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
