package org.commonshub.testing.tck;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

/** What a class file uses: constant pool of JVMS 4.4, nothing more. */
final class ClassFile {
  private ClassFile() {}

  /**
   * Names of classes, {@code java/net/Socket}, and of their methods, {@code java/lang/System.exit}.
   */
  static Set<String> uses(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    if (in.readInt() != 0xCAFEBABE) {
      throw new IOException("not a class file");
    }
    in.readInt();
    int count = in.readUnsignedShort();
    String[] texts = new String[count];
    int[] first = new int[count];
    int[] second = new int[count];
    int[] tags = new int[count];
    for (int i = 1; i < count; i++) {
      tags[i] = in.readUnsignedByte();
      switch (tags[i]) {
        case 1 -> texts[i] = in.readUTF();
        case 3, 4 -> in.readInt();
        case 5, 6 -> {
          in.readLong();
          i++; // takes two places
        }
        case 7, 8, 16, 19, 20 -> first[i] = in.readUnsignedShort();
        case 15 -> {
          in.readUnsignedByte();
          in.readUnsignedShort();
        }
        default -> {
          first[i] = in.readUnsignedShort();
          second[i] = in.readUnsignedShort();
        }
      }
    }
    Set<String> uses = new TreeSet<>();
    for (int i = 1; i < count; i++) {
      if (tags[i] == 7) {
        uses.add(texts[first[i]]);
      } else if (tags[i] >= 9 && tags[i] <= 11) {
        uses.add(texts[first[first[i]]] + "." + texts[first[second[i]]]);
      }
    }
    return uses;
  }
}
