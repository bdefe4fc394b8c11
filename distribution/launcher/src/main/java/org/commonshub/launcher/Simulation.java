package org.commonshub.launcher;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A simulated home in a process of its own. It says on standard output, a JSON object a line, which
 * devices it plays; they are written as device configurations, so the hub reads them as it would a
 * real home's. It ends when its standard input closes: it never outlives the hub.
 */
final class Simulation implements AutoCloseable {
  private static final String PREFIX = "org.commonshub.metering.device~simulated-";

  private final Process process;

  private Simulation(Process process) {
    this.process = process;
  }

  /**
   * Starts the program and waits until it has named its devices.
   *
   * @param options options of the program, separated by blanks
   */
  static Simulation start(Path jar, Path config, String options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx48m",
                "-jar",
                jar.toString()));
    if (!options.isBlank()) {
      command.addAll(List.of(options.strip().split("\\s+")));
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Simulation simulation = new Simulation(process);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    List<Map<String, Object>> devices = new ArrayList<>();
    String line;
    while ((line = lines.readLine()) != null && !line.contains("\"ready\"")) {
      if (line.startsWith("{")) {
        devices.add(parse(line));
      }
    }
    if (line == null) {
      simulation.close();
      throw new IOException("the simulated home ended before it was ready");
    }
    Set<Path> current = new HashSet<>();
    for (Map<String, Object> device : devices) {
      current.add(write(config, device));
    }
    forget(config, current);
    Thread drain =
        new Thread(
            () -> {
              try {
                while (lines.readLine() != null) {
                  // Nothing more is expected; an unread pipe would block the process.
                }
              } catch (IOException e) {
                // The process ended.
              }
            },
            "simulation-output");
    drain.setDaemon(true);
    drain.start();
    return simulation;
  }

  /** Removes the configurations of an earlier simulation. */
  static void forget(Path config) throws IOException {
    forget(config, Set.of());
  }

  private static void forget(Path config, Set<Path> but) throws IOException {
    if (!Files.isDirectory(config)) {
      return;
    }
    try (Stream<Path> files = Files.list(config)) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith(PREFIX)).toList()) {
        if (!but.contains(file)) {
          Files.delete(file);
        }
      }
    }
  }

  private static Map<String, Object> parse(String line) throws IOException {
    Map<String, Object> device = new TreeMap<>();
    try (JsonParser parser = new JsonFactory().createParser(line)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        if (parser.nextToken() == JsonToken.START_OBJECT) {
          List<String> pairs = new ArrayList<>();
          while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            pairs.add(name + "=" + parser.getText());
          }
          device.put(key, pairs);
        } else {
          device.put(key, parser.getText());
        }
      }
    }
    return device;
  }

  private static Path write(Path config, Map<String, Object> device) throws IOException {
    String key = String.valueOf(device.getOrDefault("key", device.get("name"))).toLowerCase();
    String slug = key.replaceAll("[^a-z0-9]+", "-");
    StringBuilder json = new StringBuilder("// Written by the simulated home at each start.\n{\n");
    json.append("  \"id\": \"")
        .append(UUID.nameUUIDFromBytes(("simulated/" + slug).getBytes(StandardCharsets.UTF_8)))
        .append("\",\n");
    for (String field : List.of("name", "role", "parent", "driver", "endpoint")) {
      Object value = device.get(field);
      if (value != null && !value.toString().isEmpty()) {
        if (field.equals("parent")) {
          value =
              UUID.nameUUIDFromBytes(
                  ("simulated/" + value.toString().toLowerCase().replaceAll("[^a-z0-9]+", "-"))
                      .getBytes(StandardCharsets.UTF_8));
        }
        json.append("  \"").append(field).append("\": ").append(quote(value.toString()));
        json.append(",\n");
      }
    }
    if (device.get("settings") instanceof List<?> settings) {
      json.append("  \"settings\": [");
      for (int i = 0; i < settings.size(); i++) {
        json.append(i == 0 ? "" : ", ").append(quote(settings.get(i).toString()));
      }
      json.append("],\n");
    }
    json.append("  \"interval_ms\": 1000\n}\n");
    Path file = config.resolve(PREFIX + slug + ".json");
    if (!Files.isRegularFile(file) || !Files.readString(file).equals(json.toString())) {
      Path temporary = config.resolve(PREFIX + slug + ".new");
      Files.writeString(temporary, json.toString());
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
    }
    return file;
  }

  private static String quote(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      if (!process.waitFor(3, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
