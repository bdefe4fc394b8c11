package org.commonshub.apps.catalogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Makes packages. */
final class Packages {
  private Packages() {}

  static String json(String provider, String app, String version) {
    return """
        {"manifest":1,"id":"%s.%s","version":"%s","kind":"app",
         "provider":{"id":"%s","name":"Example GmbH","url":"https://example.org/","contact":"help@example.org"},
         "texts":{"de":{"name":"Ratgeber","summary":"Rät.","description":"Rät\\ngut: \\"ja\\" \\\\ \\u20ac.","changes":""},
                  "en":{"name":"Coach","summary":"Tells.","description":"Tells\\nwell.","changes":"None."}},
         "data":[],"actuators":[],
         "hosts":[{"host":"api.example.org","why":{"en":"Weather."}}],
         "resources":{"cpu_ms_per_minute":100,"memory_mb":8,"storage_kb":64,"network_kb_per_day":64,"log_lines_per_hour":60},
         "levels":[{"id":"basic","names":{"en":"Basic"},"features":[],"limits":{},"price_micros":0,"currency":"EUR","period":"P1M","trial":"P0D"}],
         "grace":"P14D","lease":"P30D"}
        """
        .formatted(provider, app, version, provider);
  }

  static Map<String, byte[]> entries(String provider, String app, String version) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put(
        "META-INF/MANIFEST.MF",
        ("Manifest-Version: 1.0\r\nBundle-ManifestVersion: 2\r\nBundle-SymbolicName: "
                + provider
                + "."
                + app
                + "\r\nBundle-Version: "
                + version
                + "\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8));
    entries.put("HUB-INF/", new byte[0]);
    entries.put("HUB-INF/app.json", json(provider, app, version).getBytes(StandardCharsets.UTF_8));
    entries.put("org/example/Coach.class", new byte[] {(byte) 0xCA, (byte) 0xFE, 1, 2, 3});
    return entries;
  }

  static byte[] zip(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  static Path jar(Path folder, String provider, String app, String version) throws IOException {
    return Files.write(
        folder.resolve(provider + "." + app + "-" + version + ".jar"),
        zip(entries(provider, app, version)));
  }
}
