package org.commonshub.apps.sandbox.check;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a class file (Java Virtual Machine Specification, chapter 4) declares and refers to. Takes
 * Java 8 to 17: the verifier that came before and the kinds of constants that come after are not
 * for here. Each byte of the file is accounted for, and everything in the constant pool counts,
 * whether used or not.
 */
final class ClassFile {
  static final int MAX_BYTES = 1 << 20;
  private static final int JAVA_8 = 52;
  private static final int JAVA_17 = 61;

  private static final int UTF8 = 1;
  private static final int INTEGER = 3;
  private static final int FLOAT = 4;
  private static final int LONG = 5;
  private static final int DOUBLE = 6;
  private static final int CLASS = 7;
  private static final int STRING = 8;
  private static final int FIELD = 9;
  private static final int METHOD = 10;
  private static final int INTERFACE_METHOD = 11;
  private static final int NAME_AND_TYPE = 12;
  private static final int METHOD_HANDLE = 15;
  private static final int METHOD_TYPE = 16;
  private static final int DYNAMIC = 17;
  private static final int INVOKE_DYNAMIC = 18;

  static final int ACC_INTERFACE = 0x200;
  static final int ACC_NATIVE = 0x100;
  private static final int ACC_ABSTRACT = 0x400;
  private static final int ACC_MODULE = 0x8000;

  /** Bytes of an instruction with its opcode; 0 for those of no fixed length. */
  private static final String LENGTHS =
      "1".repeat(16) // nop to dconst_1
          + "23233" // bipush to ldc2_w
          + "2".repeat(5) // iload to aload
          + "1".repeat(28) // iload_0 to saload
          + "2".repeat(5) // istore to astore
          + "1".repeat(73) // istore_0 to lxor
          + "3" // iinc
          + "1".repeat(20) // i2l to dcmpg
          + "3".repeat(16) // ifeq to jsr
          + "200111111" // ret, tableswitch, lookupswitch, ireturn to return
          + "333333355" // getstatic to invokedynamic
          + "3231133110" // new to monitorexit, wide
          + "43355"; // multianewarray to jsr_w

  /** A reference to a field or method. */
  record Ref(String owner, String name, String descriptor, boolean field) {
    @Override
    public String toString() {
      return owner.replace('/', '.') + "." + name + (field ? "" : descriptor);
    }
  }

  /** A field or method of this class. */
  record Member(int access, String name, String descriptor) {}

  /** A call site: who makes it, of what, and its type. */
  record Site(Ref bootstrap, List<Ref> handles, String descriptor) {}

  private final byte[] bytes;
  private int at;
  private int[] offsets = new int[0];
  private String[] texts = new String[0];
  private Ref[] known = new Ref[0];

  int access;
  String name = "";
  String superName = "";
  final List<String> interfaces = new ArrayList<>();
  final List<Member> fields = new ArrayList<>();
  final List<Member> methods = new ArrayList<>();

  /** Classes and arrays that the constant pool names. */
  final List<String> classes = new ArrayList<>();

  /** References of the constant pool. */
  final List<Ref> refs = new ArrayList<>();

  /** Those that an instruction uses. */
  final List<Ref> used = new ArrayList<>();

  final List<Site> sites = new ArrayList<>();

  /** Methods that lock an object by an instruction. */
  final Set<String> locking = new TreeSet<>();

  private final BitSet usedIndices = new BitSet();
  private final List<int[]> bootstraps = new ArrayList<>();
  private boolean bootstrapsSeen;

