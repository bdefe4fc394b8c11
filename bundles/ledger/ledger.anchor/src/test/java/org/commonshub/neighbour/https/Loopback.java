package org.commonshub.neighbour.https;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.HubClock;
import org.commonshub.testing.fakes.FakeHubPaths;

/** The real transport on a free port of this computer, without a container. */
public final class Loopback implements AutoCloseable {
  private final HttpsNeighbours neighbours;

  public Loopback(HubIdentity identity, HubClock clock, Path directory) throws IOException {
    AuditLog audit =
        new AuditLog() {
          @Override
          public void record(String actor, String action, String subject, String outcome) {}

          @Override
          public List<Entry> latest(int limit) {
            return List.of();
          }
        };
    neighbours =
        new HttpsNeighbours(
            identity,
            clock,
            FakeHubPaths.in(directory),
            audit,
            InetAddress.getLoopbackAddress(),
            0,
            10_000);
  }

  public Neighbours neighbours() {
    return neighbours;
  }

  public void answer(Topic topic, NeighbourService service) {
    neighbours.bindService(service, Map.of(NeighbourService.TOPIC, topic.name()));
  }

  /** Waits for the port to be open. */
  public int port() throws InterruptedException {
    for (int i = 0; i < 2000 && neighbours.port() < 0; i++) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return neighbours.port();
  }

  @Override
  public void close() {
    neighbours.deactivate();
  }
}
