package org.commonshub.apps.sandbox.check;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.apps.sandbox.api.Profile;

/**
 * Members of the JDK that code of others may use, from {@code app.list} and, for all but apps,
 * {@code others.list}; their heads say how to read them. Immutable.
 */
final class AllowList {
  /** What the list says of a member. */
  enum Verdict {
    ALLOWED,
    REFUSED,
    UNKNOWN
  }

  /** A class of the list; a name alone stands for all its overloads. */
  record Entry(boolean extendable, List<String> supers, Set<String> allowed, Set<String> refused) {}

  private static final String OBJECT = "java/lang/Object";

  /** Read again when it is needed again: a hub without apps has no memory for it. */
  private static final Map<Profile, SoftReference<AllowList>> LISTS = new EnumMap<>(Profile.class);

  private final Map<String, Entry> entries = new HashMap<>(512);

  /** What is refused in a class that may be extended, as name and as name with parameters. */
  private final Set<String> refusedToInherit = new HashSet<>();

  private AllowList(Profile profile) {
    read("app.list");
    if (profile != Profile.APP) {
      read("others.list");
    }
    entries.values().stream()
        .filter(Entry::extendable)
        .forEach(entry -> refusedToInherit.addAll(entry.refused()));
  }

  static AllowList of(Profile profile) {
    synchronized (LISTS) {
      SoftReference<AllowList> reference = LISTS.get(profile);
      AllowList list = reference == null ? null : reference.get();
      if (list == null) {
        list = new AllowList(profile);
        LISTS.put(profile, new SoftReference<>(list));
      }
      return list;
    }
  }

  Map<String, Entry> entries() {
    return entries;
  }

  boolean has(String type) {
    return entries.containsKey(type);
  }

  boolean extendable(String type) {
    Entry entry = entries.get(type);
    return entry != null && entry.extendable();
  }

  /**
   * Looks a member up in a class and in those above it.
   *
   * @param name {@code new} for a constructor
   * @param signature name and parameters as the list has them
   */
  Verdict verdict(String type, String name, String signature) {
    Entry entry = entries.get(type);
    if (entry == null) {
      return Verdict.UNKNOWN;
    }
    if (entry.refused().contains(name) || entry.refused().contains(signature)) {
      return Verdict.REFUSED;
    }
    if (entry.allowed().contains(name) || entry.allowed().contains(signature)) {
      return Verdict.ALLOWED;
    }
    if (name.equals("new") || type.equals(OBJECT)) {
      return Verdict.UNKNOWN;
    }
    for (String above : entry.supers()) {
      Verdict verdict = verdict(above, name, signature);
      if (verdict != Verdict.UNKNOWN) {
        return verdict;
      }
    }
    return verdict(OBJECT, name, signature);
  }

  /** Whether a method of this form is refused in some class that may be extended. */
  boolean refusedToInherit(String name, String signature) {
    return refusedToInherit.contains(name) || refusedToInherit.contains(signature);
  }

  /** Name and parameters as the list has them: {@code getInstance(String,byte[])}. */
  static String signature(String name, String descriptor) {
    StringBuilder text = new StringBuilder(name).append('(');
    int at = 1;
    int arrays = 0;
    while (at < descriptor.length() && descriptor.charAt(at) != ')') {
      char c = descriptor.charAt(at++);
      if (c == '[') {
        arrays++;
        continue;
      }
      if (text.charAt(text.length() - 1) != '(') {
        text.append(',');
      }
      if (c == 'L') {
        int end = descriptor.indexOf(';', at);
        if (end < 0) {
          break; // Nothing in the list looks like that.
        }
        text.append(descriptor, descriptor.lastIndexOf('/', end) + 1, end);
        at = end + 1;
      } else {
        text.append(primitive(c));
      }
      for (; arrays > 0; arrays--) {
        text.append("[]");
      }
    }
    return text.append(')').toString();
  }

  private static String primitive(char c) {
    return switch (c) {
      case 'Z' -> "boolean";
      case 'B' -> "byte";
      case 'C' -> "char";
      case 'S' -> "short";
      case 'I' -> "int";
      case 'J' -> "long";
      case 'F' -> "float";
      case 'D' -> "double";
      default -> "?";
    };
  }

  private void read(String file) {
    try (InputStream in = AllowList.class.getResourceAsStream(file);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      Entry entry = null;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        String[] words = line.strip().split(" ");
        if (line.startsWith(" ")) {
          for (String word : words) {
            if (word.startsWith("-")) {
              entry.refused().add(word.substring(1));
            } else {
              entry.allowed().add(word);
            }
          }
        } else {
          entry = entry(words);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Entry entry(String[] words) {
    boolean extendable = words[0].startsWith("+");
    String type = words[0].substring(extendable ? 1 : 0).replace('.', '/');
    List<String> supers = Arrays.stream(words).skip(2).map(word -> word.replace('.', '/')).toList();
    return entries.computeIfAbsent(
        type, key -> new Entry(extendable, supers, new HashSet<>(), new HashSet<>()));
  }
}
