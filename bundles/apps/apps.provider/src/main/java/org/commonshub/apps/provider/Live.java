package org.commonshub.apps.provider;

import java.util.List;
import java.util.Optional;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppRunner.Running;
import org.commonshub.apps.desk.api.AppSession;

/**
 * A version that runs.
 *
 * @param session its services; empty if it is no app
 * @param running its code
 * @param parts of the hub that it was started with: when one of them is another, it starts again
 */
record Live(
    AppManifest manifest, Optional<AppSession> session, Running running, List<Object> parts) {
  /** Stops it: its code first, then its services. */
  void close() {
    try {
      running.close();
    } finally {
      session.ifPresent(AppSession::close);
    }
  }
}
