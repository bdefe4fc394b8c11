package org.commonshub.apps.provider;

import java.util.concurrent.atomic.AtomicReference;
import org.commonshub.apps.desk.api.AppHosts;
import org.commonshub.apps.desk.api.AppRunner;
import org.commonshub.apps.desk.api.Catalogues;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.Place;
import org.commonshub.apps.sandbox.api.Sandbox;
import org.commonshub.platform.api.AuditLog;

/** Other parts of the hub, which come and go while apps are here. */
final class Parts {
  final AtomicReference<Catalogues> catalogues = new AtomicReference<>();
  final AtomicReference<Licences> licences = new AtomicReference<>();
  final AtomicReference<AppHosts> hosts = new AtomicReference<>();
  final AtomicReference<Sandbox> sandbox = new AtomicReference<>();
  final AtomicReference<AppRunner> zone = new AtomicReference<>();
  final AtomicReference<AppRunner> inside = new AtomicReference<>();
  final AtomicReference<Plain> plain = new AtomicReference<>();
  final AtomicReference<AuditLog> audit = new AtomicReference<>();

  AppRunner runner(Place place) {
    return place == Place.ZONE ? zone.get() : inside.get();
  }

  void audit(String actor, String action, String subject, String outcome) {
    AuditLog log = audit.get();
    if (log != null) {
      log.record(actor, action, subject, outcome);
    }
  }
}
