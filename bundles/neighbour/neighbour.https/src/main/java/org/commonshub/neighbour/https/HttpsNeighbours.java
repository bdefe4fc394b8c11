package org.commonshub.neighbour.https;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.neighbour.api.Neighbour;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hub's neighbours: the list, the port where they arrive, and the questions to them. */
@Component(
    immediate = true,
    configurationPid = "org.commonshub.neighbour.https",
    service = {Neighbours.class, BackupParticipant.class})
@Designate(ocd = HttpsNeighbours.Config.class)
public final class HttpsNeighbours implements Neighbours, BackupParticipant {
  private static final Logger LOG = LoggerFactory.getLogger(HttpsNeighbours.class);
  private static final long LIMIT_MILLIS = 10_000;

  /** Settings of the connection to neighbours. */
  @ObjectClassDefinition(
      name = "Neighbours",
      description =
          "The port at which the hubs of neighbours arrive. Only hubs on the list get in.")
  @interface Config {
    @AttributeDefinition(
        name = "Address",
        description =
            "Address the port is bound to. Default empty: all addresses of this computer.",
        required = false,
        max = "253")
    String host() default "";

    @AttributeDefinition(
        name = "Port",
        description = "TCP port; 0 takes any free one. Default 8484.",
        min = "0",
        max = "65535")
    int port() default 8484;
  }

  private final AuditLog audit;
  private final Map<Topic, NeighbourService> services = new ConcurrentHashMap<>();
  private final Book book;
  private final Watch watch;
  private final Door door;
  private final Caller caller;

  @Activate
  public HttpsNeighbours(
      @Reference(name = "identity") HubIdentity identity,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "audit") AuditLog audit,
      Config config)
      throws IOException {
    this(identity, clock, paths, audit, address(config.host()), config.port(), LIMIT_MILLIS);
  }

  HttpsNeighbours(
      HubIdentity identity,
      HubClock clock,
      HubPaths paths,
      AuditLog audit,
      InetAddress host,
      int port,
      long limitMillis)
      throws IOException {
    this.audit = audit;
    book = new Book(paths.data().resolve("neighbour.https"), identity.did());
    Handshake handshake = new Handshake(identity, clock, book);
    watch = new Watch();
    caller = new Caller(limitMillis, handshake, book, clock, watch);
    door = new Door(host, port, limitMillis, handshake, book, clock, watch, services);
    door.start();
  }

  @Deactivate
  void deactivate() {
    door.close();
    caller.close();
    watch.close();
  }

  private static InetAddress address(String host) {
    try {
      return host.isBlank() ? null : InetAddress.getByName(host.strip());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "'" + host.strip() + "' is no address of this computer: leave it empty for all of them.",
          e);
    }
  }

  @Reference(
      name = "service",
      service = NeighbourService.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindService(NeighbourService service, Map<String, Object> properties) {
    Topic topic = topic(properties);
    if (topic != null) {
      services.put(topic, service);
    }
  }

  void unbindService(NeighbourService service, Map<String, Object> properties) {
    Topic topic = topic(properties);
    if (topic != null) {
      services.remove(topic, service);
    }
  }

  private static Topic topic(Map<String, Object> properties) {
    Object name = properties.get(NeighbourService.TOPIC);
    for (Topic topic : Topic.values()) {
      if (topic.name().equals(name)) {
        return topic;
      }
    }
    LOG.warn(
        "A service for neighbours names the topic '{}', which there is not: it stays unused.",
        name);
    return null;
  }

  @Override
  public List<Neighbour> list() {
    return book.list();
  }

  @Override
  public Optional<Neighbour> find(String did) {
    return book.find(did);
  }

  @Override
  public Optional<KeyLog> keyLog(String did) {
    return book.keyLog(did);
  }

  @Override
  public Neighbour add(String card, String name, String host, int port) throws IOException {
    Neighbour added = book.add(card, name, host, port);
    audit.record("hub", "neighbour.add", added.did(), "ok");
    return added;
  }

  @Override
  public void remove(String did) throws IOException {
    if (book.remove(did)) {
      audit.record("hub", "neighbour.remove", did, "ok");
    }
  }

  @Override
  public CompletionStage<byte[]> ask(String did, Topic topic, byte[] question) {
    return caller.ask(did, topic, question);
  }

  @Override
  public String backupName() {
    return "neighbour.https";
  }

  @Override
  public void writeBackup(OutputStream out) throws IOException {
    book.backup(out);
  }

  @Override
  public void restoreBackup(InputStream in) throws IOException {
    for (String did : book.restore(in)) {
      audit.record("hub", "neighbour.restore", did, "ok");
    }
  }

  /** Where neighbours arrive; −1 while the port is not open. */
  int port() {
    return door.port();
  }

  int connections() {
    return door.connections();
  }
}
