package org.commonshub.testing.fakes;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.privacy.api.DataRights;

/** Writes one line instead of an export, and notes who erased. */
public final class FakeDataRights implements DataRights {
  private final List<String> erasedBy = new CopyOnWriteArrayList<>();
  private volatile boolean failing;

  /** From now on the disk is full. */
  public void fail(boolean value) {
    failing = value;
  }

  /** Who had everything erased. */
  public List<String> erasedBy() {
    return List.copyOf(erasedBy);
  }

  @Override
  public void export(Format format, Instant from, Instant to, OutputStream out) throws IOException {
    check();
    out.write((format + " " + from + "/" + to + "\n").getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String eraseAll(String actor) throws IOException {
    check();
    erasedBy.add(actor);
    return "Erased: 12 readings, 1 consent. The journal's proofs stay.";
  }

  private void check() throws IOException {
    if (failing) {
      throw new IOException("The disk is full; free some space and try again.");
    }
  }
}
