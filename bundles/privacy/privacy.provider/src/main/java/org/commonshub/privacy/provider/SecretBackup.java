package org.commonshub.privacy.provider;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.commonshub.platform.api.BackupParticipant;

/** The secret that noise and pseudonyms are derived from, in the sealed half of a backup. */
final class SecretBackup implements BackupParticipant {
  private final Gate gate;

  SecretBackup(Gate gate) {
    this.gate = gate;
  }

  @Override
  public String backupName() {
    return "privacy.provider.secret";
  }

  @Override
  public boolean sealed() {
    return true;
  }

  @Override
  public void writeBackup(OutputStream out) throws IOException {
    out.write(gate.secret().bytes());
  }

  @Override
  public void restoreBackup(InputStream in) throws IOException {
    gate.secret().replace(in.readNBytes(Secret.BYTES + 1));
    gate.policies().restart();
  }
}
