package org.commonshub.identity.provider;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.Delegations;
import org.commonshub.identity.api.DeviceKeys;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.KeyProvider;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
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

/**
 * Offers {@link HubIdentity}, {@link DeviceKeys} and {@link Delegations} while the current key's
 * provider is here and no restored copy of the keys waits to be put in place.
 */
@Component(
    service = BackupParticipant.class,
    immediate = true,
    configurationPid = "org.commonshub.identity.provider")
@Designate(ocd = IdentityComponent.Config.class)
public final class IdentityComponent implements BackupParticipant {
  /** Settings. */
  @ObjectClassDefinition(name = "Identity", description = "The name of this hub towards others.")
  public @interface Config {
    @AttributeDefinition(
        name = "Host name",
        description =
            "DNS name (and :port) under which this hub's console is reached from outside, for the"
                + " alias did:web. Empty (the default): no alias.")
    String host_name() default "";
  }

  private static final Logger LOG = LoggerFactory.getLogger(IdentityComponent.class);
  private static final String NAME = "identity.provider";
  private static final Pattern HOST = Pattern.compile("([A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?)?");
  private static final int MAX_PART = 8 << 20;

  private final BundleContext context;
  private final FileKeys files;
  private final HubClock clock;
  private final String host;
  private final Path data;
  private final Path directory;
  private final Keyring keys = new Keyring();
  private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
  private Optional<Identity> identity = Optional.empty();
  private boolean active;
  private boolean warned;
  private volatile Optional<AuditLog> audit = Optional.empty();

  @Activate
  public IdentityComponent(
      BundleContext context,
      @Reference(name = "files") FileKeys files,
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "clock") HubClock clock,
      Config config)
      throws IOException {
    this.context = context;
    this.files = files;
    this.clock = clock;
    this.host = HOST.matcher(config.host_name()).matches() ? config.host_name() : "";
    if (!host.equals(config.host_name())) {
      LOG.warn("The host name for did:web in the settings is not a DNS name; it is left out.");
    }
    this.data = paths.data();
    this.directory = DurableFiles.privateDirectory(data.resolve(NAME));
  }

  /** Called when the providers that are there have been added. */
  @Activate
  synchronized void activate() {
    active = true;
    // A part that waits is handed to restoreBackup in a moment; a key made now would be in its way.
    if (!Files.exists(data.resolve("restore.parts").resolve(NAME))) {
      start();
    }
  }

  @Deactivate
  synchronized void deactivate() {
    active = false;
    stop();
  }

  @Reference(
      name = "providers",
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  synchronized void addProvider(KeyProvider provider, Map<String, Object> properties) {
    keys.add(provider, properties);
    if (active && identity.isEmpty()) {
      start();
    }
  }

  synchronized void removeProvider(KeyProvider provider) {
    keys.remove(provider);
    if (active && identity.isPresent() && !identity.get().usable()) {
      stop();
      start();
    }
  }

  @Reference(
      name = "audit",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC)
  void addAudit(AuditLog log) {
    audit = Optional.of(log);
  }

  void removeAudit(AuditLog log) {
    audit = audit.filter(known -> known != log);
  }

  private void start() {
    try {
      Identity opened = new Identity(keys, directory, clock, host);
      DelegationStore delegations =
          new DelegationStore(
              opened,
              directory,
              clock,
              (actor, action, subject) ->
                  audit.ifPresent(log -> log.record(actor, action, subject, "ok")));
      identity = Optional.of(opened);
      warned = false;
      registrations.add(context.registerService(HubIdentity.class, opened, null));
      registrations.add(context.registerService(DeviceKeys.class, new DeviceSigner(keys), null));
      registrations.add(context.registerService(Delegations.class, delegations, null));
    } catch (IOException e) {
      if (!warned) {
        warned = true;
        LOG.error("{}", e.getMessage());
      }
    }
  }

  private void stop() {
    registrations.forEach(ServiceRegistration::unregister);
    registrations.clear();
    identity = Optional.empty();
  }

  @Override
  public String backupName() {
    return NAME;
  }

  @Override
  public boolean sealed() {
    return true;
  }

  @Override
  public synchronized void writeBackup(OutputStream out) throws IOException {
    Map<String, Object> part = new HashMap<>();
    for (String name : List.of("did.jsonl", "delegations.cbor")) {
      if (Files.exists(directory.resolve(name))) {
        part.put(name, DurableFiles.read(directory.resolve(name), MAX_PART));
      }
    }
    // Keys after the log: a key is there before the log that promises it.
    part.put("keys", files.export());
    out.write(Cbor.encode(part));
  }

  /**
   * Becomes the hub of the backup, and moves on to its next key at once: whoever else has a copy is
   * left with a spent one. If the backup is an earlier state of this very hub, only keys of devices
   * that are missing here are taken.
   */
  @Override
  public synchronized void restoreBackup(InputStream in) throws IOException {
    stop();
    boolean other = false;
    try {
      other = adopt(in.readNBytes(MAX_PART + 1));
    } finally {
      start();
    }
    if (other && identity.isPresent()) {
      identity.get().rotate();
    }
  }

  private boolean adopt(byte[] bytes) throws IOException {
    Map<?, ?> part;
    try {
      if (bytes.length > MAX_PART || !(Cbor.decode(bytes) instanceof Map<?, ?> map)) {
        throw new IOException("The keys in the backup are damaged.");
      }
      part = map;
    } catch (MalformedCborException e) {
      throw new IOException("The keys in the backup are damaged: " + e.getMessage(), e);
    }
    if (!(part.get("keys") instanceof byte[] backedUp)) {
      throw new IOException("The backup holds no keys.");
    }
    if (!(part.get("did.jsonl") instanceof byte[] log)) {
      return false; // of a hub that never had a name
    }
    KeyLog restored = KeyLog.verify(log);
    Path own = directory.resolve("did.jsonl");
    if (Files.exists(own)
        && KeyLog.verify(DurableFiles.read(own, KeyLog.MAX_BYTES)).continues(restored)) {
      files.adopt(backedUp, false);
      return false;
    }
    String current = Identity.name(restored.periods().size());
    if (!files.holds(backedUp, current, restored.current())) {
      throw new IOException(
          "The key of "
              + restored.did()
              + " was kept by a chip of the hub that was backed up and is not in the backup: this"
              + " hub keeps its own name.");
    }
    files.adopt(backedUp, true);
    DurableFiles.write(own, log, true);
    if (part.get("delegations.cbor") instanceof byte[] delegations) {
      DurableFiles.write(directory.resolve("delegations.cbor"), delegations, true);
    }
    return true;
  }
}
