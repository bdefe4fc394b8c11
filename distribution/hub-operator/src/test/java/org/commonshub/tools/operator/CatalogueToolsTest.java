package org.commonshub.tools.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Json;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A catalogue from nothing to a revoked app, with the two tools alone. */
class CatalogueToolsTest {
  private static final Path APP = Path.of(System.getProperty("app.jar"));
  private static final String ID = "org.example.fairwatt.tariffs";

  @TempDir Path folder;
  private Path catalogue;
  private String said;

  @BeforeEach
  void catalogue() throws Exception {
    catalogue = folder.resolve("catalogue");
    List<String> root = new ArrayList<>();
    for (String name :
        List.of("root1", "root2", "root3", "targets", "snapshot", "timestamp", "licence")) {
      assertThat(operator("keygen", file(name))).isZero();
      if (name.startsWith("root")) {
        root.add(said.strip());
      }
    }
    List<String> draft =
        new ArrayList<>(
            List.of(
                "catalogue",
                "root",
                catalogue.toString(),
                "--operator",
                "Sunny Grid",
                "--root-threshold",
                "2",
                "--to",
                file("root.json")));
    root.forEach(key -> draft.addAll(List.of("--root", key)));
    for (String role : List.of("targets", "snapshot", "timestamp", "licence")) {
      draft.addAll(List.of("--" + role, pub(role)));
    }
    assertThat(operator(draft.toArray(String[]::new))).as(said).isZero();
    assertThat(operator("sign", file("root.json"), "--key", file("root1"))).isZero();
    assertThat(operator("catalogue", "publish", catalogue.toString(), file("root.json")))
        .as("one of two signatures")
        .isEqualTo(1);
    assertThat(operator("sign", file("root.json"), "--key", file("root3"))).isZero();
    assertThat(operator("catalogue", "publish", catalogue.toString(), file("root.json")))
        .as(said)
        .isZero();
    assertThat(app("keygen", file("provider"))).isZero();
  }

  @Test
  void anAppIsSignedCounterSignedListedAndRevoked() throws Exception {
    submit();
    assertThat(show())
        .hasSize(1)
        .allSatisfy(
            l ->
                assertThat(l)
                    .containsEntry("id", ID)
                    .containsEntry("fee_permille", 150L)
                    .doesNotContainKey("withdrawn"));
    assertThat(
            operator(
                "revoke",
                catalogue.toString(),
                ID,
                "1.0.0",
                "--reason",
                "Tells wrong prices.",
                "--key",
                file("targets"),
                "--snapshot-key",
                file("snapshot"),
                "--timestamp-key",
                file("timestamp")))
        .as(said)
        .isZero();
    assertThat(show())
        .allSatisfy(l -> assertThat(l).containsEntry("withdrawn", "Tells wrong prices."));
  }

  @Test
  void aSubmissionOfAnotherProviderIsRefused() throws Exception {
    sign();
    assertThat(app("keygen", file("thief"))).isZero();
    assertThat(countersign(pub("thief"))).isEqualTo(1);
    assertThat(said).contains("signed by 0");
  }

  @Test
  void aChangedPackageIsRefused() throws Exception {
    sign();
    Path jar = folder.resolve("submission/targets/org.example.fairwatt/" + ID + "-1.0.0.jar");
    byte[] bytes = Files.readAllBytes(jar);
    bytes[bytes.length / 2] ^= 1;
    Files.write(jar, bytes);
    assertThat(countersign(pub("provider"))).isEqualTo(1);
  }

  @Test
  void aKeyIsNeverWrittenOverAndWrongCallsSayWhatToDo() {
    assertThat(operator("keygen", file("root1"))).isEqualTo(1);
    assertThat(said).contains("never written over");
    assertThat(operator("keygen")).isEqualTo(2);
    assertThat(operator("nonsense")).isEqualTo(2);
    assertThat(operator("sign", file("nowhere"), "--key", file("root1"))).isEqualTo(3);
    assertThat(operator("--help")).isZero();
    assertThat(said).contains("countersign").contains("Exit codes");
    assertThat(operator("countersign", "--help")).isZero();
    assertThat(said).contains("--provider-key");
  }

  @Test
  void aReportThatIsNoneIsRefusedAndNamed() throws Exception {
    Path reports = Files.createDirectories(folder.resolve("reports"));
    assertThat(operator("usage", reports.toString(), "--json")).isZero();
    assertThat(said).contains("\"reports\":0").contains("\"totals\":[]");
    Files.writeString(reports.resolve("sunny.2026-10.jws"), "a.b.c");
    assertThat(operator("usage", reports.toString())).isEqualTo(1);
    assertThat(said).contains("sunny.2026-10.jws: ");
  }

  private void submit() throws Exception {
    sign();
    assertThat(countersign(pub("provider"))).as(said).isZero();
  }

  private void sign() {
    assertThat(app("check", APP.toString())).as(said).isZero();
    assertThat(
            app(
                "publish",
                APP.toString(),
                "--metadata",
                file("nothing.json"),
                "--to",
                file("submission")))
        .as("not signed")
        .isEqualTo(3);
    assertThat(
            app(
                "sign",
                APP.toString(),
                "--key",
                file("provider"),
                "--metadata",
                file("org.example.fairwatt.json")))
        .as(said)
        .isZero();
    assertThat(
            app(
                "publish",
                APP.toString(),
                "--metadata",
                file("org.example.fairwatt.json"),
                "--to",
                file("submission")))
        .as(said)
        .isZero();
  }

  private int countersign(String providerKey) {
    return operator(
        "countersign",
        catalogue.toString(),
        file("submission"),
        "--fee",
        "150",
        "--provider-key",
        providerKey,
        "--key",
        file("targets"),
        "--snapshot-key",
        file("snapshot"),
        "--timestamp-key",
        file("timestamp"));
  }

  @SuppressWarnings("unchecked")
  private List<Map<String, Object>> show() throws IOException {
    assertThat(operator("catalogue", "show", catalogue.toString(), "--json")).as(said).isZero();
    Map<String, Object> answer = Json.object(said.strip().getBytes(StandardCharsets.UTF_8));
    assertThat(answer).containsEntry("ok", true);
    return (List<Map<String, Object>>) (List<?>) answer.get("listings");
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private String pub(String key) throws IOException {
    return Files.readString(folder.resolve(key)).replaceAll("(?s).*public: ", "").strip();
  }

  private int operator(String... words) {
    return run(Main.cli()::run, words);
  }

  private int app(String... words) {
    return run(org.commonshub.tools.app.Main.cli()::run, words);
  }

  private interface Tool {
    int run(String[] words, PrintStream out, PrintStream err);
  }

  private int run(Tool tool, String... words) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    int exit = tool.run(words, out, out);
    said = bytes.toString(StandardCharsets.UTF_8);
    return exit;
  }
}
