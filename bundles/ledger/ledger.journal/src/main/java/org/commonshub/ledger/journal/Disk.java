package org.commonshub.ledger.journal;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The files of a journal, by name in one directory; a test puts one in place that loses power. */
interface Disk extends Closeable {
  /** A file. What was written is durable after {@link #force}, its length too. */
  interface Blob {
    /** Reads exactly that many bytes; throws EOFException if there are fewer. */
    void read(long at, byte[] into, int length) throws IOException;

    void write(long at, byte[] bytes) throws IOException;

    void force() throws IOException;

    void truncate(long size) throws IOException;

    long size() throws IOException;
  }

  /** Opens a file, makes it if it is missing; then its name is durable. */
  Blob open(String name) throws IOException;

  /** Replaces the content of a file, wholly and durably. */
  void replace(String name, byte[] content) throws IOException;

  /** Content of a file, if there is one. */
  Optional<byte[]> read(String name, int most) throws IOException;

  /** Names of all files. */
  List<String> names() throws IOException;

  /** Deletes a file if it is there. */
  void delete(String name) throws IOException;
}
