package org.commonshub.apps.sandbox.check;

import org.commonshub.apps.sandbox.api.Profile;

/** What a provider sends: a jar, a class file in it, and a descriptor. */
public final class JarCheckFuzz {
  private JarCheckFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    int most = JarCheck.MAX_FINDINGS;
    if (JarCheck.check(data, Profile.APP).size() > most) {
      throw new AssertionError("more than is told");
    }
    Definition classes = new Definition(Profile.DRIVER, path -> data);
    classes.check("a.A", data);
    try {
      ClassFile file = ClassFile.read(data);
      classes.check(file.name.replace('/', '.'), data);
    } catch (MalformedClassException e) {
      // The declared refusal.
    }
    try {
      Descriptors.read(data);
    } catch (java.io.IOException e) {
      // The declared refusal.
    }
  }
}
