package org.commonshub.privacy.provider;

import java.lang.reflect.Proxy;
import org.commonshub.privacy.api.PrivacyDesk;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;

/** Gives the desk to the console and to privacy.rights; everybody else gets one that refuses. */
final class DeskFactory implements ServiceFactory<PrivacyDesk> {
  private final PrivacyDesk desk;

  DeskFactory(PrivacyDesk desk) {
    this.desk = desk;
  }

  @Override
  public PrivacyDesk getService(Bundle bundle, ServiceRegistration<PrivacyDesk> registration) {
    return Callers.desk(bundle) ? desk : refusing();
  }

  private static PrivacyDesk refusing() {
    return (PrivacyDesk)
        Proxy.newProxyInstance(
            DeskFactory.class.getClassLoader(),
            new Class<?>[] {PrivacyDesk.class},
            (proxy, method, arguments) -> {
              throw new SecurityException("only the console of this hub decides about privacy");
            });
  }

  @Override
  public void ungetService(
      Bundle bundle, ServiceRegistration<PrivacyDesk> registration, PrivacyDesk service) {
    // The desk holds nothing for one bundle.
  }
}
