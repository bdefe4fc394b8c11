package org.commonshub.apps.sandbox.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.check.AllowList.Entry;
import org.commonshub.apps.sandbox.check.AllowList.Verdict;
import org.junit.jupiter.api.Test;

/** The list against the JDK that the test runs on. */
class AllowListTest {
  /** The newest JDK whose members were read. */
  private static final int REVIEWED = 25;

  /** What a member of the list takes only if somebody has looked at it. */
  private static final Set<Class<?>> POWERFUL =
      Set.of(
          java.io.File.class,
          java.nio.file.Path.class,
          java.net.URL.class,
          java.net.InetAddress.class,
          ClassLoader.class,
          Thread.class,
          java.util.concurrent.Executor.class,
          java.util.concurrent.ThreadFactory.class,
          java.lang.invoke.MethodHandles.Lookup.class,
          java.lang.invoke.MethodHandle.class,
          java.io.ObjectInputStream.class,
          java.io.ObjectOutputStream.class,
          java.io.PrintStream.class,
          java.io.FileDescriptor.class,
          java.security.Provider.class,
          java.nio.channels.ReadableByteChannel.class,
          java.util.ResourceBundle.class,
          Module.class);

  private final AllowList list = AllowList.of(Profile.DRIVER);

  private static Class<?> type(String name) {
    try {
      return Class.forName(name.replace('/', '.'), false, ClassLoader.getPlatformClassLoader());
    } catch (ClassNotFoundException e) {
      return null;
    }
  }

  private static boolean jdk(String name) {
    return name.startsWith("java");
  }

  private static String name(Member member) {
    return member instanceof java.lang.reflect.Constructor ? "new" : member.getName();
  }

  private static String signature(Member member) {
    if (member instanceof Field field) {
      return field.getName();
    }
    StringBuilder text = new StringBuilder(name(member)).append('(');
    String separator = "";
    for (Class<?> parameter : ((Executable) member).getParameterTypes()) {
      String type = parameter.getTypeName();
      text.append(separator)
          .append(parameter.isArray() ? arrays(parameter) : simple(type, parameter));
      separator = ",";
    }
    return text.append(')').toString();
  }

