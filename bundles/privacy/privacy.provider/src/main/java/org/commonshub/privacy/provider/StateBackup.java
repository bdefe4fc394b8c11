package org.commonshub.privacy.provider;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.DurableFiles;

/**
 * Consents, budget and log in a backup. What was restored is paused until the person looks at it: a
 * consent that was withdrawn after the backup would flow again otherwise. Budgets are joined, so an
 * old backup refills none.
 */
final class StateBackup implements BackupParticipant {
  private static final String CONSENTS = "consents.json";
  private static final int MAX_ENTRY = 64 * 1024 * 1024;
  private static final Pattern BUDGET = Pattern.compile("budget/(-?\\d{1,18})\\.budget");
  private static final Pattern LOG = Pattern.compile("log/\\d{15}\\.log");

  private final Gate gate;

  StateBackup(Gate gate) {
    this.gate = gate;
  }

  @Override
  public String backupName() {
    return "privacy.provider";
  }

  @Override
  public void writeBackup(OutputStream out) throws IOException {
    gate.disclosures().unfold(true);
    ZipOutputStream zip = new ZipOutputStream(out);
    for (Path file : files()) {
      zip.putNextEntry(new ZipEntry(gate.directory().relativize(file).toString()));
      Files.copy(file, zip);
      zip.closeEntry();
    }
    zip.finish();
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    Path consents = gate.directory().resolve(CONSENTS);
    if (Files.exists(consents)) {
      files.add(consents);
    }
    for (String folder : List.of("budget", "log")) {
      try (Stream<Path> all = Files.list(gate.directory().resolve(folder))) {
        all.filter(
                f -> {
                  String name = gate.directory().relativize(f).toString();
                  return BUDGET.matcher(name).matches() || LOG.matcher(name).matches();
                })
            .sorted()
            .forEach(files::add);
      }
    }
    return files;
  }

  @Override
  public void restoreBackup(InputStream in) throws IOException {
    boolean logToo = gate.disclosures().log().next() == 1;
    ZipInputStream zip = new ZipInputStream(in);
    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
      String name = entry.getName();
      byte[] content = zip.readNBytes(MAX_ENTRY + 1);
      if (content.length > MAX_ENTRY) {
        throw new IOException("A part of the backup of the privacy gate is too large");
      }
      var budget = BUDGET.matcher(name);
      if (name.equals(CONSENTS)) {
        consents(content);
      } else if (budget.matches()) {
        gate.budget().merge(Long.parseLong(budget.group(1)), content);
      } else if (logToo && LOG.matcher(name).matches()) {
        DurableFiles.write(gate.directory().resolve(name), content, true);
      }
    }
    if (logToo) {
      gate.disclosures().reopen();
    }
  }

  private void consents(byte[] content) throws IOException {
    Path staged = gate.directory().resolve("restored.json");
    Book restored;
    try {
      DurableFiles.write(staged, content, true);
      restored = Book.read(staged);
    } finally {
      Files.deleteIfExists(staged);
    }
    gate.consents()
        .restrict(
            now -> {
              Map<String, Given> all = new HashMap<>();
              restored.consents().forEach(g -> all.put(g.id(), g));
              // What has come to its end here has, whatever the backup says.
              now.consents().stream()
                  .filter(g -> g.end().isPresent() || !all.containsKey(g.id()))
                  .forEach(g -> all.put(g.id(), g));
              return new Book(true, now.asks(), Book.oneEach(all.values()));
            });
  }
}
