package org.commonshub.identity.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.commonshub.identity.api.KeyAlgorithm;
import org.commonshub.identity.api.VerificationKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileKeysTest {
  private static final byte[] MESSAGE = {1, 2, 3};

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(KeyAlgorithm.class)
  void keysSignAndSurviveARestart(KeyAlgorithm algorithm) throws Exception {
    VerificationKey key = new FileKeys(directory).create("a", algorithm);
    FileKeys again = new FileKeys(directory);
    assertThat(again.find("a")).contains(key);
    assertThat(key.verify(MESSAGE, again.sign("a", MESSAGE))).isTrue();
    assertThatThrownBy(() -> again.create("a", algorithm)).hasMessageContaining("there already");
    again.destroy("a");
    again.destroy("a");
    assertThat(new FileKeys(directory).find("a")).isEmpty();
    assertThatThrownBy(() -> again.sign("a", MESSAGE)).isInstanceOf(IOException.class);
  }

  @Test
  void filesAreOfTheOwnerAndTellNothing() throws Exception {
    new FileKeys(directory).create("recognisable", KeyAlgorithm.ED25519);
    for (String name : new String[] {"keys.key", "keys.sealed"}) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))))
          .isEqualTo("rw-------");
      assertThat(
              new String(Files.readAllBytes(directory.resolve(name)), StandardCharsets.ISO_8859_1))
          .doesNotContain("recognisable");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
  }

  @ParameterizedTest
  @ValueSource(strings = {"keys.key", "keys.sealed"})
  void damageIsNeverMendedByANewKey(String name) throws Exception {
    new FileKeys(directory).create("a", KeyAlgorithm.ED25519);
    Path file = directory.resolve(name);
    byte[] whole = Files.readAllBytes(file);
    byte[] flipped = whole.clone();
    flipped[whole.length / 2] ^= 1;
    for (byte[] damaged : new byte[][] {flipped, Arrays.copyOf(whole, 9), {}}) {
      Files.write(file, damaged);
      assertThatThrownBy(() -> new FileKeys(directory))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("restore a backup with passphrase");
    }
    Files.write(file, whole);
    assertThat(new FileKeys(directory).find("a")).isPresent();
  }

  @Test
  void aLostKeyFileIsDamageToo() throws Exception {
    new FileKeys(directory).create("a", KeyAlgorithm.ED25519);
    Files.delete(directory.resolve("keys.key"));
    assertThatThrownBy(() -> new FileKeys(directory)).isInstanceOf(IOException.class);
    assertThat(directory.resolve("keys.key")).doesNotExist();
  }

  @Test
  void namesAreBounded() throws Exception {
    FileKeys keys = new FileKeys(directory);
    for (String name : new String[] {"", "a/b", "ä", "a".repeat(129)}) {
      assertThatThrownBy(() -> keys.create(name, KeyAlgorithm.ED25519))
          .isInstanceOf(IOException.class);
    }
  }
}
