package org.commonshub.ledger.journal;

import java.util.HashMap;
import java.util.Map;
import org.commonshub.identity.api.Cbor;

/** Content of entries of kind HUB: {@code {1: word, 2: …, 3: …}}, see docs/data-structure.md. */
final class HubEntry {
  static final String STARTED = "started";
  static final String KEY = "key";
  static final String CLOCK_BACK = "clock-back";
  static final String EPOCH = "epoch";
  static final String ERASED = "erased";
  static final String TWO_HUBS = "two-hubs";
  static final String BACKFILL_REFUSED = "backfill-refused";

  private HubEntry() {}

  static byte[] of(String word, Object... parts) {
    Map<Object, Object> map = new HashMap<>();
    map.put(1L, word);
    for (int i = 0; i < parts.length; i++) {
      map.put(2L + i, parts[i]);
    }
    return Cbor.encode(map);
  }
}
