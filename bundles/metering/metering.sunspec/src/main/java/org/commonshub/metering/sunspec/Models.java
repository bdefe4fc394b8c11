package org.commonshub.metering.sunspec;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.commonshub.measure.api.Commodity;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Phase;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.metering.sunspec.Model.Group;
import org.commonshub.metering.sunspec.Model.How;
import org.commonshub.metering.sunspec.Model.Point;
import org.commonshub.metering.sunspec.Model.Type;

/** The models this bundle knows, read once from {@code sunspec-models.txt}. */
final class Models {
  private static final String FILE = "/sunspec-models.txt";

  private Models() {}

  /** Reads the table when the first device is opened, not when the hub starts. */
  private static final class Table {
    static final Map<Integer, Model> BY_ID = read();
  }

  /** Layout of a model, if it is known. */
  static Optional<Model> of(int id) {
    return Optional.ofNullable(Table.BY_ID.get(id));
  }

  /** All known ids. */
  static List<Integer> ids() {
    return Table.BY_ID.keySet().stream().sorted().toList();
  }

  private static Map<Integer, Model> read() {
    try (InputStream stream = Models.class.getResourceAsStream(FILE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      return parse(lines);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + FILE + " of this bundle", e);
    }
  }

  private static Map<Integer, Model> parse(BufferedReader lines) throws IOException {
    Map<Integer, Model> models = new HashMap<>();
    List<Integer> ids = List.of();
    List<Point> points = new ArrayList<>();
    List<Point> groupPoints = List.of();
    String[] group = null;
    int length = 0;
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      String[] words = line.strip().split("\\s+");
      try {
        switch (words[0]) {
          case "", "#" -> {}
          case "model" -> {
            add(models, ids, points, length, group, groupPoints);
            ids =
                Stream.of(words)
                    .skip(1)
                    .takeWhile(word -> !word.equals(":"))
                    .map(Integer::valueOf)
                    .toList();
            points = new ArrayList<>();
            group = null;
          }
          case "length" -> length = Integer.parseInt(words[1]);
          case "group" -> {
            group = words;
            groupPoints = new ArrayList<>();
          }
          default -> (group == null ? points : groupPoints).add(point(ids.get(0), words));
        }
      } catch (RuntimeException e) {
        throw new IllegalStateException(FILE + " line " + number + " is wrong: " + line, e);
      }
    }
    add(models, ids, points, length, group, groupPoints);
    return Map.copyOf(models);
  }

  private static void add(
      Map<Integer, Model> models,
      List<Integer> ids,
      List<Point> points,
      int length,
      String[] group,
      List<Point> groupPoints) {
    Optional<Group> repeated =
        group == null
            ? Optional.empty()
            : Optional.of(
                new Group(group[3], List.copyOf(groupPoints), Integer.parseInt(group[5])));
    Model model = new Model(ids, List.copyOf(points), length, repeated);
    ids.forEach(id -> models.put(id, model));
  }

  private static Point point(int model, String[] words) {
    String name = words[1];
    String typeName = words[2].toUpperCase(Locale.ROOT);
    Type type = typeName.startsWith("STRING") ? Type.STRING : Type.valueOf(typeName);
    int size =
        type == Type.STRING
            ? Integer.parseInt(words[2].substring("string".length()))
            : type.words();
    Optional<Quantity> quantity =
        words.length > 5 ? Optional.of(Quantity.byName(words[5]).orElseThrow()) : Optional.empty();
    How how = words.length > 6 ? How.valueOf(words[6].toUpperCase(Locale.ROOT)) : How.PLAIN;
    return new Point(
        Integer.parseInt(words[0]),
        name,
        type,
        size,
        words[3].equals("-") ? "" : words[3],
        quantity,
        how,
        detail(model, name, type, words[4]));
  }

  private static Optional<Quantity> detail(int model, String name, Type type, String unit) {
    if (type == Type.STRING || type == Type.SUNSSF) {
      return Optional.empty();
    }
    Nature nature =
        switch (type) {
          case ENUM16, BITFIELD16, BITFIELD32, COUNT -> Nature.STATE;
          case ACC32, ACC64 -> Nature.REGISTER;
          default -> Nature.INSTANTANEOUS;
        };
    return Optional.of(
        Quantity.custom(
            "x-sunspec." + model + "." + name.toLowerCase(Locale.ROOT).replace('_', '-'),
            Commodity.NONE,
            unit.equals("-") ? Unit.ONE : Unit.ofSymbol(unit),
            Phase.TOTAL,
            nature));
  }
}
