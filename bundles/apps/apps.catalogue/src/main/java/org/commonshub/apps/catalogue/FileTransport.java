package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.commonshub.platform.api.DurableFiles;

/** A repository in a folder of this machine: for who writes one, and for development. */
final class FileTransport implements Transport {
  @Override
  public Optional<byte[]> get(URI address, int max) throws IOException {
    try {
      return Optional.of(DurableFiles.read(Path.of(address), max));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public void download(URI address, long length, Path file) throws IOException {
    Path from = Path.of(address);
    if (Files.size(from) > length) {
      throw new IOException("the package is longer than the " + length + " bytes that were signed");
    }
    Files.copy(from, file);
  }

  @Override
  public void close() {}
}
