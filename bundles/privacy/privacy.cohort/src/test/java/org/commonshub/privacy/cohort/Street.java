package org.commonshub.privacy.cohort;

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

/** Hubs in one process; who has spoken to whom knows that one's keys. Any can be unplugged. */
final class Street {
  final Map<String, NeighbourService> services = new HashMap<>();
  final Map<String, HubIdentity> identities = new HashMap<>();
  final Set<String> unplugged = new HashSet<>();
  final Set<String> strangers = new HashSet<>();
  long bytes;

  Neighbours of(HubIdentity self) {
    return new Neighbours() {
      @Override
      public List<Neighbour> list() {
        return List.of();
      }

      @Override
      public Optional<Neighbour> find(String did) {
        return Optional.empty();
      }

      @Override
      public Optional<KeyLog> keyLog(String did) {
        if (strangers.contains(self.did() + did) || !identities.containsKey(did)) {
          return Optional.empty();
        }
        try {
          return Optional.of(KeyLog.verify(identities.get(did).keyLog()));
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }

      @Override
      public Neighbour add(String card, String name, String host, int port) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void remove(String did) {
        throw new UnsupportedOperationException();
      }

      @Override
      public CompletionStage<byte[]> ask(String did, Topic topic, byte[] question) {
        try {
          if (topic != Topic.COHORT || unplugged.contains(did) || !services.containsKey(did)) {
            throw new NeighbourException(
                NeighbourException.Kind.UNREACHABLE, "Anna does not answer.");
          }
          strangers.remove(self.did() + did);
          strangers.remove(did + self.did());
          byte[] answer = services.get(did).answer(self.did(), question);
          bytes += question.length + answer.length;
          return CompletableFuture.completedFuture(answer);
        } catch (NeighbourException e) {
          return CompletableFuture.failedFuture(e);
        }
      }
    };
  }
}
