package org.commonshub.ledger.anchor;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.platform.api.HubClock;

/** The real anchoring, alone and without a container; its thread is the caller's. */
public final class OpenAnchor implements AutoCloseable {
  private final Path directory;
  private final Anchoring anchoring;

  public OpenAnchor(Path directory, HubClock clock, Journal journal, Map<String, Ledger> ledgers)
      throws IOException {
    this.directory = directory;
    anchoring =
        new Anchoring(
            Files.createDirectories(directory),
            clock,
            journal,
            1,
            ledgers,
            new Troubles(journal),
            Runnable::run,
            null);
  }

  public Anchor service() {
    return anchoring;
  }

  public void tick() {
    anchoring.tick();
  }

  public void backup(OutputStream out) throws IOException {
    AnchorBackup.Writer writer = new AnchorBackup.Writer(out);
    anchoring.backup(writer);
    writer.end();
  }

  public void restore(InputStream in) throws IOException {
    AnchorBackup.restore(in, directory.resolve("anchors.restored"), anchoring, null);
  }

  @Override
  public void close() throws IOException {
    anchoring.close();
  }
}
