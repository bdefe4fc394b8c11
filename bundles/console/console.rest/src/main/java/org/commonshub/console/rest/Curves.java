package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.Block;

/** Blocks as curves to be drawn: one per subject and quantity, with a bounded number of points. */
final class Curves {
  /** Most curves, the first ones. */
  static final int MAX_CURVES = 8;

  /** Most points of a curve; of more the least and the greatest of each stretch of time stay. */
  static final int MAX_POINTS = 2_000;

  private record Key(String subject, String quantity, Block.Statistic statistic, int seconds) {}

  private record Point(long at, double value) {}

  private Curves() {}

  static void write(JsonGenerator g, List<Block> blocks) throws IOException {
    Map<Key, List<Point>> curves = new LinkedHashMap<>();
    for (Block block : blocks) {
      Key key =
          new Key(block.subject(), block.quantity(), block.statistic(), block.intervalSeconds());
      if (curves.containsKey(key) || curves.size() < MAX_CURVES) {
        List<Point> points = curves.computeIfAbsent(key, k -> new ArrayList<>());
        for (int i = 0; i < block.size(); i++) {
          double value = block.mantissas()[i] * Math.pow(10, block.exponent());
          points.add(new Point(block.starts()[i], value));
        }
      }
    }
    g.writeStartArray();
    for (Map.Entry<Key, List<Point>> curve : curves.entrySet()) {
      Key key = curve.getKey();
      g.writeStartObject();
      g.writeStringField("subject", key.subject());
      g.writeStringField("quantity", key.quantity());
      g.writeStringField("unit", unit(key.quantity()));
      g.writeStringField("statistic", key.statistic().name());
      g.writeNumberField("interval_s", key.seconds());
      g.writeArrayFieldStart("points");
      for (Point point : thin(curve.getValue())) {
        g.writeStartArray();
        g.writeNumber(point.at());
        Json.number(g, point.value());
        g.writeEndArray();
      }
      g.writeEndArray();
      g.writeEndObject();
    }
    g.writeEndArray();
  }

  private static List<Point> thin(List<Point> points) {
    if (points.size() <= MAX_POINTS) {
      return points;
    }
    List<Point> few = new ArrayList<>(MAX_POINTS);
    int stretches = MAX_POINTS / 2;
    for (int s = 0; s < stretches; s++) {
      int from = (int) ((long) points.size() * s / stretches);
      int to = (int) ((long) points.size() * (s + 1) / stretches);
      Point low = points.get(from);
      Point high = low;
      for (Point point : points.subList(from, to)) {
        low = point.value() < low.value() ? point : low;
        high = point.value() > high.value() ? point : high;
      }
      few.add(low.at() <= high.at() ? low : high);
      if (low != high) {
        few.add(low.at() <= high.at() ? high : low);
      }
    }
    return few;
  }

  private static String unit(String quantity) {
    int channel = quantity.indexOf('[');
    return Quantity.byName(channel < 0 ? quantity : quantity.substring(0, channel))
        .map(q -> q.unit().symbol())
        .orElse("");
  }
}
