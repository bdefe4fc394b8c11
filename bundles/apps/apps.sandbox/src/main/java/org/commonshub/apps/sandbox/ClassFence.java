package org.commonshub.apps.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.commonshub.apps.sandbox.Permits.Grant;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.check.Definition;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
import org.osgi.framework.hooks.weaving.WeavingException;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.framework.hooks.weaving.WovenClass;
import org.osgi.framework.hooks.weaving.WovenClassListener;
import org.osgi.framework.wiring.BundleWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layer 3: every class of a bundle with a permit is checked when it is defined. Felix 7.0.5 asks a
 * hook never again that threw anything but a {@link WeavingException}: if a class passes that was
 * not checked, the fence is lost, and everything of others stops.
 */
final class ClassFence implements WeavingHook, WovenClassListener, FrameworkListener {
  private static final Logger LOG = LoggerFactory.getLogger(ClassFence.class);
  private static final int MAX_CLASS = 1 << 20;
  private static final Pattern NAME = Pattern.compile("[^*\\\\()]+");

  private final Origins origins;
  private final Permits permits;
  private final Runnable lost;
  private final Set<WovenClass> passed =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  /** The values don't know their keys' wiring but by a weak way round: see {@link Content}. */
  private final Map<BundleWiring, Definition> definitions =
      Collections.synchronizedMap(new WeakHashMap<>());

  /**
   * A fence.
   *
   * @param lost called when a class was defined past it
   */
  ClassFence(Origins origins, Permits permits, Runnable lost) {
    this.origins = origins;
    this.permits = permits;
    this.lost = lost;
  }

  @Override
  public void weave(WovenClass wovenClass) {
    String refusal;
    try {
      refusal = refusal(wovenClass);
    } catch (Throwable e) {
      refusal = "it could not be checked: " + e;
    }
    if (refusal != null) {
      throw new WeavingException(refusal);
    }
  }

  private String refusal(WovenClass wovenClass) {
    BundleWiring wiring = wovenClass.getBundleWiring();
    Bundle bundle = wiring.getBundle();
    if (origins.ours(bundle)) {
      return null;
    }
    Optional<Grant> grant = permits.of(bundle);
    if (grant.isEmpty()) {
      if (!permits.unlisted()) {
        return bundle.getLocation() + " has no permit";
      }
    } else if (grant.get().proxy()) {
      return bundle.getLocation() + " has no code";
    } else {
      List<Finding> findings =
          definitions
              .computeIfAbsent(wiring, key -> definition(key, grant.get()))
              .check(wovenClass.getClassName(), wovenClass.getBytes());
      if (!findings.isEmpty()) {
        Finding finding = findings.get(0);
        String text =
            finding.where()
                + " of "
                + bundle.getSymbolicName()
                + ": "
                + finding.what()
                + ". "
                + finding.why();
        LOG.warn("A class is refused: {}", text);
        return text;
      }
    }
    passed.add(wovenClass);
    return null;
  }

  private static Definition definition(BundleWiring wiring, Grant grant) {
    return new Definition(grant.profile(), new Content(wiring));
  }

  /** Class files of a wiring, as long as it is there. */
  private static final class Content implements Function<String, byte[]> {
    private final WeakReference<BundleWiring> wiring;

    Content(BundleWiring wiring) {
      this.wiring = new WeakReference<>(wiring);
    }

    @Override
    public byte[] apply(String path) {
      BundleWiring from = wiring.get();
      if (from == null) {
        return null;
      }
      int slash = path.lastIndexOf('/');
      String folder = slash < 0 ? "/" : path.substring(0, slash);
      String file = path.substring(slash + 1);
      if (!NAME.matcher(path).matches()) {
        return null; // It would be a pattern.
      }
      List<URL> found = from.findEntries(folder, file, 0);
      if (found == null || found.size() != 1) {
        return null;
      }
      try (InputStream in = found.get(0).openStream()) {
        return in.readNBytes(MAX_CLASS + 1);
      } catch (IOException e) {
        return null;
      }
    }
  }

  @Override
  public void modified(WovenClass wovenClass) {
    try {
      boolean checked = passed.contains(wovenClass);
      if (wovenClass.getState() != WovenClass.TRANSFORMED) {
        passed.remove(wovenClass);
      } else if (!checked && !origins.ours(wovenClass.getBundleWiring().getBundle())) {
        LOG.error("{} passes unchecked.", wovenClass.getClassName());
        lost.run();
      }
    } catch (Throwable e) {
      lost.run();
    }
  }

  @Override
  public void frameworkEvent(FrameworkEvent event) {
    if (event.getType() == FrameworkEvent.ERROR
        && !origins.zone() // There it is everybody's.
        && origins.self(event.getBundle())
        && !(event.getThrowable() instanceof WeavingException)) {
      LOG.error("A hook of the sandbox failed.", event.getThrowable());
      lost.run();
    }
  }
}
