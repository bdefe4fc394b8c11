package org.commonshub.platform.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurablePairTest {
  @TempDir Path directory;

  private DurablePair pair() {
    return new DurablePair(directory, "state", 100, true);
  }

  private String read() throws IOException {
    return pair().read().map(bytes -> new String(bytes, UTF_8)).orElse("nothing");
  }

  private void write(String content) throws IOException {
    DurablePair pair = pair();
    pair.read();
    pair.write(content.getBytes(UTF_8));
  }

  @Test
  void theNewestIsRead() throws IOException {
    assertThat(read()).isEqualTo("nothing");
    for (String content : new String[] {"one", "two", "", "four"}) {
      write(content);
      assertThat(read()).isEqualTo(content);
    }
    DurablePair kept = pair();
    kept.read();
    kept.write("five".getBytes(UTF_8));
    kept.write("six".getBytes(UTF_8));
    assertThat(read()).isEqualTo("six");
  }

  @Test
  void oneFileCutAtAnyByteOrWithAnyBitTurnedCostsTheLastChangeOnly() throws IOException {
    write("before");
    write("after");
    Path newest = directory.resolve("state.1");
    byte[] whole = Files.readAllBytes(newest);
    for (int length = 0; length < whole.length; length++) {
      Files.write(newest, Arrays.copyOf(whole, length));
      DurablePair pair = pair();
      assertThat(pair.read()).hasValueSatisfying(b -> assertThat(b).asString().isEqualTo("before"));
      assertThat(pair.damaged()).isTrue();
    }
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] turned = whole.clone();
      turned[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(newest, turned);
      assertThat(read()).isEqualTo("before");
    }
    write("again");
    assertThat(read()).isEqualTo("again");
    assertThat(pair().read()).isPresent();
  }

  @Test
  void bothDamagedIsNothing() throws IOException {
    write("before");
    write("after");
    Files.writeString(directory.resolve("state.0"), "x");
    Files.writeString(directory.resolve("state.1"), "");
    assertThat(read()).isEqualTo("nothing");
    write("new");
    assertThat(read()).isEqualTo("new");
  }

  @Test
  void tooLargeIsRefused() throws IOException {
    write("x".repeat(100));
    assertThatThrownBy(() -> write("x".repeat(101)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("at most 100");
    assertThat(read()).hasSize(100);
  }
}
