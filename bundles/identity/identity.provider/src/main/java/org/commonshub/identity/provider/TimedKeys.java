package org.commonshub.identity.provider;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.commonshub.identity.api.KeyAlgorithm;
import org.commonshub.identity.api.KeyProvider;
import org.commonshub.identity.api.VerificationKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits at most 2 s for a key provider. Files answer in the caller's thread; anything else (a bus
 * to a chip may hang) on one thread of its own, one call at a time, which ends when idle.
 */
final class TimedKeys {
  private static final Logger LOG = LoggerFactory.getLogger(TimedKeys.class);
  private static final long PATIENCE_MS = 2_000;

  private final KeyProvider provider;
  private final String name;
  private final boolean direct;
  private final Semaphore free = new Semaphore(1);
  private final ThreadPoolExecutor executor;

  TimedKeys(KeyProvider provider, String name) {
    this.provider = provider;
    this.name = name;
    this.direct = provider instanceof FileKeys;
    this.executor =
        new ThreadPoolExecutor(
            1,
            1,
            5,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(1),
            task -> {
              Thread thread = new Thread(task, "hub-keys-" + name);
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  void close() {
    executor.shutdownNow();
  }

  Set<KeyAlgorithm> algorithms() throws IOException {
    return call(provider::algorithms);
  }

  VerificationKey create(String key, KeyAlgorithm algorithm) throws IOException {
    return call(() -> provider.create(key, algorithm));
  }

  /** Empty, too, if it does not answer; that is in the log then. */
  Optional<VerificationKey> find(String key) {
    try {
      return call(() -> provider.find(key));
    } catch (IOException e) {
      LOG.warn("{}", e.getMessage());
      return Optional.empty();
    }
  }

  byte[] sign(String key, byte[] message) throws IOException {
    return call(() -> provider.sign(key, message));
  }

  void destroy(String key) throws IOException {
    call(
        () -> {
          provider.destroy(key);
          return true;
        });
  }

  private <T> T call(Callable<T> call) throws IOException {
    try {
      if (direct) {
        return call.call();
      }
      if (!free.tryAcquire(PATIENCE_MS, TimeUnit.MILLISECONDS)) {
        throw new TimeoutException();
      }
      Future<T> answer =
          executor.submit(
              () -> {
                try {
                  return call.call();
                } finally {
                  free.release();
                }
              });
      return answer.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("The key provider " + name + " did not answer within 2 s.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while waiting for the key provider " + name, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException refused) {
        throw refused;
      }
      throw new IOException("The key provider " + name + " failed: " + e.getCause(), e);
    } catch (RejectedExecutionException e) {
      throw new IOException("The key provider " + name + " has gone.", e);
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("The key provider " + name + " failed: " + e, e);
    }
  }
}
