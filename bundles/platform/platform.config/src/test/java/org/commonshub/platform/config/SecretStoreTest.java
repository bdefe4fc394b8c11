package org.commonshub.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretStoreTest {
  @TempDir Path directory;

  @Test
  void keepsSecretsSealedAcrossStarts() throws Exception {
    SecretStore store = new SecretStore(directory);
    String reference = store.put("meter.key", "geheim \u20ac");
    assertThat(reference).isEqualTo("${secret:meter.key}");
    assertThat(store.resolve(reference)).contains("geheim \u20ac");
    assertThat(store.resolve("plain ${secret:meter.key}")).contains("plain ${secret:meter.key}");
    assertThat(store.resolve("${secret:other}")).isEmpty();
    assertThat(new SecretStore(directory).resolve(reference)).contains("geheim \u20ac");
    assertThat(Files.readString(directory.resolve("secrets.json"))).doesNotContain("geheim");
    for (String file : new String[] {"secrets.json", "secrets.key"}) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(file))))
          .isEqualTo("rw-------");
    }
    store.remove("meter.key");
    assertThat(new SecretStore(directory).resolve(reference)).isEmpty();
  }

  @Test
  void aSecretMovedToAnotherNameDoesNotOpen() throws Exception {
    new SecretStore(directory).put("a", "value");
    Path file = directory.resolve("secrets.json");
    Files.writeString(file, Files.readString(file).replace("\"a\"", "\"b\""));
    assertThat(new SecretStore(directory).resolve("${secret:b}")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{", "[]", "{\"a\":1}", "{\"a\":\"AAAA\"}", "{\"a\":\"%\"}", "{\"a b\":\"\"}"})
  void aDamagedFileIsKeptAndTheHubGoesOn(String content) throws Exception {
    new SecretStore(directory).put("a", "value");
    Files.writeString(directory.resolve("secrets.json"), content);
    SecretStore store = new SecretStore(directory);
    assertThat(store.resolve("${secret:a}")).isEmpty();
    assertThat(directory.resolve("secrets.json.damaged")).hasContent(content);
    store.put("a", "again");
    assertThat(new SecretStore(directory).resolve("${secret:a}")).contains("again");
  }

  @Test
  void aLostKeyMeansEnteringSecretsAgain() throws Exception {
    new SecretStore(directory).put("a", "value");
    Files.writeString(directory.resolve("secrets.key"), "short");
    SecretStore store = new SecretStore(directory);
    assertThat(store.resolve("${secret:a}")).isEmpty();
    store.put("a", "again");
    assertThat(new SecretStore(directory).resolve("${secret:a}")).contains("again");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "${x}", "\u00e9"})
  void refusesNamesThatMakeNoReference(String name) throws Exception {
    SecretStore store = new SecretStore(directory);
    assertThatThrownBy(() -> store.put(name, "v")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.put("a", "v".repeat(20_000)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
