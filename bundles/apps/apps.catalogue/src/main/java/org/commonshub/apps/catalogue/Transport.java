package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** Fetches files of a repository. */
interface Transport extends AutoCloseable {
  /**
   * A small file.
   *
   * @param max bytes; one more is refused
   * @return empty if there is none
   */
  Optional<byte[]> get(URI address, int max) throws IOException;

  /** A package, of exactly that length at most, into a new file that is forced to the disk. */
  void download(URI address, long length, Path file) throws IOException;

  @Override
  void close();
}
