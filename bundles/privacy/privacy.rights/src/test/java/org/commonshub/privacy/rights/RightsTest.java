package org.commonshub.privacy.rights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.commonshub.identity.api.Json;
import org.commonshub.ledger.api.ContentStore;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.Device;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.DataRights;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.PrivacyDesk;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.fakes.FakeDeviceDirectory;
import org.commonshub.testing.fakes.FakeHomeProfile;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

class RightsTest {
  private static final Instant FROM = Instant.parse("2026-10-24T22:00:00Z");
  private static final Instant TO = Instant.parse("2026-10-27T23:00:00Z");

  private final MemoryHistory history = new MemoryHistory();
  private final FakeDeviceDirectory directory = new FakeDeviceDirectory();
  private final List<String> audited = new ArrayList<>();
  private final List<String> called = new ArrayList<>();
  private Device meter;
  private Rights rights;

  @BeforeEach
  void home() {
    meter =
        new Device(
            DeviceId.random(), "Grid <meter> \u0001", DeviceRole.GRID_METER, Optional.empty(), 0);
    directory.put(meter);
    rights =
        new Rights(
            directory,
            new FakeHomeProfile(ZoneId.of("Europe/Berlin")),
            new FakeHubClock(),
            audit());
    rights.history = history;
  }

  @Test
  void withoutHistoryNothingIsHalfDone() {
    rights.history = null;
    rights.desk = desk();
    assertThatThrownBy(() -> rights.eraseAll("anna")).hasMessageContaining("feature history");
    assertThatThrownBy(
            () ->
                rights.export(DataRights.Format.ARCHIVE, FROM, TO, OutputStream.nullOutputStream()))
        .hasMessageContaining("feature history");
    assertThat(called).isEmpty();
  }

  @Test
  void greenButtonHoldsEveryQuarterOnceAcrossALongDay() throws Exception {
    long imported = 0;
    int quarters = 0;
    for (Instant at = FROM; at.isBefore(TO); at = at.plusSeconds(900)) {
      if (quarters % 50 == 7) {
        history.gap(meter.id(), Quantity.ENERGY_IMPORT, at);
      } else {
        history.add(
            meter.id(),
            Quantity.ENERGY_IMPORT,
            at,
            123.4567,
            quarters % 10 == 0 ? Quality.ESTIMATED : 0);
        imported += 123_457;
      }
      quarters++;
    }
    Document feed = feed();
    assertThat(text(feed, "//e:LocalTimeParameters/e:tzOffset")).containsExactly("3600");
    assertThat(text(feed, "//e:ReadingType/e:flowDirection")).containsExactly("1");
    assertThat(text(feed, "//e:ReadingType/e:powerOfTenMultiplier")).containsExactly("-3");
    assertThat(text(feed, "//e:IntervalBlock/e:interval/e:duration"))
        .as("a day of 25 hours, and two of 24")
        .containsExactly("90000", "86400", "86400");
    List<String> values = text(feed, "//e:IntervalReading/e:value");
    assertThat(values).hasSize(quarters - 6);
    assertThat(values.stream().mapToLong(Long::parseLong).sum()).isEqualTo(imported);
    assertThat(text(feed, "//e:IntervalReading/e:timePeriod/e:start")).doesNotHaveDuplicates();
    assertThat(text(feed, "//e:ReadingQuality/e:quality")).contains("14", "8");
    assertThat(text(feed, "//a:entry/a:id")).doesNotHaveDuplicates();
    assertThat(text(feed, "//a:entry/a:title")).contains("Grid <meter> ");
  }

  @Test
  void twoMetersInBothDirectionsStandApart() throws Exception {
    Device second =
        new Device(DeviceId.random(), "Flat", DeviceRole.GRID_METER, Optional.empty(), 0);
    Device pv = new Device(DeviceId.random(), "Roof", DeviceRole.PV, Optional.empty(), 0);
    directory.put(second);
    directory.put(pv);
    for (Device device : List.of(meter, second, pv)) {
      history.add(device.id(), Quantity.ENERGY_IMPORT, FROM, 1, 0);
      history.add(device.id(), Quantity.ENERGY_EXPORT, FROM, 2, Quality.OUT_OF_RANGE);
    }
    Document feed = feed();
    assertThat(text(feed, "//e:UsagePoint/e:ServiceCategory/e:kind")).containsExactly("0", "0");
    assertThat(text(feed, "//e:ReadingType/e:flowDirection")).containsExactly("1", "19", "1", "19");
    assertThat(text(feed, "//e:IntervalReading/e:value"))
        .containsExactly("1000", "2000", "1000", "2000");
    assertThat(text(feed, "//a:link[@rel='self']/@href")).doesNotHaveDuplicates();
  }

