package org.commonshub.privacy.rights;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;

/**
 * Energy of the grid meters as a Green Button file: an Atom feed of ESPI resources (NAESB REQ.21,
 * schema 3.3). Per meter a UsagePoint, per direction a MeterReading with its ReadingType and one
 * IntervalBlock per local day of quarters of an hour in mWh. Quarters without readings are left
 * out. One day in memory at a time.
 */
final class GreenButton {
  private static final String ATOM = "http://www.w3.org/2005/Atom";
  private static final String ESPI = "http://naesb.org/espi";
  private static final String BASE = "/espi/1_1/resource/";
  private static final int QUARTER_HOUR_S = 900;

  /** Names of ESPI's code lists, by the quantities of the hub. */
  private enum Direction {
    DELIVERED(Quantity.ENERGY_IMPORT, 1),
    RECEIVED(Quantity.ENERGY_EXPORT, 19);

    private final Quantity register;
    private final int flowDirection;

    Direction(Quantity register, int flowDirection) {
      this.register = register;
      this.flowDirection = flowDirection;
    }
  }

  private final HistoryStore history;
  private final ZoneId zone;
  private final Instant now;
  private final XMLStreamWriter xml;
  private int readingTypes;

  private GreenButton(HistoryStore history, ZoneId zone, Instant now, XMLStreamWriter xml) {
    this.history = history;
    this.zone = zone;
    this.now = now.truncatedTo(ChronoUnit.SECONDS);
    this.xml = xml;
  }

  static void write(
      HistoryStore history,
      List<Device> devices,
      ZoneId zone,
      Instant now,
      Instant from,
      Instant to,
      OutputStream out)
      throws IOException {
    try {
      XMLStreamWriter xml =
          XMLOutputFactory.newInstance().createXMLStreamWriter(out, StandardCharsets.UTF_8.name());
      GreenButton feed = new GreenButton(history, zone, now, xml);
      feed.feed(devices.stream().filter(d -> d.role() == DeviceRole.GRID_METER).toList(), from, to);
      xml.flush();
    } catch (XMLStreamException e) {
      throw new IOException("The Green Button file could not be written: " + e.getMessage(), e);
    }
  }

  private void feed(List<Device> meters, Instant from, Instant to) throws XMLStreamException {
    xml.writeStartDocument("UTF-8", "1.0");
    xml.writeStartElement("feed");
    xml.writeDefaultNamespace(ATOM);
    text("id", uuid("feed"));
    text("title", "Green Button usage feed");
    text("updated", now.toString());
    localTime();
    for (int i = 0; i < meters.size(); i++) {
      usagePoint(meters.get(i), "RetailCustomer/1/UsagePoint/" + (i + 1), from, to);
    }
    xml.writeEndElement();
    xml.writeEndDocument();
  }

  private void localTime() throws XMLStreamException {
    DaylightSaving time = DaylightSaving.of(zone, now);
    entry(
        "LocalTimeParameters/1",
        "LocalTimeParameters",
        "Local time",
        List.of(),
        "LocalTimeParameters");
    text("dstEndRule", time.ends());
    text("dstOffset", time.saving());
    text("dstStartRule", time.starts());
    text("tzOffset", time.offset());
    endEntry();
  }

  private void usagePoint(Device meter, String path, Instant from, Instant to)
      throws XMLStreamException {
    String readings = path + "/MeterReading";
    entry(
        path,
        "RetailCustomer/1/UsagePoint",
        meter.name(),
        List.of(readings, "LocalTimeParameters/1"),
        "UsagePoint");
    xml.writeStartElement("ServiceCategory");
    text("kind", 0);
    xml.writeEndElement();
    endEntry();
    for (Direction direction : Direction.values()) {
      boolean recorded =
          history.series().stream()
              .anyMatch(
                  s -> s.device().equals(meter.id()) && s.quantity().equals(direction.register));
      if (recorded) {
        meterReading(meter, direction, readings, from, to);
      }
    }
  }

