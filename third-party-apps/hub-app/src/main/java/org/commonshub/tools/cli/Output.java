package org.commonshub.tools.cli;

import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;

/** What a command says: lines for people, or fields for programs. */
public final class Output {
  private final PrintStream lines;
  private final Map<String, Object> fields = new TreeMap<>();

  Output(PrintStream lines) {
    this.lines = lines;
  }

  /** A line for people. */
  public void line(String text) {
    if (lines != null) {
      lines.println(text);
    }
  }

  /** A field for programs: text, whole number, truth, list or map of these. */
  public void put(String name, Object value) {
    fields.put(name, value);
  }

  Map<String, Object> result(String name, Object value) {
    fields.put(name, value);
    return fields;
  }
}
