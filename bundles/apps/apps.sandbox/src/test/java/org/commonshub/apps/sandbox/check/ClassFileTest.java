package org.commonshub.apps.sandbox.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.api.Profile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tricks with class files, and bytes that are none. */
class ClassFileTest {
  private static final byte[] GOOD =
      Compiled.classes(
              "record A(String a, long b) { Object x(java.util.List<String> l) { switch (a) {"
                  + " case \"x\": return l.stream().map(String::strip).toList(); default: } try {"
                  + " return \"a\" + b; } finally { l.clear(); } } }")
          .get("a/A.class");

  private static byte[] with(byte[] file, int at, int... bytes) {
    byte[] changed = file.clone();
    for (int i = 0; i < bytes.length; i++) {
      changed[at + i] = (byte) bytes[i];
    }
    return changed;
  }

  /** Puts another text of the same length into the constant pool. */
  private static byte[] replace(byte[] file, String what, String by) {
    assertThat(by).hasSameSizeAs(what);
    String text = new String(file, StandardCharsets.ISO_8859_1);
    assertThat(text).contains(what);
    return text.replace(what, by).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static List<Finding> check(byte[] file) {
    return new Definition(Profile.APP, path -> null).check("a.A", file);
  }

  @Test
  void aGoodOnePasses() {
    assertThat(check(GOOD)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 51", "0, 62", "0, 69", "0, 45", "1, 61", "65535, 61", "3, 45"})
  void onlyJava8To17(int minor, int major) {
    byte[] file = with(GOOD, 4, minor >> 8, minor, major >> 8, major);
    assertThatThrownBy(() -> ClassFile.read(file)).isInstanceOf(MalformedClassException.class);
  }

  @Test
  void anotherMagicNumberOrBytesAfterTheEnd() {
    assertThatThrownBy(() -> ClassFile.read(with(GOOD, 0, 0xCB)))
        .isInstanceOf(MalformedClassException.class);
    byte[] longer = java.util.Arrays.copyOf(GOOD, GOOD.length + 1);
    assertThatThrownBy(() -> ClassFile.read(longer)).hasMessageContaining("follows its end");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 13, 14, 17, 19, 20, 21, 255})
  void constantsOfOtherKinds(int tag) {
    assertThatThrownBy(() -> ClassFile.read(with(GOOD, 10, tag)))
        .isInstanceOf(MalformedClassException.class);
  }

  @Test
  void aClassUnderAnotherName() {
    assertThat(new Definition(Profile.APP, path -> null).check("a.B", GOOD))
        .extracting(Finding::why)
        .containsExactly("A class lies where its name says.");
  }

  @Test
  void anotherBootstrapMethod() {
    // invokedynamic by MethodHandles' own bootstraps would compute what it likes.
    byte[] file =
        replace(
            GOOD,
            "java/lang/invoke/StringConcatFactory",
            "java/lang/invoke/ConstantBootstrapsX".substring(0, 36));
    assertThat(check(file)).isNotEmpty();
    byte[] other = replace(GOOD, "makeConcatWithConstants", "makeConcatWithConstantz");
    assertThat(check(other)).extracting(Finding::what).anyMatch(w -> w.contains("Constantz"));
  }

  @Test
  void aMethodHandleToSomethingForbidden() {
    byte[] file = replace(GOOD, "strip", "inter".concat("n").substring(0, 5));
    assertThat(check(file)).extracting(Finding::what).anyMatch(w -> w.contains("String.inter"));
  }

  @Test
  void aHandleAsAConstant() {
    // ldc of a method handle: the instruction's constant is one of the pool's handles.
    byte[] file =
        Compiled.classes(
                "class A { Object x() { return \"text\"; }"
                    + " Runnable y() { return A::z; } static void z() { } }")
            .get("a/A.class");
    int handle = index(file, 15);
    int at = find(file, 0x12, 0xb0);
    assertThat(check(file)).isEmpty();
    assertThatThrownBy(() -> ClassFile.read(with(file, at + 1, handle)))
        .hasMessageContaining("constant of kind 15");
    int type = index(file, 16);
    assertThatThrownBy(() -> ClassFile.read(with(file, at + 1, type)))
        .hasMessageContaining("constant of kind 16");
  }

  @Test
  void theCompilersBootstrapsCalledByHand() {
    byte[] file =
        Compiled.classes(
                "class A { Object x() throws Throwable { return"
                    + " java.lang.invoke.LambdaMetafactory.metafactory(null, null, null, null,"
                    + " null, null); } }")
            .get("a/A.class");
    assertThat(check(file)).extracting(Finding::what).anyMatch(w -> w.contains("metafactory"));
    byte[] handle =
        Compiled.classes(
                "class A { interface F { Object x(java.lang.invoke.MethodHandles.Lookup a, String"
                    + " b, java.lang.invoke.MethodType c, java.lang.invoke.MethodType d,"
                    + " java.lang.invoke.MethodHandle e, java.lang.invoke.MethodType f) throws"
                    + " Exception; } F f = java.lang.invoke.LambdaMetafactory::metafactory; }")
            .get("a/A.class");
    assertThat(check(handle)).extracting(Finding::what).anyMatch(w -> w.contains("metafactory"));
  }

  @Test
  void unusedReferencesCount() {
    byte[] file = replace(GOOD, "toList", "gather");
    assertThat(check(file)).extracting(Finding::what).anyMatch(w -> w.contains("gather"));
  }

  @Test
  void anythingElseIsRefusedInOneWay() {
    Random random = new Random(1);
    for (int i = 0; i < 40_000; i++) {
      byte[] bytes = GOOD.clone();
      switch (i % 4) {
        case 0 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        case 1 -> {
          for (int j = 0; j < 4; j++) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
          }
        }
        case 2 -> bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
        default -> {
          int at = random.nextInt(bytes.length - 4);
          int length = random.nextInt(40);
          byte[] more = new byte[bytes.length + length];
          System.arraycopy(bytes, 0, more, 0, at);
          System.arraycopy(bytes, at, more, at + length, bytes.length - at);
          bytes = more;
        }
      }
      List<Finding> findings = check(bytes); // Nothing is thrown.
      assertThat(findings.size()).isLessThan(10_000);
    }
  }

  @Test
  void circlesOfInheritanceEnd() {
    Map<String, byte[]> files =
        Compiled.classes(
            "class A { Object x(B b) { return b.y(); } } class B extends C { Object y() {"
                + " return null; } } class C { }");
    byte[] b = replace(files.get("a/B.class"), "a/C", "a/B");
    byte[] a = replace(files.get("a/A.class"), "()Ljava/lang/Object;", "()Ljava/lang/Obxect;");
    List<Finding> findings =
        new Definition(Profile.APP, path -> path.equals("a/B.class") ? b : null).check("a.A", a);
    assertThat(findings).isNotEmpty();
  }

  private static int find(byte[] file, int first, int third) {
    for (int i = 0; i + 2 < file.length; i++) {
      if ((file[i] & 0xff) == first && (file[i + 2] & 0xff) == third) {
        return i;
      }
    }
    throw new AssertionError("no such bytes");
  }

  /** Index of the first constant of a kind. */
  private static int index(byte[] file, int tag) {
    List<Integer> sizes =
        new ArrayList<>(List.of(0, 0, 0, 4, 4, 8, 8, 2, 2, 4, 4, 4, 4, 0, 0, 3, 2, 4, 4));
    int at = 10;
    for (int i = 1; ; i++) {
      int kind = file[at];
      if (kind == tag) {
        return i;
      }
      at +=
          1
              + (kind == 1
                  ? 2 + ((file[at + 1] & 0xff) << 8 | file[at + 2] & 0xff)
                  : sizes.get(kind));
      if (kind == 5 || kind == 6) {
        i++;
      }
    }
  }
}
