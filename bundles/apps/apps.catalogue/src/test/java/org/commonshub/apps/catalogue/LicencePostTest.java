package org.commonshub.apps.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.commonshub.apps.desk.api.AppException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LicencePostTest {
  private static final String DID = "did:webvh:QmHub:hub.local";

  @TempDir Path folder;

  private final StringBuilder seen = new StringBuilder();

  @Test
  void everyLineIsOfferedAndABadOneKeepsNoGoodOneBack() throws Exception {
    lay("old\ngood1\nnonsense\ngood2\n");
    assertThat(collect(DID)).isEqualTo(2);
    assertThat(seen).hasToString("old\ngood1\nnonsense\ngood2\n");
  }

  @Test
  void noFileIsNoLicenceAndNobodyElsesFileIsRead() throws Exception {
    lay("good\n");
    assertThat(collect("did:webvh:QmOther:hub.local")).isZero();
    assertThat(seen).isEmpty();
  }

  @Test
  void endlessFilesAreBounded() throws Exception {
    lay(IntStream.range(0, 1000).mapToObj(i -> "good" + i).collect(Collectors.joining("\n")));
    assertThat(collect(DID)).isEqualTo(LicencePost.MAX_LICENCES);
    lay("x".repeat(LicencePost.MAX_BYTES + 1));
    assertThatThrownBy(() -> collect(DID)).isInstanceOf(IOException.class);
  }

  @Test
  void aFileKeepsEachLicenceOnceAndTheNewest() {
    assertThat(LicencePost.with("", "a\n")).isEqualTo("a\n");
    assertThat(LicencePost.with("a\nb\n", "a")).isEqualTo("a\nb\n");
    String many = IntStream.range(0, 40).mapToObj(i -> "l" + i).collect(Collectors.joining("\n"));
    assertThat(LicencePost.with(many, "new").lines())
        .hasSize(LicencePost.MAX_LICENCES)
        .endsWith("l39", "new")
        .doesNotContain("l0");
    assertThat(LicencePost.file(DID)).matches("[0-9a-f]{64}\\.jws");
  }

  /** Takes what begins with "good". */
  private void take(String licence) throws AppException {
    seen.append(licence).append('\n');
    if (!licence.startsWith("good")) {
      throw new AppException(AppException.Reason.UNLICENSED, "The licence is older.");
    }
  }

  private void lay(String lines) throws IOException {
    Path post = Files.createDirectories(folder.resolve("licences"));
    Files.writeString(post.resolve(LicencePost.file(DID)), lines, StandardCharsets.US_ASCII);
  }

  private int collect(String did) throws IOException {
    URI metadata = Files.createDirectories(folder.resolve("metadata")).toUri();
    try (Transport transport = new FileTransport()) {
      return LicencePost.collect(transport, metadata, did, this::take);
    }
  }
}
