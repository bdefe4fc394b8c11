package org.commonshub.tools.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What stands behind a command: options that take a value ({@code --key FILE}) and the rest. */
public final class Arguments {
  private final List<String> rest = new ArrayList<>();
  private final Map<String, List<String>> options = new TreeMap<>();

  /**
   * Reads them.
   *
   * @param known options that take a value, without {@code --}
   */
  static Arguments parse(List<String> words, Set<String> known) throws Refused {
    Arguments arguments = new Arguments();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (!word.startsWith("--")) {
        arguments.rest.add(word);
      } else if (!known.contains(word.substring(2))) {
        throw Refused.usage("Unknown option " + word + ". Try --help.");
      } else if (i + 1 == words.size()) {
        throw Refused.usage(word + " needs a value.");
      } else {
        arguments
            .options
            .computeIfAbsent(word.substring(2), name -> new ArrayList<>())
            .add(words.get(++i));
      }
    }
    return arguments;
  }

  /** The argument at a place. */
  public String at(int index, String name) throws Refused {
    if (index >= rest.size()) {
      throw Refused.usage(name + " is missing. Try --help.");
    }
    return rest.get(index);
  }

  /** All arguments from a place on. */
  public List<String> from(int index) {
    return rest.subList(Math.min(index, rest.size()), rest.size());
  }

  /** Refuses more arguments than there should be. */
  public void atMost(int count) throws Refused {
    if (rest.size() > count) {
      throw Refused.usage("'" + rest.get(count) + "' is one too many. Try --help.");
    }
  }

  /** An option that has to be there. */
  public String required(String name) throws Refused {
    return option(name).orElseThrow(() -> Refused.usage("--" + name + " is missing. Try --help."));
  }

  /** An option; given twice, the last. */
  public Optional<String> option(String name) {
    List<String> values = all(name);
    return values.isEmpty() ? Optional.empty() : Optional.of(values.get(values.size() - 1));
  }

  /** An option that may be given several times. */
  public List<String> all(String name) {
    return options.getOrDefault(name, List.of());
  }

  /** A file or folder that has to be there. */
  public Path path(String name) throws Refused {
    return Path.of(required(name));
  }

  /** A whole number in a range. */
  public int number(String name, int otherwise, int min, int max) throws Refused {
    Optional<String> text = option(name);
    try {
      int value = text.isEmpty() ? otherwise : Integer.parseInt(text.get());
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw Refused.usage("--" + name + " is a whole number from " + min + " to " + max + ".");
  }
}
