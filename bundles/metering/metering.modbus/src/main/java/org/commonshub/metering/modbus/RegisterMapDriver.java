package org.commonshub.metering.modbus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverDescription.Option;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.Modbus;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Driver {@code modbus}: meters described by a register map. Thread-safe; no thread of its own. */
@Component(service = MeterDriver.class)
public final class RegisterMapDriver implements MeterDriver, Discoverer {
  static final String MAP = "map";

  private static final String FOLDER = "/maps/";

  private final Modbus modbus;
  private final DriverDescription description;
  private final List<String> ids;
  private final Map<String, RegisterMap> parsed = new ConcurrentHashMap<>();

  /**
   * Reads the index of the maps.
   *
   * @param modbus the bus
   */
  @Activate
  public RegisterMapDriver(@Reference Modbus modbus) {
    this.modbus = modbus;
    Map<String, String> choices = new LinkedHashMap<>();
    List<Model> models = new ArrayList<>();
    for (String line : index()) {
      String[] columns = line.split("\\|", 5);
      String id = columns[0].strip();
      String maker = columns[1].strip();
      String names = columns[2].strip();
      DeviceRole role =
          DeviceRole.valueOf(columns[3].strip().toUpperCase(Locale.ROOT).replace('-', '_'));
      choices.put(id, maker + " " + names);
      for (String model : names.split(", ", -1)) {
        models.add(new Model(maker, model, role, Map.of(MAP, id), columns[4].strip()));
      }
    }
    ids = List.copyOf(choices.keySet());
    List<Option> options = new ArrayList<>();
    options.add(
        new Option(MAP, "Meter", "Register map that fits the meter.", "", choices, true, false));
    options.addAll(BusSettings.OPTIONS);
    description =
        new DriverDescription(
            "modbus",
            "Modbus meter",
            Set.of("tcp", "serial"),
            502,
            List.copyOf(options),
            List.copyOf(models),
            false);
  }

  private static List<String> index() {
    try (InputStream stream = RegisterMapDriver.class.getResourceAsStream(FOLDER + "index.txt")) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException("cannot read maps/index.txt of this bundle", e);
    }
  }

  /**
   * A map, parsed when it is first used.
   *
   * @throws IllegalArgumentException if it has a mistake; says file, line and key
   */
  RegisterMap map(String id) {
    return parsed.computeIfAbsent(
        id,
        key -> {
          String file = key + ".yaml";
          try (InputStream yaml = RegisterMapDriver.class.getResourceAsStream(FOLDER + file)) {
            return RegisterMapReader.read(file, yaml);
          } catch (IOException e) {
            throw new IllegalStateException("cannot read maps/" + file + " of this bundle", e);
          }
        });
  }

  @Override
  public DriverDescription description() {
    return description;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    String id = context.settings().getOrDefault(MAP, "");
    if (!ids.contains(id)) {
      throw new DeviceException(
          DeviceException.Kind.SETTINGS,
          (id.isEmpty() ? "The setting 'map' is missing" : "There is no register map '" + id + "'")
              + ". Choose one of "
              + String.join(", ", ids)
              + ".");
    }
    return new RegisterMapSession(
        modbus, context.stream(), BusSettings.of(context.endpoint(), context.settings()), map(id));
  }

  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    BusSettings bus;
    try {
      bus = BusSettings.of(context.endpoint(), context.settings());
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
    Modbus.Unit unit = modbus.unit(context.stream(), bus.framing(), bus.unit(), bus.timeout());
    CompletionStage<List<Candidate>> found = CompletableFuture.completedFuture(new ArrayList<>());
    for (String id : ids) {
      RegisterMap map = map(id);
      if (!map.detect().isEmpty()) {
        found =
            found.thenCompose(
                list ->
                    matches(unit, map.detect())
                        .thenApply(
                            matches -> {
                              if (matches) {
                                list.add(candidate(map, bus));
                              }
                              return list;
                            }));
      }
    }
    return found;
  }

  /** Whether all signs are there; asks no further once one is not. */
  private static CompletionStage<Boolean> matches(
      Modbus.Unit unit, List<RegisterMap.Detect> signs) {
    if (signs.isEmpty()) {
      return CompletableFuture.completedFuture(true);
    }
    RegisterMap.Detect first = signs.get(0);
    return RegisterMapSession.orIfRefused(unit.read(first.source().range()))
        .thenCompose(
            words ->
                words.isPresent() && first.matches(words.get().words())
                    ? matches(unit, signs.subList(1, signs.size()))
                    : CompletableFuture.completedFuture(false));
  }

  private static Candidate candidate(RegisterMap map, BusSettings bus) {
    return new Candidate(
        map.maker() + " " + map.models().get(0),
        map.role(),
        Map.of(
            MAP,
            map.id(),
            BusSettings.UNIT,
            Integer.toString(bus.unit()),
            BusSettings.FRAMING,
            bus.framing().name().toLowerCase(Locale.ROOT)),
        Map.of("maker", map.maker(), "model", String.join(", ", map.models())));
  }
}
