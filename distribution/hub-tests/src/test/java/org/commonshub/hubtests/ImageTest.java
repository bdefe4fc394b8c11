package org.commonshub.hubtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Packs the image for both architectures and runs it in a Debian of its own. */
class ImageTest {
  private static final Path ROOT =
      Path.of(System.getProperty("hub.root", "../..")).toAbsolutePath();

  @Test
  @Timeout(value = 8, unit = TimeUnit.MINUTES)
  void installsStartsResetsAndRemovesCleanly() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the image test out");
    assumeTrue(
        Runtime.version().feature() == 17,
        "skipped: the image is linked from a JDK 17 whatever runs the tests; the run on 17 has it");
    assumeTrue("root".equals(System.getProperty("user.name")), "skipped: a chroot needs root");
    for (String tool :
        new String[] {"debootstrap", "dpkg-deb", "qemu-aarch64-static", "systemd-analyze"}) {
      assumeTrue(
          Files.isExecutable(Path.of("/usr/bin", tool))
              || Files.isExecutable(Path.of("/usr/sbin", tool)),
          "skipped: " + tool + " is missing; ./test installs it where it may");
    }
    assumeTrue(
        Files.isDirectory(Path.of("/usr/lib/jvm")) && jdk17(),
        "skipped: the image is linked from a Debian JDK 17, which is not here");
    Path image = ROOT.resolve("distribution/image");
    for (String arch : new String[] {"amd64", "arm64"}) {
      Run packed = Run.of(300, image.resolve("package").toString(), "--arch", arch);
      assertThat(packed.exit()).as(packed.output()).isZero();
    }
    Run run =
        Run.of(
            400,
            "bash",
            "src/test/sh/image-in-chroot.sh",
            image.toString(),
            Path.of("target/image-test").toAbsolutePath().toString());
    System.out.println(run.output());
    assertThat(run.exit()).as(run.output()).isZero();
    assertThat(run.output().lines().filter(l -> l.startsWith("ok: "))).hasSize(6);
  }

  private static boolean jdk17() throws Exception {
    try (var jdks = Files.list(Path.of("/usr/lib/jvm"))) {
      return jdks.anyMatch(
          p ->
              p.getFileName().toString().startsWith("java-17-openjdk")
                  && Files.isDirectory(p.resolve("jmods")));
    }
  }
}
