package org.commonshub.hubtests;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.Actuating;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;

/**
 * {@code docs/devices.md}, made of the bundles of the image: every component that provides a {@link
 * MeterDriver} is constructed with idle services and asked to describe itself; what a model can be
 * told is asked of a session for it, on a line where nobody answers.
 */
final class DevicesPage {
  private static final Pattern CLASS = Pattern.compile("<implementation class=\"([^\"]+)\"");
  private static final Pattern PROVIDES = Pattern.compile("<provide interface=\"([^\"]+)\"");
  private static final Pattern BUNDLE = Pattern.compile("\"id\": *\"[^\":]+:([^\":]+):");

  private final Map<String, List<String>> componentsByService = new HashMap<>();
  private final Map<String, String> artifactByComponent = new HashMap<>();
  private final Map<String, String> featureByArtifact = new HashMap<>();

  private DevicesPage(Path image) throws IOException {
    try (Stream<Path> jars = Files.list(image.resolve("bundles"))) {
      for (Path jar : jars.sorted().toList()) {
        components(jar);
      }
    }
    try (Stream<Path> features = Files.list(image.resolve("features"))) {
      for (Path feature : features.sorted().toList()) {
        String name = feature.getFileName().toString().replace(".json", "");
        Matcher bundle = BUNDLE.matcher(Files.readString(feature));
        while (bundle.find()) {
          featureByArtifact.putIfAbsent(bundle.group(1), name);
        }
      }
    }
  }

  /** The page for the drivers of an image. */
  static String of(Path image) throws Exception {
    return new DevicesPage(image).page();
  }

