package org.commonshub.apps.sandbox.check;

import java.util.Set;

/** The classes beside one that is checked. Not thread-safe. */
interface Types {
  /** What of a class of the same bundle matters for those that inherit from it. */
  record Outline(
      int access, String superName, java.util.List<String> interfaces, Set<String> members) {
    static Outline of(ClassFile file) {
      Set<String> members = new java.util.HashSet<>();
      file.fields.forEach(f -> members.add(f.name() + ":" + f.descriptor()));
      file.methods.forEach(m -> members.add(m.name() + m.descriptor()));
      return new Outline(
          file.access, file.superName, java.util.List.copyOf(file.interfaces), Set.copyOf(members));
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
