package org.commonshub.ledger.outbox;

import java.util.concurrent.TimeUnit;
import org.commonshub.testing.fakes.FakeLedger;

/** A ledger that goes on by itself, a block every 3 ms, until closed. */
final class Mining implements AutoCloseable {
  private final Thread miner;
  private volatile boolean over;

  Mining(FakeLedger ledger) {
    miner =
        new Thread(
            () -> {
              while (!over) {
                ledger.mine(1);
                try {
                  TimeUnit.MILLISECONDS.sleep(3);
                } catch (InterruptedException e) {
                  return;
                }
              }
            });
    miner.start();
  }

  @Override
  public void close() throws InterruptedException {
    over = true;
    miner.join();
  }
}
