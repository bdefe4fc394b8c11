package org.commonshub.tools.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.commonshub.apps.catalogue.SigningKey;

/**
 * Keys in files. A passphrase comes from the variable {@code HUB_KEY_PASSPHRASE} or is asked for at
 * a terminal; on a command line everybody would see it.
 */
public final class KeyFiles {
  private static final String VARIABLE = "HUB_KEY_PASSPHRASE";
  private static final String SEALED = "-----BEGIN ENCRYPTED ";

  private KeyFiles() {}

  /** Makes a key and keeps it; never writes over another. */
  public static SigningKey make(Path file) throws IOException, Refused {
    SigningKey key = SigningKey.generate();
    char[] passphrase = given();
    Console console = System.console();
    if (passphrase.length == 0 && console != null) {
      passphrase = console.readPassword("Passphrase for %s (empty for none): ", file);
      if (!String.valueOf(passphrase).equals(String.valueOf(console.readPassword("Once more: ")))) {
        throw Refused.because("The two passphrases differ. No key was made.");
      }
    }
    try {
      key.write(file, passphrase);
    } catch (FileAlreadyExistsException e) {
      throw Refused.because(file + " is there already, and a key is never written over.");
    } catch (IllegalArgumentException e) {
      throw Refused.usage(e.getMessage() + ".");
    }
    return key;
  }

  /** Reads a key. */
  public static SigningKey read(Path file) throws IOException {
    char[] passphrase = given();
    Console console = System.console();
    if (passphrase.length == 0 && console != null && Files.readString(file).startsWith(SEALED)) {
      passphrase = console.readPassword("Passphrase of %s: ", file);
    }
    return SigningKey.read(file, passphrase);
  }

  private static char[] given() {
    String text = System.getenv(VARIABLE);
    return text == null ? new char[0] : text.toCharArray();
  }
}
