package org.commonshub.apps.provider;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppException.Reason;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.commonshub.privacy.api.EnergyData;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bundle without code for each app, at {@code app:ID/0.0.0}: it stands for the app at the privacy
 * gate, wherever the app's code runs, and while it does not.
 */
final class ProxyViews implements Views {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyViews.class);

  private record Proxy(Bundle bundle, Sandbox sandbox, Sandbox.Permit permit) {}

  private final BundleContext context;
  private final Supplier<Sandbox> sandbox;
  private final Supplier<ServiceReference<EnergyData>> gate;
  private final Map<AppId, Proxy> proxies = new HashMap<>();

  ProxyViews(
      BundleContext context,
      Supplier<Sandbox> sandbox,
      Supplier<ServiceReference<EnergyData>> gate) {
    this.context = context;
    this.sandbox = sandbox;
    this.gate = gate;
    sweep();
  }

  /** What the framework's cache kept: everything is installed anew, after it was verified. */
  private void sweep() {
    for (Bundle bundle : context.getBundles()) {
      if (bundle.getLocation().startsWith("app:")) {
        uninstall(bundle);
      }
    }
  }

  private static void uninstall(Bundle bundle) {
    try {
      if (bundle != null) {
        bundle.uninstall();
      }
    } catch (BundleException | RuntimeException e) {
      LOG.warn("{} could not be uninstalled.", bundle.getLocation(), e);
    }
  }

  @Override
  public Object gate() {
    return gate.get();
  }

  @Override
  public EnergyData view(AppManifest manifest) throws AppException {
    ServiceReference<EnergyData> now = gate.get();
    Bundle proxy = proxy(manifest);
    BundleContext its = proxy.getBundleContext();
    EnergyData view = now == null || its == null ? null : its.getService(now);
    if (view == null) {
      throw new AppException(
          Reason.NOT_NOW, "The privacy gate is not running; no app runs without it.");
    }
    return view;
  }

  @Override
  public List<EnergyData.Grant> grants(AppId app) {
    Proxy proxy;
    synchronized (this) {
      proxy = proxies.get(app);
    }
    ServiceReference<EnergyData> now = gate.get();
    if (proxy == null || now == null) {
      return List.of();
    }
    try {
      BundleContext its = proxy.bundle().getBundleContext();
      EnergyData view = its == null ? null : its.getService(now);
      return view == null ? List.of() : view.grants();
    } catch (IllegalStateException e) {
      return List.of(); // It is just going.
    }
  }

  private synchronized Bundle proxy(AppManifest manifest) throws AppException {
    Sandbox walls = sandbox.get();
    if (walls == null) {
      throw new AppException(
          Reason.NOT_NOW, "The sandbox is not running; nothing of others runs without it.");
    }
    AppId app = manifest.id();
    Proxy known = proxies.get(app);
    if (known != null) {
      if (known.sandbox() == walls && known.bundle().getState() == Bundle.ACTIVE) {
        return known.bundle();
      }
      close(app);
    }
    String location = "app:" + app + "/0.0.0";
    uninstall(context.getBundle(location)); // Left by a sandbox that was restarted.
    Sandbox.Permit permit = walls.permit(location, Profile.APP, Set.of());
    try (InputStream jar = jar(manifest)) {
      Bundle bundle = context.installBundle(location, jar);
      bundle.start(Bundle.START_TRANSIENT);
      proxies.put(app, new Proxy(bundle, walls, permit));
      return bundle;
    } catch (BundleException | IOException | RuntimeException e) {
      permit.close();
      throw new AppException(
          Reason.FAILED,
          "It cannot be made known to the privacy gate: "
              + Texts.plain(String.valueOf(e.getMessage()), 200),
          e);
    }
  }

  private static InputStream jar(AppManifest manifest) throws IOException {
    Manifest headers = new Manifest();
    Attributes main = headers.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
    main.putValue(Constants.BUNDLE_SYMBOLICNAME, manifest.id().name());
    main.putValue(Constants.BUNDLE_VERSION, "0.0.0");
    main.putValue(Constants.BUNDLE_NAME, Texts.plain(manifest.texts().get("en").name(), 60));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new JarOutputStream(bytes, headers).close();
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  @Override
  public synchronized void close(AppId app) {
    Proxy proxy = proxies.remove(app);
    if (proxy != null) {
      try {
        proxy.permit().close();
      } catch (RuntimeException e) {
        LOG.warn("The proxy of {} could not be removed.", app, e);
      }
    }
  }

  /** The desk closes. */
  synchronized void closeAll() {
    List.copyOf(proxies.keySet()).forEach(this::close);
  }
}
