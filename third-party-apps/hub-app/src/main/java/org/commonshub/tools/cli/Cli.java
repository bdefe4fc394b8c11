package org.commonshub.tools.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.commonshub.identity.api.Json;

/**
 * A command line: {@code NAME COMMAND [ARGUMENTS] [--json]}. Exit codes: 0 done, 1 refused, 2
 * called wrongly, 3 a file or the network failed.
 */
public final class Cli {
  /** What a command does. */
  public interface Action {
    /** Does it; {@code out} takes what it says. */
    void run(Arguments arguments, Output out) throws Refused, IOException;
  }

  private record Command(
      String usage, String summary, String help, Set<String> options, Action action) {}

  private final String name;
  private final String purpose;
  private final Map<String, Command> commands = new TreeMap<>();

  /** A command line without commands. */
  public Cli(String name, String purpose) {
    this.name = name;
    this.purpose = purpose;
  }

  /**
   * Adds a command.
   *
   * @param command its name, two words at most: {@code catalogue init}
   * @param usage its arguments
   * @param summary one line
   * @param help all that there is to know
   * @param options options with a value, without {@code --}
   */
  public Cli command(
      String command,
      String usage,
      String summary,
      String help,
      Set<String> options,
      Action action) {
    commands.put(command, new Command(usage, summary, help, options, action));
    return this;
  }

  /** Runs one; the exit code. */
  public int run(String[] words, PrintStream out, PrintStream err) {
    List<String> rest = new ArrayList<>(List.of(words));
    boolean json = rest.remove("--json");
    boolean help = rest.remove("--help") | rest.remove("-h");
    if (rest.isEmpty() || rest.get(0).equals("help")) {
      (help || !rest.isEmpty() ? out : err).print(overview());
      return help || !rest.isEmpty() ? 0 : 2;
    }
    String found = rest.size() > 1 ? rest.get(0) + " " + rest.get(1) : rest.get(0);
    if (!commands.containsKey(found)) {
      found = rest.get(0);
    }
    Command command = commands.get(found);
    if (command == null) {
      err.println("There is no command '" + found + "'. Try " + name + " --help.");
      return 2;
    }
    if (help) {
      out.println(name + " " + found + " " + command.usage + "\n\n" + command.help.strip());
      return 0;
    }
    Output output = new Output(json ? null : out);
    try {
      List<String> behind = rest.subList(found.contains(" ") ? 2 : 1, rest.size());
      command.action.run(Arguments.parse(behind, command.options), output);
      if (json) {
        out.println(Json.canonical(output.result("ok", true)));
      }
      return 0;
    } catch (Refused e) {
      return fail(output, json, out, err, e.getMessage(), e.exit());
    } catch (NoSuchFileException e) {
      return fail(output, json, out, err, "There is no file " + e.getMessage() + ".", 3);
    } catch (IOException e) {
      return fail(output, json, out, err, e.getMessage(), 3);
    }
  }

  private static int fail(
      Output output, boolean json, PrintStream out, PrintStream err, String message, int exit) {
    if (json) {
      output.put("problem", String.valueOf(message));
      out.println(Json.canonical(output.result("ok", false)));
    } else {
      err.println(message);
    }
    return exit;
  }

  private String overview() {
    StringBuilder text = new StringBuilder(purpose).append("\n\n");
    int width = commands.keySet().stream().mapToInt(String::length).max().orElse(0);
    commands.forEach(
        (word, command) ->
            text.append("  ")
                .append(name)
                .append(' ')
                .append(word)
                .append(" ".repeat(width - word.length() + 2))
                .append(command.summary)
                .append('\n'));
    return text.append(
            "\n  --json  answers as one JSON object    --help  behind a command tells all of it\n")
        .append(
            "  Exit codes: 0 done, 1 refused, 2 called wrongly, 3 a file or the network failed.\n")
        .toString();
  }
}