  @Test
  void archiveHoldsEverythingThereIs() throws IOException {
    history.add(meter.id(), Quantity.ENERGY_IMPORT, FROM, 1, 0);
    Map<String, String> alone = archive();
    assertThat(alone.keySet())
        .containsExactlyInAnyOrder("devices.json", "readings.jsonl", "readings.csv", "index.json");
    rights.desk = desk();
    rights.journal = journal();
    Map<String, String> all = archive();
    assertThat(all).containsEntry("readings.csv", "CSV of 1").containsEntry("hub.journal", "log");
    assertThat(all.get("consents.json")).isEqualTo("[{\"id\":\"c1\"}]");
    assertThat(all.get("disclosures.csv")).isEqualTo("number\r\n");
    assertThat(Json.object(all.get("index.json").getBytes(StandardCharsets.UTF_8)).get("files"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
        .containsOnlyKeys(
            "devices.json",
            "readings.jsonl",
            "readings.csv",
            "consents.json",
            "disclosures.csv",
            "hub.journal",
            "index.json");
  }

  @Test
  void eraseAllTakesContentButNoProof() throws IOException {
    history.add(meter.id(), Quantity.ENERGY_IMPORT, FROM, 1, 0);
    rights.desk = desk();
    rights.journal = journal();
    rights.batches = batches();
    String said = rights.eraseAll("anna");
    assertThat(history.series()).isEmpty();
    assertThat(called)
        .as("entries about the hub itself and what is erased already stay")
        .containsExactly("forget app:com.example.coach", "delete bafy1", "erase [0, 2]");
    assertThat(said).contains("1 devices", "1 sealed batches", "2 entries", "1 recipients");
    assertThat(audited).containsExactly("anna privacy.erase-all ok");
  }

  @Test
  void eraseAllWorksWithoutJournalAndGate() throws IOException {
    history.add(meter.id(), Quantity.ENERGY_IMPORT, FROM, 1, 0);
    assertThat(rights.eraseAll("anna")).contains("1 devices", "0 entries");
    assertThat(history.series()).isEmpty();
  }

  private Document feed() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    rights.export(DataRights.Format.GREEN_BUTTON, FROM, TO, out);
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    return factory.newDocumentBuilder().parse(new ByteArrayInputStream(out.toByteArray()));
  }

  private static List<String> text(Document document, String path) throws Exception {
    XPath xpath = XPathFactory.newInstance().newXPath();
    xpath.setNamespaceContext(
        new javax.xml.namespace.NamespaceContext() {
          @Override
          public String getNamespaceURI(String prefix) {
            return prefix.equals("e") ? "http://naesb.org/espi" : "http://www.w3.org/2005/Atom";
          }

          @Override
          public String getPrefix(String uri) {
            return null;
          }

          @Override
          public java.util.Iterator<String> getPrefixes(String uri) {
            return null;
          }
        });
    NodeList nodes = (NodeList) xpath.evaluate(path, document, XPathConstants.NODESET);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }

  private Map<String, String> archive() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    rights.export(DataRights.Format.ARCHIVE, FROM, TO, out);
    Map<String, String> files = new TreeMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(out.toByteArray()))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        files.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return files;
  }

  private AuditLog audit() {
    return new AuditLog() {
      @Override
      public void record(String actor, String action, String subject, String outcome) {
        audited.add(actor + " " + action + " " + outcome);
      }

      @Override
      public List<Entry> latest(int limit) {
        return List.of();
      }
    };
  }

  private PrivacyDesk desk() {
    Recipient coach = new Recipient(Recipient.Kind.APP, "com.example.coach");
    Consent consent =
        new Consent(
            "c1",
            coach,
            "Coach",
            Purpose.ADVICE,
            Terms.ANY,
            FROM,
            "anna",
            Optional.empty(),
            EnergyData.Grant.State.OPEN,
            "",
            0,
            Optional.empty(),
            0);
    return stub(
        PrivacyDesk.class,
        (name, arguments) ->
            switch (name) {
              case "consents" -> List.of(consent);
              case "requests" -> List.of();
              case "receipt" -> "{\"id\":\"c1\"}";
              case "exportLog" -> write(arguments[0], "number\r\n");
              case "forget" -> called.add("forget " + arguments[0]);
              default -> throw new AssertionError(name);
            });
  }

  private Journal journal() {
    List<Journal.Entry> entries =
        List.of(
            new Journal.Entry(0, EntryKind.READINGS, FROM, false),
            new Journal.Entry(1, EntryKind.HUB, FROM, false),
            new Journal.Entry(2, EntryKind.CONSENT, FROM, false),
            new Journal.Entry(3, EntryKind.READINGS, FROM, true));
    return stub(
        Journal.class,
        (name, arguments) ->
            switch (name) {
              case "size" -> 4L;
              case "entries" -> entries;
              case "erase" -> called.add("erase " + arguments[0]);
              case "export" -> write(arguments[0], "log");
              default -> throw new AssertionError(name);
            });
  }

  private ContentStore batches() {
    return stub(
        ContentStore.class,
        (name, arguments) ->
            switch (name) {
              case "list" ->
                  List.of(
                      new ContentStore.Sealed("bafy1", FROM, List.of(), FROM, TO, List.of(), 1, 1));
              case "delete" -> called.add("delete " + arguments[0]);
              default -> throw new AssertionError(name);
            });
  }

  private static Object write(Object out, String text) throws IOException {
    ((OutputStream) out).write(text.getBytes(StandardCharsets.UTF_8));
    return null;
  }

  private interface Answer {
    Object to(String method, Object[] arguments) throws IOException;
  }

  private static <T> T stub(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Object result = answer.to(method.getName(), arguments);
              return method.getReturnType() == void.class ? null : result;
            }));
  }
}
