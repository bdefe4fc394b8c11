package org.commonshub.apps.desk.api;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Version of an app, as in OSGi Core 3.2.5 without a qualifier; each part up to 999,999.
 *
 * @param major rises when the app asks for more or breaks what it kept
 * @param minor rises with features
 * @param micro rises with repairs
 */
public record AppVersion(int major, int minor, int micro) implements Comparable<AppVersion> {
  private static final Pattern FORM =
      Pattern.compile("(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})");
  private static final Comparator<AppVersion> ORDER =
      Comparator.comparingInt(AppVersion::major)
          .thenComparingInt(AppVersion::minor)
          .thenComparingInt(AppVersion::micro);

  /**
   * Reads {@code 1.2.3}.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static AppVersion parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("a version is written 1.2.3");
    }
    return new AppVersion(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)));
  }

  @Override
  public int compareTo(AppVersion other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + micro;
  }
}
