package org.commonshub.neighbour.https;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;

/** A hub that talks to neighbours over loopback, and says back what it is asked. */
final class Hub implements AutoCloseable {
  static final long PATIENCE_SECONDS = 20;

  final HubIdentity identity;
  final FakeHubClock clock = new FakeHubClock();
  final List<String> audit = new CopyOnWriteArrayList<>();
  private final Path directory;
  private final long limit;
  HttpsNeighbours neighbours;
  volatile NeighbourService service =
      (did, question) ->
          ("heard " + new String(question, StandardCharsets.UTF_8))
              .getBytes(StandardCharsets.UTF_8);

  Hub(HubIdentity identity, Path directory) throws IOException {
    this(identity, directory, 10_000);
  }

  Hub(HubIdentity identity, Path directory, long limit) throws IOException {
    this.identity = identity;
    this.directory = directory;
    this.limit = limit;
    open(0);
  }

  void open(int port) throws IOException {
    AuditLog log =
        new AuditLog() {
          @Override
          public void record(String actor, String action, String subject, String outcome) {
            audit.add(action + " " + subject);
          }

          @Override
          public List<Entry> latest(int count) {
            return List.of();
          }
        };
    neighbours =
        new HttpsNeighbours(
            identity,
            clock,
            FakeHubPaths.in(directory),
            log,
            InetAddress.getLoopbackAddress(),
            port,
            limit);
    neighbours.bindService(
        (did, question) -> service.answer(did, question),
        Map.of(NeighbourService.TOPIC, Topic.CHECKPOINT.name()));
    await(() -> neighbours.port() > 0);
  }

  int port() {
    return neighbours.port();
  }

  void enter(Hub other) throws IOException {
    neighbours.add(other.identity.card(), "other", "127.0.0.1", other.port());
  }

  /** Its answer. */
  String ask(HubIdentity other) throws NeighbourException {
    return ask(other, "you");
  }

  String ask(HubIdentity other, String question) throws NeighbourException {
    try {
      return new String(
          neighbours
              .ask(other.did(), Topic.CHECKPOINT, question.getBytes(StandardCharsets.UTF_8))
              .toCompletableFuture()
              .get(PATIENCE_SECONDS, TimeUnit.SECONDS),
          StandardCharsets.UTF_8);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof NeighbourException refused) {
        throw refused;
      }
      throw new AssertionError(e);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  String problem(HubIdentity other) {
    return neighbours.find(other.did()).orElseThrow().problem().orElse("");
  }

  Instant heard(HubIdentity other) {
    return neighbours.find(other.did()).orElseThrow().heard().orElse(null);
  }

  static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("did not happen within " + PATIENCE_SECONDS + " s");
      }
      try {
        TimeUnit.MILLISECONDS.sleep(10);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    neighbours.deactivate();
  }
}
