package org.commonshub.apps.sandbox.check;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The classes beside one that is checked. Not thread-safe. */
interface Types {
  /** What of a class of the same bundle matters for those that inherit from it. */
  record Outline(String superName, List<String> interfaces, Set<String> members) {
    static Outline of(ClassFile file) {
      Set<String> members = new HashSet<>();
      file.fields.forEach(f -> members.add(f.name() + ":" + f.descriptor()));
      file.methods.forEach(m -> members.add(m.name() + m.descriptor()));
      return new Outline(file.superName, List.copyOf(file.interfaces), Set.copyOf(members));
    }

    /** Whether it declares the member itself. */
    boolean declares(ClassFile.Ref ref) {
      return members.contains(ref.name() + (ref.field() ? ":" : "") + ref.descriptor());
    }
  }

  /**
   * A class of the bundle.
   *
   * @param name with slashes
   * @return null if the bundle has none of that name
   */
  Outline outline(String name);
}
