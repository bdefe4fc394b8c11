package org.commonshub.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The features on disk, and which of them are to run in what order. */
public final class FeatureSet {
  private final Map<String, Feature> byName;
  private final List<String> problems;

  private FeatureSet(Map<String, Feature> byName, List<String> problems) {
    this.byName = byName;
    this.problems = problems;
  }

  /** Reads all {@code *.json} of the directories; one bad file does not hide the others. */
  public static FeatureSet read(List<Path> directories) throws IOException {
    Map<String, Feature> byName = new TreeMap<>();
    List<String> problems = new ArrayList<>();
    for (Path directory : directories) {
      List<Path> files;
      try (Stream<Path> entries = Files.list(directory)) {
        files = entries.filter(f -> f.toString().endsWith(".json")).sorted().toList();
      }
      for (Path file : files) {
        try {
          Feature feature = Feature.read(file);
          byName.put(feature.name(), feature);
        } catch (IOException e) {
          problems.add("Feature skipped: " + e.getMessage());
        }
      }
    }
    return new FeatureSet(byName, problems);
  }

  /** What could not be read, one line each. */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  /** All features that could be read, by name. */
  public Collection<Feature> all() {
    return byName.values();
  }

  /** Names of all features that run when nobody chose. */
  public List<String> defaults() {
    return byName.values().stream().filter(f -> !f.offByDefault()).map(Feature::name).toList();
  }

  /**
   * The wanted features and all they require, required ones first.
   *
   * @param problems receives one line per feature that is unknown or lacks a requirement
   */
  public List<Feature> resolve(Collection<String> wanted, List<String> problems) {
    Map<String, Feature> ordered = new LinkedHashMap<>();
    for (String name : wanted) {
      List<Feature> closure = new ArrayList<>();
      String missing = visit(name, closure, new ArrayList<>());
      if (missing == null) {
        closure.forEach(f -> ordered.putIfAbsent(f.name(), f));
      } else {
        problems.add("Feature '" + name + "' cannot start: " + missing);
      }
    }
    return List.copyOf(ordered.values());
  }

  private String visit(String name, List<Feature> closure, List<String> path) {
    Feature feature = byName.get(name);
    if (feature == null) {
      return path.isEmpty()
          ? "there is no such feature; there are " + String.join(", ", byName.keySet())
          : "it requires '" + name + "', which is not in this image";
    }
    if (path.contains(name)) {
      return "it requires itself by way of " + String.join(" → ", path);
    }
    path.add(name);
    for (String required : feature.requires()) {
      String missing = visit(required, closure, path);
      if (missing != null) {
        return missing;
      }
    }
    path.remove(path.size() - 1);
    if (!closure.contains(feature)) {
      closure.add(feature);
    }
    return null;
  }
}