  private void components(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      String list = file.getManifest().getMainAttributes().getValue("Service-Component");
      if (list == null) {
        return;
      }
      for (String entry : list.split("[,\\s]+")) {
        try (InputStream in = file.getInputStream(file.getEntry(entry))) {
          String xml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
          Matcher implementation = CLASS.matcher(xml);
          if (!implementation.find()) {
            continue;
          }
          String name = jar.getFileName().toString();
          artifactByComponent.put(
              implementation.group(1), name.replaceFirst("-[0-9][^/]*\\.jar$", ""));
          Matcher provides = PROVIDES.matcher(xml);
          while (provides.find()) {
            componentsByService
                .computeIfAbsent(provides.group(1), service -> new ArrayList<>())
                .add(implementation.group(1));
          }
        }
      }
    }
  }

  // ---------------------------------------------------------------- drivers without a container

  private Object construct(String component) throws ReflectiveOperationException {
    Constructor<?>[] constructors = Class.forName(component).getConstructors();
    if (constructors.length != 1) {
      throw new IllegalStateException(component + " has not one public constructor");
    }
    Class<?>[] types = constructors[0].getParameterTypes();
    Object[] arguments = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      arguments[i] = service(types[i]);
    }
    try {
      return constructors[0].newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(component + " cannot be constructed", e.getCause());
    }
  }

  /** The bundles' own where it is a metering library, otherwise one that does nothing. */
  private Object service(Class<?> type) throws ReflectiveOperationException {
    List<String> own = componentsByService.getOrDefault(type.getName(), List.of());
    if (type.getName().equals("org.commonshub.metering.api.Modbus") && own.size() == 1) {
      return construct(own.get(0));
    }
    if (!type.isInterface()) {
      throw new IllegalStateException("a driver wants a " + type.getName());
    }
    return idle(type);
  }

  private static Object idle(Class<?> type) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "equals" -> proxy == arguments[0];
              case "hashCode" -> System.identityHashCode(proxy);
              case "toString" -> "idle " + type.getSimpleName();
              default -> nothing(method);
            });
  }

  private static Object nothing(Method method) {
    if (method.getDefaultValue() != null) {
      return method.getDefaultValue();
    }
    Class<?> type = method.getReturnType();
    if (type == boolean.class) {
      return false;
    }
    if (type == int.class || type == long.class) {
      return type == int.class ? (Object) 0 : (Object) 0L;
    }
    if (type == Optional.class) {
      return Optional.empty();
    }
    if (type == java.time.Instant.class) {
      return java.time.Instant.EPOCH;
    }
    if (Collection.class.isAssignableFrom(type)) {
      return type == Set.class ? Set.of() : List.of();
    }
    if (Map.class.isAssignableFrom(type)) {
      return Map.of();
    }
    if (type.isAssignableFrom(CompletableFuture.class) && type != Object.class) {
      return new CompletableFuture<>();
    }
    if (type.isAssignableFrom(Endpoint.class) && type != Object.class) {
      return Endpoint.parse("tcp://192.0.2.1:502");
    }
    return type.isInterface() ? idle(type) : null;
  }

  /** A device on a line where nobody answers. */
  private record Context(DeviceId device, Endpoint endpoint, Map<String, String> settings) {
    DriverContext context() {
      return (DriverContext)
          Proxy.newProxyInstance(
              DriverContext.class.getClassLoader(),
              new Class<?>[] {DriverContext.class},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "device" -> device;
                    case "endpoint" -> endpoint;
                    case "settings" -> settings;
                    default -> idle(method.getReturnType());
                  });
    }
  }

  // ---------------------------------------------------------------- the page

  private String page() throws Exception {
    Map<String, MeterDriver> drivers = new TreeMap<>();
    Map<String, String> features = new HashMap<>();
    for (String component :
        componentsByService.getOrDefault(MeterDriver.class.getName(), List.of())) {
      MeterDriver driver = (MeterDriver) construct(component);
      String id = driver.description().id();
      drivers.put(id, driver);
      features.put(id, featureByArtifact.getOrDefault(artifactByComponent.get(component), "none"));
    }
    StringBuilder page = new StringBuilder();
    int models =
        drivers.values().stream().mapToInt(driver -> driver.description().models().size()).sum();
    page.append("# Supported devices\n\n")
        .append("Made from the bundles themselves; do not edit. Refresh with\n\n")
        .append("    ")
        .append(DevicesPageTest.REFRESH)
        .append("\n\n")
        .append(drivers.size())
        .append(" drivers, ")
        .append(models)
        .append(
            """
             kinds of devices. A device that is not listed works if it speaks what a driver reads; the
            last column is the document that a mapping was made from. *Can be told* lists actuators: off (read-only) until a person
            permits them, and then written under a lease only. How to add a device: [guides/devices.md](guides/devices.md).

            | driver | feature | over | kinds of devices |
            |---|---|---|---|
            """);
    for (MeterDriver driver : drivers.values()) {
      DriverDescription description = driver.description();
      page.append("| [")
          .append(cell(description.title()))
          .append("](#")
          .append(anchor(description))
          .append(") | `")
          .append(features.get(description.id()))
          .append("` | ")
          .append(schemes(description))
          .append(" | ")
          .append(description.models().isEmpty() ? "any" : description.models().size())
          .append(" |\n");
    }
    for (MeterDriver driver : drivers.values()) {
      section(page, driver, features.get(driver.description().id()));
    }
    return page.toString();
  }

  private static void section(StringBuilder page, MeterDriver driver, String feature) {
    DriverDescription description = driver.description();
    page.append("\n## ")
        .append(heading(description))
        .append("\n\nDriver `")
        .append(description.id())
        .append("`, feature `")
        .append(feature)
        .append("`, over ")
        .append(schemes(description))
        .append(description.push() ? ". Devices send by themselves.\n" : ". Devices are asked.\n");
    if (description.models().isEmpty()) {
      return;
    }
    page.append("\n| maker | model | role | can be told | source |\n|---|---|---|---|---|\n");
    description.models().stream()
        .sorted(
            Comparator.comparing(
                    (DriverDescription.Model model) -> model.maker().toLowerCase(Locale.ROOT))
                .thenComparing(model -> model.model().toLowerCase(Locale.ROOT))
                .thenComparing(DriverDescription.Model::role))
        .forEach(
            model ->
                page.append("| ")
                    .append(cell(model.maker()))
                    .append(" | ")
                    .append(cell(model.model()))
                    .append(" | ")
                    .append(model.role().name().toLowerCase(Locale.ROOT).replace('_', ' '))
                    .append(" | ")
                    .append(cell(actuators(driver, model)))
                    .append(" | ")
                    .append(cell(model.source()))
                    .append(" |\n"));
  }

  private static String heading(DriverDescription description) {
    return description.title();
  }

  /** As GitHub makes them. */
  private static String anchor(DriverDescription description) {
    return heading(description)
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }

  private static String schemes(DriverDescription description) {
    return new TreeSet<>(description.schemes())
        .stream().map(scheme -> "`" + scheme + "`").collect(Collectors.joining(", "));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("\n", " ");
  }

  /** What the device can be told before it was talked to; some tell more afterwards. */
  private static String actuators(MeterDriver driver, DriverDescription.Model model) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (DriverDescription.Option option : driver.description().options()) {
      if (!option.defaultValue().isEmpty()) {
        settings.put(option.key(), option.defaultValue());
      }
    }
    settings.putAll(model.settings());
    for (String scheme : new TreeSet<>(driver.description().schemes())) {
      Context context = new Context(DeviceId.random(), endpoint(scheme), Map.copyOf(settings));
      try (DriverSession session = driver.open(context.context())) {
        if (session instanceof Actuating actuating) {
          return actuating.actuators().stream()
              .map(Actuator::title)
              .collect(Collectors.joining(", "));
        }
        return "";
      } catch (DeviceException e) {
        // It needs a setting that only its owner knows, or another kind of line.
      }
    }
    return "";
  }

  private static Endpoint endpoint(String scheme) {
    return Endpoint.parse(
        switch (scheme) {
          case "serial" -> "serial:/dev/ttyUSB0";
          case "file" -> "file:/tmp/capture";
          case "broker" -> "broker:hub";
          case "inbound" -> "inbound:device";
          default -> scheme + "://192.0.2.1:5000";
        });
  }
}
