package org.commonshub.hubtests.escape;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.ConstantDynamic;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Class files that no compiler makes. */
final class ClassTricks {
  private static final String CLASS = "hostile/Hostile.class";
  private static final String BOOTSTRAP =
      "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/Class;)Ljava/lang/Object;";

  private ClassTricks() {}

  /** Changes one class. */
  interface Trick {
    byte[] of(byte[] type) throws IOException;
  }

  /** The jar with its class changed. */
  static byte[] in(byte[] jar, Trick trick) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(jar));
        ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        out.putNextEntry(new ZipEntry(entry.getName()));
        byte[] content = in.readAllBytes();
        out.write(entry.getName().equals(CLASS) ? trick.of(content) : content);
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  static byte[] dynamicConstant(byte[] type) {
    return attack(
        type,
        code ->
            code.visitLdcInsn(
                new ConstantDynamic(
                    "x",
                    "Ljava/lang/Object;",
                    new Handle(
                        Opcodes.H_INVOKESTATIC,
                        "java/lang/invoke/ConstantBootstraps",
                        "nullConstant",
                        BOOTSTRAP,
                        false))));
  }

  static byte[] ownBootstrap(byte[] type) {
    return attack(
        type,
        code ->
            code.visitInvokeDynamicInsn(
                "x",
                "()Ljava/lang/Object;",
                new Handle(
                    Opcodes.H_INVOKESTATIC,
                    "hostile/Hostile",
                    "boot",
                    "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/invoke/MethodType;)Ljava/lang/invoke/CallSite;",
                    false)));
  }

  static byte[] handleConstant(byte[] type) {
    return attack(
        type,
        code ->
            code.visitLdcInsn(
                new Handle(Opcodes.H_INVOKESTATIC, "java/lang/System", "exit", "(I)V", false)));
  }

  static byte[] arrayOwner(byte[] type) {
    return attack(
        type,
        code -> {
          code.visitInsn(Opcodes.ICONST_0);
          code.visitTypeInsn(Opcodes.ANEWARRAY, "java/lang/Thread");
          code.visitMethodInsn(
              Opcodes.INVOKEVIRTUAL, "[Ljava/lang/Thread;", "clone", "()Ljava/lang/Object;", false);
        });
  }

  static byte[] module(byte[] type) {
    ClassWriter writer = new ClassWriter(0);
    writer.visit(Opcodes.V17, Opcodes.ACC_MODULE, "module-info", null, null, null);
    writer.visitModule("hostile", Opcodes.ACC_OPEN, null).visitEnd();
    writer.visitEnd();
    return writer.toByteArray();
  }

  static byte[] renamed(byte[] type) {
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(type)
        .accept(
            new ClassVisitor(Opcodes.ASM9, writer) {
              @Override
              public void visit(
                  int version,
                  int access,
                  String name,
                  String signature,
                  String parent,
                  String[] all) {
                super.visit(version, access, "hostile/Other", signature, parent, all);
              }
            },
            0);
    return writer.toByteArray();
  }

  static byte[] laterJava(byte[] type) {
    byte[] changed = type.clone();
    changed[7] = 69;
    return changed;
  }

  static byte[] cut(byte[] type) {
    return Arrays.copyOf(type, type.length / 2);
  }

  static byte[] tail(byte[] type) {
    return Arrays.copyOf(type, type.length + 16);
  }

  /** Its own name is constant 65535. */
  static byte[] badIndex(byte[] type) {
    byte[] changed = type.clone();
    int at = new ClassReader(type).header + 2;
    changed[at] = (byte) 0xff;
    changed[at + 1] = (byte) 0xff;
    return changed;
  }

  /** Code that leaves an object on the stack, before the rest of {@code attack}. */
  private interface Code {
    void in(MethodVisitor method);
  }

  private static byte[] attack(byte[] type, Code code) {
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    new ClassReader(type)
        .accept(
            new ClassVisitor(Opcodes.ASM9, writer) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String descriptor, String signature, String[] thrown) {
                MethodVisitor method =
                    super.visitMethod(access, name, descriptor, signature, thrown);
                if (!name.equals("attack")) {
                  return method;
                }
                return new MethodVisitor(Opcodes.ASM9, method) {
                  @Override
                  public void visitCode() {
                    super.visitCode();
                    code.in(mv);
                    mv.visitInsn(Opcodes.POP);
                  }
                };
              }
            },
            0);
    return writer.toByteArray();
  }
}
