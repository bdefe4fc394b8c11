package org.commonshub.privacy.rights;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.identity.api.Json;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.Device;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.PrivacyDesk;

/** Everything the hub knows about the people who live here, as a ZIP of open formats. */
final class Archive {
  /** One file of the archive. */
  @FunctionalInterface
  private interface Content {
    void write(OutputStream out) throws IOException;
  }

  private final ZipOutputStream zip;
  private final Map<String, Object> index = new TreeMap<>();

  private Archive(OutputStream out) {
    zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
  }

  static void write(
      HistoryStore history,
      List<Device> devices,
      Journal journal,
      PrivacyDesk desk,
      Instant now,
      Instant from,
      Instant to,
      OutputStream out)
      throws IOException {
    Archive archive = new Archive(out);
    archive.file("devices.json", "Devices of this home", o -> o.write(json(devices(devices))));
    archive.file(
        "readings.jsonl",
        "Readings, one JSON frame a line (docs/data-structure.md)",
        o -> history.export(List.of(), from, to, HistoryStore.Format.JSON, o));
    archive.file(
        "readings.csv",
        "The same readings as a table (RFC 4180)",
        o -> history.export(List.of(), from, to, HistoryStore.Format.CSV, o));
    if (desk != null) {
      archive.file(
          "consents.json",
          "Consents as receipts in the shape of ISO/IEC TS 27560",
          o -> consents(desk, o));
      archive.file("disclosures.csv", "Everything that was released, and to whom", desk::exportLog);
    }
    if (journal != null) {
      archive.file(
          "hub.journal",
          "The signed journal; verify.jar and the Trust page check it",
          journal::export);
    }
    Map<String, Object> about = new TreeMap<>();
    about.put("made", now.toString());
    about.put("from", from.toString());
    about.put("to", to.toString());
    about.put("files", archive.index);
    archive.file("index.json", "This list", o -> o.write(json(about)));
    archive.zip.finish();
  }

  private void file(String name, String description, Content content) throws IOException {
    index.put(name, description);
    zip.putNextEntry(new ZipEntry(name));
    content.write(
        new FilterOutputStream(zip) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            zip.write(bytes, offset, length);
          }

          @Override
          public void close() throws IOException {
            flush();
          }
        });
    zip.closeEntry();
  }

  private static List<Object> devices(List<Device> devices) {
    List<Object> list = new ArrayList<>();
    for (Device device : devices) {
      Map<String, Object> fields = new TreeMap<>();
      fields.put("id", device.id().toString());
      fields.put("name", device.name());
      fields.put("role", device.role().name());
      device.parent().ifPresent(p -> fields.put("parent", p.toString()));
      list.add(fields);
    }
    return list;
  }

  private static void consents(PrivacyDesk desk, OutputStream out) throws IOException {
    out.write('[');
    String before = "";
    for (Consent consent : desk.consents()) {
      out.write((before + desk.receipt(consent.id())).getBytes(StandardCharsets.UTF_8));
      before = ",\n";
    }
    out.write(']');
  }

  private static byte[] json(Object value) {
    return Json.canonical(value).getBytes(StandardCharsets.UTF_8);
  }
}
