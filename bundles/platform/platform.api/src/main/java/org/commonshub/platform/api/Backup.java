package org.commonshub.platform.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Backup and restore of the whole hub: configuration, accounts, secrets and what every {@link
 * BackupParticipant} adds. Holds no hub key unless sealed with a passphrase.
 */
@ProviderType
public interface Backup {
  /**
   * Writes a backup (ZIP with a manifest of SHA-256 digests) while the hub runs.
   *
   * @param passphrase seals secrets and accounts (PBKDF2, AES-256-GCM); when empty they are left
   *     out
   */
  void write(OutputStream out, char[] passphrase) throws IOException;

  /**
   * Checks a backup and stages it; it takes effect at the next start, in a new clock epoch. Nothing
   * is changed when it is refused.
   *
   * @return one sentence that says what will be restored
   * @throws IOException if it is not a backup, is damaged, too large, or the passphrase is wrong;
   *     the message is for people
   */
  String stage(InputStream in, char[] passphrase) throws IOException;
}
