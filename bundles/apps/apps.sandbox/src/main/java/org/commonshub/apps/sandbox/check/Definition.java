package org.commonshub.apps.sandbox.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.check.Types.Outline;

/**
 * Checks the classes of one bundle one by one, as they are defined. Keeps what classes above others
 * look like, of as many as it was asked about. Thread-safe.
 */
public final class Definition {
  private static final int MAX_KEPT = 512;
  private static final Outline NONE = new Outline("", List.of(), Set.of());

  private final Profile profile;
  private final Function<String, byte[]> classes;
  private final Map<String, Outline> outlines = new HashMap<>();

  /**
   * Checks of a bundle.
   *
   * @param classes content of a class file of the bundle by its path, null if there is none
   */
  public Definition(Profile profile, Function<String, byte[]> classes) {
    this.profile = profile;
    this.classes = classes;
  }

  /**
   * Checks a class.
   *
   * @param name with dots
   * @return what is wrong
   */
  public synchronized List<Finding> check(String name, byte[] bytes) {
    List<Finding> findings = new ArrayList<>();
    try {
      ClassFile file = ClassFile.read(bytes);
      if (!file.name.equals(name.replace('.', '/'))) {
        return List.of(new Finding(name, file.name, "A class lies where its name says."));
      }
      keep(file.name, Outline.of(file));
      new ClassCheck(profile, this::outline, findings::add).check(file);
    } catch (MalformedClassException e) {
      findings.add(
          new Finding(name, "a class file", "It cannot be taken: " + e.getMessage() + "."));
    }
    return findings;
  }

  private Outline outline(String name) {
    Outline known = outlines.get(name);
    if (known == null) {
      byte[] bytes = classes.apply(name + ".class");
      try {
        known = bytes == null ? NONE : Outline.of(ClassFile.read(bytes));
      } catch (MalformedClassException e) {
        known = NONE;
      }
      keep(name, known);
    }
    return known == NONE ? null : known;
  }

  private void keep(String name, Outline outline) {
    if (outlines.size() >= MAX_KEPT) {
      outlines.clear();
    }
    outlines.put(name, outline);
  }
}
