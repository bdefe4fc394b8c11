package org.commonshub.hubtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code docs/devices.md} is what the bundles say. */
class DevicesPageTest {
  /** Makes the page anew. */
  static final String REFRESH = "mvn -pl :hub-tests test -Dtest=DevicesPageTest -Dhub.refresh=true";

  private static final Path ROOT =
      Path.of(System.getProperty("hub.root", "../..")).toAbsolutePath();

  @Test
  void thePageIsFresh() throws Exception {
    Path file = ROOT.resolve("docs/devices.md");
    String page = DevicesPage.of(ROOT.resolve("distribution/image/target/hub"));
    if (Boolean.getBoolean("hub.refresh")) {
      Files.writeString(file, page);
    }
    assertThat(Files.exists(file) ? Files.readString(file) : "")
        .as("docs/devices.md is stale; refresh it with: %s", REFRESH)
        .isEqualTo(page);
  }
}
