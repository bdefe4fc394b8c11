package org.commonshub.ledger.content;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.testing.fakes.FakeHubClock;

/** The real content store over a history that has some records. */
public final class SealingHub {
  private SealingHub() {}

  @SuppressWarnings("unchecked")
  public static ContentService open(
      HubIdentity hub, Path directory, Consumer<Consumer<MeterRecord>> records) throws IOException {
    ContentService content = new ContentService(new FakeHubClock(), directory, hub, 1 << 26);
    content.bindHistory(
        (HistoryStore)
            Proxy.newProxyInstance(
                HistoryStore.class.getClassLoader(),
                new Class<?>[] {HistoryStore.class},
                (proxy, method, arguments) -> {
                  records.accept((Consumer<MeterRecord>) arguments[3]); // replay
                  return null;
                }));
    return content;
  }
}