  private ClassFile(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads a class file.
   *
   * @throws MalformedClassException if it is none; nothing else is thrown
   */
  static ClassFile read(byte[] bytes) throws MalformedClassException {
    ClassFile file = new ClassFile(bytes);
    try {
      file.read();
    } catch (IndexOutOfBoundsException | NegativeArraySizeException e) {
      throw new MalformedClassException("it ends too early or points outside of itself");
    }
    return file;
  }

  private void read() throws MalformedClassException {
    if (bytes.length > MAX_BYTES) {
      throw new MalformedClassException("it is larger than " + MAX_BYTES + " bytes");
    }
    if (u4() != 0xCAFEBABE) {
      throw new MalformedClassException("it does not begin as a class file does");
    }
    int minor = u2();
    int major = u2();
    if (major < JAVA_8 || major > JAVA_17 || minor != 0) {
      throw new MalformedClassException(
          "its version is " + major + "." + minor + "; compile it for Java 17 (--release 17)");
    }
    pool();
    access = u2();
    if ((access & ACC_MODULE) != 0) {
      throw new MalformedClassException("it describes a module");
    }
    name = className(u2());
    superName = className(u2());
    for (int i = u2(); i > 0; i--) {
      interfaces.add(className(u2()));
    }
    members(fields, false);
    members(methods, true);
    for (int i = u2(); i > 0; i--) {
      String attribute = utf8(u2());
      int end = end();
      if (attribute.equals("BootstrapMethods")) {
        bootstraps(end);
      }
      at = end;
    }
    if (at != bytes.length) {
      throw new MalformedClassException("something follows its end");
    }
    references();
  }

  private void pool() throws MalformedClassException {
    int count = u2();
    offsets = new int[count];
    texts = new String[count];
    known = new Ref[count];
    for (int i = 1; i < count; i++) {
      offsets[i] = at;
      int tag = u1();
      switch (tag) {
        case UTF8 -> skip(u2());
        case INTEGER, FLOAT, FIELD, METHOD, INTERFACE_METHOD, NAME_AND_TYPE, INVOKE_DYNAMIC ->
            skip(4);
        case LONG, DOUBLE -> {
          skip(8);
          i++; // It takes two places.
        }
        case CLASS, STRING, METHOD_TYPE -> skip(2);
        case METHOD_HANDLE -> skip(3);
        case DYNAMIC ->
            throw new MalformedClassException("it has a constant that is computed when it is used");
        default -> throw new MalformedClassException("its constant " + i + " is of kind " + tag);
      }
    }
  }

  private void members(List<Member> members, boolean methodsOnly) throws MalformedClassException {
    for (int i = u2(); i > 0; i--) {
      Member member = new Member(u2(), utf8(u2()), utf8(u2()));
      members.add(member);
      boolean code = false;
      for (int j = u2(); j > 0; j--) {
        String attribute = utf8(u2());
        int end = end();
        if (methodsOnly && attribute.equals("Code")) {
          if (code) {
            throw new MalformedClassException("the method " + member.name() + " has two bodies");
          }
          code = true;
          code(member, end);
        }
        at = end;
      }
      if (methodsOnly && code == ((member.access() & (ACC_NATIVE | ACC_ABSTRACT)) != 0)) {
        throw new MalformedClassException(
            "the method " + member.name() + " has a body or none against what it says");
      }
    }
  }

  private void code(Member method, int end) throws MalformedClassException {
    skip(4);
    int start = at + 4;
    int stop = start + length();
    if (stop > end) {
      throw new MalformedClassException("the body of " + method.name() + " is longer than it says");
    }
    at = start;
    while (at < stop) {
      instruction(method, start);
    }
    if (at != stop) {
      throw new MalformedClassException("the body of " + method.name() + " ends in an instruction");
    }
    skip(8 * u2()); // What is caught is in the constant pool.
    for (int i = u2(); i > 0; i--) {
      utf8(u2());
      at = end();
    }
    if (at != end) {
      throw new MalformedClassException("the body of " + method.name() + " ends elsewhere");
    }
  }

  private void instruction(Member method, int start) throws MalformedClassException {
    int from = at;
    int opcode = u1();
    switch (opcode) {
      case 0x12 -> constant(u1());
      case 0x13, 0x14 -> constant(u2());
      case 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8 -> usedIndices.set(u2());
      case 0xb9 -> {
        usedIndices.set(u2());
        skip(2);
      }
      case 0xc2 -> locking.add(method.name());
      case 0xaa -> {
        pad(start);
        skip(4);
        long low = u4();
        long high = u4();
        if (high < low || high - low > 0xffff) {
          throw new MalformedClassException("a switch of " + method.name() + " has no sense");
        }
        skip((int) (4 * (high - low + 1)));
      }
      case 0xab -> {
        pad(start);
        skip(4);
        long pairs = u4();
        if (pairs < 0 || pairs > 0xffff) {
          throw new MalformedClassException("a switch of " + method.name() + " has no sense");
        }
        skip((int) (8 * pairs));
      }
      case 0xc4 -> skip(u1() == 0x84 ? 4 : 2);
      default -> {
        int length = opcode < LENGTHS.length() ? LENGTHS.charAt(opcode) - '0' : 0;
        if (length == 0) {
          throw new MalformedClassException(
              "the method " + method.name() + " has an unknown instruction " + opcode);
        }
        at = from + length;
        if (at > bytes.length) {
          throw new IndexOutOfBoundsException();
        }
      }
    }
  }

  private void pad(int start) {
    skip((4 - (at - start) % 4) % 4);
  }

  /** What an instruction may load: no handles and no types of methods. */
  private void constant(int index) throws MalformedClassException {
    int tag = tag(index);
    if (tag != INTEGER
        && tag != FLOAT
        && tag != LONG
        && tag != DOUBLE
        && tag != STRING
        && tag != CLASS) {
      throw new MalformedClassException("it loads a constant of kind " + tag);
    }
  }

  private void bootstraps(int end) throws MalformedClassException {
    if (bootstrapsSeen) {
      throw new MalformedClassException("it has two tables of bootstrap methods");
    }
    bootstrapsSeen = true;
    for (int i = u2(); i > 0; i--) {
      int method = u2();
      int[] entry = new int[u2() + 1];
      entry[0] = method;
      for (int j = 1; j < entry.length; j++) {
        entry[j] = u2();
      }
      bootstraps.add(entry);
    }
    if (at != end) {
      throw new MalformedClassException("its table of bootstrap methods ends elsewhere");
    }
  }

  private void references() throws MalformedClassException {
    for (int i = 1; i < offsets.length; i++) {
      if (offsets[i] == 0) {
        continue; // Second place of a long.
      }
      switch (tag(i)) {
        case CLASS -> classes.add(className(i));
        case FIELD, METHOD, INTERFACE_METHOD -> refs.add(ref(i));
        case STRING -> utf8(u2(offsets[i] + 1));
        case METHOD_TYPE -> utf8(u2(offsets[i] + 1));
        case METHOD_HANDLE -> handle(i);
        case NAME_AND_TYPE -> {
          utf8(u2(offsets[i] + 1));
          utf8(u2(offsets[i] + 3));
        }
        case INVOKE_DYNAMIC -> {
          int[] bootstrap = bootstraps.get(u2(offsets[i] + 1));
          List<Ref> handles = new ArrayList<>();
          for (int j = 1; j < bootstrap.length; j++) {
            if (tag(bootstrap[j]) == METHOD_HANDLE) {
              handles.add(handle(bootstrap[j]));
            }
          }
          int type = expect(u2(offsets[i] + 3), NAME_AND_TYPE);
          sites.add(new Site(handle(bootstrap[0]), handles, utf8(u2(type + 3))));
        }
        default -> {}
      }
    }
    for (int[] bootstrap : bootstraps) {
      for (int i = 1; i < bootstrap.length; i++) {
        tag(bootstrap[i]);
      }
      handle(bootstrap[0]);
    }
    for (int i = usedIndices.nextSetBit(0); i >= 0; i = usedIndices.nextSetBit(i + 1)) {
      used.add(ref(i));
    }
  }

  private Ref ref(int index) throws MalformedClassException {
    int tag = tag(index);
    if (known[index] != null) {
      return known[index];
    }
    if (tag != FIELD && tag != METHOD && tag != INTERFACE_METHOD) {
      throw new MalformedClassException("its constant " + index + " is no reference");
    }
    int type = expect(u2(offsets[index] + 3), NAME_AND_TYPE);
    String descriptor = utf8(u2(type + 3));
    if (descriptor.isEmpty() || (tag == FIELD) == (descriptor.charAt(0) == '(')) {
      throw new MalformedClassException("its constant " + index + " has a type of another kind");
    }
    known[index] =
        new Ref(className(u2(offsets[index] + 1)), utf8(u2(type + 1)), descriptor, tag == FIELD);
    return known[index];
  }

  private Ref handle(int index) throws MalformedClassException {
    return ref(u2(expect(index, METHOD_HANDLE) + 2));
  }

  private String className(int index) throws MalformedClassException {
    String text = utf8(u2(expect(index, CLASS) + 1));
    if (text.isEmpty() || text.indexOf('.') >= 0) {
      throw new MalformedClassException("its constant " + index + " names no class");
    }
    return text;
  }

  private int expect(int index, int tag) throws MalformedClassException {
    if (tag(index) != tag) {
      throw new MalformedClassException("its constant " + index + " is not of kind " + tag);
    }
    return offsets[index];
  }

  private int tag(int index) throws MalformedClassException {
    if (index == 0 || offsets[index] == 0) {
      throw new MalformedClassException("it has no constant " + index);
    }
    return bytes[offsets[index]];
  }

  /** Modified UTF-8 (section 4.4.7). */
  private String utf8(int index) throws MalformedClassException {
    int start = expect(index, UTF8) + 3;
    if (texts[index] == null) {
      texts[index] = decode(start, u2(start - 2));
    }
    return texts[index];
  }

  private String decode(int start, int length) throws MalformedClassException {
    int ascii = 0;
    while (ascii < length && bytes[start + ascii] > 0) {
      ascii++;
    }
    if (ascii == length) {
      return new String(bytes, start, length, StandardCharsets.ISO_8859_1);
    }
    StringBuilder text = new StringBuilder(length);
    int end = start + length;
    for (int i = start; i < end; i++) {
      int first = bytes[i] & 0xff;
      if (first > 0 && first < 0x80) {
        text.append((char) first);
      } else if (first >> 5 == 6 && i + 1 < end) {
        text.append((char) ((first & 0x1f) << 6 | follower(++i)));
      } else if (first >> 4 == 14 && i + 2 < end) {
        text.append((char) ((first & 0xf) << 12 | follower(++i) << 6 | follower(++i)));
      } else {
        throw new MalformedClassException("it has a text that is none");
      }
    }
    return text.toString();
  }

  private int follower(int index) throws MalformedClassException {
    if ((bytes[index] & 0xc0) != 0x80) {
      throw new MalformedClassException("it has a text that is none");
    }
    return bytes[index] & 0x3f;
  }

  /** Where the attribute ends whose length comes next. */
  private int end() throws MalformedClassException {
    int length = length();
    int end = at + length;
    if (end > bytes.length) {
      throw new MalformedClassException("an attribute is longer than the file");
    }
    return end;
  }

  private int length() throws MalformedClassException {
    int length = u4();
    if (length < 0 || length > MAX_BYTES) {
      throw new MalformedClassException("something in it is longer than the file");
    }
    return length;
  }

  private void skip(int count) {
    at += count;
    if (at > bytes.length) {
      throw new IndexOutOfBoundsException();
    }
  }

  private int u1() {
    return bytes[at++] & 0xff;
  }

  private int u2() {
    int value = u2(at);
    at += 2;
    return value;
  }

  private int u2(int index) {
    return (bytes[index] & 0xff) << 8 | bytes[index + 1] & 0xff;
  }

  private int u4() {
    return u2() << 16 | u2();
  }
}
