package org.commonshub.hubtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verifier that is part of the image runs as it lies there. */
class VerifyInImageTest {
  private static final Path VERIFY =
      Path.of(System.getProperty("hub.root", "../.."), "distribution/image/target/hub/bin/verify");

  @TempDir Path directory;

  @Test
  void explainsItselfAndJudgesAFile() throws Exception {
    Run help = Run.of(60, VERIFY.toString(), "--help");
    assertThat(help.exit()).as(help.output()).isZero();
    assertThat(help.output()).contains(".receipt", ".journal");
    Path garbage = Files.writeString(directory.resolve("no.receipt"), "no receipt");
    Run run = Run.of(60, VERIFY.toString(), garbage.toString());
    assertThat(run.exit()).as(run.output()).isEqualTo(2);
    assertThat(run.output()).contains("cannot be read");
  }
}
