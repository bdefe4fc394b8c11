package org.commonshub.identity.provider;

import java.nio.file.Path;
import java.util.Map;
import org.commonshub.identity.api.KeyProvider;
import org.commonshub.testing.fakes.FakeHubClock;

/** A process that makes an identity and rotates it until it is killed; prints what it promised. */
public final class KilledHub {
  private KilledHub() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    Keyring keys = new Keyring();
    keys.add(new FileKeys(directory), Map.of(KeyProvider.NAME, "file"));
    Identity hub = new Identity(keys, directory, new FakeHubClock(), "");
    System.out.println(hub.did() + " " + hub.key().multikey());
    for (int i = 0; i < 25; i++) {
      System.out.println(hub.did() + " " + hub.rotate().multikey());
    }
  }
}
