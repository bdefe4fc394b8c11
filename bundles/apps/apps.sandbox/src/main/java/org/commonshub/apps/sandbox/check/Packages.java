package org.commonshub.apps.sandbox.check;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.apps.sandbox.api.Profile;

/** Packages of the hub that a profile gets, beside {@code java.*}. */
public final class Packages {
  private static final String HUB = "org.commonshub.";

  private static final Set<String> APP =
      Set.of(HUB + "apps.api", HUB + "privacy.api", HUB + "measure.api");

  private static final Set<String> OTHERS =
      Set.of(
          HUB + "privacy.api",
          HUB + "measure.api",
          HUB + "metering.api",
          HUB + "metering.mapping.api",
          HUB + "ledger.api",
          HUB + "identity.api",
          HUB + "platform.api",
          "org.slf4j",
          "org.slf4j.event",
          "javax.crypto",
          "javax.crypto.spec");

  /** Beginnings of packages that no bundle of others has classes in. */
  static final List<String> RESERVED =
      List.of(
          "java/",
          "javax/",
          "jdk/",
          "sun/",
          "com/sun/",
          "org/commonshub/",
          "org/osgi/",
          "org/slf4j/",
          "org/apache/felix/",
          "jakarta/");

  /** Classes in granted packages whose methods write files. */
  private static final Map<String, Set<String>> EXCEPT =
      Map.of(HUB + "platform.api", Set.of("DurableFiles", "DurablePair"));

  private Packages() {}

  /** Packages that bundles of a profile may import, beside {@code java.*}. */
  public static Set<String> of(Profile profile) {
    return profile == Profile.APP ? APP : OTHERS;
  }

  /** The one type of service that bundles of a profile offer. */
  public static String offer(Profile profile) {
    return HUB
        + switch (profile) {
          case APP -> "apps.api.App";
          case DRIVER -> "metering.api.MeterDriver";
          case POLICY -> "privacy.api.PrivacyPolicy";
          case LEDGER -> "ledger.api.LedgerClient";
        };
  }

  /** Whether a class, named with slashes, is of a package of the hub that is used as a whole. */
  static boolean granted(Profile profile, String type) {
    int slash = type.lastIndexOf('/');
    if (slash < 0 || !type.startsWith("org/commonshub/")) {
      return false;
    }
    String name = type.substring(0, slash).replace('/', '.');
    return of(profile).contains(name)
        && !EXCEPT.getOrDefault(name, Set.of()).contains(type.substring(slash + 1));
  }
}
