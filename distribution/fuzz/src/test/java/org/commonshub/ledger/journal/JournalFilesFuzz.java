package org.commonshub.ledger.journal;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;

/** The journal's files from a damaged disk: opened, read, checked and gone on with. */
public final class JournalFilesFuzz {
  private static final FakeIdentity IDENTITY = new FakeIdentity("fuzz");
  private static final String[] NAMES = {
    "rows-00000000", "contents-00000000", "tree-00000000", "signed", "erasing"
  };

  private JournalFilesFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Memory disk = new Memory();
    try {
      FakeHubClock clock = new FakeHubClock();
      if (data.length > 0 && data[0] % 2 == 0) {
        // A sound journal, and some bytes of it are changed.
        Store store = new Store(disk, clock, IDENTITY, new Alarms(), false);
        for (long i = 0; i < 3; i++) {
          store.append(EntryKind.ORDER, Cbor.encode(i));
        }
        store.checkpoint();
        for (int i = 1; i + 2 < data.length && i < 60; i += 3) {
          byte[] file = disk.files.get(NAMES[(data[i] & 0xFF) % 4]);
          if (file != null && file.length > 0) {
            file[(data[i + 1] & 0xFF) * 7 % file.length] ^= data[i + 2];
          }
        }
      } else {
        int part = data.length / NAMES.length;
        for (int i = 0; i < NAMES.length && part > 0; i++) {
          disk.files.put(NAMES[i], Arrays.copyOfRange(data, i * part, (i + 1) * part));
        }
      }
      Store store = new Store(disk, clock, IDENTITY, new Alarms(), false);
      store.check(() -> false);
      store.alarms();
      long index = store.append(EntryKind.ORDER, Cbor.encode(7L));
      store.entries(0, 100);
      store.checkpoint();
      store.receipt(index, List.of());
    } catch (IOException e) {
      // Cannot be used, as declared.
    }
  }

  private static final class Memory implements Disk {
    private final Map<String, byte[]> files = new HashMap<>();

    @Override
    public Blob open(String name) {
      files.putIfAbsent(name, new byte[0]);
      return new Blob() {
        @Override
        public void read(long at, byte[] into, int length) throws IOException {
          byte[] file = files.get(name);
          if (at + length > file.length) {
            throw new EOFException(name);
          }
          System.arraycopy(file, (int) at, into, 0, length);
        }

        @Override
        public void write(long at, byte[] bytes) {
          byte[] file = files.get(name);
          int length = (int) Math.max(file.length, at + bytes.length);
          file = Arrays.copyOf(file, length);
          System.arraycopy(bytes, 0, file, (int) at, bytes.length);
          files.put(name, file);
        }

        @Override
        public void force() {}

        @Override
        public void truncate(long size) {
          byte[] file = files.get(name);
          files.put(name, Arrays.copyOf(file, (int) Math.min(size, file.length)));
        }

        @Override
        public long size() {
          return files.get(name).length;
        }
      };
    }

    @Override
    public void replace(String name, byte[] content) {
      files.put(name, content.clone());
    }

    @Override
    public Optional<byte[]> read(String name, int most) {
      return Optional.ofNullable(files.get(name));
    }

    @Override
    public List<String> names() {
      return new ArrayList<>(files.keySet());
    }

    @Override
    public void delete(String name) {
      files.remove(name);
    }

    @Override
    public void close() {}
  }
}
