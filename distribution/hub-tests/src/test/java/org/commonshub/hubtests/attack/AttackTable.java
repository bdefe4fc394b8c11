package org.commonshub.hubtests.attack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** docs/security/privacy-attacks.md. */
final class AttackTable {
  private static final Pattern TEST = Pattern.compile("`(Fence|Gate)\\.(\\w+)`");
  private static final Pattern RESIDUAL = Pattern.compile("(?m)^\\| \\*\\*([^*]+)\\*\\* \\|");

  private AttackTable() {}

  /** Tests that the table names, {@code Fence.takesAnotherService}. */
  static Set<String> tests() {
    Set<String> tests = new TreeSet<>();
    Matcher matcher = TEST.matcher(text());
    while (matcher.find()) {
      tests.add(matcher.group(1) + "." + matcher.group(2));
    }
    return tests;
  }

  /** Names of the residual risks. */
  static Set<String> residuals() {
    Set<String> names = new TreeSet<>();
    Matcher matcher = RESIDUAL.matcher(text());
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }

  private static String text() {
    try {
      return Files.readString(
          Path.of(System.getProperty("hub.root", "../.."))
              .resolve("docs/security/privacy-attacks.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
