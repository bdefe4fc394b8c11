package org.commonshub.identity.provider;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.commonshub.identity.api.KeyAlgorithm;
import org.commonshub.identity.api.KeyProvider;
import org.commonshub.identity.api.VerificationKey;

/** All key providers that are there: new keys go to the highest ranked, old ones are looked for. */
final class Keyring {
  private final List<Place> places = new CopyOnWriteArrayList<>();

  private record Place(KeyProvider service, TimedKeys timed, String name, int ranking, long id) {}

  /** A key and where it is. */
  record Kept(TimedKeys place, String name, VerificationKey key) {
    byte[] sign(byte[] message) throws IOException {
      return place.sign(name, message);
    }
  }

  synchronized void add(KeyProvider provider, Map<String, ?> properties) {
    String name = String.valueOf(properties.get(KeyProvider.NAME));
    int ranking = properties.get("service.ranking") instanceof Integer number ? number : 0;
    long id = properties.get("service.id") instanceof Long number ? number : Long.MAX_VALUE;
    Place place = new Place(provider, new TimedKeys(provider, name), name, ranking, id);
    int at = 0;
    while (at < places.size()
        && (places.get(at).ranking > ranking
            || places.get(at).ranking == ranking && places.get(at).id < id)) {
      at++;
    }
    places.add(at, place);
  }

  synchronized void remove(KeyProvider provider) {
    for (Place place : places) {
      if (place.service == provider) {
        places.remove(place);
        place.timed.close();
      }
    }
  }

  /** Whether a key's place is still there. */
  boolean holds(Kept kept) {
    return places.stream().anyMatch(place -> place.timed == kept.place());
  }

  /** Names of the places, the one for new keys first. */
  List<String> names() {
    return places.stream().map(Place::name).toList();
  }

  Optional<Kept> find(String name) {
    return find(name, any -> true);
  }

  /** Finds a key that is the one looked for; another place may have one of the same name. */
  Optional<Kept> find(String name, Predicate<VerificationKey> is) {
    for (Place place : places) {
      Optional<VerificationKey> key = place.timed.find(name);
      if (key.filter(is).isPresent()) {
        return Optional.of(new Kept(place.timed, name, key.get()));
      }
    }
    return Optional.empty();
  }

  /** Makes a key in the highest ranked place: Ed25519 if it can, else P-256. */
  Kept create(String name) throws IOException {
    if (places.isEmpty()) {
      throw new IOException("There is no key provider.");
    }
    TimedKeys place = places.get(0).timed;
    KeyAlgorithm algorithm =
        place.algorithms().contains(KeyAlgorithm.ED25519)
            ? KeyAlgorithm.ED25519
            : KeyAlgorithm.P256;
    return new Kept(place, name, place.create(name, algorithm));
  }

  /** Finds a key that was made before a crash, or makes it. */
  Kept findOrCreate(String name) throws IOException {
    Optional<Kept> kept = find(name);
    return kept.isPresent() ? kept.get() : create(name);
  }

  /** Destroys a key wherever it is. */
  void destroy(String name) throws IOException {
    for (Place place : places) {
      if (place.timed.find(name).isPresent()) {
        place.timed.destroy(name);
      }
    }
  }
}
