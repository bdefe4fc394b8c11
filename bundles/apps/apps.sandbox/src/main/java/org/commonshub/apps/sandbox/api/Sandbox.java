package org.commonshub.apps.sandbox.api;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/** The walls around third-party bundles. Any thread. */
@ProviderType
public interface Sandbox {
  /**
   * Lets a bundle be installed at a location and sets what it gets there. Without a permit a
   * third-party bundle is refused at its installation.
   *
   * @param location {@code app:ID/VERSION}
   * @param profile what it is
   * @param services names of service interfaces it may find, of bundles of the hub
   * @return closing it stops and uninstalls what lies there, and ends the permit
   */
  Permit permit(String location, Profile profile, Set<String> services);

  /** A permit. */
  @ProviderType
  interface Permit extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Reads a jar without loading anything of it: its structure, headers, descriptors, and every
   * class against the list of what may be used.
   *
   * @return what is wrong, at most 100; nothing if it may run
   * @throws IOException if the file cannot be read
   */
  List<Finding> check(Path jar, Profile profile) throws IOException;
}
