package PACKAGE;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.api.Card;

/** Does a little each second, and measures a call to the hub when it is looked at. */
public final class Bench implements App {
  private final AppHome home;
  private final AppStore store;
  private long ticks;

  public Bench(AppHome home, AppStore store, AppTimers timers) {
    this.home = home;
    this.store = store;
    timers.every(Duration.ofSeconds(1), this::tick);
  }

  private void tick() {
    ticks++;
    long sum = 0;
    for (int i = 0; i < 20_000; i++) {
      sum += i * ticks % 7;
    }
    if (ticks % 10 == 0) {
      store.put("sum", BigDecimal.valueOf(sum).toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  @Override
  public List<Card> cards(Locale locale) {
    long[] nanos = new long[500];
    for (int i = 0; i < nanos.length; i++) {
      long began = home.monotonicNanos();
      store.names();
      nanos[i] = home.monotonicNanos() - began;
    }
    Arrays.sort(nanos);
    return List.of(
        new Card(
            "Bench",
            List.of(
                new Card.Figure("ticks", BigDecimal.valueOf(ticks), ""),
                new Card.Figure("p50", BigDecimal.valueOf(nanos[nanos.length / 2]), "ns"))));
  }
}
