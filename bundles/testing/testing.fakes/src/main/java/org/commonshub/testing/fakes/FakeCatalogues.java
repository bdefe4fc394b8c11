package org.commonshub.testing.fakes;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Catalogues;
import org.commonshub.apps.desk.api.Listing;

/** Catalogues in memory: they compare digests and know no signatures. Any thread. */
public final class FakeCatalogues implements Catalogues {
  private final Map<String, Source> sources = new TreeMap<>();
  private final List<Listing> listings = new ArrayList<>();
  private final Map<String, byte[]> jars = new TreeMap<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  /** Who is told of changes. */
  public void listen(Listener listener) {
    listeners.add(listener);
  }

  /** There is a catalogue. */
  public void source(String name, Source.State state) {
    synchronized (this) {
      sources.put(
          name,
          new Source(
              name,
              URI.create("https://catalogue.example.org/" + name + "/"),
              "Example Operator",
              "0123 4567 89ab cdef 0123 4567 89ab cdef",
              state,
              Optional.of(Instant.parse("2026-01-01T00:00:00Z")),
              Optional.of(Instant.parse("2026-01-01T00:00:00Z").plus(Duration.ofDays(30))),
              state == Source.State.FRESH
                  ? Optional.empty()
                  : Optional.of("The catalogue does not answer; check the network.")));
    }
    changed(name);
  }

  /** Lists an app, whose package is its name and version. */
  public Listing list(String source, SampleApp app) {
    String content = app.manifest().id() + " " + app.manifest().version();
    return list(source, app, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Lists an app with its package. */
  public Listing list(String source, SampleApp app, byte[] jar) {
    Listing listing = app.listing(source, jar);
    synchronized (this) {
      listings.add(listing);
      jars.put(listing.sha256(), jar.clone());
    }
    changed(source);
    return listing;
  }

  /** Withdraws a version. */
  public void withdraw(AppId app, AppVersion version, String why) {
    List<String> told = new ArrayList<>();
    synchronized (this) {
      listings.replaceAll(
          listing -> {
            if (!listing.manifest().id().equals(app)
                || !listing.manifest().version().equals(version)) {
              return listing;
            }
            told.add(listing.source());
            return new Listing(
                listing.source(),
                listing.operator(),
                listing.manifest(),
                listing.path(),
                listing.length(),
                listing.sha256(),
                listing.feePermille(),
                Optional.of(why),
                listing.providerKeys(),
                listing.operatorKeys());
          });
    }
    told.forEach(this::changed);
  }

  @Override
  public synchronized List<Source> sources() {
    return List.copyOf(sources.values());
  }

  /** Takes a root that is its operator's name. */
  @Override
  public String fingerprint(byte[] root) {
    return SampleApp.sha256(root).substring(0, 32).replaceAll("(.{4})(?=.)", "$1 ");
  }

  @Override
  public void follow(String name, URI url, byte[] root, String actor) throws AppException {
    if (root.length == 0) {
      throw new AppException(Reason.UNTRUSTED, "The root metadata is empty.");
    }
    synchronized (this) {
      if (sources.containsKey(name)) {
        throw new AppException(Reason.NOT_NOW, "There is a catalogue of that name already.");
      }
      sources.put(
          name,
          new Source(
              name,
              url,
              new String(root, StandardCharsets.UTF_8),
              fingerprint(root),
              Source.State.NEW,
              Optional.empty(),
              Optional.empty(),
              Optional.empty()));
    }
    changed(name);
  }

  @Override
  public void unfollow(String name, String actor) throws AppException {
    synchronized (this) {
      if (sources.remove(name) == null) {
        throw new AppException(Reason.UNKNOWN, "There is no catalogue of that name.");
      }
      listings.removeIf(listing -> listing.source().equals(name));
    }
    changed(name);
  }

  @Override
  public CompletionStage<Source> refresh(String name) {
    Source source;
    synchronized (this) {
      source = sources.get(name);
    }
    if (source != null && source.state() == Source.State.NEW) {
      source(name, Source.State.FRESH);
    }
    synchronized (this) {
      return CompletableFuture.completedFuture(sources.get(name));
    }
  }

  @Override
  public synchronized List<Listing> listings() {
    return listings.stream()
        .sorted(
            Comparator.comparing((Listing listing) -> listing.manifest().id())
                .thenComparing(listing -> listing.manifest().version(), Comparator.reverseOrder()))
        .toList();
  }

  @Override
  public byte[] fetch(Listing listing, Path file) throws AppException {
    byte[] jar;
    synchronized (this) {
      Source source = sources.get(listing.source());
      if (source == null || source.state() != Source.State.FRESH) {
        throw new AppException(
            Reason.NOT_NOW, "The catalogue is not up to date; refresh it and try again.");
      }
      Listing now = find(listing.source(), listing.sha256());
      if (now.withdrawn().isPresent()) {
        throw new AppException(
            Reason.UNTRUSTED, "This version was withdrawn: " + now.withdrawn().get());
      }
      jar = jars.get(listing.sha256());
    }
    try {
      Files.write(file, jar);
    } catch (IOException e) {
      throw new AppException(
          Reason.FAILED, "The package could not be written; is the disk full?", e);
    }
    return (listing.source() + " " + listing.sha256()).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public Listing verify(Path file, byte[] evidence) throws AppException {
    String[] said = new String(evidence, StandardCharsets.UTF_8).split(" ", 2);
    try {
      if (said.length != 2 || !SampleApp.sha256(Files.readAllBytes(file)).equals(said[1])) {
        throw new AppException(Reason.UNTRUSTED, "The kept file is not what was signed.");
      }
    } catch (IOException e) {
      throw new AppException(Reason.FAILED, "The kept file cannot be read.", e);
    }
    synchronized (this) {
      if (!sources.containsKey(said[0])) {
        throw new AppException(Reason.UNTRUSTED, "Its catalogue is not followed any more.");
      }
      return find(said[0], said[1]);
    }
  }

  private Listing find(String source, String sha256) throws AppException {
    return listings.stream()
        .filter(listing -> listing.source().equals(source) && listing.sha256().equals(sha256))
        .findFirst()
        .orElseThrow(
            () -> new AppException(Reason.UNTRUSTED, "The catalogue lists no such package."));
  }

  private void changed(String source) {
    listeners.forEach(listener -> listener.catalogueChanged(source));
  }
}
