package org.commonshub.tools.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.apps.catalogue.MetadataException;
import org.commonshub.apps.catalogue.PackageCheck;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.check.JarCheck;

/** The checks that every hub makes before it installs a package. */
public final class Packages {
  private Packages() {}

  /**
   * Checks a package.
   *
   * @return what it is
   * @throws Refused naming what is wrong, a line each
   */
  public static PackageCheck.Found check(Path jar, Output out) throws Refused, IOException {
    PackageCheck.Found found;
    try {
      found = PackageCheck.check(jar);
    } catch (MetadataException e) {
      throw Refused.because(jar + ": " + e.getMessage());
    }
    AppManifest manifest = found.manifest();
    List<Finding> findings = JarCheck.check(jar, Profile.valueOf(manifest.kind().name()));
    out.put("id", manifest.id().name());
    out.put("version", manifest.version().toString());
    out.put("length", found.length());
    out.put("sha256", found.sha256());
    out.put("findings", findings.stream().map(Packages::map).toList());
    for (Finding finding : findings) {
      out.line(finding.where() + "\n  uses  " + finding.what() + "\n  " + finding.why());
    }
    if (!findings.isEmpty()) {
      throw Refused.because(
          manifest.id()
              + " "
              + manifest.version()
              + " would be refused by every hub: "
              + findings.size()
              + (findings.size() == 1 ? " finding." : " findings."));
    }
    return found;
  }

  private static Map<String, Object> map(Finding finding) {
    return new TreeMap<>(
        Map.of("where", finding.where(), "what", finding.what(), "why", finding.why()));
  }
}
