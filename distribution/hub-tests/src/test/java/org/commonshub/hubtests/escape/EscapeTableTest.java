package org.commonshub.hubtests.escape;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tables of docs/security/sandbox.md name each hostile bundle and its layer. */
class EscapeTableTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ([^|]+) \\| (package|code|hook|service|quota) \\|$");

  @Test
  void tablesAndCorpusAreTheSame() throws Exception {
    List<String> rows = new ArrayList<>();
    Matcher matcher =
        ROW.matcher(
            Files.readString(
                Path.of(System.getProperty("hub.root", "../.."))
                    .resolve("docs/security/sandbox.md")));
    while (matcher.find()) {
      rows.add(matcher.group(1) + ": " + matcher.group(2));
    }
    List<String> corpus =
        Corpus.all().stream()
            .map(h -> h.name + ": " + h.layer.name().toLowerCase(Locale.ROOT))
            .toList();
    assertThat(rows).containsExactlyInAnyOrderElementsOf(corpus);
    assertThat(corpus).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(60);
  }
}
