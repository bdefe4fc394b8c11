package org.commonshub.ledger.anchor;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.neighbour.api.Neighbour;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.neighbour.api.Topic;

/** Hubs in one process that all know each other; any can be unplugged. */
final class Net {
  final Map<String, Map<Topic, NeighbourService>> services = new HashMap<>();
  final Map<String, KeyLog> logs = new HashMap<>();
  final Set<String> unplugged = new HashSet<>();
  int asked;

  void join(HubIdentity hub, Topic topic, NeighbourService service) {
    services.computeIfAbsent(hub.did(), did -> new HashMap<>()).put(topic, service);
    meet(hub);
  }

  void meet(HubIdentity hub) {
    try {
      logs.put(hub.did(), KeyLog.verify(hub.keyLog()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  Neighbours of(HubIdentity self) {
    return new Neighbours() {
      @Override
      public List<Neighbour> list() {
        return List.of();
      }

      @Override
      public Optional<Neighbour> find(String did) {
        return logs.containsKey(did)
            ? Optional.of(new Neighbour(did, "Anna", "anna", 1, Optional.empty(), Optional.empty()))
            : Optional.empty();
      }

      @Override
      public Optional<KeyLog> keyLog(String did) {
        return Optional.ofNullable(logs.get(did));
      }

      @Override
      public Neighbour add(String card, String name, String host, int port) throws IOException {
        throw new IOException("not here");
      }

      @Override
      public void remove(String did) {
        logs.remove(did);
      }

      @Override
      public CompletionStage<byte[]> ask(String did, Topic topic, byte[] question) {
        asked++;
        NeighbourService service = services.getOrDefault(did, Map.of()).get(topic);
        try {
          if (service == null || unplugged.contains(did)) {
            throw new NeighbourException(
                NeighbourException.Kind.UNREACHABLE, "Anna does not answer.");
          }
          return CompletableFuture.completedFuture(service.answer(self.did(), question));
        } catch (NeighbourException e) {
          return CompletableFuture.failedFuture(e);
        }
      }
    };
  }
}
