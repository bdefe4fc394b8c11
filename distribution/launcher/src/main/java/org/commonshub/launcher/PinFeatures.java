package org.commonshub.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Build step: copies source features with their bundles pinned to the SHA-256 of the jars that the
 * image ships. Usage: {@code PinFeatures VERSION FROM-DIR BUNDLES-DIR TO-DIR [NAME …]}.
 */
public final class PinFeatures {
  private static final Pattern BUNDLE = Pattern.compile("\"([\\w.-]+):([\\w.-]+):([^\":]+)\"");

  private PinFeatures() {}

  public static void main(String[] args) throws IOException {
    String version = args[0];
    Path from = Path.of(args[1]);
    Path bundles = Path.of(args[2]);
    Path to = Path.of(args[3]);
    List<String> names = List.of(args).subList(4, args.length);
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        String name = file.getFileName().toString().replace(".json", "");
        if (names.isEmpty() || names.contains(name)) {
          String text = Files.readString(file).replace("${project.version}", version);
          Path target = to.resolve(file.getFileName());
          Files.writeString(target, pin(text, bundles, file));
          Feature.read(target); // What was written can be read.
        }
      }
    }
  }

  /** Only strings inside the bundles array are pinned. */
  private static String pin(String text, Path bundles, Path file) throws IOException {
    int start = text.indexOf("\"bundles\"");
    if (start < 0) {
      return text;
    }
    start = text.indexOf('[', start);
    int end = text.indexOf(']', start);
    Matcher matcher = BUNDLE.matcher(text.substring(start, end));
    StringBuilder pinned = new StringBuilder(text.substring(0, start));
    while (matcher.find()) {
      String jar = matcher.group(2) + "-" + matcher.group(3) + ".jar";
      Path path = bundles.resolve(jar);
      if (!Files.isRegularFile(path)) {
        throw new IOException(
            file + " names " + matcher.group() + ", but " + path + " is not there");
      }
      matcher.appendReplacement(
          pinned,
          Matcher.quoteReplacement(
              "{\"id\": "
                  + matcher.group()
                  + ", \"file\": \""
                  + jar
                  + "\", \"sha256\": \""
                  + Hub.sha256(path)
                  + "\"}"));
    }
    matcher.appendTail(pinned);
    return pinned.append(text.substring(end)).toString();
  }
}
