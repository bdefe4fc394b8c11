package org.commonshub.platform.api;

import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The directories the hub may write to. Registered by the launcher's framework properties through
 * {@code platform.config}. A bundle keeps its files in a sub-directory named after its own symbolic
 * name without the root ({@code data().resolve("history.sqlite")}).
 */
@ProviderType
public interface HubPaths {
  /** Durable data: history, ring, journal. Survives updates; wiped by factory reset. */
  Path data();

  /** Configuration files, one JSON file per PID. Edited by people, too. */
  Path config();
}
