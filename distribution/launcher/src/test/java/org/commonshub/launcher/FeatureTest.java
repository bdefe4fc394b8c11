package org.commonshub.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeatureTest {
  @TempDir Path directory;

  @Test
  void readsBundlesPinsAndRequirements() throws IOException {
    Feature feature =
        Feature.read(
            write(
                "console",
                """
                {
                  // comments are allowed (chapter 159.3)
                  "id": "org.commonshub:feature.console:1.0.0", "name": "Console", "description": "Pages.",
                  "variables": {"default": "off"},
                  "bundles": ["g:plain:1", {"id": "g:pinned:2", "file": "p.jar", "sha256": "ab"}],
                  "extensions": {"requires": {"type": "json", "json": ["base", "metering"]}}
                }
                """));
    assertThat(feature.name()).isEqualTo("console");
    assertThat(feature.offByDefault()).isTrue();
    assertThat(feature.requires()).containsExactly("base", "metering");
    assertThat(feature.bundles())
        .containsExactly(
            new Feature.BundleRef("g:plain:1", "plain-1.jar", ""),
            new Feature.BundleRef("g:pinned:2", "p.jar", "ab"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {                                                        | :1:
          []                                                       | must be an object
          {"id": "x", "name": "n", "description": "d"}             | id 'x' is not of the form
          {"id": "g:feature.a:1", "description": "d"}              | 'name' is missing
          {"id": "g:feature.a:1", "id": "g:feature.b:1"}           | Duplicate
          {"id": "g:feature.a:1", "name": "n", "description": "d", "bundles": ["g:a"]} | 'g:a' is not of the form
          {"id": "g:feature.a:1", "name": "n", "description": "d", "bundles": [{"id": "g:a:1", "file": "../x.jar"}]} | not a plain file name
          {"id": "g:feature.a:1", "name": "n", "description": "d"} {} | something follows
          """)
  void refusesWithFileAndReason(String json, String reason) throws IOException {
    Path file = write("bad", json);
    assertThatThrownBy(() -> Feature.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bad.json")
        .hasMessageContaining(reason);
  }

  @Test
  void requiredFeaturesComeFirstAndOnlyOnce() throws IOException {
    feature("base");
    feature("a", "base");
    feature("b", "a", "base");
    List<String> problems = new ArrayList<>();
    assertThat(FeatureSet.read(List.of(directory)).resolve(List.of("b", "a"), problems))
        .extracting(Feature::name)
        .containsExactly("base", "a", "b");
    assertThat(problems).isEmpty();
  }

  @Test
  void whatCannotStartIsSaidInOneLineAndTheRestStarts() throws IOException {
    feature("base");
    feature("orphan", "missing");
    feature("x", "y");
    feature("y", "x");
    Files.writeString(directory.resolve("broken.json"), "{");
    FeatureSet features = FeatureSet.read(List.of(directory));
    List<String> problems = new ArrayList<>(features.problems());
    assertThat(features.resolve(List.of("orphan", "nonsense", "x", "base"), problems))
        .extracting(Feature::name)
        .containsExactly("base");
    assertThat(problems).hasSize(4).noneMatch(line -> line.contains("\n"));
    assertThat(problems.get(0)).contains("broken.json");
    assertThat(problems.get(1)).contains("'orphan'").contains("'missing'");
    assertThat(problems.get(2)).contains("there is no such feature").contains("base");
    assertThat(problems.get(3)).contains("requires itself");
  }

  private void feature(String name, String... requires) throws IOException {
    String names = requires.length == 0 ? "" : "\"" + String.join("\",\"", requires) + "\"";
    write(
        name,
        "{\"id\":\"g:feature."
            + name
            + ":1\",\"name\":\"n\",\"description\":\"d\",\"extensions\":{\"requires\":{\"json\":["
            + names
            + "]}}}");
  }

  private Path write(String name, String json) throws IOException {
    return Files.writeString(directory.resolve(name + ".json"), json);
  }
}
