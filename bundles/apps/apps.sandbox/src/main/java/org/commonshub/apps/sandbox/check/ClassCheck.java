package org.commonshub.apps.sandbox.check;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.check.AllowList.Verdict;
import org.commonshub.apps.sandbox.check.ClassFile.Member;
import org.commonshub.apps.sandbox.check.ClassFile.Ref;
import org.commonshub.apps.sandbox.check.ClassFile.Site;
import org.commonshub.apps.sandbox.check.Types.Outline;

/**
 * Layer 3: checks a class of others against the list of what may be used. A reference counts where
 * the JVM would find the member: one through the bundle's own class is looked up in its own
 * superclasses, then in the class of the JDK above them, then in interfaces. For one thread.
 */
final class ClassCheck {
  private static final String LAMBDAS = "java/lang/invoke/LambdaMetafactory";

  /** Who may make call sites, and with which methods. */
  private static final Map<String, Set<String>> BOOTSTRAPS =
      Map.of(
          LAMBDAS,
          Set.of("metafactory", "altMetafactory"),
          "java/lang/invoke/StringConcatFactory",
          Set.of("makeConcat", "makeConcatWithConstants"),
          "java/lang/runtime/ObjectMethods",
          Set.of("bootstrap"));

  private static final Set<String> SERIALIZATION =
      Set.of(
          "readObject",
          "writeObject",
          "readObjectNoData",
          "readResolve",
          "writeReplace",
          "readExternal",
          "writeExternal");

  private static final int MAX_DEPTH = 64;

  private final Profile profile;
  private final AllowList list;
  private final Types types;
  private final Consumer<Finding> findings;

  /** References that were found good: most come again and again. */
  private final Set<Ref> good = new HashSet<>();

  private String where = "";

  ClassCheck(Profile profile, Types types, Consumer<Finding> findings) {
    this.profile = profile;
    this.list = AllowList.of(profile);
    this.types = types;
    this.findings = findings;
  }

  /** Checks a class. */
  void check(ClassFile file) {
    where = file.name.replace('/', '.');
    for (String reserved : Packages.RESERVED) {
      if (file.name.startsWith(reserved)) {
        found(where, "The package belongs to the JDK or the hub; use one of your own.");
      }
    }
    inheritance(file);
    members(file);
    for (String type : file.classes) {
      String element = type.substring(type.lastIndexOf('[') + 1);
      if (element.length() < type.length()) { // an array: a primitive, or L…;
        if (!element.startsWith("L")) {
          continue;
        }
        element = element.substring(1, element.length() - 1);
      }
      if (!known(element)) {
        found(element.replace('/', '.'), "This class is not for " + whom() + ".");
      }
    }
    for (Ref ref : file.refs) {
      if (!bootstrap(ref)) {
        reference(ref);
      }
    }
    for (Ref ref : file.used) {
      if (bootstrap(ref)) {
        found(ref.toString(), "Only the compiler's own call sites use it.");
      }
    }
    for (Site site : file.sites) {
      site(site);
    }
  }

  private void inheritance(ClassFile file) {
    boolean isInterface = (file.access & ClassFile.ACC_INTERFACE) != 0;
    if (isInterface ? !file.superName.equals("java/lang/Object") : !inherits(file.superName)) {
      found(file.superName.replace('/', '.'), "It may not be extended.");
    }
    for (String each : file.interfaces) {
      if (!inherits(each)) {
        found(each.replace('/', '.'), "It may not be implemented.");
      }
    }
  }

  private boolean inherits(String type) {
    return list.extendable(type) || Packages.granted(profile, type) || types.outline(type) != null;
  }

  private void members(ClassFile file) {
    boolean isInterface = (file.access & ClassFile.ACC_INTERFACE) != 0;
    for (Member method : file.methods) {
      String name = method.name();
      if ((method.access() & ClassFile.ACC_NATIVE) != 0) {
        found(where + "." + name, "Native methods are not allowed.");
      }
      if (name.equals("finalize") && method.descriptor().equals("()V")) {
        found(where + "." + name, "Finalizers run on a thread of the JVM; use AutoCloseable.");
      }
      if (SERIALIZATION.contains(name) && serialization(method)) {
        found(where + "." + name, "Nothing is serialized here; use your own format.");
      }
      // Else a class that inherits it from the JDK could be called through this interface.
      if (isInterface
          && list.refusedToInherit(name, AllowList.signature(name, method.descriptor()))) {
        found(where + "." + name, "A method of the JDK that is not allowed has this name.");
      }
    }
    for (String method : file.locking) {
      found(
          where + "." + method,
          "A synchronized block may lock what the whole hub uses; an app has one thread, a driver"
              + " takes synchronized methods or a ReentrantLock.");
    }
  }

