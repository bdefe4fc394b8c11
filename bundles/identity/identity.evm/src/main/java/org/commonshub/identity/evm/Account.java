package org.commonshub.identity.evm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Path;
import org.commonshub.identity.api.EvmAccount;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The account; {@link AccountFile} keeps its key, {@link Secp256k1} signs. */
@Component(service = {EvmAccount.class, BackupParticipant.class})
public final class Account implements EvmAccount, BackupParticipant {
  private static final Logger LOG = LoggerFactory.getLogger(Account.class);
  private static final int KEY_BYTES = 32;

  private final AccountFile file;
  private volatile BigInteger secret;
  private volatile String address;

  @Activate
  public Account(@Reference(name = "paths") HubPaths paths) throws IOException {
    this(paths.data().resolve("identity.evm"));
  }

  Account(Path directory) throws IOException {
    this.file = new AccountFile(directory);
    this.secret = new BigInteger(1, file.load());
    this.address = Secp256k1.address(Secp256k1.point(secret));
  }

  @Override
  public String address() {
    return address;
  }

  @Override
  public byte[] sign(byte[] hash) {
    if (hash.length != 32) {
      throw new IllegalArgumentException("A hash of 32 bytes is signed, not " + hash.length);
    }
    return Secp256k1.sign(secret, hash);
  }

  @Override
  public String backupName() {
    return "identity.evm";
  }

  @Override
  public boolean sealed() {
    return true;
  }

  @Override
  public void writeBackup(OutputStream out) throws IOException {
    out.write(file.load());
  }

  @Override
  public synchronized void restoreBackup(InputStream in) throws IOException {
    byte[] restored = in.readNBytes(KEY_BYTES + 1);
    BigInteger next = new BigInteger(1, restored);
    if (restored.length != KEY_BYTES || !Secp256k1.usable(next)) {
      throw new IOException("The key of the account in the backup is damaged.");
    }
    if (next.equals(secret)) {
      return;
    }
    file.replace(restored, address);
    LOG.info("The hub's account is restored; the key of {} is kept beside it.", address);
    secret = next;
    address = Secp256k1.address(Secp256k1.point(next));
  }
}
