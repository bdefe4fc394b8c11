package org.commonshub.apps.desk.api;

import java.util.regex.Pattern;

/**
 * Name of an app: a domain turned round, {@code org.example.coach}; also the symbolic name of its
 * bundle and its name at the privacy gate.
 *
 * @param name at most 96 characters, two parts or more of {@code a-z 0-9 -}, each beginning with a
 *     letter
 */
public record AppId(String name) implements Comparable<AppId> {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+");

  public AppId {
    if (name.length() > 96 || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "an app is named like org.example.coach: lower case, with dots");
    }
    if (name.startsWith("org.commonshub.")) {
      throw new IllegalArgumentException("names that begin with org.commonshub are the hub's own");
    }
  }

  /** Whether the app is that provider's: its name begins with the provider's and a dot. */
  public boolean of(String provider) {
    return name.startsWith(provider + ".");
  }

  @Override
  public int compareTo(AppId other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