  private static String simple(String text, Class<?> type) {
    String name = type.isPrimitive() ? text : type.getName();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String arrays(Class<?> type) {
    Class<?> element = type.getComponentType();
    return (element.isArray() ? arrays(element) : simple(element.getTypeName(), element)) + "[]";
  }

  private static List<Member> declared(Class<?> type, boolean withProtected) {
    List<Member> members = new ArrayList<>();
    members.addAll(Arrays.asList(type.getDeclaredFields()));
    members.addAll(Arrays.asList(type.getDeclaredConstructors()));
    members.addAll(Arrays.asList(type.getDeclaredMethods()));
    members.removeIf(
        m ->
            !(Modifier.isPublic(m.getModifiers())
                || withProtected && Modifier.isProtected(m.getModifiers())));
    return members;
  }

  private static Set<Class<?>> above(Class<?> type) {
    Set<Class<?>> all = new LinkedHashSet<>();
    if (type.getSuperclass() != null) {
      all.add(type.getSuperclass());
      all.addAll(above(type.getSuperclass()));
    }
    for (Class<?> each : type.getInterfaces()) {
      all.add(each);
      all.addAll(above(each));
    }
    return all;
  }

  @Test
  void everyMemberIsThere() {
    Set<String> missing = new TreeSet<>();
    int members = 0;
    for (Map.Entry<String, Entry> each : list.entries().entrySet()) {
      if (!jdk(each.getKey())) {
        continue;
      }
      Class<?> type = type(each.getKey());
      if (type == null) {
        missing.add(each.getKey());
        continue;
      }
      Set<String> there = new TreeSet<>();
      Set<Class<?>> types = above(type);
      types.add(type);
      for (Class<?> any : types) {
        for (Member member : declared(any, true)) {
          there.add(name(member));
          there.add(signature(member));
        }
      }
      Set<String> named = new TreeSet<>(each.getValue().allowed());
      named.addAll(each.getValue().refused());
      members += named.size();
      for (String member : named) {
        if (!there.contains(member)) {
          missing.add(each.getKey() + " " + member);
        }
      }
    }
    assertThat(members).isGreaterThan(2000);
    if (Runtime.version().feature() >= REVIEWED) {
      assertThat(missing).isEmpty();
    } else {
      System.out.println("Not yet in the JDK " + Runtime.version().feature() + ": " + missing);
      assertThat(missing).hasSizeLessThan(members / 20);
    }
  }

  @Test
  void whatIsAboveAClassIsAboveItInTheJdk() {
    for (Map.Entry<String, Entry> each : list.entries().entrySet()) {
      Class<?> type = type(each.getKey());
      if (type == null) {
        continue;
      }
      Set<String> listed = new TreeSet<>(each.getValue().supers());
      for (String one : List.copyOf(listed)) {
        closure(one, listed);
      }
      Set<String> real = new TreeSet<>();
      above(type).forEach(a -> real.add(a.getName().replace('.', '/')));
      listed.removeIf(one -> type(one) == null); // Newer than this JDK.
      assertThat(real).as(each.getKey()).containsAll(listed);
      for (String one : real) {
        Entry entry = list.entries().get(one);
        if (entry != null
            && !one.equals("java/lang/Object")
            && !(entry.allowed().isEmpty() && entry.refused().isEmpty())) {
          assertThat(listed).as("what is above " + each.getKey()).contains(one);
        }
      }
    }
  }

  private void closure(String type, Set<String> into) {
    into.add(type);
    list.entries().get(type).supers().forEach(above -> closure(above, into));
  }

  /** A class that may be extended passes on everything it has: each member was decided about. */
  @Test
  void everyMemberOfAClassThatMayBeExtendedIsDecided() {
    Set<String> undecided = new TreeSet<>();
    list.entries()
        .forEach(
            (name, entry) -> {
              Class<?> type = type(name);
              if (!entry.extendable() || type == null) {
                return;
              }
              Set<Class<?>> types = above(type);
              types.removeIf(t -> list.has(t.getName().replace('.', '/')));
              types.add(type);
              for (Class<?> each : types) {
                for (Member member : declared(each, true)) {
                  boolean inherited = each != type && name(member).equals("new");
                  if (!inherited
                      && list.verdict(name, name(member), signature(member)) == Verdict.UNKNOWN) {
                    undecided.add(name + " " + signature(member));
                  }
                }
              }
            });
    assertThat(undecided).isEmpty();
  }

  @Test
  void nothingPowerfulIsTakenOrGiven() {
    Set<String> found = new TreeSet<>();
    list.entries()
        .forEach(
            (name, entry) -> {
              Class<?> type = type(name);
              if (type == null) {
                return;
              }
              for (Member member : declared(type, entry.extendable())) {
                if (list.verdict(name, name(member), signature(member)) == Verdict.ALLOWED
                    && types(member).stream().anyMatch(POWERFUL::contains)) {
                  found.add(name + " " + signature(member));
                }
              }
            });
    assertThat(found).isEmpty();
  }

  private static List<Class<?>> types(Member member) {
    List<Class<?>> types = new ArrayList<>();
    if (member instanceof Field field) {
      types.add(field.getType());
    } else {
      types.addAll(Arrays.asList(((Executable) member).getParameterTypes()));
      if (member instanceof java.lang.reflect.Method method) {
        types.add(method.getReturnType());
      }
    }
    return types;
  }

  /** A static method is not allowed because one of the same form above it is. */
  @Test
  void staticMethodsAreNamedWhereTheyAre() {
    Set<String> found = new TreeSet<>();
    list.entries()
        .forEach(
            (name, entry) -> {
              Class<?> type = type(name);
              if (type == null) {
                return;
              }
              for (Member member : declared(type, entry.extendable())) {
                if (member instanceof java.lang.reflect.Method
                    && Modifier.isStatic(member.getModifiers())
                    && list.verdict(name, name(member), signature(member)) == Verdict.ALLOWED
                    && !entry.allowed().contains(name(member))
                    && !entry.allowed().contains(signature(member))) {
                  found.add(name + " " + signature(member));
                }
              }
            });
    assertThat(found).isEmpty();
  }

  /** For who reads the list anew with another JDK: see target/not-listed.txt. */
  @Test
  void printsWhatIsNotListed() throws IOException {
    Map<String, Set<String>> found = new TreeMap<>();
    list.entries()
        .forEach(
            (name, entry) -> {
              Class<?> type = type(name);
              if (type == null) {
                return;
              }
              for (Member member : declared(type, entry.extendable())) {
                if (list.verdict(name, name(member), signature(member)) != Verdict.ALLOWED) {
                  found.computeIfAbsent(name, key -> new TreeSet<>()).add(signature(member));
                }
              }
            });
    List<String> lines = new ArrayList<>();
    found.forEach((name, members) -> lines.add(name.replace('/', '.') + " " + members));
    Files.createDirectories(Path.of("target"));
    Files.write(Path.of("target/not-listed.txt"), lines);
    System.out.println(
        "Members of listed classes of the JDK "
            + Runtime.version().feature()
            + " that are not listed:\n"
            + String.join("\n", lines));
    assertThat(found).containsKeys("java/lang/System", "java/lang/Class", "java/util/Formatter");
  }
}
