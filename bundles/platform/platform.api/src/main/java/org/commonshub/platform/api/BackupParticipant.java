package org.commonshub.platform.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Something that belongs into a backup, such as the history database. Implemented by bundles with
 * durable state; called by the platform on a thread of its own.
 */
@ConsumerType
public interface BackupParticipant {
  /** Unique name of the part, {@code history.sqlite}; also its file name in the archive. */
  String backupName();

  /**
   * Whether the part holds keys. Such a part is in the sealed half of a backup only, is left out of
   * one without a passphrase, and has at most 8 MiB.
   */
  default boolean sealed() {
    return false;
  }

  /** Writes a consistent copy of the state as of now; must not stop normal work. */
  void writeBackup(OutputStream out) throws IOException;

  /**
   * Puts a staged copy in place. Called before the participant serves anyone: implement it so that
   * the data is read afresh afterwards.
   */
  void restoreBackup(InputStream in) throws IOException;
}
