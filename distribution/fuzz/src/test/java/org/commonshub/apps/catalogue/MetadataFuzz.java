package org.commonshub.apps.catalogue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.TreeMap;

/** Metadata of a catalogue, and evidence: as it comes, and spliced into documents that hold. */
public final class MetadataFuzz {
  private static final String KEY = "ab".repeat(32);
  private static final byte[][] DOCUMENTS = {
    document(
        "root",
        """
        "consistent_snapshot":true,"keys":{"%1$s":{"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"%1$s"}}},
        "roles":{"root":{"keyids":["%1$s"],"threshold":1},"targets":{"keyids":["%1$s"],"threshold":1},
        "snapshot":{"keyids":["%1$s"],"threshold":1},"timestamp":{"keyids":["%1$s"],"threshold":1}},
        "custom":{"operator":"x","frozen_days":90,"licence_keys":["z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"]}"""
            .formatted(KEY)),
    document(
        "timestamp",
        """
        "issued":"2026-01-01T00:00:00Z","meta":{"snapshot.json":{"version":1,"length":9,"hashes":{"sha256":"%s"}}}"""
            .formatted(KEY)),
    document(
        "snapshot",
        "\"meta\":{\"targets.json\":{\"version\":1},\"org.example.json\":{\"version\":2}}"),
    document(
        "targets",
        """
        "targets":{"org.example/org.example.a-1.0.0.jar":{"length":9,"hashes":{"sha256":"%1$s"},"custom":{"manifest":{}}}},
        "delegations":{"keys":{"%1$s":{"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"%1$s"}}},
        "roles":[{"name":"org.example","keyids":["%1$s"],"threshold":1,"terminating":true,"paths":["org.example/*"]}]}"""
            .formatted(KEY)),
  };

  private MetadataFuzz() {}

  private static byte[] document(String type, String rest) {
    return """
        {"signatures":[{"keyid":"%s","sig":"%s"}],"signed":{"_type":"%s","spec_version":"1.0.31","version":1,\
        "expires":"2030-01-01T00:00:00Z",%s}}"""
        .formatted(KEY, "00".repeat(64), type, rest)
        .getBytes(StandardCharsets.UTF_8);
  }

  public static void fuzzerTestOneInput(byte[] data) {
    for (int i = 0; i < DOCUMENTS.length; i++) {
      read(i, data);
      if (data.length > 3) {
        byte[] whole = DOCUMENTS[i].clone();
        int at = ((data[0] & 0xFF) << 8 | (data[1] & 0xFF)) % whole.length;
        int cut = Math.min(whole.length, at + (data[2] & 0xFF));
        byte[] spliced = Arrays.copyOf(whole, at + data.length - 3 + whole.length - cut);
        System.arraycopy(data, 3, spliced, at, data.length - 3);
        System.arraycopy(whole, cut, spliced, at + data.length - 3, whole.length - cut);
        read(i, spliced);
      }
    }
    try {
      if (!Arrays.equals(Evidence.decode(data).encode(), data)) {
        throw new AssertionError("two forms of one evidence");
      }
    } catch (MetadataException e) {
      // The declared refusal.
    }
  }

  private static void read(int kind, byte[] bytes) {
    try {
      switch (kind) {
        case 0 -> {
          Metadata.Root root = Metadata.Root.parse(bytes);
          root.fingerprint();
          root.role("root").verify(root.envelope());
          throw new AssertionError("forged");
        }
        case 1 -> Metadata.Timestamp.parse(bytes);
        case 2 -> Metadata.Snapshot.parse(bytes);
        default -> {
          Metadata.Targets targets = Metadata.Targets.parse(bytes);
          TreeMap<String, Metadata.Targets> providers = new TreeMap<>();
          targets.delegations().keySet().forEach(name -> providers.put(name, targets));
          Metadata.Root root = Metadata.Root.parse(DOCUMENTS[0]);
          Offers.all("x", root, targets, providers, new ArrayList<>());
        }
      }
    } catch (MetadataException e) {
      // The declared refusal.
    }
  }
}
