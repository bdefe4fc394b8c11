package org.commonshub.apps.sandbox.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.api.Profile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What passes and what does not, one small source per rule. */
class CheckTest {
  static List<Finding> check(String source, Profile profile) {
    return JarCheck.check(Compiled.jar(Map.of(), Compiled.classes(source)), profile);
  }

  private static Arguments bad(String body, String what) {
    return Arguments.of("class A { " + body + " }", what);
  }

  private static Arguments whole(String source, String what) {
    return Arguments.of(source, what);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        // processes, properties, the JVM
        bad("void x() { System.exit(1); }", "java.lang.System.exit"),
        bad("void x() { Runtime.getRuntime().halt(1); }", "java.lang.Runtime"),
        bad("Object x = System.getProperty(\"a\");", "java.lang.System.getProperty"),
        bad("Object x = System.getenv();", "java.lang.System.getenv"),
        bad("void x() { System.setOut(null); }", "java.lang.System.setOut"),
        bad("void x() { System.out.println(); }", "java.lang.System.out"),
        bad("void x() { System.err.println(); }", "java.lang.System.err"),
        bad("Object x = System.in;", "java.lang.System.in"),
        bad("void x() { System.gc(); }", "java.lang.System.gc"),
        bad("void x() { System.loadLibrary(\"x\"); }", "java.lang.System.loadLibrary"),
        bad("Object x = System.getLogger(\"a\");", "java.lang.System.getLogger"),
        bad("Object x = Integer.getInteger(\"a\");", "java.lang.Integer.getInteger"),
        bad("Object x = Long.getLong(\"a\");", "java.lang.Long.getLong"),
        bad("Object x = Boolean.getBoolean(\"a\");", "java.lang.Boolean.getBoolean"),
        bad(
            "Object x() throws Exception { return new ProcessBuilder(\"a\").start(); }",
            "java.lang.ProcessBuilder"),
        bad("Object x = ProcessHandle.current();", "java.lang.ProcessHandle"),
        bad("Object x = StackWalker.getInstance();", "java.lang.StackWalker"),
        bad("native void x();", "a.A.x"),
        // what belongs to all
        bad("void x() { java.util.TimeZone.setDefault(null); }", "java.util.TimeZone"),
        bad("void x() { java.util.Locale.setDefault(null); }", "java.util.Locale.setDefault"),
        bad("Object x = \"a\".intern();", "java.lang.String.intern"),
        bad("Object x = ThreadLocal.withInitial(() -> 1);", "java.lang.ThreadLocal"),
        bad("Object x = java.util.logging.Logger.getLogger(\"a\");", "java.util.logging.Logger"),
        bad("Object x = java.util.ResourceBundle.getBundle(\"a\");", "java.util.ResourceBundle"),
        bad("Object x = java.util.ServiceLoader.load(Runnable.class);", "java.util.ServiceLoader"),
        bad(
            "void x() { new Exception().printStackTrace(); }",
            "java.lang.Exception.printStackTrace"),
        // threads
        bad("void x() { new Thread(() -> {}).start(); }", "java.lang.Thread"),
        bad("void x() throws Exception { Thread.sleep(1); }", "java.lang.Thread.sleep"),
        whole("class A extends Thread {}", "java.lang.Thread"),
        whole(
            "class A extends java.util.TimerTask { public void run() {} }", "java.util.TimerTask"),
        bad("Object x = new java.util.Timer();", "java.util.Timer"),
        bad(
            "Object x = java.util.concurrent.Executors.newCachedThreadPool();",
            "java.util.concurrent.Executors"),
        bad(
            "Object x = java.util.concurrent.ForkJoinPool.commonPool();",
            "java.util.concurrent.ForkJoinPool"),
        bad(
            "Object x = java.util.concurrent.CompletableFuture.runAsync(() -> {});",
            "java.util.concurrent.CompletableFuture.runAsync"),
        bad(
            "Object x(java.util.concurrent.CompletionStage<?> s) {"
                + " return s.thenApplyAsync(y -> y); }",
            "java.util.concurrent.CompletionStage.thenApplyAsync"),
        bad(
            "Object x = new java.util.concurrent.CompletableFuture<Object>()"
                + ".orTimeout(1, java.util.concurrent.TimeUnit.DAYS);",
            "java.util.concurrent.CompletableFuture.orTimeout"),
        bad("Object x = java.util.List.of().parallelStream();", "java.util.List.parallelStream"),
        bad(
            "Object x = java.util.stream.Stream.of().parallel();",
            "java.util.stream.Stream.parallel"),
        bad(
            "Object x = java.util.stream.IntStream.of(1).parallel();",
            "java.util.stream.IntStream.parallel"),
        bad(
            "Object x = java.util.stream.StreamSupport.stream(null, true);",
            "java.util.stream.StreamSupport"),
        bad(
            "void x() { java.util.Arrays.parallelSort(new int[1]); }",
            "java.util.Arrays.parallelSort"),
        bad(
            "void x() { new java.util.concurrent.ConcurrentHashMap<String, String>()"
                + ".forEach(1, (a, b) -> {}); }",
            "java.util.concurrent.ConcurrentHashMap.forEach(JLjava/util/function/BiConsumer;)V"),
        bad(
            "void x() { java.util.concurrent.locks.LockSupport.park(); }",
            "java.util.concurrent.locks.LockSupport"),
        bad(
            "void x() throws Exception { java.util.concurrent.TimeUnit.DAYS.sleep(1); }",
            "java.util.concurrent.TimeUnit.sleep"),
        bad("void x() throws Exception { wait(); }", "java.lang.Object.wait()V"),
        bad("void x() { this.notifyAll(); }", "java.lang.Object.notifyAll()V"),
        bad("void x() throws Exception { \"\".wait(1); }", "java.lang.Object.wait(J)V"),
        bad("void x() { synchronized (String.class) { } }", "a.A.x"),
        bad("protected void finalize() {}", "a.A.finalize"),
        bad("Object x = java.lang.ref.Cleaner.create();", "java.lang.ref.Cleaner"),
        bad("Object x = new java.lang.ref.WeakReference<>(\"\");", "java.lang.ref.WeakReference"),
        // reflection
        bad(
            "Object x() throws Exception { return Class.forName(\"a\"); }",
            "java.lang.Class.forName"),
        bad("Object x = getClass().getClassLoader();", "java.lang.Class.getClassLoader"),
        bad("Object x = getClass().getModule();", "java.lang.Class.getModule"),
        bad("Object x = getClass().getResource(\"a\");", "java.lang.Class.getResource"),
        bad("Object x = getClass().getMethods();", "java.lang.Class.getMethods"),
        bad("Object x = getClass().getProtectionDomain();", "Class.getProtectionDomain"),
        bad(
            "Object x = java.lang.reflect.Proxy.newProxyInstance(null, null, null);",
            "java.lang.reflect.Proxy"),
        bad(
            "Object x = java.lang.invoke.MethodHandles.lookup();",
            "java.lang.invoke.MethodHandles.lookup"),
        bad(
            "Object x = java.lang.invoke.MethodHandles.publicLookup();",
            "java.lang.invoke.MethodHandles.publicLookup"),
        bad(
            "Object x() throws Throwable { java.lang.invoke.MethodHandle h = null;"
                + " return h.invoke(); }",
            "java.lang.invoke.MethodHandle"),
        bad("java.util.function.Consumer<String> x = System::load;", "java.lang.System.load"),
        bad(
            "java.util.function.Function<String, Object> x = System::getProperty;",
            "java.lang.System.getProperty"),
        bad("java.util.function.Function<Runnable, Object> x = Thread::new;", "java.lang.Thread"),
        bad(
            "java.lang.reflect.InvocationHandler x = (a, b, c) -> null;",
            "java/lang/reflect/InvocationHandler"),
        bad(
            "Object x = new java.util.concurrent.atomic.AtomicReference<>(A.class)"
                + ".get().getDeclaredFields();",
            "java.lang.Class.getDeclaredFields"),
        bad(
            "Object x = java.util.concurrent.atomic.AtomicIntegerFieldUpdater.newUpdater("
                + "A.class, \"y\"); volatile int y;",
            "java.util.concurrent.atomic.AtomicIntegerFieldUpdater"),
        whole("class A extends ClassLoader {}", "java.lang.ClassLoader"),
        bad("Object x = Thread.currentThread().getContextClassLoader();", "java.lang.Thread"),
        bad("sun.misc.Unsafe x() { return sun.misc.Unsafe.getUnsafe(); }", "sun.misc.Unsafe"),
        // serialization
        bad(
            "Object x() throws Exception { return new java.io.ObjectInputStream(null)"
                + ".readObject(); }",
            "java.io.ObjectInputStream"),
        whole(
            "class A implements java.io.Serializable {"
                + " private void readObject(java.io.ObjectInputStream in) {} }",
            "a.A.readObject"),
        whole(
            "class A implements java.io.Serializable { private Object readResolve() {"
                + " return null; } }",
            "a.A.readResolve"),
        // files and networks
        bad("Object x = new java.io.File(\"a\");", "java.io.File"),
        bad(
            "Object x() throws Exception { return new java.io.FileInputStream(\"a\"); }",
            "java.io.FileInputStream"),
        bad(
            "Object x() throws Exception { return new java.io.PrintWriter(\"a\"); }",
            "java.io.PrintWriter.<init>(Ljava/lang/String;)V"),
        bad(
            "Object x() throws Exception { return new java.io.PrintStream(\"a\"); }",
            "java.io.PrintStream"),
        bad(
            "Object x() throws Exception { return new java.util.Formatter(\"a\"); }",
            "java.util.Formatter.<init>(Ljava/lang/String;)V"),
        bad(
            "Object x(java.nio.file.Path p) throws Exception { return"
                + " new java.util.Scanner(p); }",
            "java.util.Scanner.<init>(Ljava/nio/file/Path;)V"),
        bad("Object x = java.nio.file.Path.of(\"a\");", "java.nio.file.Path"),
        bad(
            "Object x = java.nio.ByteBuffer.allocateDirect(1);",
            "java.nio.ByteBuffer.allocateDirect"),
        bad("Object x() throws Exception { return new java.net.URL(\"a\"); }", "java.net.URL"),
        bad(
            "Object x() throws Exception { return java.net.URI.create(\"a\").toURL(); }",
            "java.net.URI.toURL"),
        bad(
            "Object x() throws Exception { return java.net.InetAddress.getByName(\"a\"); }",
            "java.net.InetAddress"),
        bad("Object x() throws Exception { return new java.net.Socket(); }", "java.net.Socket"),
        bad("Object x = java.net.http.HttpClient.newHttpClient();", "java.net.http.HttpClient"),
        bad(
            "Object x = new java.util.Properties(); void y(java.util.Properties p)"
                + " throws Exception { p.loadFromXML(null); }",
            "java.util.Properties.loadFromXML"),
        // through its own classes
        whole(
            "class A extends java.util.ArrayList<String> { Object x() {"
                + " return parallelStream(); } }",
            "a.A.parallelStream"),
        whole(
            "interface I { void printStackTrace(); }"
                + " class A extends Exception implements I { }",
            "a.I.printStackTrace"),
        whole(
            "interface I extends java.util.Collection<String> { }"
                + " class A { Object x(I i) { return i.parallelStream(); } }",
            "a.I.parallelStream"),
        whole(
            "class A extends Exception { void x() { super.printStackTrace(); } }",
            "java.lang.Exception.printStackTrace"),
        whole(
            "interface A { java.util.stream.Stream<String> parallelStream(); }",
            "a.A.parallelStream"),
        whole("package org.commonshub.apps.api; class A { }", "org.commonshub.apps.api.A"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refuses(String source, String what) {
    assertThat(check(source, Profile.APP))
        .extracting(Finding::what)
        .anyMatch(w -> w.contains(what));
  }

  static Stream<String> fine() {
    return Stream.of(
        "record A(String a, int b, double[] c) { }",
        "enum A { X { int y() { return 1; } }, Z; int y() { return ordinal(); }"
            + " static A of(String s) { return valueOf(s); } static int n() {"
            + " return values().length; } }",
        "class A { String x(Object o, long b) { return \"a\" + o + b + 'c'; } }",
        "class A { int x(String s) { return switch (s) { case \"a\" -> 1; case \"b\" -> 2;"
            + " default -> 3; }; } }",
        "class A { int x(java.math.RoundingMode s) { return switch (s) { case UP -> 1;"
            + " default -> throw new IllegalStateException(\"x\" + s); }; } }",
        "class A { int x(java.util.List<String> l) { assert !l.isEmpty(); return"
            + " l.stream().filter(s -> !s.isBlank()).map(String::strip).sorted("
            + "java.util.Comparator.comparing(String::length).reversed())"
            + ".collect(java.util.stream.Collectors.toMap(s -> s, String::length,"
            + " (a, b) -> a, java.util.LinkedHashMap::new)).size(); } }",
        "class A { java.util.Map<String, int[][]> m = new java.util.concurrent.ConcurrentHashMap"
            + "<>(); void x() { m.forEach((k, v) -> v.clone()); m.computeIfAbsent(\"a\","
            + " k -> new int[1][2]); } }",
        "class A implements java.util.Iterator<A>, AutoCloseable { public boolean hasNext() {"
            + " return false; } public A next() { throw new java.util.NoSuchElementException(); }"
            + " public void close() { } }",
        "class A extends java.io.InputStream { public int read() { return -1; }"
            + " int y() throws java.io.IOException { return skip(1) > 0 ? read(new byte[2]) : 0; }"
            + " }",
        "class A<K, V> extends java.util.LinkedHashMap<K, V> { protected boolean"
            + " removeEldestEntry(java.util.Map.Entry<K, V> e) { return size() > 9; } }",
        "class A { synchronized void x() { } static synchronized void y() { } }",
        "class A { void x() { try { y(); } catch (Exception e) { throw new RuntimeException("
            + "e.getMessage(), e); } finally { new StringBuilder().append(1); } } void y()"
            + " throws java.io.IOException { try (java.io.StringReader r = new"
            + " java.io.StringReader(\"\")) { r.read(); } } }",
        "class A { java.time.ZonedDateTime x(java.time.Clock c) { return java.time.Instant.now(c)"
            + ".atZone(java.time.ZoneId.of(\"Europe/Berlin\")).truncatedTo("
            + "java.time.temporal.ChronoUnit.DAYS).plus(java.time.Duration.ofHours(1)); }"
            + " boolean y(java.time.LocalDate a, java.time.LocalDate b) { return"
            + " a.isBefore(b) || a.getDayOfWeek() == java.time.DayOfWeek.MONDAY; } }",
        "class A { String x(double d) { return String.format(java.util.Locale.ROOT, \"%.2f\", d)"
            + " + new java.math.BigDecimal(\"1\").setScale(2, java.math.RoundingMode.HALF_UP)"
            + ".stripTrailingZeros().toPlainString() + java.text.NumberFormat.getInstance("
            + "java.util.Locale.GERMAN).format(d); } }",
        "interface I { default int x() { return 1; } int notify(String a); }"
            + " class A implements I { public int notify(String a) { return x(); } }",
        "class A { Object x(java.util.concurrent.CompletionStage<String> s) { return"
            + " s.thenApply(String::strip).exceptionally(e -> null).toCompletableFuture(); } }",
        "sealed interface I permits A { } record A(I... is) implements I { }",
        "class A { class B { private int x; } int y() { return new B().x + new Object() {"
            + " int z() { return 1; } }.z(); } }",
        "class A { byte[] x() throws java.io.IOException { try (java.io.InputStream in ="
            + " A.class.getResourceAsStream(\"x\")) { return in.readNBytes(9); } } }",
        "@interface A { String value() default \"x\"; }",
        "class A { String x(A a) { return a.getClass().getSimpleName() + a.hashCode()"
            + " + (a instanceof Runnable r ? r : null); } public boolean equals(Object o) {"
            + " return super.equals(o) && o.getClass() == getClass(); } public int hashCode() {"
            + " return java.util.Objects.hash(1); } }");
  }

  @ParameterizedTest
  @MethodSource("fine")
  void passes(String source) {
    assertThat(check(source, Profile.APP)).isEmpty();
    assertThat(check(source, Profile.DRIVER)).isEmpty();
  }
}