  private void meterReading(
      Device meter, Direction direction, String parent, Instant from, Instant to)
      throws XMLStreamException {
    String path = parent + "/" + (direction.ordinal() + 1);
    String type = "ReadingType/" + ++readingTypes;
    String blocks = path + "/IntervalBlock";
    entry(path, parent, direction.name(), List.of(type, blocks), "MeterReading");
    endEntry();
    entry(type, "ReadingType", "Energy in quarters of an hour", List.of(), "ReadingType");
    text("accumulationBehaviour", 4);
    text("commodity", 1);
    text("dataQualifier", 12);
    text("flowDirection", direction.flowDirection);
    text("intervalLength", QUARTER_HOUR_S);
    text("kind", 12);
    text("powerOfTenMultiplier", -3);
    text("timeAttribute", 0);
    text("uom", 72);
    endEntry();
    int block = 0;
    Instant day = from;
    while (day.isBefore(to)) {
      Instant next = day.atZone(zone).toLocalDate().plusDays(1).atStartOfDay(zone).toInstant();
      next = next.isAfter(to) ? to : next;
      List<Point> points =
          history
              .query(meter.id(), direction.register, day, next, Resolution.QUARTER_HOUR, 200)
              .stream()
              .filter(p -> p.count() > 0)
              .toList();
      if (!points.isEmpty()) {
        block(blocks, ++block, points);
      }
      day = next;
    }
  }

  private void block(String parent, int number, List<Point> points) throws XMLStreamException {
    entry(parent + "/" + number, parent, "", List.of(), "IntervalBlock");
    long start = points.get(0).start().getEpochSecond();
    long end = points.get(points.size() - 1).start().getEpochSecond() + QUARTER_HOUR_S;
    interval("interval", start, end - start);
    for (Point point : points) {
      xml.writeStartElement("IntervalReading");
      xml.writeStartElement("ReadingQuality");
      text("quality", quality(new Quality(point.quality())));
      xml.writeEndElement();
      interval("timePeriod", point.start().getEpochSecond(), QUARTER_HOUR_S);
      text("value", Math.round(point.delta() * 1000));
      xml.writeEndElement();
    }
    endEntry();
  }

  /** ESPI's QualityOfReading: raw (nobody validated it), estimated, or questionable. */
  private static int quality(Quality quality) {
    if (quality.has(Quality.OUT_OF_RANGE) || quality.has(Quality.CLOCK_UNSYNCHRONISED)) {
      return 10;
    }
    return quality.measured() ? 14 : 8;
  }

  private void interval(String name, long start, long seconds) throws XMLStreamException {
    xml.writeStartElement(name);
    text("duration", seconds);
    text("start", start);
    xml.writeEndElement();
  }

  /** Opens an entry up to its resource's element. */
  private void entry(String self, String up, String title, List<String> related, String resource)
      throws XMLStreamException {
    xml.writeStartElement("entry");
    text("id", uuid(self));
    link("self", self);
    link("up", up);
    for (String other : related) {
      link("related", other);
    }
    text("title", title);
    xml.writeStartElement("content");
    xml.writeStartElement(resource);
    xml.writeDefaultNamespace(ESPI);
  }

  private void endEntry() throws XMLStreamException {
    xml.writeEndElement();
    xml.writeEndElement();
    text("published", now.toString());
    text("updated", now.toString());
    xml.writeEndElement();
  }

  private void link(String relation, String path) throws XMLStreamException {
    xml.writeEmptyElement("link");
    xml.writeAttribute("rel", relation);
    xml.writeAttribute("href", BASE + path);
  }

  private void text(String name, Object value) throws XMLStreamException {
    xml.writeStartElement(name);
    // Names that people gave may hold what XML 1.0 has no place for.
    xml.writeCharacters(value.toString().replaceAll("[\\p{Cntrl}\\p{Cs}\\uFFFE\\uFFFF]", ""));
    xml.writeEndElement();
  }

  private String uuid(String path) {
    return "urn:uuid:"
        + UUID.nameUUIDFromBytes((now + " " + path).getBytes(StandardCharsets.UTF_8));
  }
}