  private static boolean serialization(Member method) {
    return method.descriptor().startsWith("(Ljava/io/Object")
        || method.descriptor().startsWith("()");
  }

  private void site(Site site) {
    if (!bootstrap(site.bootstrap())) {
      found(site.bootstrap().toString(), "Call sites are made by the compiler's own methods only.");
      return;
    }
    for (Ref handle : site.handles()) {
      if (bootstrap(handle)) {
        found(handle.toString(), "Only the compiler's own call sites use it.");
      }
    }
    if (site.bootstrap().owner().equals(LAMBDAS)) {
      String made = site.descriptor().substring(site.descriptor().indexOf(')') + 1);
      if (!made.startsWith("L") || !inherits(made.substring(1, made.length() - 1))) {
        found(made, "A lambda may not be of this type.");
      }
    }
  }

  private static boolean bootstrap(Ref ref) {
    return BOOTSTRAPS.getOrDefault(ref.owner(), Set.of()).contains(ref.name());
  }

  private void reference(Ref ref) {
    if (good.contains(ref)) {
      return;
    }
    if (allowed(ref)) {
      good.add(ref);
    } else {
      found(ref.toString(), Advice.of(ref, whom()));
    }
  }

  private boolean allowed(Ref ref) {
    String name = ref.name().equals("<init>") ? "new" : ref.name();
    String signature = ref.field() ? name : AllowList.signature(name, ref.descriptor());
    if (ref.owner().startsWith("[")) {
      return name.equals("clone")
          || list.verdict("java/lang/Object", name, signature) == Verdict.ALLOWED;
    }
    Verdict verdict = fixed(ref.owner(), name, signature);
    if (verdict != Verdict.UNKNOWN || types.outline(ref.owner()) == null) {
      return verdict == Verdict.ALLOWED;
    }
    return own(ref, name, signature);
  }

  /** A member of the JDK or of the hub. */
  private Verdict fixed(String owner, String name, String signature) {
    if (Packages.granted(profile, owner)) {
      boolean refused =
          list.verdict("java/lang/Throwable", name, signature) == Verdict.REFUSED
              || list.verdict("java/lang/Enum", name, signature) == Verdict.REFUSED;
      return refused ? Verdict.REFUSED : Verdict.ALLOWED;
    }
    return list.verdict(owner, name, signature);
  }

  /** A member that is found through a class of the bundle. */
  private boolean own(Ref ref, String name, String signature) {
    Deque<String> interfaces = new ArrayDeque<>();
    String type = ref.owner();
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      Outline outline = types.outline(type);
      if (outline == null) {
        Verdict verdict = fixed(type, name, signature);
        if (verdict != Verdict.UNKNOWN) {
          return verdict == Verdict.ALLOWED;
        }
        return !name.equals("new") && inInterfaces(interfaces, ref, name, signature);
      }
      if (outline.declares(ref)) {
        return true;
      }
      interfaces.addAll(outline.interfaces());
      type = outline.superName();
    }
    return false;
  }

  private boolean inInterfaces(Deque<String> open, Ref ref, String name, String signature) {
    boolean allowed = false;
    Set<String> seen = new HashSet<>();
    while (!open.isEmpty()) {
      String type = open.pop();
      if (!seen.add(type)) {
        continue;
      }
      Outline outline = types.outline(type);
      if (outline != null) {
        allowed |= outline.declares(ref);
        open.addAll(outline.interfaces());
        continue;
      }
      Verdict verdict = fixed(type, name, signature);
      if (verdict == Verdict.REFUSED) {
        return false;
      }
      allowed |= verdict == Verdict.ALLOWED;
    }
    return allowed;
  }

  private boolean known(String type) {
    return list.has(type)
        || BOOTSTRAPS.containsKey(type)
        || Packages.granted(profile, type)
        || types.outline(type) != null;
  }

  private String whom() {
    return switch (profile) {
      case APP -> "apps";
      case DRIVER -> "drivers";
      case POLICY -> "policies";
      case LEDGER -> "ledger clients";
    };
  }

  private void found(String what, String why) {
    findings.accept(new Finding(where, what, why));
  }
}
