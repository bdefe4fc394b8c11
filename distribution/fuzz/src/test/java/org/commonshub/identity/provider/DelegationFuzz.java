package org.commonshub.identity.provider;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.KeyProvider;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;

/** What is pasted as a delegation or comes as an assertion, also under a signature that holds. */
public final class DelegationFuzz {
  private static final FakeIdentity OTHER = new FakeIdentity("other");
  private static final Identity HUB;
  private static final DelegationStore STORE;

  static {
    try {
      Path directory = Files.createTempDirectory("delegation-fuzz");
      Keyring keys = new Keyring();
      keys.add(new FileKeys(directory), Map.of(KeyProvider.NAME, "file"));
      HUB = new Identity(keys, directory, new FakeHubClock(), "");
      STORE = new DelegationStore(HUB, directory, new FakeHubClock(), (a, b, c) -> {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private DelegationFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    offer(data);
    Map<Object, Object> body = new HashMap<>();
    try {
      if (Cbor.decode(data) instanceof Map<?, ?> map) {
        body.putAll(map);
      }
    } catch (MalformedCborException e) {
      return;
    }
    body.put("log", OTHER.keyLog());
    body.put("hub", HUB.did());
    for (String kind : new String[] {"delegation", "assertion"}) {
      body.put("kind", kind);
      offer(OTHER.sign(SigningPurpose.DELEGATION, Cbor.encode(body)));
    }
  }

  private static void offer(byte[] message) {
    try {
      STORE.read(message);
    } catch (IOException e) {
      // The declared refusal.
    }
    try {
      STORE.enter(message);
      throw new AssertionError("nothing was accepted");
    } catch (IOException e) {
      // The declared refusal.
    }
  }
}
