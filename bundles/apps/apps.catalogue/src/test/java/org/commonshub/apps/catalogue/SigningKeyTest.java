package org.commonshub.apps.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeyTest {
  private static final byte[] MESSAGE = "hello".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"", "correct horse battery staple"})
  void aKeyIsKeptForItsOwnerOnly(String passphrase) throws Exception {
    SigningKey key = SigningKey.generate();
    Path file = folder.resolve("root.pem");
    key.write(file, passphrase.toCharArray());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    SigningKey read = SigningKey.read(file, passphrase.toCharArray());
    assertThat(read.key()).isEqualTo(key.key());
    assertThat(key.key().verify(MESSAGE, read.sign(MESSAGE))).isTrue();
    assertThatThrownBy(() -> key.write(file, passphrase.toCharArray()))
        .isInstanceOf(FileAlreadyExistsException.class);
    opensslReads(file, passphrase);
  }

  private static void opensslReads(Path file, String passphrase) throws Exception {
    Process openssl;
    try {
      openssl =
          new ProcessBuilder(
                  "openssl",
                  "pkey",
                  "-in",
                  file.toString(),
                  "-passin",
                  "pass:" + passphrase,
                  "-noout",
                  "-text")
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      System.out.println("SKIPPED that OpenSSL reads keys: openssl is not installed.");
      return;
    }
    String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(openssl.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(said).contains("ED25519 Private-Key");
  }

  @Test
  void wrongPassphrasesAndFilesAreRefused() throws Exception {
    SigningKey key = SigningKey.generate();
    Path sealed = folder.resolve("sealed.pem");
    key.write(sealed, "right".toCharArray());
    refused(sealed, "", "kept under a passphrase");
    refused(sealed, "wrong", "the passphrase of");
    assertThatThrownBy(() -> key.write(folder.resolve("x"), "caf\u00e9".toCharArray()))
        .isInstanceOf(IllegalArgumentException.class);
    Path other = folder.resolve("other.pem");
    Files.writeString(other, "hello");
    refused(other, "", "no key that was written here");
    Path plain = folder.resolve("plain.pem");
    key.write(plain, new char[0]);
    String text = Files.readString(plain);
    Files.writeString(
        plain, text.replace(key.key().multikey(), SigningKey.generate().key().multikey()));
    refused(plain, "", "another public key");
    Files.writeString(plain, text.replace("MC4CAQ", "MC4CAR"));
    refused(plain, "", "is damaged");
  }

  private static void refused(Path file, String passphrase, String because) {
    assertThatThrownBy(() -> SigningKey.read(file, passphrase.toCharArray()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(because);
  }
}
