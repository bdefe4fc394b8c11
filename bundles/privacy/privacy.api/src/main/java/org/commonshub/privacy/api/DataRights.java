package org.commonshub.privacy.api;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What the person may always do with their own data (GDPR articles 15, 17 and 20). Implemented by
 * {@code privacy.rights}; called by the console for the prosumer only. Waits for the disk.
 */
@ProviderType
public interface DataRights {
  /** Form of an export. */
  enum Format {
    /**
     * Everything, as a ZIP: readings as JSON lines and CSV, consents, disclosure log, journal,
     * devices, with an index.json that says what is what.
     */
    ARCHIVE,
    /** Energy of the grid meter in intervals as Green Button (NAESB REQ.21 ESPI) Atom XML. */
    GREEN_BUTTON
  }

  /** Writes an export of {@code from} ≤ instant &lt; {@code to}, streaming, in bounded memory. */
  void export(Format format, Instant from, Instant to, OutputStream out) throws IOException;

  /**
   * Erases readings, sealed batches, and the content of the journal's entries about readings and
   * consents. The journal's leaves stay, so everybody's proofs hold.
   *
   * @return what was erased, in plain words
   */
  String eraseAll(String actor) throws IOException;
}
